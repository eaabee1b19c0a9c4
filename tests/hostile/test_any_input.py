"""Any bytes or text at any entry: one refusal with a code, nothing changed, no other exception, nothing of the input in
the error, and no more memory than its size accounts for."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthpass import BadInput, RefusalCode, Refused
from healthpass.attester import Attester, Person
from healthpass.crypto.envelope import seal_padded
from healthpass.crypto.passphrase import MAGIC, PassphraseBox
from healthpass.crypto.sealing import seal
from healthpass.crypto.signer import sign_message
from healthpass.errors import FormatError, HealthpassError
from healthpass.formats import base45, cbor, cose
from healthpass.formats.attestation import (
    Attestation,
    IssueRequest,
    encode_attestation,
    encode_issue_request,
    parse_attestation,
    parse_issue_request,
)
from healthpass.formats.batch import encode_batch, parse_batch
from healthpass.formats.claim import Binding, parse_claim
from healthpass.formats.document import OTHER, PASSPORT, Document
from healthpass.formats.document_keys import encode_keys, parse_delivery, parse_keys
from healthpass.formats.enrolment import (
    KeyRequest,
    Offer,
    Opening,
    encode_key_request,
    encode_offer,
    encode_opening,
    parse_key_request,
    parse_offer,
    parse_opening,
)
from healthpass.formats.hand_in import encode_hand_in, parse_hand_in
from healthpass.formats.padding import pad, unpad
from healthpass.formats.period import Period
from healthpass.formats.presentation import parse_presentation
from healthpass.formats.station import Region, Station, encode_region, encode_station, parse_region, parse_station
from healthpass.formats.text import decode_text, encode_text
from healthpass.formats.trust_list import encode_trust_list, parse_trust_list
from healthpass.issuer import SQLiteLedger
from healthpass.trust.signed import open_signed
from healthpass.verifier import TrustStore, Verifier
from tests.documents import KEYS, SCANNER, deliver, documents_store
from tests.hostile.measuring import peak_memory
from tests.issuing import REGION, dump, make_issuer
from tests.making import (
    HOLDER,
    ISSUER,
    NOW,
    PLATFORM,
    ROOTS,
    SEALING,
    WINDOW,
    family,
    files,
    make_claim,
    make_store,
    make_trust_list,
    present,
    remembered,
    show,
    sign_payload,
    sign_trust_list,
    signer,
)
from tests.raising import raises
from tests.wallets import content, make_wallet

MEGABYTE = 1 << 20
SECRET = b"440102199001011234"
"""Stands for whatever must not come back in an error."""
LIST = make_trust_list()
OFFER = Offer(
    ISSUER.public_key, bytes(16), PLATFORM, Binding.DEVICE, 1, (Period(WINDOW.valid_from, WINDOW.expires, 2),)
)
OPENING = encode_opening(Opening(bytes(32), SCANNER.public_key, ((HOLDER.public_key, ISSUER.public_key),), None))
REQUEST = encode_key_request(KeyRequest(encode_offer(OFFER), bytes(32), SEALING.key, seal_padded(SEALING.key, OPENING)))
ATTESTATION = encode_attestation(
    Attestation(bytes(16), NOW, ("green",), Binding.DEVICE, OFFER.periods, None, bytes(32), None, PLATFORM)
)
ISSUE_REQUEST = encode_issue_request(
    IssueRequest(sign_message(ISSUER, cose.ATTESTATION, ATTESTATION), SEALING.key, seal_padded(SEALING.key, OPENING))
)
DELIVERY = deliver(2)
DELIVERED = open_signed(DELIVERY, cose.DOCUMENT_KEYS, 2048).payload
WITH_READER = documents_store()
STORE, VERIFIER = make_store(make_trust_list(version=9)), Verifier(make_store())


WALLET = make_wallet()
LEDGER = SQLiteLedger(":memory:")
NATION = make_issuer(LEDGER)


def attest(data: bytes, offer: bytes = encode_offer(OFFER)) -> bytes:
    """A region's answer to a key request."""
    return Attester(ISSUER).attest(offer, data, [Person("green")], now=NOW, trust_list=LIST)


