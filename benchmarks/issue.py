"""Claims a second on one core, sealing both ways included, beside bare signatures and QR pictures."""

from __future__ import annotations

import hashlib
import io
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from nacl.bindings import crypto_sign, crypto_sign_seed_keypair

from benchmarks import _world, targets
from benchmarks._measure import Round, Timing, contest, timed
from benchmarks._model import Part, Table, held
from benchmarks._world import ISSUER, LIVE, NOW, WINDOW
from healthpass import Color
from healthpass.crypto.commitment import commitment
from healthpass.crypto.envelope import seal_padded
from healthpass.crypto.sealing import SealingKey
from healthpass.crypto.signer import Signer, sign_message
from healthpass.formats import claim as claim_format
from healthpass.formats import cose
from healthpass.formats.attestation import Attestation, IssueRequest, encode_attestation, encode_issue_request
from healthpass.formats.claim import Binding, Claim
from healthpass.formats.enrolment import Opening, encode_offer, encode_opening
from healthpass.formats.period import Period
from healthpass.issuer import AttesterRule, Issuer, RecognitionRules, SealingKeys, SQLiteLedger, WindowKey, WindowKeys
from healthpass.verifier import TrustStore

TITLE = "Issuing: claims a second and core"
COUNT = 400
"""Claims per round."""
PICTURES = 4
"""QR pictures per round."""
BARE = "bare `crypto_sign` through PyNaCl"
DIRECT = "a claim built and signed with `healthpass.formats`, no ledger"
TARGETS = {400: targets.ISSUE_TWO_WEEKS, 24: targets.ISSUE_DAY}
"""Claims in one attestation, two weeks of 28 a day, and one day: at least so much of what bare signing reaches."""
KINDS = {Binding.DEVICE: "for a phone", Binding.BOTH: "for phone and document"}
PLATFORM = "national"


def run(rounds: int) -> Part:
    """Rates in CPU time of this thread."""
    part = Part(TITLE)
    claims = [_claim(number) for number in range(COUNT)]
    contestants: dict[str, tuple[Round, int]] = {
        BARE: (timed(_signing(claims)), COUNT),
        DIRECT: (timed(_building(claims)), COUNT),
    }
    with tempfile.TemporaryDirectory() as folder:
        for size, binding in _CASES:
            work, claims_each = _issuing(Path(folder) / f"{size} {binding}.sqlite", size, binding, rounds)
            contestants[_name(size, binding)] = (timed(work), claims_each)
        drawing = _drawing()
        if drawing is None:
            part.notes.append("QR pictures: not measured (no module segno).")
        else:
            contestants["a QR picture of a device pass, SVG by segno"] = (timed(drawing), PICTURES)
        timings = contest(contestants, rounds)
    part.tables.append(_table(part, timings))
    for size, least in TARGETS.items():
        ratio = timings[BARE].median / timings[_name(size, Binding.DEVICE)].median
        part.targets.append(held(f"issuing beside bare signing, {size} claims in an attestation", ratio, least))
    part.notes.append(
        "The issuer's rows: issue request in, sealed batch out. Each attestation is verified and recognised, what the "
        "wallet sealed is opened and held to its commitment, the numbers are written to a ledger on disk that is "
        "synced before anything is signed, and the batch is sealed. The time that the disk takes is not CPU time."
    )
    return part


_CASES = [(size, binding) for size in TARGETS for binding in KINDS]


def _name(size: int, binding: Binding) -> str:
    return f"`Issuer.issue`, {size} claims in an attestation, {KINDS[binding]}, SQLite ledger"


def _issuing(path: Path, size: int, binding: Binding, rounds: int) -> tuple[Callable[[], None], int]:
    """A round of issuing, each time from requests that have not come before; and how many claims that is."""
    region = _world.signer("region")
    rule = AttesterRule("North", region.public_key, {"green": Color.GREEN}, Binding.DEVICE | Binding.BOTH)
    key, sealing = WindowKey(WINDOW, ISSUER, bytes(32)), SealingKey()
    keys = SealingKeys(PLATFORM, [(sealing, NOW - 3600, NOW + 86_400)])
    store = TrustStore(_world.ROOTS)
    store.update_trust_list(_world.trust_list(), now=NOW)
    issuer = Issuer(WindowKeys([key]), RecognitionRules([rule]), SQLiteLedger(path), keys, store)
    each = COUNT // size
    ready = [
        [_request(region, sealing.public_key, size, binding, turn * each + n) for n in range(each)]
        for turn in range(rounds + 1)
    ]
    for number in range(2**13):  # as on any platform that has been up for a minute, the kid's tables are there
        key.slots.slot(number)

    def work() -> None:
        for request in ready.pop():
            issuer.issue(request, now=NOW)

    return work, each * size


def _request(region: Signer, sealing_key: bytes, size: int, binding: Binding, number: int) -> bytes:
    """As a region sends it, with what a wallet has sealed."""
    reference = hashlib.sha256(b"%d" % number).digest()
    periods = (Period(WINDOW.valid_from, WINDOW.expires, size),)
    holder = number if binding == Binding.BOTH else 0
    holder_keys = tuple(_world.signer(f"holder {holder} {n}").public_key for n in range(size))
    opening = encode_opening(Opening(reference, SealingKey().public_key, (holder_keys,), None))
    seeds = None if binding == Binding.DEVICE else ((reference,),)
    blank = Attestation(reference[:16], NOW, ("green",), binding, periods, seeds, bytes(32), None, PLATFORM)
    vouched = replace(blank, commitment=commitment(encode_offer(blank.offer(region.public_key)), opening))
    signed = sign_message(region, cose.ATTESTATION, encode_attestation(vouched))
    return encode_issue_request(IssueRequest(signed, sealing_key, seal_padded(sealing_key, opening)))


def _table(part: Part, timings: dict[str, Timing]) -> Table:
    rows = []
    for name, timing in timings.items():
        ratio = timing.over(timings[BARE]).median
        rows.append((name, f"{timing.best:.1f}", f"{timing.median:.1f}", f"{1e6 / timing.median:,.0f}", f"{ratio:.2f}"))
        part.data[name] = {
            "best_us": timing.best,
            "median_us": timing.median,
            "per_second": 1e6 / timing.median,
            "ratio_median": ratio,
        }
    return Table(("what", "µs, best", "µs, median", "a second", "to bare"), rows)


def _claim(number: int) -> Claim:
    key = _world.signer(f"holder {number}").public_key
    return Claim(WINDOW.kid, WINDOW.expires, number, Color.GREEN, key)


def _signing(claims: list[Claim]) -> Callable[[], None]:
    _, secret_key = crypto_sign_seed_keypair(ISSUER.seed)
    messages = [claim_format.signed_part(claim_format.unsigned_claim(claim)) for claim in claims]

    def work() -> None:
        for message in messages:
            crypto_sign(message, secret_key)

    return work


def _building(claims: list[Claim]) -> Callable[[], None]:
    def work() -> None:
        for claim in claims:
            _world.signed_claim(claim)

    return work


def _drawing() -> Callable[[], None] | None:
    try:
        import segno
    except ModuleNotFoundError:
        return None
    texts = _world.texts(LIVE, PICTURES)

    def work() -> None:
        for text in texts:
            segno.make_qr(text, error="L", boost_error=False).save(io.BytesIO(), kind="svg")

    return work
