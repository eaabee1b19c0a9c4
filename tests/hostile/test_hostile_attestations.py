"""Requests and attestations that are none: refused as bad input, and the ledger never hears of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthpass.crypto.signer import sign_message
from healthpass.errors import BadInput, FormatError
from healthpass.formats import cbor, cose
from healthpass.formats.attestation import MAX_SIZE, encode_issue_request, parse_issue_request
from healthpass.formats.claim import Binding
from healthpass.formats.cose import ATTESTATION, decode_sign1
from healthpass.issuer import Issuer, SQLiteLedger
from tests.issuing import (
    BOTH_DAYS,
    REGION,
    attest,
    both_passes,
    device_passes,
    dump,
    make_issuer,
    paper_passes,
    sign_payload,
    window_key,
)
from tests.making import DAY, NOW

Content = dict[int, Any]
FAMILY = attest(both_passes(2, 2, BOTH_DAYS), ["绿", "amber"], reference=3)
PAPER = attest(paper_passes(BOTH_DAYS), reference=2)
DEVICE_BOUND = attest(device_passes(3, first_key=50))
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
    return decode_sign1(parse_issue_request(data).attestation, ATTESTATION, MAX_SIZE).payload


def with_payload(payload: bytes, data: bytes) -> bytes:
    """A request with this payload, signed by the region, and what was sealed in another."""
    return encode_issue_request(replace(parse_issue_request(data), attestation=sign_payload(payload)))


@pytest.mark.parametrize("data", REAL.values(), ids=REAL.keys())
def test_altered_ones(data: bytes, issuer: Issuer, ledger: SQLiteLedger) -> None:
    """Every bit of what is signed and around it flipped, every seventh of what is sealed; every length, a byte more."""
    before = dump(ledger)
    sealed = parse_issue_request(data).sealed_opening or b""
    start, number = len(data) - len(sealed), int.from_bytes(data, "big")
    for bit in [*range(7 * 8 + len(sealed) % 8, 8 * len(sealed), 7), *range(8 * len(sealed), 8 * len(data))]:
        assert_bad(issuer, (number ^ 1 << bit).to_bytes(len(data), "big"))
    sizes = [*range(start), *range(start, len(data), 13)]
    for altered in [*(data[:size] for size in sizes), data + b"\x00", b"\x00" + data, data + data]:
        assert_bad(issuer, altered, FormatError)
    assert dump(ledger) == before


@pytest.mark.parametrize("data", REAL.values(), ids=REAL.keys())
def test_what_a_region_signs_by_mistake(data: bytes, issuer: Issuer, ledger: SQLiteLedger) -> None:
    before = dump(ledger)
    payload = payload_of(data)
    for altered in [*(payload[:size] for size in range(len(payload))), payload + b"\x00"]:
        assert_bad(issuer, with_payload(altered, data), FormatError)
    assert dump(ledger) == before


@given(st.binary(max_size=600))
def test_any_bytes(issuer: Issuer, ledger: SQLiteLedger, data: bytes) -> None:
    before = dump(ledger)
    for each in (
        data,
        with_payload(data or b"\x00", DEVICE_BOUND),
        DEVICE_BOUND[:2] + data,
        DEVICE_BOUND + data[:1] + b"\x00",
    ):
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
        claims = len(make_issuer(opened).prepare(with_payload(bytes(payload), FAMILY), now=NOW))
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


# A period: 0 from, 1 to, 2 count. The family has two people, and two keys in each of two periods.
BROKEN: dict[str, Callable[[Content], object]] = {
    **{f"field {label} missing": lambda target, label=label: target.pop(label) for label in range(1, 11)},  # type: ignore[misc]  # the default binds it
    "an unknown critical field": changed(11, to=0),
    "another format": changed(1, to=2),
    "reference of 15 bytes": changed(2, to=bytes(15)),
    "reference as text": changed(2, to="0" * 16),
    "issued at 0": changed(3, to=0),
    "issued over 32 bits": changed(3, to=2**32),
    "nobody": changed(4, to=[]),
    "a person without a document": changed(4, to=["绿", "amber", "绿"]),
    "a document without a person": changed(4, to=["绿"]),
    "nine people": changed(4, to=["绿"] * 9),
    "a colour of no characters": changed(4, 0, to=""),
    "a colour of 65 characters": changed(4, 0, to="x" * 65),
    "a colour as a number": changed(4, 0, to=1),
    "a binding of no kind": changed(5, to=3),
    "a family bound to phones alone": changed(5, to=Binding.DEVICE),
    "a family on paper": changed(5, to=Binding.DOCUMENT),
    "no periods": changed(6, to=[]),
    "periods as a map": changed(6, to={}),
    "a period of two numbers": changed(6, 0, by=lambda period: period[:2]),
    "a period of no keys": changed(6, 0, 2, to=0),
    "a period of 4,097 keys": changed(6, 0, 2, to=4097),
    "a period that ends before it begins": changed(6, 0, by=lambda period: [period[1], period[0], period[2]]),
    "two periods that overlap": changed(6, 1, 0, by=lambda begins: begins - 1),
    "a period twice": changed(6, by=lambda periods: [periods[0], periods[0]]),
    "the later period first": changed(6, by=lambda periods: periods[::-1]),
    "over 8,192 claims": changed(6, 0, 2, to=4096),
    "no seeds": changed(7, to=None),
    "seeds of nobody": changed(7, to=[]),
    "a seed too few": changed(7, 0, by=lambda seeds: seeds[:1]),
    "a seed too many": changed(7, 1, by=lambda seeds: [*seeds, seeds[0]]),
    "a seed of 31 bytes": changed(7, 0, 0, to=bytes(31)),
    "no commitment": changed(8, to=None),
    "a commitment of 31 bytes": changed(8, to=bytes(31)),
    "a recovery hash of 31 bytes": changed(9, to=bytes(31)),
    "a platform of no name": changed(10, to=""),
    "a platform of 33 bytes": changed(10, to="x" * 33),
    "a platform as bytes": changed(10, to=b"country"),
}


@pytest.mark.parametrize("change", BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_payload(change: Callable[[Content], object], issuer: Issuer, ledger: SQLiteLedger) -> None:
    before = dump(ledger)
    content: Any = cbor.decode(payload_of(FAMILY))
    assert cbor.encode(content) == payload_of(FAMILY)
    change(content)
    assert_bad(issuer, with_payload(cbor.encode(content), FAMILY), FormatError)
    assert dump(ledger) == before


def test_the_honest_ones_are_taken_after_all_that(issuer: Issuer) -> None:
    for data in REAL.values():
        assert issuer.issue(data, now=NOW)


def test_a_message_of_another_type(issuer: Issuer, ledger: SQLiteLedger) -> None:
    before = dump(ledger)
    notice = sign_message(REGION, cose.REVOCATION_NOTICE, payload_of(DEVICE_BOUND))
    request = encode_issue_request(replace(parse_issue_request(DEVICE_BOUND), attestation=notice))
    assert_bad(issuer, request, FormatError)
    assert_bad(issuer, parse_issue_request(DEVICE_BOUND).attestation, FormatError)
    assert dump(ledger) == before


def test_the_longest_attestation() -> None:
    """The most that the form allows fits the size."""
    windows = [window_key(600 + n, NOW + n * DAY, NOW + (n + 1) * DAY).window for n in range(64)]
    longest = attest(both_passes(8, 16, windows), ["绿" * 21 + "x"] * 8, recovery_hash=bytes(32), platform="x" * 32)
    assert len(parse_issue_request(longest).attestation) <= MAX_SIZE