def cheap(data: bytes) -> bytes:
    """A sealed file that asks for no more than 64 MiB: the two higher levels cost what they cost."""
    return data[:4] + b"\x00" + data[5:] if data[:4] == MAGIC and data[4:5] in (b"\x01", b"\x02") else data


ENTRIES: dict[str, Callable[[bytes], object]] = {
    "verify bytes": lambda data: VERIFIER.verify(data, now=NOW),
    "verify text": lambda data: VERIFIER.verify(data.decode("latin-1"), now=NOW),
    "verify what is in a pass": lambda data: VERIFIER.verify(encode_text(data[:2800]), now=NOW),
    "update_trust_list": lambda data: STORE.update_trust_list(data, now=NOW),
    "update_document_keys": lambda data: WITH_READER.update_document_keys(data, now=NOW),
    "a document": lambda data: Document(OTHER, data.decode("latin-1")),
    "a document as it is read": lambda data: Document(PASSPORT, data[:44].decode("utf-8", "surrogateescape")),
    "parse_delivery": parse_delivery,
    "parse_keys": parse_keys,
    "parse_station": parse_station,
    "parse_region": parse_region,
    "attest": lambda data: attest(data),
    "attest an offer": lambda data: attest(REQUEST, data),
    "answer": lambda data: WALLET.answer(data, now=NOW),
    "accept": lambda data: WALLET.accept(data, now=NOW),
    "issue": lambda data: NATION.issue(data, now=NOW),
    "parse_opening": parse_opening,
    "parse_issue_request": parse_issue_request,
    "parse_hand_in": parse_hand_in,
    "unpad": unpad,
    "open a sealed file": lambda data: PassphraseBox.open(cheap(data), "passphrase"),
    "open_signed": lambda data: open_signed(data, cose.ATTESTATION, 2 * MEGABYTE),
    "decode_sign1": lambda data: cose.decode_sign1(data, cose.ATTESTATION, 2 * MEGABYTE),
    "decode_sign": lambda data: cose.decode_sign(data, cose.TRUST_LIST, 2 * MEGABYTE),
    "decode_text": decode_text,
    "base45": base45.decode,
    "cbor": cbor.decode,
    "parse_claim": parse_claim,
    "parse_presentation": parse_presentation,
    "parse_trust_list": parse_trust_list,
    "parse_attestation": parse_attestation,
    "parse_offer": parse_offer,
    "parse_key_request": parse_key_request,
    "parse_batch": parse_batch,
}
SEEDS = [
    b"",
    SECRET,
    b"HP1:" + SECRET,
    show(make_claim()).encode(),
    show(family(range(8))).encode(),
    make_claim(),
    make_claim(binding=Binding.DOCUMENT),
    present(make_claim()),
    present(family(range(8))),
    encode_trust_list(make_trust_list()),
    sign_trust_list(make_trust_list()),
    ATTESTATION,
    sign_message(ISSUER, cose.ATTESTATION, ATTESTATION),
    encode_offer(OFFER),
    OPENING,
    pad(OPENING),
    ISSUE_REQUEST,
    encode_hand_in(PLATFORM, (WINDOW,), (SEALING,)),
    REQUEST,
    encode_batch(family(range(3))),
    DELIVERY,
    DELIVERED,
    encode_keys(KEYS),
    encode_station(Station("0123456789abcdef", HOLDER.public_key, 7, NOW, NOW + 60)),
    encode_region(Region("North", HOLDER.public_key, NOW, NOW + 60)),
    MAGIC + b"\x03" + SECRET * 9,
]


