"""The list of stations that somebody serves: what its file may say, what it is for, and how it is written."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthpass.errors import FormatError, StationRefused
from healthpass.formats.station import Station
from healthpass.issuer import ListedStation, StationLimits, StationList
from tests.making import DAY, NOW

A, B = "00000000000000aa", "00000000000000bb"
KEY_A, KEY_B = b"\xaa" * 32, b"\xbb" * 32
EAST, WEST = ListedStation("East", A, KEY_A), ListedStation("West", B, KEY_B)
ENTRY = f'[[station]]\nname = "East"\nid = "{A}"\nkey = "{KEY_A.hex()}"\n'


def station(station_id: str = A, key: bytes = KEY_A) -> Station:
    return Station(station_id, key, 1, NOW, NOW + DAY)


def assert_not_served(listed: StationList, which: Station, code: str) -> None:
    with pytest.raises(StationRefused) as caught:
        listed.check(which)
    assert caught.value.code == code


def test_who_is_served() -> None:
    listed = StationList([EAST, WEST])
    listed.check(station())
    listed.check(station(B, KEY_B))
    assert (len(listed), KEY_A in listed, b"\xcc" * 32 in listed) == (2, True, False)
    for which in (station(B), station(A, KEY_B), station("00000000000000cc"), station(A, b"\xcc" * 32)):
        assert_not_served(listed, which, "not-listed")
    assert_not_served(StationList(), station(), "not-listed")
    assert_not_served(StationList([ListedStation("East", A, KEY_A, suspended=True)]), station(), "suspended")


def test_adding_and_removing_leave_the_old_list_as_it_is() -> None:
    one = StationList([EAST], passes=StationLimits(7))
    two = one.added(WEST)
    assert ([*one], [*two], two.passes.per_station) == ([EAST], [EAST, WEST], 7)
    assert [*two.added(ListedStation("East door", A, KEY_A))] == [WEST, ListedStation("East door", A, KEY_A)]
    assert [*two.removed(A)] == [WEST]
    new = ListedStation("East", A, b"\xcc" * 32)
    assert [*one.added(new)] == [EAST, new], "a station that changes its key has both for a while"
    assert [*one.added(new).removed(A, KEY_A)] == [new]
    assert len(one.added(new).removed(A)) == 0
    for words in ((B,), (A, KEY_B)):
        with pytest.raises(StationRefused) as caught:
            one.removed(*words)
        assert caught.value.code == "not-listed"


def test_one_key_is_one_station() -> None:
    with pytest.raises(FormatError, match="twice"):
        StationList([EAST, ListedStation("West", B, KEY_A)])


def test_how_much_they_may_have() -> None:
    """As much for each station of the list, unless somebody has said otherwise; two keys do not make two stations."""
    assert StationList([EAST, WEST]).passes == (50, 100, 100)
    assert StationList([EAST, WEST]).queries == (60, 120, 120)
    assert StationList([EAST, ListedStation("East", A, KEY_B)]).passes == (50, 50, 50)
    assert StationList().passes == (50, 0, 0)
    assert StationList([EAST, WEST], passes=StationLimits(9, in_all=12)).passes == (9, 18, 12)
    assert StationList([EAST, WEST], queries=StationLimits(9, 10, 11)).queries == (9, 10, 11)


def test_a_file() -> None:
    head = "[passes]\nper_station = 9\nin_all = 100\n[queries]\nper_registrar = 5\n"
    listed = StationList.from_toml(head + ENTRY + "suspended = true\n" + ENTRY.replace("aa", "bb"))
    assert [*listed] == [ListedStation("East", A, KEY_A, suspended=True), ListedStation("East", B, KEY_B)]
    assert (listed.passes, listed.queries) == ((9, 18, 100), (60, 5, 120))
    assert len(StationList.from_toml("")) == 0
    assert len(StationList.from_toml("# nobody yet\n")) == 0


@pytest.mark.parametrize(
    "text",
    [
        "x",
        "x = 1\n" + ENTRY,
        ENTRY + ENTRY,
        ENTRY + "color = 1\n",
        ENTRY.replace("[[station]]", "[station]"),
        ENTRY.replace("[[station]]", "[[stations]]"),
        ENTRY.replace('name = "East"\n', ""),
        ENTRY.replace('"East"', '""'),
        ENTRY.replace("East", "E" * 65),
        ENTRY.replace("East", "\\u001b"),
        ENTRY.replace(f'"{A}"', "170"),
        ENTRY.replace(A, A.upper()),
        ENTRY.replace(A, A[1:]),
        ENTRY.replace(KEY_A.hex(), KEY_A.hex()[2:]),
        ENTRY.replace(KEY_A.hex(), "key"),
        ENTRY.replace(f'"{KEY_A.hex()}"', "1"),
        ENTRY + 'suspended = "no"\n',
        "passes = 5\n" + ENTRY,
        *(f"[{table}]\n{line}\n{ENTRY}" for table in ("passes", "queries") for line in ("per_station = 0", "all = 1")),
        *(
            f"[passes]\n{name} = {value}\n"
            for name in ("per_registrar", "in_all")
            for value in ("0", "-1", '"5"', "1.5")
        ),
        "[passes]\nper_station = 4294967296\n",
    ],
)
def test_a_file_that_is_none(text: str) -> None:
    with pytest.raises(FormatError) as caught:
        StationList.from_toml(text)
    assert caught.value.code == "malformed"
    assert KEY_A.hex() not in str(caught.value)


def test_an_error_says_where() -> None:
    with pytest.raises(FormatError, match=r"station 2: id: not 16"):
        StationList.from_toml(ENTRY + ENTRY.replace(A, "z"))
    with pytest.raises(FormatError, match=r"queries: in_all"):
        StationList.from_toml("[queries]\nin_all = 0\n")


LIMITS = st.none() | st.integers(1, 2**32 - 1)
NAMES = st.text(st.characters(exclude_categories=("C", "Z"), include_characters=' "\\'), min_size=1, max_size=64)


@given(
    st.lists(st.tuples(NAMES, st.sampled_from([A, B]), st.binary(min_size=32, max_size=32), st.booleans()), max_size=5),
    st.builds(StationLimits, st.integers(1, 2**32 - 1), LIMITS, LIMITS),
    st.builds(StationLimits, st.integers(1, 2**32 - 1), LIMITS, LIMITS),
)
def test_what_is_written_is_read(entries: list[Any], passes: StationLimits, queries: StationLimits) -> None:
    stations = {key: ListedStation(name, station_id, key, suspended) for name, station_id, key, suspended in entries}
    listed = StationList(stations.values(), passes=passes, queries=queries)
    again = StationList.from_toml(listed.to_toml())
    assert ([*again], again.passes, again.queries) == ([*listed], listed.passes, listed.queries)


def test_usual_limits_are_not_written_and_go_on_following_the_list() -> None:
    text = StationList([EAST]).to_toml()
    assert "per_" not in text
    assert StationList.from_toml(text).added(WEST).passes == (50, 100, 100)


def test_reprs_show_no_key() -> None:
    assert repr(StationList([EAST])) == "StationList(1 stations)"
    assert repr(EAST) == "ListedStation(name='East')"
