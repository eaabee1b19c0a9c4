"""Documents: one normal form for each type, one error for each impossible number, and a number that is nowhere."""

from __future__ import annotations

import calendar
import copy
import hmac
import pickle
import traceback

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthpass.crypto import document_tag as tag_module
from healthpass.errors import FormatError
from healthpass.formats.document import MAX_INPUT_CHARS, OTHER, PASSPORT, RESIDENT_ID, TYPES, Document
from tests.raising import raises

CARD, OLD_CARD = "11010519491231002X", "440524188001010014"
MRZ = "L898902C36UTO7408122F1204159ZE184226B<<<<<10"
"""The example of ICAO Doc 9303 part 4: the check digit of L898902C3 is 6."""
FULL_WIDTH = str.maketrans({chr(n): chr(n + 0xFEE0) for n in range(0x21, 0x7F)})
LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"

GOOD = [
    (RESIDENT_ID, CARD, CARD),
    (RESIDENT_ID, OLD_CARD, OLD_CARD),
    (RESIDENT_ID, CARD.lower(), CARD),
    (RESIDENT_ID, "110105 19491231 002X", CARD),
    (RESIDENT_ID, " 110105-19491231-002x\r\n", CARD),
    (RESIDENT_ID, CARD.translate(FULL_WIDTH), CARD),
    (RESIDENT_ID, CARD.lower().translate(FULL_WIDTH), CARD),
    (RESIDENT_ID, "110105\u300019491231\u3000002X", CARD),
    (PASSPORT, "L898902C3", "L898902C3"),
    (PASSPORT, "L898902C36", "L898902C3"),
    (PASSPORT, MRZ, "L898902C3"),
    (PASSPORT, MRZ + "\r\n", "L898902C3"),
    (PASSPORT, "l898902c3", "L898902C3"),
    (PASSPORT, "L898902C<3", "L898902C"),
    (PASSPORT, "L898902C", "L898902C"),
    (PASSPORT, "L898902C<", "L898902C"),
    (PASSPORT, "e 1234 5678", "E12345678"),
    (PASSPORT, "\uff25\uff11\uff12\uff13\uff14\uff15", "E12345"),
    (OTHER, "ab/12-34.5", "AB12345"),
    (OTHER, "1234", "1234"),
    (OTHER, "x" * 40, "X" * 40),
]


@pytest.mark.parametrize(("kind", "number", "normal"), GOOD)
def test_the_normal_form(kind: str, number: str, normal: str) -> None:
    document = Document(kind, number)
    assert (document.type, bytes(document.number)) == (kind, normal.encode())
    assert Document(kind, normal) == document


SIZE = "18 characters"
DIGITS = "17 digits, and a digit or X"
DATE = "no such date of birth"
CHECK = "the last one does not match"
BAD = [
    (RESIDENT_ID, CARD[:-1], SIZE),
    (RESIDENT_ID, CARD + "1", SIZE),
    (RESIDENT_ID, "110105491231002", SIZE),
    (RESIDENT_ID, "----", SIZE),
    (RESIDENT_ID, "11010519491231O02X", DIGITS),
    (RESIDENT_ID, "X1010519491231002X", DIGITS),
    (RESIDENT_ID, "11010519491231002Y", DIGITS),
    (RESIDENT_ID, "11010519491331002X", DATE),
    (RESIDENT_ID, "11010519490031002X", DATE),
    (RESIDENT_ID, "11010519490229002X", DATE),
    (RESIDENT_ID, "11010519000229002X", DATE),
    (RESIDENT_ID, "11010519490431002X", DATE),
    (RESIDENT_ID, "11010519490400002X", DATE),
    (RESIDENT_ID, "11010511491231002X", DATE),
    (RESIDENT_ID, "110105194912310020", CHECK),
    (RESIDENT_ID, "11010519491231020X", CHECK),
    (PASSPORT, "L898902C37", "check digit does not match"),
    (PASSPORT, "L898902D36", "check digit does not match"),
    (PASSPORT, MRZ.replace("C36", "C46"), "check digit does not match"),
    (PASSPORT, "L8989(2C36", "check digit does not match"),
    (PASSPORT, "L898", "5 to 9 letters"),
    (PASSPORT, "L898<2C3", "5 to 9 letters"),
    (PASSPORT, "<<<<<<<<<", "5 to 9 letters"),
    (PASSPORT, MRZ[:-1], "5 to 9 letters"),
    (PASSPORT, "L898902C36U", "5 to 9 letters"),
    (OTHER, "123", "4 to 40"),
    (OTHER, "1" * 41, "4 to 40"),
    (OTHER, "AB_123", "4 to 40"),
    (OTHER, "AB\x00123", "4 to 40"),
    (OTHER, "\u8bc1\u53f71234", "plain letters and digits"),
    (OTHER, "AB\ud800123", "plain letters and digits"),
    (OTHER, "\u0661\u0662\u0663\u0664", "plain letters and digits"),
    (RESIDENT_ID, "\u0661" * 18, "plain letters and digits"),
    (OTHER, "", "1 to 64 characters"),
    (OTHER, "1" * (MAX_INPUT_CHARS + 1), "1 to 64 characters"),
    ("id", "1234", "is of type resident-id, passport, other"),
    ("", "1234", "is of type"),
]


