"""Any bytes at the platform's door for stations: one refusal, and the ledger is as it was."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from healthpass import BadInput, Color
from healthpass.errors import FormatError
from healthpass.formats import cbor
from healthpass.formats.station_attestation import (
    StationAttestation,
    encode_station_attestation,
    parse_station_attestation,
)
from healthpass.issuer import SQLiteLedger, StationIssuer
from tests.hostile.measuring import peak_memory
from tests.issuing import dump, make_issuer
from tests.making import NOW
from tests.stations import sign_vouching, station_list, stations_of, vouch

PAYLOAD = encode_station_attestation(
    StationAttestation(bytes(16), NOW, Color.RED, NOW, NOW + 1, bytes(32), bytes(32), b"certificate")
)
VALUES = st.one_of(
    st.none(),
    st.integers(-(2**64), 2**64 - 1),
    st.binary(max_size=600),
    st.text(max_size=40),
    st.just([1]),
    st.just({}),
)


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[StationIssuer, SQLiteLedger]]:
    folder: Path = tmp_path_factory.mktemp("platform")
    with SQLiteLedger(folder / "ledger") as ledger:
        yield StationIssuer(make_issuer(ledger, stations=stations_of()), ledger, station_list()), ledger


def assert_bad(platform: tuple[StationIssuer, SQLiteLedger], data: bytes) -> None:
    stations, ledger = platform
    before = dump(ledger)
    with pytest.raises(BadInput) as caught:
        stations.issue(data, now=NOW)
    assert not caught.value.__cause__
    assert dump(ledger) == before


def test_every_truncation(platform: tuple[StationIssuer, SQLiteLedger]) -> None:
    data = vouch()
    for size in range(len(data)):
        assert_bad(platform, data[:size])
    assert_bad(platform, data + b"\x00")


def test_every_byte_changed(platform: tuple[StationIssuer, SQLiteLedger]) -> None:
    data, random = vouch(), Random(5)
    for at in range(len(data)):
        changed = bytearray(data)
        changed[at] ^= random.randint(1, 255)
        assert_bad(platform, bytes(changed))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=1500))
def test_any_bytes(platform: tuple[StationIssuer, SQLiteLedger], data: bytes) -> None:
    assert_bad(platform, data)
    assert_bad(platform, sign_vouching(data))


@given(st.dictionaries(st.integers(-2, 10), VALUES, max_size=10))
def test_any_map_is_refused_or_stands_for_itself(content: dict[int | str, cbor.Value]) -> None:
    data = cbor.encode(content)
    try:
        parsed = parse_station_attestation(data)
    except FormatError:
        return
    assert encode_station_attestation(parsed) == data


@given(st.integers(1, 9), VALUES)
def test_one_field_is_something_else(label: int, value: cbor.Value) -> None:
    content = cbor.decode(PAYLOAD)
    assert isinstance(content, dict)
    data = cbor.encode({**content, label: value})
    try:
        parsed = parse_station_attestation(data)
    except FormatError:
        return
    assert label != 9
    assert encode_station_attestation(parsed) == data


def test_no_memory_on_a_declared_size(platform: tuple[StationIssuer, SQLiteLedger]) -> None:
    lies = [sign_vouching(b"\xa8\x01\x01\x02\x5a\xff\xff\xff\xff"), b"\xd2\x84\x5a\xff\xff\xff\xff"]
    for data in lies:
        assert peak_memory(lambda data=data: assert_bad(platform, data)) < 1 << 20  # type: ignore[misc]  # bound at once
