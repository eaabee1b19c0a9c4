"""Attestations that are no attestations: refused as bad input, and the ledger never hears of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthpass.crypto.signer import sign_message
from healthpass.errors import BadInput, FormatError
from healthpass.formats import cbor, cose
from healthpass.formats.attestation import MAX_SIZE, Attestation, Grant
from healthpass.formats.cose import ATTESTATION, decode_sign1
from healthpass.issuer import Issuer, SQLiteLedger
from tests.issuing import (
    BOTH_DAYS,
    REGION,
    attest,
    both_passes,
    device_passes,
    dump,
    holder_key,
    make_issuer,
    paper_passes,
    sign_payload,
)
from tests.making import NOW, WINDOW

Content = dict[int, Any]
FAMILY = attest(both_passes(2, 2, BOTH_DAYS), ["绿", "amber"])
PAPER = attest(paper_passes(BOTH_DAYS))
DEVICE_BOUND = attest(device_passes(3))
REAL = {"family": FAMILY, "paper": PAPER, "device": DEVICE_BOUND}


@pytest.fixture(scope="module")
def ledger() -> Iterator[SQLiteLedger]:
    opened = SQLiteLedger(":memory:")
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def issuer(ledger: SQLiteLedger) -> Issuer:
    return make_issuer(ledger)


def assert_bad(issuer: Issuer, data: bytes, error: type[BadInput] = BadInput) -> None:
    with pytest.raises(error):
        issuer.prepare(data, now=NOW)


def payload_of(data: bytes) -> bytes:
    return decode_sign1(data, ATTESTATION, MAX_SIZE).payload


@pytest.mark.parametrize("data", REAL.values(), ids=REAL.keys())
def test_altered_ones(data: bytes, issuer: Issuer, ledger: SQLiteLedger) -> None:
    """Every bit flipped, every length, a byte more at either end."""
    before = dump(ledger)
    number = int.from_bytes(data, "big")
    for bit in range(8 * len(data)):
        assert_bad(issuer, (number ^ 1 << bit).to_bytes(len(data), "big"))
    for altered in [*(data[:size] for size in range(len(data))), data + b"\x00", b"\x00" + data, data + data]:
        assert_bad(issuer, altered, FormatError)
    assert dump(ledger) == before


@pytest.mark.parametrize("data", REAL.values(), ids=REAL.keys())
def test_what_a_region_signs_by_mistake(data: bytes, issuer: Issuer, ledger: SQLiteLedger) -> None:
    before = dump(ledger)
    payload = payload_of(data)
    for altered in [*(payload[:size] for size in range(len(payload))), payload + b"\x00"]:
        assert_bad(issuer, sign_payload(altered), FormatError)
    assert dump(ledger) == before


@given(st.binary(max_size=600))
def test_any_bytes(issuer: Issuer, ledger: SQLiteLedger, data: bytes) -> None:
    before = dump(ledger)
    for each in (data, sign_payload(data), DEVICE_BOUND[:2] + data, DEVICE_BOUND + data[:1] + b"\x00"):
        assert_bad(issuer, each, FormatError)
    assert dump(ledger) == before


@given(st.data())
def test_any_bit_of_what_a_region_signs(data: st.DataObject) -> None:
    """The platform either refuses and writes nothing, or gives as many claims as the ledger has counted."""
    payload = bytearray(payload_of(FAMILY))
    for _ in range(data.draw(st.integers(1, 3))):
        payload[data.draw(st.integers(0, len(payload) - 1))] = data.draw(st.integers(0, 255))
    opened = SQLiteLedger(":memory:")
    before, claims = dump(opened), 0
    with suppress(BadInput):
        claims = len(make_issuer(opened).issue(sign_payload(bytes(payload)), now=NOW))
    assert sum(opened.issued(window.kid) for window in BOTH_DAYS) == claims
    assert claims or dump(opened) == before
    opened.close()


def changed(*path: int, to: Any = None, by: Callable[[Any], Any] | None = None) -> Callable[[Content], None]:
    """Sets what is at that path, to a value or by a function of what is there."""

    def change(target: Any) -> None:
        for step in path[:-1]:
            target = target[step]
        target[path[-1]] = to if by is None else by(target[path[-1]])

    return change


# A grant: 0 kid, 1 holder key, 2 document tags. The family has two people, and two grants in each of two windows.
BROKEN: dict[str, Callable[[Content], object]] = {
    **{f"field {label} missing": lambda target, label=label: target.pop(label) for label in range(1, 7)},  # type: ignore[misc]  # the default binds it
    "an unknown critical field": changed(7, to=0),
    "another format": changed(1, to=2),
    "reference of 15 bytes": changed(2, to=bytes(15)),
    "reference as text": changed(2, to="0" * 16),
    "issued at 0": changed(3, to=0),
    "issued over 32 bits": changed(3, to=2**32),
    "nobody": changed(4, to=[]),
    "a person without a tag": changed(4, to=["绿", "amber", "绿"]),
    "a tag without a person": changed(4, to=["绿"]),
    "nine people": changed(4, to=["绿"] * 9),
    "a colour of no characters": changed(4, 0, to=""),
    "a colour of 65 characters": changed(4, 0, to="x" * 65),
    "a colour as a number": changed(4, 0, to=1),
    "no grants": changed(5, to=[]),
    "grants as a map": changed(5, to={}),
    "a holder key in two grants": changed(5, 1, 1, to=holder_key(0)),
    "a holder key in two windows": changed(5, 3, 1, to=holder_key(0)),
    "a holder key of 31 bytes": changed(5, 0, 1, to=bytes(31)),
    "a kid of 3 bytes": changed(5, 0, 0, to=b"kid"),
    "tags of 3 bytes": changed(5, 0, 2, to=[b"tag", b"tag"]),
    "no tags in a list": changed(5, 0, 2, to=[]),
    "a family bound to the phone alone": changed(5, by=lambda grants: [[kid, key, None] for kid, key, _ in grants]),
    "a family on paper": changed(5, by=lambda grants: [[kid, None, tags] for kid, _, tags in grants[::2]]),
    "one grant bound otherwise": changed(5, 0, 2, to=None),
    "a grant bound to nothing": changed(5, 0, by=lambda grant: [grant[0], None, None]),
    "a grant with a fourth item": changed(5, 0, by=lambda grant: [*grant, 0]),
    "the windows mixed": changed(5, by=lambda grants: [grants[0], grants[2], grants[1], grants[3]]),
    "a recovery hash of 31 bytes": changed(6, to=bytes(31)),
}


@pytest.mark.parametrize("change", BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_payload(change: Callable[[Content], object], issuer: Issuer, ledger: SQLiteLedger) -> None:
    before = dump(ledger)
    content: Any = cbor.decode(payload_of(FAMILY))
    assert cbor.encode(content) == payload_of(FAMILY)
    change(content)
    assert_bad(issuer, sign_payload(cbor.encode(content)), FormatError)
    assert dump(ledger) == before


def test_the_honest_ones_are_taken_after_all_that(issuer: Issuer) -> None:
    for n, data in enumerate(REAL.values()):
        content: Any = cbor.decode(payload_of(data))
        content[2] = bytes((n + 1,)) * 16
        assert issuer.issue(sign_payload(cbor.encode(content)), now=NOW)


def test_a_repeated_key_cannot_be_built() -> None:
    grants = (*device_passes(2), Grant(WINDOW.kid, holder_key(0), None))
    with pytest.raises(FormatError, match="holder keys"):
        Attestation(bytes(16), NOW, ("绿",), grants)


def test_a_person_cannot_have_two_papers_of_one_day() -> None:
    with pytest.raises(FormatError, match="paper"):
        Attestation(bytes(16), NOW, ("绿",), (*paper_passes(), *paper_passes()))


def test_a_message_of_another_type(issuer: Issuer, ledger: SQLiteLedger) -> None:
    before = dump(ledger)
    assert_bad(issuer, sign_message(REGION, cose.HOLDER_PROOF, payload_of(DEVICE_BOUND)), FormatError)
    assert dump(ledger) == before


def test_the_longest_attestation(issuer: Issuer) -> None:
    """The most claims that the form allows fit the size; one byte over the size is not looked at."""
    longest = attest(both_passes(2, 4096), ["绿" * 64] * 2)
    assert len(longest) <= MAX_SIZE
    assert_bad(issuer, longest + bytes(MAX_SIZE + 1 - len(longest)), FormatError)