def state() -> object:
    return STORE.trust_list, remembered(VERIFIER), WITH_READER.document_key(b"doc0"), content(WALLET), dump(LEDGER)


def attempt(call: Callable[[bytes], object], data: bytes) -> None:
    """It is taken, or refused: with a code, with nothing of the input in the error, and with nothing changed."""
    before = state()
    try:
        call(data)
    except HealthpassError as error:
        check(error)
        after = state()
    else:
        return
    assert after == before


def check(error: HealthpassError) -> None:
    if isinstance(error, Refused):
        assert error.code in list(RefusalCode)
    else:
        assert isinstance(error, BadInput)
        assert error.code.isascii()
        assert error.code
    said = repr(error) + "".join(traceback.format_exception_only(error))
    assert len(said) < 1000
    assert SECRET.decode() not in said
    assert SECRET.hex() not in said


SPLICED = st.tuples(st.sampled_from(SEEDS), st.integers(0, 2000), st.binary(max_size=3), st.integers(0, 3)).map(
    lambda parts: parts[0][: parts[1]] + parts[2] + parts[0][parts[1] + parts[3] :]
)
CUT = st.tuples(st.sampled_from(SEEDS), st.integers(0, 2000)).map(lambda parts: parts[0][: parts[1]])
REPEATED = st.tuples(st.binary(max_size=4), st.integers(0, 4000)).map(lambda parts: parts[0] * parts[1])


@pytest.mark.parametrize("entry", ENTRIES)
@given(st.one_of(st.binary(max_size=300), SPLICED, CUT, REPEATED))
def test_any_bytes(entry: str, data: bytes) -> None:
    attempt(ENTRIES[entry], data)
    attempt(ENTRIES[entry], data + SECRET)


@given(st.text(max_size=200))
def test_any_text(text: str) -> None:
    for each in (text, "HP1:" + text, "HP" + text, text + SECRET.decode()):
        attempt(lambda _, each=each: VERIFIER.verify(each, now=NOW), each.encode("utf-8", "surrogatepass"))  # type: ignore[misc]  # a default binds it