@pytest.mark.parametrize(("kind", "number", "says"), BAD)
def test_an_impossible_number_has_one_clear_error(kind: str, number: str, says: str) -> None:
    with pytest.raises(FormatError, match=says) as caught:
        Document(kind, number)
    assert caught.value.code == "malformed"
    assert caught.value.__context__ is None
    if len(number) > 4:
        assert number not in repr(caught.value)


def card(date: str) -> str:
    """A card's number with this date of birth in it, and the check character that belongs to it."""
    start = f"110105{date}002"
    total = sum(int(digit) << 17 - place for place, digit in enumerate(start))
    return start + "10X98765432"[total % 11]


def is_birthday(date: str) -> bool:
    try:
        Document(RESIDENT_ID, card(date))
    except FormatError as error:
        said = str(error)
    else:
        return True
    assert "date of birth" in said
    return False


def test_the_days_of_each_month() -> None:
    """Held to the calendar of the standard library, in a leap year and in another one."""
    for year in (1999, 2000):
        for month in range(14):
            days = {day for day in range(34) if is_birthday(f"{year}{month:02}{day:02}")}
            last = calendar.monthrange(year, month)[1] if 1 <= month <= 12 else 0
            assert days == set(range(1, last + 1))


def test_the_years_of_birth() -> None:
    assert [is_birthday(f"{year}0101") for year in (1849, 1850, 2199, 2200)] == [False, True, True, False]


@pytest.mark.parametrize("value", [None, 1234, b"1234", ["1", "2", "3", "4"]], ids=repr)
def test_something_else_than_text(value: object) -> None:
    with raises(FormatError, "malformed", "a document number is a text of 1 to 64 characters"):
        Document(OTHER, value)  # type: ignore[arg-type]
    with raises(FormatError, "malformed", "a document is of type resident-id, passport, other"):
        Document(value, "1234")  # type: ignore[arg-type]


@given(st.text(st.sampled_from("0123456789"), min_size=17, max_size=17), st.integers(0, 16), st.integers(1, 9))
def test_any_single_slip_in_a_card_number_is_found(digits: str, at: int, by: int) -> None:
    """ISO 7064 MOD 11-2 finds every wrong character; computed here in the other of its two ways."""
    digits = digits[:6] + "19491231" + digits[14:]
    rest = 0
    for digit in digits:
        rest = (rest + int(digit)) * 2 % 11
    number = digits + "0123456789X"[(12 - rest) % 11]
    assert bytes(Document(RESIDENT_ID, number).number) == number.encode()
    wrong = number[:at] + str((int(number[at]) + by) % 10) + number[at + 1 :]
    with raises(
        FormatError,
        "malformed",
        "a character of the identity card's number is wrong: the last one does not match the others",
        "the number of a resident identity card has no such date of birth in it",
    ):
        Document(RESIDENT_ID, wrong)


