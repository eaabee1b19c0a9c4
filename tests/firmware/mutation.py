"""Texts and updates that are almost right, for the core and Python to disagree about: mutated, and most signed again.

A `Bench` holds a scanner of each beside the other. `step` mutates something, gives it to both, and raises
`AssertionError` where they differ; what was reached is counted by its code. `python -m tests.firmware.mutation LIBRARY
--rounds 1000000` is the long run.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import cbor2

from healthpass import Color
from healthpass.crypto import ed25519
from healthpass.crypto.signer import Signer, sign_message
from healthpass.errors import BadInput
from healthpass.formats import base45, cose
from healthpass.formats import claim as claim_format
from healthpass.formats.area_table import AreaTable, encode_area_table
from healthpass.formats.claim import Binding, Claim
from healthpass.formats.presentation import unsigned_presentation
from healthpass.formats.revocation.builder import build_filter
from healthpass.formats.revocation.messages import Delta, Snapshot, encode_delta, encode_snapshot
from healthpass.formats.trust_list import encode_trust_list
from healthpass.formats.window import RootSet, Window
from healthpass.verifier import Document, TrustStore, Verifier
from tests.documents import DOCUMENT_KEY, SCANNER, deliver, document, tag_for
from tests.firmware.core import DECIDE, LIST, REVOCATION, TABLE, Core, CoreStore, CoreVerifier, expected
from tests.making import DAY, HOLDER, ISSUER, NOW, PLACE, ROOTS, STRANGER, WINDOW, sign_payload, signer
from tests.making import TOMORROW as PLAIN_TOMORROW
from tests.placing import AREA, REGISTRAR, RISK_OFFICE, make_place, placed_list
from tests.revoking import REVOKER

ROOT, NEW_ROOT = signer(1), signer(70)
TOMORROW = Window(
    b"kid1", PLAIN_TOMORROW.key, PLAIN_TOMORROW.valid_from, PLAIN_TOMORROW.expires, 4**4, 7, document_key_id=b"doc0"
)
"""With few slots, so that filters are full and dense, too."""
NUMBERS = (
    0,
    1,
    2,
    3,
    4,
    5,
    7,
    8,
    15,
    16,
    23,
    24,
    255,
    256,
    0xFFFF,
    0x10000,
    2**31 - 1,
    2**31,
    2**32 - 1,
    2**32,
    2**64 - 1,
)
CHARACTERS = base45.ALPHABET + "abhp\t\r\n\x02]é：Ｈ１рз\ufeff\u3000"  # noqa: RUF001  # what keyboards make of it


class Bench:
    """A scanner in Python and one in C, at the same place, with the same data."""

    def __init__(self, core: Core, random: Random) -> None:
        self.random = random
        self.counts: Counter[str] = Counter()
        self.version = 1
        self.now = NOW
        self.python = TrustStore(ROOTS, sealing_key=SCANNER)
        self.core = CoreStore(core, ROOTS)
        self.roots: tuple[Signer, ...] = (ROOT,)
        self.pieces: dict[str, bytes] = {}
        self.update(LIST, sign_payload(encode_trust_list(self._list())))
        self.python.update_document_keys(deliver(), now=NOW)
        self.update(TABLE, self._table(1))
        if random.random() < 0.8:
            self.update(REVOCATION, self._snapshot())
        place = make_place(random.randrange(1, 4), issued=NOW - DAY, expires=NOW + 29 * DAY)
        reads = random.random() < 0.8
        since = random.choice((None, NOW - 200, NOW))
        self.gate = Verifier(self.python, place=place, documents=reads, since=since, replay_capacity=40)
        self.core_gate = CoreVerifier(self.core, place=place, documents=reads, since=since, replay_capacity=40)
        self.reads = reads

    def _list(self, **more: Any) -> Any:
        kids = tuple(sorted(each.kid for each in (WINDOW, TOMORROW)))
        more = {"revocation_keys": {REVOKER.public_key: kids}, "grace": 3 * DAY, **more}
        return placed_list(
            self.version, windows=(WINDOW, TOMORROW), issued=self.now - 60, expires=self.now + 7 * DAY, **more
        )

    def _table(self, version: int) -> bytes:
        risk = self.random.randrange(3)
        areas = {1: (AREA,)} if risk == 1 else {2: (AREA,)} if risk == 2 else {}
        table = AreaTable(version, self.now - 60, self.now + DAY, medium=areas.get(1, ()), high=areas.get(2, ()))
        return sign_message(RISK_OFFICE, cose.AREA_TABLE, encode_area_table(table))

    def _filters(self) -> dict[bytes, bytes]:
        filters = {}
        for window in (WINDOW, TOMORROW):
            amount = self.random.choice((0, 1, 5, 120, min(400, window.capacity - 1)))
            slots = {0, *self.random.sample(range(1, window.capacity), amount)} if amount else set()
            filters[window.kid] = build_filter(window.capacity, slots)
        self.pieces |= {ed25519.sha512(each)[:32].hex(): each for each in filters.values()}
        return filters

    def _snapshot(self) -> bytes:
        named = {kid: (ed25519.sha512(data)[:32], len(data)) for kid, data in self._filters().items()}
        return sign_message(
            REVOKER, cose.SNAPSHOT, encode_snapshot(Snapshot(self.version, self.now - 60, self.now + 2 * DAY, named))
        )

    # What both are asked.

    def update(self, what: int, data: bytes) -> None:
        """The same update for both, and the same answer."""
        take = (self.python.update_trust_list, self.python.update_area_table, self.python.update_revocation)[what]
        asked: dict[str, bytes] = {}

        def fetch(digest: str) -> bytes:
            asked[digest] = self.pieces[digest]
            return asked[digest]

        code = "ok"
        try:
            take(data, now=self.now, **({"fetch": fetch} if what == REVOCATION else {}))
        except BadInput as refused:
            code = refused.code
        found = self.core.take(what, data, self.now, asked)
        self._same(("list", "table", "revocation")[what], code, found, data)

    def ask(self, text: str | bytes, nonce: bytes | None, documents: list[Document]) -> None:
        """The same question for both, and the same answer."""
        data = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
        shown = documents if self.reads else []
        held = self.python.state().documents
        self.core.document_keys(held.keys if held else {})  # those of a registrar that the list still names
        outcome = self.gate.decide(data, now=self.now, nonce=nonce, documents=shown)
        found = self.core_gate.ask(DECIDE, data, now=self.now, nonce=nonce, documents=shown)
        self._same("text", expected(outcome), found, data)

    def _same(self, kind: str, python: Any, core: Any, data: bytes) -> None:
        code = python if isinstance(python, str) else f"{python.decision} {python.refusal}"
        self.counts[f"{kind} {code}"] += 1
        assert python == core, f"{kind} after {sum(self.counts.values())}: Python {python}, core {core}: {data.hex()}"

    # What is mutated.

    def step(self) -> None:
        """One of them."""
        r = self.random
        if r.random() < 0.02:
            self.now += r.choice((1, 3, 15, 60, 3600, DAY, -1, -60, -4000))
        choice = r.random()
        if choice < 0.55:
            self._some_text()
        elif choice < 0.7:
            self._some_list()
        elif choice < 0.8:
            self._some_table()
        else:
            self._some_revocation()

    def _some_text(self) -> None:
        r = self.random
        documents = [document(r.randrange(4)) for _ in range(r.choice((0, 0, 1, 1, 2, 3)))]
        nonce = r.choice((None, None, None, bytes(16)))
        data = self._pass(nonce)
        if r.random() < 0.2:
            data = bytes_mutated(r, data)
        text = "HP1:" + base45.encode(data)
        if r.random() < 0.25:
            text = text_mutated(r, text)
        self.ask(text, nonce, documents)
        if r.random() < 0.1:
            self.ask(text, nonce, documents)

    def _pass(self, nonce: bytes | None) -> bytes:
        r = self.random
        binding = r.choice(tuple(Binding))
        window: Window = r.choice((WINDOW, WINDOW, WINDOW, TOMORROW))
        holder = signer(100 + r.randrange(200))
        members = r.choice((1, 1, 2, 3, 8)) if binding == Binding.BOTH else 1
        slots = [r.choice((0, r.randrange(window.capacity), r.randrange(window.capacity))) for _ in range(members)]
        if r.random() < 0.05:
            slots[-1] = r.choice((window.capacity - 1, window.capacity, 2**32 - 1))
        exp = window.expires + (r.choice((-1, 1)) if r.random() < 0.05 else 0)
        kid = b"none" if r.random() < 0.05 else window.kid
        issuer = STRANGER if r.random() < 0.05 else signer(3) if window is TOMORROW else ISSUER
        claims = []
        for number, slot in enumerate(slots):
            key = None if binding == Binding.DOCUMENT else holder.public_key
            tag = None if binding == Binding.DEVICE else tag_for(document(number % 4), slot, DOCUMENT_KEY, window)
            color = r.choice((Color.GREEN, Color.GREEN, Color.YELLOW, Color.RED))
            data = claim_format.unsigned_claim(Claim(kid, exp, slot, color, key, tag))
            claims.append(claim_format.with_signature(data, issuer.sign(claim_format.signed_part(data))))
        if binding == Binding.DOCUMENT or r.random() < 0.03 or len(set(slots)) != len(slots):
            return claims[0]
        iat = self.now // 15 * 15 + (r.choice((-90, -75, -60, -15, 60, 75)) if r.random() < 0.2 else 0)
        audience = r.choice((PLACE, PLACE, PLACE, None, "f" * 16))
        shown = unsigned_presentation(claims, iat, audience, nonce if r.random() < 0.9 else None)
        by = HOLDER if r.random() < 0.05 else holder
        from healthpass.formats.presentation import signed_part

        return claim_format.with_signature(shown, by.sign(signed_part(shown)))

    def _some_list(self) -> None:
        r = self.random
        self.version += r.choice((0, 1, 1, 2))
        payload = encode_trust_list(self._list(roots=self._next_roots()))
        payload = payload_mutated(r, payload)
        signers = {*self.roots} if r.random() < 0.95 else {STRANGER}
        if r.random() < 0.3:
            signers |= {NEW_ROOT}
        data = sign_payload(payload, tuple(signers))
        self.update(LIST, bytes_mutated(r, data) if r.random() < 0.1 else data)
        keys = self.python.roots.keys
        self.roots = tuple(each for each in (ROOT, NEW_ROOT) if each.public_key in keys)

    def _next_roots(self) -> RootSet:
        keys = [ROOT.public_key, NEW_ROOT.public_key]
        return self.random.choice((ROOTS, ROOTS, ROOTS, RootSet(1, tuple(keys)), RootSet(2, tuple(keys))))

    def _some_table(self) -> None:
        payload = payload_mutated(
            self.random, cose.decode_sign1(self._table(self.version), cose.AREA_TABLE, 4096).payload
        )
        self.update(TABLE, self._signed(cose.AREA_TABLE, RISK_OFFICE, payload))

    def _some_revocation(self) -> None:
        r = self.random
        self.version += 1
        if r.random() < 0.5:
            slots = b"".join(
                each.to_bytes(4, "big") for each in sorted(r.sample(range(WINDOW.capacity), r.randrange(1, 9)))
            )
            held = self.python.state().revocation
            bases = [1, *(each.snapshot.version for each in (held.streams.values() if held else ()))]
            times = (self.now - 60, self.now + DAY)
            delta = Delta(max(2, self.version), *times, min(bases[-1], max(2, self.version) - 1), {WINDOW.kid: slots})
            typ, payload = cose.DELTA, encode_delta(delta)
        else:
            typ, payload = cose.SNAPSHOT, cose.decode_sign1(self._snapshot(), cose.SNAPSHOT, 9999).payload
        if r.random() < 0.1:  # a filter that is not in its one form, or not what was asked for
            self._damage_filter(r.random() < 0.5)
        self.update(REVOCATION, self._signed(typ, REVOKER, payload_mutated(r, payload)))

    def _damage_filter(self, named: bool) -> None:
        digest = self.random.choice(list(self.pieces))
        data = bytes_mutated(self.random, self.pieces[digest])
        if not named:
            self.pieces[digest] = data
            return
        own = ed25519.sha512(data)[:32]
        self.pieces[own.hex()] = data
        named_by = {kid: (own, len(data)) for kid in (WINDOW.kid, TOMORROW.kid)}
        snapshot = Snapshot(self.version, self.now - 60, self.now + DAY, named_by)
        self.update(REVOCATION, sign_message(REVOKER, cose.SNAPSHOT, encode_snapshot(snapshot)))

    def _signed(self, typ: str, by: Signer, payload: bytes) -> bytes:
        r = self.random
        data = sign_message(by if r.random() < 0.95 else REGISTRAR, typ, payload)
        return bytes_mutated(r, data) if r.random() < 0.1 else data


def bytes_mutated(r: Random, data: bytes) -> bytes:
    """Some bytes changed, put in, taken out, or doubled."""
    out = bytearray(data)
    for _ in range(r.choice((1, 1, 1, 2, 5))):
        at = r.randrange(len(out) + 1)
        how = r.randrange(5)
        if how == 0 and at < len(out):
            out[at] ^= 1 << r.randrange(8)
        elif how == 1 and at < len(out):
            out[at] = r.randrange(256)
        elif how == 2:
            out[at:at] = bytes((r.randrange(256),))
        elif how == 3:
            del out[at : at + r.choice((1, 1, 4))]
        else:
            out[at:at] = out[at : at + r.randrange(1, 9)]
    return bytes(out)


def text_mutated(r: Random, text: str) -> str:
    """Some characters changed, put in or taken out; cut; in lower case; with a line end."""
    how = r.randrange(6)
    if how == 0:
        return text[: r.randrange(len(text) + 1)]
    if how == 1:
        return text.lower() + r.choice(("", "\n"))
    if how == 2:
        return r.choice((" ", "\ufeff", "]Q1", "\x02", "\t")) + text
    if how == 3:
        return text + r.choice(("\r\n", "\n", "\r", "\n\n", " ", "0"))
    at = r.randrange(min(len(text), 8)) if how == 4 else r.randrange(len(text))
    return text[:at] + r.choice(CHARACTERS) + text[at + r.randrange(2) :]


def payload_mutated(r: Random, payload: bytes) -> bytes:
    """As it is; or its bytes mutated; or one of its values exchanged, and the whole encoded again."""
    how = r.random()
    if how < 0.25:
        return payload
    if how < 0.45:
        return bytes_mutated(r, payload)
    content = cbor2.loads(payload)
    _exchange(r, content)
    try:
        return cbor2.dumps(dict(sorted(content.items(), key=lambda item: cbor2.dumps(item[0]))))
    except (OverflowError, cbor2.CBOREncodeError):
        return payload


def _exchange(r: Random, content: Any) -> None:
    """Somewhere in it."""
    while True:
        places = list(content) if isinstance(content, dict) else list(range(len(content)))
        if not places:
            return
        place = r.choice(places)
        inner = content[place]
        if isinstance(inner, (dict, list)) and inner and r.random() < 0.85:
            content = inner
            continue
        how = r.random()
        if isinstance(content, list) and how < 0.15:
            content.insert(place, inner)
        elif how < 0.3:
            content.pop(place)
        elif isinstance(content, dict) and how < 0.4:
            content[r.choice((-1, -25, 13, 24, 0, "1"))] = r.choice((0, None, [], {}, {"a": 1}, b""))
        else:
            content[place] = _other(r, inner)
        return


def _other(r: Random, value: Any) -> Any:
    if isinstance(value, int) and r.random() < 0.6:
        return max(0, value + r.choice((-1, 1, -60, 60, DAY, -DAY, 3600)))
    if isinstance(value, bytes) and value and r.random() < 0.7:
        return bytes_mutated(r, value) if r.random() < 0.5 else bytes_of_size(r, value)
    return r.choice((*NUMBERS, -1, b"", b"kid0", bytes(32), "", "country", None, [], {}, [1], {1: 1}))


def bytes_of_size(r: Random, value: bytes) -> bytes:
    """Other bytes of the same number, some of them keys that nobody may have."""
    weak: list[Callable[[], bytes]] = [
        lambda: bytes(len(value)),
        lambda: b"\xff" * len(value),
        lambda: r.randbytes(len(value)),
        lambda: bytes((value[0] ^ 1,)) + value[1:],
        lambda: (2**255 - 19 - r.randrange(3)).to_bytes(32, "little")[: len(value)],
    ]
    return r.choice(weak)()


def run(core: Core, seed: int, rounds: int, each: int = 150) -> Counter[str]:
    """So many steps, with another bench after each so many. Raises `AssertionError`."""
    counts: Counter[str] = Counter()
    for number in range(0, rounds, each):
        bench = Bench(core, Random(seed * 1_000_003 + number))  # a test
        for _ in range(min(each, rounds - number)):
            bench.step()
        counts += bench.counts
    return counts


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("library", type=Path)
    parser.add_argument("--rounds", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    for what, count in sorted(run(Core(arguments.library), arguments.seed, arguments.rounds).items()):
        print(f"{count:9,} {what}")