def a_megabyte() -> dict[str, bytes]:
    random = Random(1)
    most = (MEGABYTE - 9).to_bytes(4, "big")
    large = {
        f"{byte:02x} repeated": bytes((byte,)) * MEGABYTE for byte in (0x00, 0x30, 0x41, 0x61, 0x81, 0xA1, 0xF6, 0xFF)
    }
    large["noise"] = random.randbytes(MEGABYTE)
    large["a pass and noise"] = show(make_claim()).encode() + random.randbytes(MEGABYTE)
    large["a pass and zeros"] = b"HP1:" + b"0" * MEGABYTE
    large["a list and noise"] = sign_trust_list(make_trust_list()) + random.randbytes(MEGABYTE)
    large["spaces"] = b" " * MEGABYTE
    large["openings"] = b"\xd8\x62\x84" * (MEGABYTE // 3)
    large["a byte string"] = b"\xd2\x84\x5a" + most + bytes(MEGABYTE)
    large["an array of bytes"] = b"\x9a" + most + bytes(MEGABYTE)
    large["a map"] = b"\xba" + most + random.randbytes(MEGABYTE)
    large["holder keys"] = OPENING[:70] + b"\x99\x10\x00" + (b"\x58\x20" + bytes(32)) * 30_000
    large["a padded secret"] = (MEGABYTE - 4).to_bytes(4, "big") + SECRET.ljust(MEGABYTE - 4, b"\x00")
    large["a sealed file"] = MAGIC + b"\x07" + bytes(MEGABYTE)
    return large


LARGE = a_megabyte()


@pytest.mark.parametrize("entry", ENTRIES)
@pytest.mark.parametrize("kind", LARGE)
def test_a_megabyte(entry: str, kind: str) -> None:
    """Refused, with at most a few copies of it in memory and the items that the reader allows."""
    attempt(ENTRIES[entry], LARGE[kind])
    assert peak_memory(lambda: attempt(ENTRIES[entry], LARGE[kind])) < 8 * MEGABYTE


PAYLOADS = {
    "nothing": b"",
    "null": b"\xf6",
    "an empty map": b"\xa0",
    "depth": b"\x81" * 200_000,
    "many items": b"\x99\x80\x00" + b"\x00" * 32_768,
    "many maps": b"\x99\x40\x00" + b"\xa0" * 16_384,
    "a large map": b"\xb9\x40\x00"
    + b"".join(b"\x1a" + (n + 65_536).to_bytes(4, "big") + b"\x00" for n in range(16_384)),
    "a declared size": b"\x9b" + b"\xff" * 8,
    "a large integer": b"\xa1\x01\x1b" + b"\xff" * 8,
    "text": b"\x7a\x00\x02\x00\x00" + b"x" * 131_072,
    "a secret": b"\x52" + SECRET,
    "a secret as a label": b"\xa1\x72" + SECRET + b"\x00",
    "zeros": bytes(200_000),
    "noise": Random(2).randbytes(200_000),
    "trust list": encode_trust_list(make_trust_list())[:-1],
    "attestation": ATTESTATION[:-1],
}


@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=PAYLOADS.keys())
def test_hostile_payloads_under_good_signatures(payload: bytes, tmp_path: Path) -> None:
    """Who signs is known; what is signed is read as strictly as ever."""
    store = TrustStore.open(tmp_path, roots=ROOTS)
    store.update_trust_list(sign_trust_list(make_trust_list()), now=NOW)
    before = files(tmp_path)
    for refused in (
        lambda: store.update_trust_list(sign_payload(payload), now=NOW),
        lambda: parse_attestation(
            open_signed(sign_message(ISSUER, cose.ATTESTATION, payload), cose.ATTESTATION, MEGABYTE).payload
        ),
        lambda: attest(payload),
        lambda: WALLET.accept(payload, now=NOW),
        lambda: NATION.issue(with_opening(payload), now=NOW),
    ):
        with pytest.raises(BadInput) as caught:
            refused()
        check(caught.value)
    assert files(tmp_path) == before


def with_opening(payload: bytes) -> bytes:
    """A request whose attestation is in order, with this sealed to the platform."""
    signed = sign_message(REGION, cose.ATTESTATION, ATTESTATION)
    return encode_issue_request(IssueRequest(signed, SEALING.key, seal_padded(SEALING.key, payload)))


@pytest.mark.parametrize("kind", LARGE)
def test_a_store_on_disk_is_as_it_was(kind: str, tmp_path: Path) -> None:
    store = TrustStore.open(tmp_path, roots=ROOTS)
    store.update_trust_list(sign_trust_list(make_trust_list()), now=NOW)
    before = files(tmp_path)
    with raises(
        FormatError,
        "malformed",
        "a message of another type, or with other headers",
        "a message of this type has at most 262144 bytes",
    ):
        store.update_trust_list(LARGE[kind], now=NOW)
    assert files(tmp_path) == before
    store.update_trust_list(sign_trust_list(make_trust_list(version=2)), now=NOW)


@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=PAYLOADS.keys())
def test_hostile_document_keys_by_a_registrar(payload: bytes, tmp_path: Path) -> None:
    """As the payload, and as what is sealed in a good one."""
    store = documents_store(tmp_path)
    before = files(tmp_path / "documents")
    sealed = seal(SCANNER.public_key, (payload + bytes(36))[:36] * 2)  # one id twice
    for each in (payload, DELIVERED[:-84] + sealed):
        with pytest.raises(BadInput) as caught:
            store.update_document_keys(sign_message(signer(30), cose.DOCUMENT_KEYS, each), now=NOW)
        check(caught.value)
    assert files(tmp_path / "documents") == before
    store.update_document_keys(DELIVERY, now=NOW)