@given(st.sampled_from(TYPES), st.text(max_size=70))
def test_any_text_is_a_document_or_one_error(kind: str, number: str) -> None:
    try:
        document = Document(kind, number)
    except FormatError:
        return
    again = Document(kind, document.number.decode("ascii"))
    assert again.number == document.number


@given(st.text(st.sampled_from(LETTERS), min_size=5, max_size=8))
def test_a_passport_number_from_its_zone(number: str) -> None:
    field = number.ljust(9, "<")
    total = sum((LETTERS + "<").index(c) % 36 * (7, 3, 1)[n % 3] for n, c in enumerate(field))
    assert Document(PASSPORT, field + str(total % 10)) == Document(PASSPORT, number)


# ---- The number is in one place, and wiped there -----------------------------------------------------------------


def test_wipe_zeroes_the_very_bytes() -> None:
    document = Document(RESIDENT_ID, CARD)
    number = document.number
    with memoryview(number) as view:
        document.wipe()
        assert bytes(view) == bytes(18)
    assert number == bytearray(18)
    with pytest.raises(ValueError, match="wiped"):
        document.number  # noqa: B018
    with pytest.raises(ValueError, match="wiped"):
        tag_module.tag_of(document, bytes(32), b"kid0", None)
    document.wipe()


def test_a_with_block_wipes_whatever_happens() -> None:
    with Document(OTHER, "AB1234") as document:
        number = document.number
    assert not any(number)
    document = Document(OTHER, "AB1234")
    number = document.number
    with pytest.raises(KeyError), document:
        raise KeyError
    assert not any(number)


def test_the_message_of_the_tag_is_wiped(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seen by listening where the HMAC is made: the message is right then, and zero afterwards, also after an error."""
    heard: list[tuple[bytes, bytearray]] = []
    real = hmac.digest

    class Listening:
        @staticmethod
        def digest(key: bytes, message: bytearray, name: str) -> bytes:
            heard.append((bytes(message), message))
            return real(key, message, name)

    monkeypatch.setattr(tag_module, "hmac", Listening)
    with Document(RESIDENT_ID, CARD) as document:
        tag_module.tag_of(document, bytes(32), b"kid0", None)
    ((then, now),) = heard
    assert CARD.encode() in then
    assert type(now) is bytearray
    assert now == bytearray(len(then))


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_it_is_not_pickled(protocol: int) -> None:
    with pytest.raises(TypeError, match="not copied"):
        pickle.dumps(Document(RESIDENT_ID, CARD), protocol)


def test_it_is_not_copied_hashed_or_shown() -> None:
    document = Document(RESIDENT_ID, CARD)
    for copied in (copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="not copied"):
            copied(document)
    with pytest.raises(TypeError, match=r"^unhashable type: 'Document'$"):
        hash(document)
    with pytest.raises(TypeError, match=r"^vars\(\) argument must have __dict__ attribute$"):
        vars(document)
    assert (repr(document), str(document), f"{document}") == ("Document(...)",) * 3
    assert repr([document]) == "[Document(...)]"


@pytest.mark.parametrize(("kind", "number"), [(RESIDENT_ID, "110105194912310020"), (PASSPORT, "L898902C37")])
def test_no_number_even_in_a_report_with_the_values_of_every_frame(kind: str, number: str) -> None:
    """Of our frames, that is: the caller has the text that it gave."""
    try:
        Document(kind, number)
    except FormatError as error:
        ours = error.__traceback__.tb_next if error.__traceback__ else None
        report = traceback.TracebackException(type(error), error, ours, capture_locals=True)
    said = "".join(report.format())
    assert "document.py" in said
    assert number not in said
    assert number[:9] not in said


def test_equal_only_as_the_same_document() -> None:
    document = Document(OTHER, "E12345678")
    assert document == Document(OTHER, "e1234 5678")
    assert document != Document(PASSPORT, "E12345678")
    assert document != Document(OTHER, "E12345679")
    assert document != "E12345678"
