"""Any bytes or text as a poster, a place certificate or an area table: refused with nothing changed and nothing of the
input in the error; at a place, code 21."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthpass import BadInput, RefusalCode
from healthpass.crypto.signer import sign_message
from healthpass.formats import cose
from healthpass.formats.area_table import parse_area_table
from healthpass.formats.place import parse_place
from healthpass.formats.text import decode_place_text, encode_place_text
from healthpass.trust.areas import open_area_table
from healthpass.trust.places import open_place
from healthpass.verifier import TrustStore, Verifier
from tests.hostile.measuring import peak_memory
from tests.hostile.test_any_input import LARGE, PAYLOADS, SECRET, check
from tests.making import NOW, ROOTS, assert_refused, files, sign_trust_list
from tests.placing import RISK_OFFICE, make_area_table, make_place, placed_list, placed_store, sign_place

MEGABYTE = 1 << 20
LIST = placed_list()
STORE = placed_store(LIST, make_area_table(9))
TABLE = STORE.area_table(NOW)
ENTRIES: dict[str, Callable[[bytes], object]] = {
    "open_place": lambda data: open_place(data, LIST),
    "update_area_table": lambda data: STORE.update_area_table(data, now=NOW),
    "decode_place_text": lambda data: decode_place_text(data.decode("latin-1")),
    "a poster": lambda data: Verifier(STORE, place=data.decode("latin-1")),
    "parse_place": parse_place,
    "parse_area_table": parse_area_table,
}
SEEDS = [SECRET, b"HPL1:" + SECRET, make_place(), make_area_table(), encode_place_text(make_place()).encode()]
SPLICED = st.tuples(st.sampled_from(SEEDS), st.integers(0, 300), st.binary(max_size=3), st.integers(0, 3)).map(
    lambda parts: parts[0][: parts[1]] + parts[2] + parts[0][parts[1] + parts[3] :]
)


def attempt(call: Callable[[bytes], object], data: bytes) -> None:
    try:
        call(data)
    except BadInput as error:
        check(error)
        assert STORE.area_table(NOW) is TABLE


@pytest.mark.parametrize("entry", ENTRIES)
@given(st.one_of(st.binary(max_size=300), SPLICED))
def test_any_bytes(entry: str, data: bytes) -> None:
    attempt(ENTRIES[entry], data)
    attempt(ENTRIES[entry], data + SECRET)


@given(st.one_of(st.binary(max_size=300), SPLICED))
def test_a_scanner_with_any_certificate(data: bytes) -> None:
    if data != make_place():
        assert_refused(Verifier(STORE, place=data), SECRET, RefusalCode.PLACE_NOT_CERTIFIED)


@pytest.mark.parametrize("entry", ENTRIES)
@pytest.mark.parametrize("kind", LARGE)
def test_a_megabyte(entry: str, kind: str) -> None:
    attempt(ENTRIES[entry], LARGE[kind])
    assert peak_memory(lambda: attempt(ENTRIES[entry], LARGE[kind])) < 8 * MEGABYTE


@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=PAYLOADS.keys())
def test_hostile_payloads_under_good_signatures(payload: bytes, tmp_path: Path) -> None:
    store = TrustStore.open(tmp_path, roots=ROOTS)
    store.update_trust_list(sign_trust_list(LIST), now=NOW)
    store.update_area_table(make_area_table(), now=NOW)
    before = files(tmp_path)
    for refused in (
        lambda: store.update_area_table(sign_message(RISK_OFFICE, cose.AREA_TABLE, payload), now=NOW),
        lambda: open_place(sign_place(payload), LIST),
    ):
        with pytest.raises(BadInput) as caught:
            refused()
        check(caught.value)
    assert files(tmp_path) == before


def test_the_largest_table_takes_a_few_copies_of_itself() -> None:
    codes = Random(3).sample(range(2**32), 131_072)
    data = make_area_table(medium=codes[:65_536], high=codes[65_536:])
    assert peak_memory(lambda: open_area_table(data, LIST)) < 4 * MEGABYTE
