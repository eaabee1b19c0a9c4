"""Words and dates: in the languages that come with the library, and in others by a file. Local times, no clock."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib import resources

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthpass.errors import FormatError
from healthpass.paper import SHIPPED, Language, parse_zone
from tests.making import DAY
from tests.paper.printing import SHANGHAI, START
from tests.raising import raises

ENGLISH, CHINESE = Language.shipped("en"), Language.shipped("zh")
FILE = (resources.files("healthpass.paper") / "languages" / "en.toml").read_text(encoding="utf-8")


def test_dates_in_words() -> None:
    assert ENGLISH.day(START, SHANGHAI) == ["Wednesday,", "25 November 2026"]
    assert CHINESE.day(START, SHANGHAI) == ["2026年11月25日", "星期三"]
    assert ENGLISH.validity(START, START + DAY, SHANGHAI) == ["from 04:00", "until 04:00 on 26 November"]
    assert CHINESE.validity(START, START + DAY, SHANGHAI) == ["04:00 起有效", "至 11月26日 04:00 止"]


def test_the_day_is_that_of_the_zone() -> None:
    assert ENGLISH.day(START, parse_zone("UTC")) == ["Tuesday,", "24 November 2026"]
    assert ENGLISH.day(START, parse_zone("+08:00")) == ["Wednesday,", "25 November 2026"]
    assert ENGLISH.day(START, parse_zone("-11:30"))[1] == "24 November 2026"
    assert ENGLISH.validity(START, START + DAY, parse_zone("+05:45"))[0] == "from 01:45"


def test_when_the_clocks_change() -> None:
    """In Berlin 2026-10-25 had 25 hours: a window from 04:00 to 04:00 is one day in words all the same."""
    start = int(datetime(2026, 10, 24, 2, tzinfo=UTC).timestamp())
    said = ENGLISH.validity(start, start + 25 * 3600, parse_zone("Europe/Berlin"))
    assert said == ["from 04:00", "until 04:00 on 25 October"]


@pytest.mark.parametrize("language", SHIPPED)
@given(at=st.integers(0x10000, 0xFFFFFFFF))
def test_any_time_has_its_words(language: str, at: int) -> None:
    words = Language.shipped(language)
    local = datetime.fromtimestamp(at, SHANGHAI)
    said = " ".join(words.day(at, SHANGHAI))
    assert str(local.year) in said
    assert words.months[local.month - 1] in said
    assert words.weekdays[local.weekday()] in said
    assert f"{local:%H:%M}" in words.validity(at, at + 1, SHANGHAI)[0]
    assert "{" not in said


def test_the_shipped_weekdays_are_the_calendar_s() -> None:
    """1 January 2024 was a Monday."""
    first = int(datetime(2024, 1, 1, tzinfo=UTC).timestamp())
    days = [ENGLISH.day(first + n * DAY, UTC)[0] for n in range(7)]
    assert days == ["Monday,", "Tuesday,", "Wednesday,", "Thursday,", "Friday,", "Saturday,", "Sunday,"]
    months = [ENGLISH.months[n - 1] for n in range(1, 13)]
    assert months == [f"{datetime(2024, n, 1, tzinfo=UTC):%B}" for n in range(1, 13)]
    assert CHINESE.months == tuple(f"{n}月" for n in range(1, 13))


def test_only_what_is_shipped() -> None:
    with pytest.raises(FormatError, match="en, zh"):
        Language.shipped("../en")


def test_a_file_of_one_s_own() -> None:
    german = FILE.replace('title = "Health pass"', 'title = "Gesundheitspass"').replace('"Monday"', '"Montag"')
    assert Language.from_toml(german).title == "Gesundheitspass"


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('title = "Health pass"\n', "", "title is missing"),
        ('title = "Health pass"', 'title = ""', "title is a text"),
        ('title = "Health pass"', "title = 7", "title is a text"),
        ('title = "Health pass"', 'title = "  "', "title is a text"),
        ('title = "Health pass"', 'title = "a\\nb"', "title is a text"),
        ('title = "Health pass"', f'title = "{"x" * 121}"', "title is a text"),
        ('title = "Health pass"', 'title = " Health pass"', "title begins or ends with a space"),
        ('title = "Health pass"', 'title = "Health pass "', "title begins or ends with a space"),
        ('"Monday"', '" Monday"', "weekdays begins or ends with a space"),
        ('"until {time} on {day} {month} {year}"', '"until {time} on {day} {month}"', "later needs {year}"),
        ('title = "Health pass"', 'title = "{day}"', "title has braces"),
        ('title = "Health pass"', 'title = "Health pass"\ncolour = "green"', "nothing but"),
        ('"from {time}"', '"from"', "from needs {time}"),
        ('"from {time}"', '"from {time} {colour}"', "from has braces"),
        ('"from {time}"', '"from {time.__class__}"', "from needs {time}"),
        ('"from {time}"', '"from {time} {0}"', "from has braces"),
        ('"until {time} on {day} {month}"', '"until {time}"', "until needs {day}, {month}"),
        ('"{day} {month} {year}"]', '"{day} {month}"]', "date needs {year}"),
        ('date = ["{weekday},", "{day} {month} {year}"]', "date = []", "date is a list of 1 to 3"),
        ('"Monday", ', "", "weekdays is a list of 7"),
        ('"Monday"', '"Tuesday"', "weekdays has one twice"),
        ('"January"', "1", "months is a text"),
        ("[", "[[", "not a TOML file"),
    ],
)
def test_what_is_wrong_with_a_file(old: str, new: str, says: str) -> None:
    assert old in FILE
    with pytest.raises(FormatError) as caught:
        Language.from_toml(FILE.replace(old, new, 1))
    assert says in str(caught.value)


@pytest.mark.parametrize(
    "text", ["", "[" * 8000, "a=" + "[" * 8000, "a." * 4000 + "a=1", "x" * 8193, "\x00", "=" * 100]
)
def test_no_language_at_all(text: str) -> None:
    with pytest.raises(FormatError, match="language: "):
        Language.from_toml(text)


@given(st.text(max_size=200))
def test_any_text_is_refused_clearly(text: str) -> None:
    with raises(FormatError, "malformed", "language: check is missing", "language: not a TOML file"):
        Language.from_toml(text)


@pytest.mark.parametrize(
    "zone",
    ["", "Asia", "Asia/", "Mars/Olympus", "../etc/passwd", "/etc/passwd", "8", "+8:00", "+24:00", "08:00", "a" * 99],
)
def test_no_time_zone(zone: str) -> None:
    with pytest.raises(FormatError, match="not a time zone"):
        parse_zone(zone)


@pytest.mark.parametrize("language", SHIPPED)
@given(at=st.integers(0x10000, 0xF0000000), length=st.integers(1, 366 * DAY))
def test_an_end_without_a_year_is_on_that_day_or_the_next(language: str, at: int, length: int) -> None:
    first, last = (datetime.fromtimestamp(each, SHANGHAI).date() for each in (at, at + length))
    until = Language.shipped(language).validity(at, at + length, SHANGHAI)[1]
    assert (str(last.year) in until) == ((last - first).days > 1)
