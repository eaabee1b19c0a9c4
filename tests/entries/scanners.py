"""The entries of scanners and wallets."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

from healthpass.crypto.passphrase import INTERACTIVE, MAGIC, PassphraseBox
from healthpass.crypto.signer import sign_message
from healthpass.formats import cose
from healthpass.formats.bundle import Bundle, encode_bundle
from healthpass.formats.text import encode_place_text, encode_text
from healthpass.holder import Wallet
from healthpass.holder.stored import encode_state, parse_state
from healthpass.verifier import Sentences, TrustStore, Verifier, needs_documents, reading, readings
from healthpass.verifier.gate import Gate
from healthpass.verifier.sentences import MAX_FILE_CHARS as MAX_SENTENCES
from healthpass.verifier.state_folder import parse_floors
from tests.documents import SCANNER, deliver, documents_store
from tests.entries import honest
from tests.entries.entry import Entry, Given, Step, plain, text, used
from tests.entries.hostile import HONEST, TEXT, TOML
from tests.making import NOW, ROOTS, family, make_store, present, sign_payload, sign_trust_list
from tests.placing import RISK_OFFICE, make_place, placed_list
from tests.revoking import REVOKER
from tests.wallets import make_wallet

_PASS_MOST, _POSTER = 4296, encode_place_text(make_place())


@cache
def _verifier() -> Verifier:
    return Verifier(make_store())


def _pass() -> dict[str, bytes]:
    return {"a family of eight": encode_text(present(family(range(8)))).encode()}


def _fresh(update: Callable[[TrustStore, bytes], object], *lists: Callable[[], bytes]) -> Given:
    """An update of a store that has taken these lists."""

    def make() -> TrustStore:
        store = TrustStore(ROOTS)
        for each in lists:
            store.update_trust_list(each(), now=NOW)
        return store

    return used(make, update)


def _bundle() -> bytes:
    pieces = {n.to_bytes(32, "big"): n.to_bytes(400, "big") for n in range(2000)}
    return encode_bundle(Bundle(sign_trust_list(placed_list(2)), filters=pieces))


def _filter(digest: str) -> bytes:
    """Of either snapshot."""
    first = honest.snapshot(1)[1]
    return first[digest] if digest in first else honest.snapshot(2)[1][digest]


def _revoking(version: int | None, delta: bool = False) -> Given:
    """A store that has taken a snapshot, and perhaps a delta upon it."""

    def make() -> TrustStore:
        store = TrustStore(ROOTS)
        store.update_trust_list(honest.revoking_list(), now=NOW)
        if version is not None:
            store.update_revocation(honest.snapshot(version)[0], now=NOW, fetch=_filter)
        if delta:
            store.update_revocation(honest.delta(2), now=NOW)
        return store

    return used(make, lambda store, data: store.update_revocation(data, now=NOW, fetch=_filter))


def _reopened(name: str, *, documents: bool = False) -> Callable[[bytes], Step]:
    """A scanner that starts, and finds this in a file of its folder."""

    def given(data: bytes) -> Step:
        folder = TemporaryDirectory()
        store = TrustStore(ROOTS, folder.name, sealing_key=SCANNER)
        store.update_trust_list(honest.revoking_list(), now=NOW)
        Path(folder.name, name).parent.mkdir(exist_ok=True)
        Path(folder.name, name).write_bytes(data)

        def step() -> None:
            with folder:
                TrustStore(ROOTS, folder.name, sealing_key=SCANNER)

        return step

    return given


def _wallet(call: Callable[[Wallet, bytes], object]) -> Given:
    return used(make_wallet, call)


@cache
def _world() -> tuple[bytes, bytes, bytes]:
    """A wallet that has answered the largest offer, one that has its batch too, and that batch."""
    from tests.wallets import make_batch

    wallet = make_wallet()
    answer = wallet.answer(honest.offer(), now=NOW)
    waiting, batch = encode_state(wallet._kept._state), make_batch(answer)
    wallet.accept(batch, now=NOW)
    return waiting, encode_state(wallet._kept._state), batch


def _waiting() -> Wallet:
    wallet = make_wallet()
    wallet._kept._state = parse_state(_world()[0])
    return wallet


def _wallet_file(data: bytes) -> Step:
    """A file, or else the content of one that was sealed."""
    folder = TemporaryDirectory()
    path = Path(folder.name, "wallet")
    # The higher levels of Argon2id cost what they cost, and no input makes them cost more.
    path.write_bytes(data[:4] + b"\x00" + data[5:] if data[:4] == MAGIC else data)

    def step() -> None:
        with folder:
            Wallet.open(path, "passphrase")

    return step


@cache
def _sealed() -> bytes:
    return PassphraseBox("passphrase", INTERACTIVE, bytes(16)).seal(_world()[1])


def _signed_list(payload: bytes) -> bytes:
    return sign_payload(payload)


@cache
def _rotations() -> bytes:
    from healthpass.verifier.root_chain import encode_rotations
    from tests.trusting import a_rotation

    return encode_rotations(tuple(a_rotation(n + 1, n, n + 1) for n in range(64)))


SCANNERS = [
    Entry(
        "scan: verify",
        ("verifier.verifier.Verifier.verify", "formats.text.decode_text"),
        text(lambda said: _verifier().verify(said, now=NOW)),
        TEXT,
        _PASS_MOST,
        _pass,
    ),
    Entry(
        "scan: verify, bytes",
        ("verifier.verifier.Verifier.verify",),
        plain(lambda data: _verifier().verify(data, now=NOW)),
        most=_PASS_MOST,
        honest=_pass,
    ),
    Entry(
        "scan: decide",
        (
            "verifier.verifier.Verifier.decide",
            "verifier.excuses.is_excused",
            "verifier.excuses.looks_garbled",
            "verifier.excuses.is_typed_wrongly",
            "verifier.excuses.typed_wrongly",
            "verifier.recent.RecentAnswers.digests",
        ),
        text(lambda said: _verifier().decide(said, now=NOW)),
        TEXT,
        _PASS_MOST,
        _pass,
    ),
    Entry(
        "scan: decide, bytes",
        ("verifier.verifier.Verifier.decide",),
        plain(lambda data: _verifier().decide(data, now=NOW)),
        most=_PASS_MOST,
        honest=_pass,
    ),
    Entry(
        "scan: what is typed around a code",
        ("verifier.wedge.reading", "verifier.wedge.readings"),
        plain(lambda data: (reading(data), *readings(BytesIO(data)))),
        most=_PASS_MOST,
        honest=_pass,
        work="a stream of a megabyte, with a reading for each of its lines",
    ),
    Entry(
        "scan: sentences", ("verifier.sentences.Sentences.from_toml",), text(Sentences.from_toml), TOML, MAX_SENTENCES
    ),
    Entry(
        "scan: needs_documents",
        ("verifier.steps.needs_documents",),
        text(needs_documents),
        TEXT,
        _PASS_MOST,
        _pass,
    ),
    Entry(
        "scanner: its place",
        ("verifier.verifier.Verifier.__init__", "verifier.gate.Gate.__init__", "formats.text.decode_place_text"),
        text(lambda said: Gate(said)),
        TEXT,
        _PASS_MOST,
        lambda: {"a poster": _POSTER.encode()},
    ),
    Entry(
        "scanner: trust list",
        (
            "trust.updates.floor_of",
            "trust.updates.is_same",
            "verifier.state.take_list",
            "verifier.state.followed",
            "verifier.root_chain.longer",
            "verifier.trust_store.TrustStore.update_trust_list",
            "trust.signed.open_trust_list",
        ),
        _fresh(lambda store, data: store.update_trust_list(data, now=NOW)),
        most=262_144,
        honest=lambda: {"2,048 windows": honest.trust_list()},
        signed=_signed_list,
    ),
    Entry(
        "scanner: trust list upon a large one",
        ("verifier.trust_store.TrustStore.update_trust_list",),
        _fresh(lambda store, data: store.update_trust_list(data, now=NOW), honest.trust_list),
        most=262_144,
        kind=HONEST,
        honest=lambda: {"2,048 windows, again": honest.trust_list()},
    ),
    Entry(
        "scanner: area table",
        (
            "verifier.trust_store.TrustStore.update_area_table",
            "verifier.area_state.take_area",
            "trust.areas.open_area_table",
            "trust.areas.check_area_update",
        ),
        _fresh(lambda store, data: store.update_area_table(data, now=NOW), lambda: sign_trust_list(placed_list())),
        honest=lambda: {"131,072 areas": honest.area_table()},
        signed=lambda payload: sign_message(RISK_OFFICE, cose.AREA_TABLE, payload),
    ),
    Entry(
        "scanner: bundle",
        (
            "verifier.trust_store.TrustStore.update_bundle",
            "verifier.bundle.take_bundle",
            "formats.bundle.parse_bundle",
        ),
        _fresh(lambda store, data: store.update_bundle(data, now=NOW), lambda: sign_trust_list(placed_list())),
        honest=lambda: {"with 2,000 filters of 400 bytes": _bundle()},
    ),
    Entry(
        "scanner: first snapshot",
        (
            "verifier.revocation_state.take_revocation",
            "verifier.trust_store.TrustStore.update_revocation",
            "trust.revocations.open_snapshot",
            "trust.revocations.read_snapshot",
        ),
        _revoking(None),
        most=131_072,
        honest=lambda: {"2,048 windows, a filter of 0.9 MB": honest.snapshot(1)[0]},
        signed=lambda payload: sign_message(REVOKER, cose.SNAPSHOT, payload),
        work="the filters hashed, and their blocks counted",
    ),
    Entry(
        "scanner: next snapshot",
        ("verifier.trust_store.TrustStore.update_revocation",),
        _revoking(1),
        most=131_072,
        kind=HONEST,
        honest=lambda: {"2,048 windows, a filter of 0.9 MB, with all that was revoked": honest.snapshot(2)[0]},
        work="the filters hashed, and their blocks counted",
    ),
    Entry(
        "scanner: first delta",
        (
            "verifier.trust_store.TrustStore.update_revocation",
            "trust.revocations.open_delta",
            "trust.revocations.read_delta",
        ),
        _revoking(1),
        honest=lambda: {"260,000 slots": honest.delta(2)},
        signed=lambda payload: sign_message(REVOKER, cose.DELTA, payload),
    ),
    Entry(
        "scanner: next delta",
        ("verifier.trust_store.TrustStore.update_revocation",),
        _revoking(1, delta=True),
        kind=HONEST,
        honest=lambda: {"260,000 slots": honest.delta(3), "260,000 slots, again": honest.delta(2)},
    ),
    Entry(
        "scanner: document keys",
        (
            "verifier.document_state.take_document_keys",
            "verifier.trust_store.TrustStore.update_document_keys",
            "trust.document_keys.open_document_keys",
            "trust.document_keys.check_document_keys_update",
        ),
        used(documents_store, lambda store, data: store.update_document_keys(data, now=NOW)),
        most=2048,
        honest=lambda: {"a delivery": deliver(2)},
    ),
    Entry(
        "scanner starts: trust list in its folder",
        ("verifier.trust_store.TrustStore.open",),
        _reopened("trust-list.cbor"),
        most=262_144,
        kind=HONEST,
        honest=lambda: {"2,048 windows": honest.trust_list()},
    ),
    Entry(
        "scanner starts: rotations in its folder",
        ("verifier.root_chain.follow_all",),
        _reopened("rotations.cbor"),
        kind=HONEST,
        honest=lambda: {"64 lists": _rotations()},
    ),
    Entry(
        "scanner starts: area table in its folder",
        (),
        _reopened("area-table.cbor"),
        HONEST,
        honest=lambda: {"131,072 areas": honest.area_table()},
    ),
    Entry(
        "scanner starts: snapshot in its folder",
        (),
        _reopened(f"revocation/{REVOKER.public_key.hex()[:16]}.snapshot.cbor"),
        HONEST,
        most=131_072,
        honest=lambda: {"2,048 windows": honest.snapshot(1)[0]},
        work="a list of 2,048 windows and a snapshot of as many filters, once at a start",
    ),
    Entry(
        "scanner starts: document keys in its folder",
        (),
        _reopened("documents/keys.cbor"),
        HONEST,
        most=2048,
        honest=lambda: {"a delivery": deliver(2)},
    ),
    Entry(
        "scanner starts: floors in its folder",
        ("verifier.state_folder.parse_floors",),
        plain(parse_floors),
        most=131_072,
    ),
    Entry(
        "wallet: trust list",
        ("holder.base.WalletBase.update_trust_list", "holder.trust.with_trust_list"),
        _wallet(lambda wallet, data: wallet.update_trust_list(data, now=NOW)),
        most=262_144,
        honest=lambda: {"2,048 windows": honest.trust_list()},
        signed=_signed_list,
    ),
    Entry(
        "wallet: area table",
        ("holder.base.WalletBase.update_area_table", "holder.trust.with_area_table"),
        _wallet(lambda wallet, data: wallet.update_area_table(data, now=NOW)),
        honest=lambda: {"131,072 areas": honest.area_table()},
    ),
    Entry(
        "wallet: visit and present",
        (
            "holder.base.WalletBase.visit",
            "holder.wallet.Wallet.present",
            "holder.trust.visit",
            "holder.trust.addressee",
        ),
        _wallet(lambda wallet, data: wallet.visit(data.decode("utf-8", "surrogateescape"), now=NOW)),
        TEXT,
        _PASS_MOST,
        lambda: {"a poster": _POSTER.encode()},
    ),
    Entry(
        "wallet: answer an offer",
        ("holder.wallet.Wallet.answer", "holder.enrolling.answered", "formats.enrolment.parse_offer"),
        _wallet(lambda wallet, data: wallet.answer(data, now=NOW)),
        most=2048,
        honest=lambda: {"for 4,096 keys": honest.offer()},
        work="4,096 keys made",
    ),
    Entry(
        "wallet: accept a batch",
        ("holder.wallet.Wallet.accept", "holder.batch_check.check_batch", "formats.batch.parse_batch"),
        used(_waiting, lambda wallet, data: wallet.accept(data, now=NOW)),
        kind=HONEST,
        honest=lambda: {"4,096 claims": _world()[2]},
        work="4,096 signatures verified",
    ),
    Entry(
        "wallet: open its file",
        (
            "crypto.passphrase.PassphraseBox.open_again",
            "crypto.passphrase.is_sealed",
            "holder.base.WalletBase.open",
            "holder.keeping.Keeping.open",
            "holder.sealed_file.SealedFile.open",
            "crypto.passphrase.PassphraseBox.open",
        ),
        _wallet_file,
        honest=lambda: {"4,096 claims": _sealed()},
        work="Argon2id, whose work is its purpose",
    ),
    Entry(
        "wallet: the content of its file",
        ("holder.stored.parse_state",),
        plain(parse_state),
        honest=lambda: {"4,096 claims": _world()[1]},
        work="32,768 items, of whoever has the passphrase",
    ),
]
