"""Revocation notices that are none, or not of this ledger: refused by name, and not a row of the ledger changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import cbor2
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from healthpass.attester import Attester
from healthpass.crypto.signer import Signer, sign_message
from healthpass.errors import AttestationRefused, BadInput, FormatError
from healthpass.formats import cbor, cose
from healthpass.formats.attestation import encode_attestation
from healthpass.formats.notice import MAX_SIZE
from healthpass.issuer import Issuer, Ledger, SQLiteLedger, revoke
from tests.hostile.test_hostile_revocations import spoiled
from tests.issuing import (
    BOTH_DAYS,
    NOTHING_TO_COME,
    OTHER_REGION,
    REGION,
    attest,
    attestation_of,
    device_passes,
    dump,
    make_issuer,
    request_with,
)
from tests.making import NOW, STRANGER, TOMORROW
from tests.raising import raises, raises_one_of

REFERENCE = (1).to_bytes(16, "big")
PASSES = device_passes(3, BOTH_DAYS)
NOTICE = Attester(REGION).revoke(REFERENCE, now=NOW)
CONTENT: dict[int, Any] = {1: 1, 2: REFERENCE, 3: NOW, 4: 0}
UNKNOWN = "there is nothing here that this could revoke: mistyped, over, or taken back already"


@pytest.fixture(scope="module")
def module_ledger() -> Iterator[SQLiteLedger]:
    """Two attestations with the same reference, of two regions."""
    opened = SQLiteLedger(":memory:")
    issuer = make_issuer(opened)
    issuer.issue(attest(PASSES), now=NOW)
    issuer.issue(attest(device_passes(2, first_key=100), region=OTHER_REGION), now=NOW)
    yield opened
    opened.close()


@pytest.fixture
def ledger(module_ledger: SQLiteLedger) -> Iterator[SQLiteLedger]:
    """The same for every test of a refusal: as none changes it, each finds it as it was."""
    before = dump(module_ledger)
    yield module_ledger
    assert dump(module_ledger) == before


@pytest.fixture
def own() -> Iterator[SQLiteLedger]:
    """One that a test may change."""
    opened = SQLiteLedger(":memory:")
    make_issuer(opened).issue(attest(PASSES), now=NOW)
    yield opened
    opened.close()


def assert_refused(ledger: SQLiteLedger, data: bytes, code: str, now: int = NOW) -> BadInput:
    before = dump(ledger)
    with pytest.raises(BadInput) as caught:
        revoke(ledger, data, NOTHING_TO_COME, now=now)
    assert caught.value.code == code
    assert dump(ledger) == before
    return caught.value


def signed(content: object, by: Signer = REGION, typ: str = cose.REVOCATION_NOTICE) -> bytes:
    payload = content if isinstance(content, bytes) else cbor2.dumps(content, canonical=True)  # ours refuses to
    return sign_message(by, typ, payload)


def test_every_truncation_every_bit_and_what_is_appended(ledger: SQLiteLedger) -> None:
    """A bit is in the form, or in what is signed, or in the key or the signature; there is no fourth kind."""
    codes = set()
    before = dump(ledger)
    for each in (*spoiled(NOTICE), NOTICE + NOTICE, NOTICE + bytes(MAX_SIZE)):
        with pytest.raises(BadInput) as caught:
            revoke(ledger, each, NOTHING_TO_COME, now=NOW)
        codes.add(caught.value.code)
    assert dump(ledger) == before
    assert codes == {"malformed", "bad-signature"}


def test_every_spoiled_payload_that_its_region_has_signed(ledger: SQLiteLedger) -> None:
    """What is still a notice names another attestation, or another time, or has an addition that says nothing."""
    payload = cose.decode_sign1(NOTICE, cose.REVOCATION_NOTICE, MAX_SIZE).payload
    codes: dict[str, int] = {}
    before = dump(ledger)
    for each in spoiled(payload):
        try:
            content: Any = cbor.decode(each)
        except FormatError:
            content = None
        plain = isinstance(content, dict) and content.keys() == {1, 2, 3, 4} and content[4] in (0, 1)
        if plain and content[2] == REFERENCE and 65_536 <= content[3] <= NOW + 60:
            continue  # dated earlier, or at a wish: it revokes, as it says
        with pytest.raises(BadInput) as caught:
            revoke(ledger, signed(each), NOTHING_TO_COME, now=NOW)
        codes[caught.value.code] = codes.get(caught.value.code, 0) + 1
    assert dump(ledger) == before
    assert codes.keys() == {"malformed", "unknown-attestation", "from-the-future"}
    assert codes["unknown-attestation"] == 8 * len(REFERENCE)


WRONG: dict[str, object] = {
    "nothing": b"",
    "an array": [1, REFERENCE, NOW],
    "an empty map": {},
    "no reference": {1: 1, 3: NOW, 4: 0},
    "no time": {1: 1, 2: REFERENCE, 4: 0},
    "no format": {2: REFERENCE, 3: NOW, 4: 0},
    "another format": CONTENT | {1: 2},
    "one field more": CONTENT | {5: bytes(4)},
    "no word of a wish": {1: 1, 2: REFERENCE, 3: NOW},
    "half a wish": CONTENT | {4: 2},
    "a yes for a wish": CONTENT | {4: True},
    "a short reference": CONTENT | {2: REFERENCE[1:]},
    "a long reference": CONTENT | {2: REFERENCE + b"\0"},
    "a reference in words": CONTENT | {2: "0123456789abcdef"},
    "several references": CONTENT | {2: [REFERENCE]},
    "every reference": CONTENT | {2: None},
    "a time before all": CONTENT | {3: 65_535},
    "a time after all": CONTENT | {3: 2**32},
    "a negative time": CONTENT | {3: -NOW},
    "a time in words": CONTENT | {3: str(NOW)},
    "a yes for a format": CONTENT | {1: True},
    "two notices": cbor2.dumps(CONTENT) * 2,
}


@pytest.mark.parametrize("content", WRONG.values(), ids=WRONG)
def test_what_is_no_notice(content: object, ledger: SQLiteLedger) -> None:
    assert isinstance(assert_refused(ledger, signed(content), "malformed"), FormatError)


OTHER_TYPES = sorted(
    {getattr(cose, name) for name in dir(cose) if name.isupper() and isinstance(getattr(cose, name), str)}
    - {cose.REVOCATION_NOTICE}
)


@pytest.mark.parametrize("typ", OTHER_TYPES)
def test_another_type(typ: str, ledger: SQLiteLedger) -> None:
    """The same payload by the same key, signed for another purpose."""
    assert_refused(ledger, signed(CONTENT, typ=typ), "malformed")


def test_the_types_are_those_there_are() -> None:
    assert {cose.ATTESTATION, cose.DELTA, cose.SNAPSHOT} <= set(OTHER_TYPES)


def test_an_attestation_is_no_notice_and_a_notice_no_attestation(ledger: SQLiteLedger) -> None:
    issuer: Issuer = make_issuer(ledger)
    for data in (attest(PASSES), attest(device_passes(1, first_key=50))):
        assert_refused(ledger, data, "malformed")
        payload = encode_attestation(attestation_of(data))
        assert_refused(ledger, signed(payload), "malformed")
    for typ in (cose.REVOCATION_NOTICE, cose.ATTESTATION):
        with raises(
            FormatError,
            "malformed",
            "a message of another type, or with other headers",
            "attestation: a field is missing",
        ):
            issuer.prepare(request_with(signed(CONTENT, typ=typ), None), now=NOW)


@pytest.mark.parametrize("by", [STRANGER, OTHER_REGION], ids=["a stranger", "another region"])
def test_by_another_key(by: Signer, ledger: SQLiteLedger) -> None:
    """In its own name it finds nothing of the region's; in the region's name the signature does not hold."""
    reference = (1).to_bytes(16, "big") if by is STRANGER else (2).to_bytes(16, "big")
    refused = assert_refused(ledger, signed(CONTENT | {2: reference}, by), "unknown-attestation")
    assert UNKNOWN in str(refused)
    forged = signed(CONTENT, by).replace(by.public_key, REGION.public_key)
    assert_refused(ledger, forged, "bad-signature")


def test_another_regions_notice_revokes_its_own_under_the_same_reference(own: SQLiteLedger) -> None:
    make_issuer(own).issue(attest(device_passes(2, first_key=100), region=OTHER_REGION), now=NOW)
    before = {kid: own.revoked(kid, before=99) for kid in (b"kid0", TOMORROW.kid)}
    assert not any(map(list, before.values()))
    assert revoke(own, signed(CONTENT, OTHER_REGION), NOTHING_TO_COME, now=NOW).claims == 2
    assert revoke(own, NOTICE, NOTHING_TO_COME, now=NOW).claims == 6


@pytest.mark.parametrize("late", [61, 3600, 2**32 - 1 - NOW])
def test_from_the_future(late: int, ledger: SQLiteLedger) -> None:
    error = assert_refused(ledger, signed(CONTENT | {3: NOW + late}), "from-the-future")
    assert isinstance(error, AttestationRefused)


def test_a_second_less_is_not_the_future(own: SQLiteLedger) -> None:
    assert revoke(own, signed(CONTENT | {3: NOW + 60}), NOTHING_TO_COME, now=NOW).claims == 6


def test_repeated(own: SQLiteLedger) -> None:
    """The same notice, or another one for the same attestation: the same answer, and not a row more. (That something
    was asked for is counted.)"""
    assert revoke(own, NOTICE, NOTHING_TO_COME, now=NOW).claims == 6
    before = rows_of(own)
    for data, now in ((NOTICE, NOW), (NOTICE, NOW + 9), (signed(CONTENT | {3: NOW - 9}), NOW), (NOTICE, NOW + 3600)):
        assert revoke(own, data, NOTHING_TO_COME, now=now).claims == 6
        assert rows_of(own) == before


def rows_of(ledger: SQLiteLedger) -> list[str]:
    return [line for line in dump(ledger) if 'INTO "totals"' not in line]


def test_no_error_carries_what_was_in_the_notice(ledger: SQLiteLedger) -> None:
    secret = b"\xabSECRET-REFERENCE"[:16]
    cases = [signed(CONTENT | {2: secret}), signed(CONTENT | {2: secret + b"!"}), signed(CONTENT | {2: secret})[:-1]]
    for each in (*cases, signed(CONTENT | {2: secret, 3: NOW + 99}), signed({**CONTENT, 2: secret.hex()})):
        with pytest.raises(BadInput) as caught:
            revoke(ledger, each, NOTHING_TO_COME, now=NOW)
        said = repr(caught.value) + str(caught.value)
        assert not [part for part in ("SECRET", secret.hex(), REGION.public_key.hex()) if part in said]


CBOR: st.SearchStrategy[Any] = st.recursive(
    st.integers(-(2**63), 2**63 - 1) | st.binary(max_size=40) | st.text(max_size=20) | st.booleans() | st.none(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.integers(-9, 9), inner, max_size=4),
    max_leaves=12,
)


@given(CBOR | st.binary(max_size=200) | st.fixed_dictionaries({1: st.just(1), 2: CBOR, 3: CBOR, 4: st.just(0)}))
@example({1: 1, 2: bytes(16), 3: NOW, 4: 0})
def test_any_signed_content(module_ledger: SQLiteLedger, content: Any) -> None:
    assert_refusal(module_ledger, lambda ledger: revoke(ledger, signed(content), NOTHING_TO_COME, now=NOW))


@given(st.binary(max_size=600))
def test_any_bytes(module_ledger: SQLiteLedger, data: bytes) -> None:
    assert_refusal(module_ledger, lambda ledger: revoke(ledger, data, NOTHING_TO_COME, now=NOW))


def assert_refusal(ledger: SQLiteLedger, call: Callable[[Ledger], object]) -> None:
    before = dump(ledger)
    with raises_one_of("malformed", "unknown-attestation"):
        call(ledger)
    assert dump(ledger) == before
