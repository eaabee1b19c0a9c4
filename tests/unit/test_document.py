"""Documents: one normal form for each type, one error for each impossible number, and a number that is nowhere."""

from __future__ import annotations

import calendar
import copy
import hmac
import pickle
import re
import traceback
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthpass.crypto import document_tag as tag_module
from healthpass.errors import FormatError
from healthpass.formats import typed as typed_module
from healthpass.formats.document import MAX_INPUT_CHARS, OTHER, PASSPORT, RESIDENT_ID, TYPES, Document, lines_to_come
from tests.making import NOW
from tests.raising import raises

CARD, OLD_CARD = "11010519491231002X", "440524188001010014"
MRZ = "L898902C36UTO7408122F1204159ZE184226B<<<<<10"
"""The example of ICAO Doc 9303 part 4: the check digit of L898902C3 is 6."""
MRZ_FIRST = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<"
ID_1, ID_2 = "I<UTOD231458907<<<<<<<<<<<<<<<", "7408122F1204159UTO<<<<<<<<<<<6"
ID_3 = "ERIKSSON<<ANNA<MARIA<<<<<<<<<<"
TD2_1, TD2_2 = "I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<", "D231458907UTO7408122F1204159<<<<<<<6"
DASHES = "\u2010\u2012\u2014\u2015\u2212\uff0d\ufe63\u30fc\u2500"
BLANKS = "\u2009\u202f\u2028\u200b\u200e\u00ad\ufe0f\v"
BETWEEN = ("", "\n", "\r", "\r\n", "\n\n", " ", "\t", " \r\n ", "\u2028", "\u3000", "-")
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
    # Unicode: what a phone, a word processor or an input method makes of a number
    (RESIDENT_ID, CARD[:-1] + "\u2169", CARD),
    (RESIDENT_ID, CARD[:-1] + "\u2179", CARD),
    (RESIDENT_ID, " ".join(CARD), CARD),
    (RESIDENT_ID, "-".join(CARD), CARD),
    (RESIDENT_ID, CARD + ".", CARD),
    (RESIDENT_ID, CARD + "\u3002", CARD),
    (RESIDENT_ID, CARD + "\uff61\r\n", CARD),
    (RESIDENT_ID, "\u202d" + CARD + "\u202c", CARD),
    (RESIDENT_ID, "\ufeff" + CARD, CARD),
    (RESIDENT_ID, "\x02" + CARD + "\x03\r\n", CARD),
    *((RESIDENT_ID, f"110105{dash}19491231{dash}002X", CARD) for dash in DASHES),
    *((RESIDENT_ID, f"110105{blank}19491231{blank}002X", CARD) for blank in BLANKS),
    (PASSPORT, "\u2160\u216612345", "IVII12345"),
    (PASSPORT, "E 1 2 3 4 5 6 7 8", "E12345678"),
    (PASSPORT, "E\u20131\u20132\u20133\u20134\u20135", "E12345"),
    (OTHER, " ".join("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789ABCD"), "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789ABCD"),
    # Hong Kong and Macau
    (OTHER, "A123456(3)", "A1234563"),
    (OTHER, "a123456\uff083\uff09", "A1234563"),
    (OTHER, "A123456 (3)", "A1234563"),
    (OTHER, "A123456\u2476", "A1234563"),
    (OTHER, "AB987654(A)", "AB987654A"),
    (OTHER, "1234567(8)", "12345678"),
    (OTHER, "1/234567/8", "12345678"),
    # a zone, of TD3, TD1 and TD2 (the examples of ICAO Doc 9303)
    *((PASSPORT, between.join((MRZ_FIRST, MRZ)), "L898902C3") for between in BETWEEN),
    (PASSPORT, f"\x02{MRZ_FIRST}\r{MRZ}\r\x03", "L898902C3"),
    (PASSPORT, "\n".join((MRZ_FIRST.rstrip("<"), MRZ)), "L898902C3"),
    (PASSPORT, f"{MRZ_FIRST}\n{MRZ}".replace("<", " "), "L898902C3"),
    (PASSPORT, MRZ.replace("<", " "), "L898902C3"),
    (PASSPORT, f"{MRZ_FIRST}\n{MRZ}".lower().translate(FULL_WIDTH), "L898902C3"),
    (PASSPORT, "\n".join(("IPUSA" + ID_1[5:], ID_2, ID_3)), "D23145890"),
    *((OTHER, between.join((ID_1, ID_2, ID_3)), "D23145890") for between in BETWEEN),
    (OTHER, f"{ID_1}\n{ID_2}\n{ID_3}".replace("<", " "), "D23145890"),
    (OTHER, ID_1, "D23145890"),
    (OTHER, "I<UTOD23145890<7349<<<<<<<<<<<\n" + ID_2 + "\n" + ID_3, "D23145890734"),
    *((OTHER, between.join((TD2_1, TD2_2)), "D23145890") for between in BETWEEN),
    (OTHER, TD2_2, "D23145890"),
    (OTHER, f"{MRZ_FIRST}\n{MRZ}", "L898902C3"),
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
LOST = "the digit after the blank may be a check digit"
BAD = [
    # a filler that was read as a blank: dropped, it would make another passport of this one
    *((PASSPORT, f"L898902C{blank}3", LOST) for blank in (" ", "  ", "\t", "\u00a0", "-", ".", "\n", "\u200b ")),
    (PASSPORT, "AB12345  4", LOST),
    (PASSPORT, "AB12345 4", LOST),
    (PASSPORT, "AB 12345  4", LOST),
    (PASSPORT, "A B 1 2 3 4 5   4", LOST),
    (PASSPORT, "AB12345< 4", LOST),
    (PASSPORT, "AB123< 4", LOST),
    (PASSPORT, f"{ID_1}\n{ID_2}\n{ID_3}", "of another document than a passport"),
    (PASSPORT, f"V{MRZ_FIRST[1:]}\n{MRZ}", "of another document than a passport"),
    (PASSPORT, f"{MRZ_FIRST}\n{MRZ.replace('C36', 'C37')}", "check digit does not match"),
    (PASSPORT, MRZ_FIRST, "check digit does not match"),
    (OTHER, ID_1.replace("D23", "D24"), "check digit does not match"),
    (OTHER, "AB12345<<4", "4 to 40"),
    (OTHER, "(((\uff08)", "4 to 40"),
    (PASSPORT, "A123456(3)", "check digit does not match"),
    (RESIDENT_ID, "(11010519491231002X)", SIZE),
    (RESIDENT_ID, CARD[:-1] + "\u0425", "plain letters and digits"),
    (RESIDENT_ID, CARD[:-1] + "\u00d7", "plain letters and digits"),
    (PASSPORT, "L8989\u00ab2C3", "plain letters and digits"),
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
    (OTHER, "", "1 to 256 characters"),
    (OTHER, "1" * (MAX_INPUT_CHARS + 1), "1 to 256 characters"),
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
    with pytest.raises(TypeError, match=r"^number: a str, not "):
        Document(OTHER, value)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"^type: a str, not "):
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


@given(st.text(st.sampled_from(LETTERS), min_size=5, max_size=9), st.sampled_from([" ", "  ", "\t", "\u3000", "\n"]))
def test_a_filler_read_as_a_blank_never_makes_another_passport(number: str, blank: str) -> None:
    """However a reader types the field with the number, or the line or the zone that it is in."""
    field = number.ljust(9, "<")
    total = sum((LETTERS + "<").index(c) % 36 * (7, 3, 1)[n % 3] for n, c in enumerate(field))
    line = f"{field}{total % 10}UTO7408122F1204159ZE184226B<<<<<10"
    for read in (field, line[:10], line, f"{MRZ_FIRST}\n{line}", MRZ_FIRST + line):
        for fillers in (blank, ""):
            once = re.sub("<+", fillers or blank, read)
            for text in (read, read.replace("<", fillers or blank), once):
                try:
                    found = Document(PASSPORT, text)
                except FormatError:
                    assert text != read
                else:
                    assert bytes(found.number) == number.encode()


@pytest.mark.parametrize(
    ("kind", "line", "more"),
    [
        (PASSPORT, MRZ_FIRST, 1),
        (PASSPORT, MRZ, 0),
        (PASSPORT, "P1234567<5UTO7408122F1204159ZE184226B<<<<<10", 0),
        (PASSPORT, "L898902C3", 0),
        (OTHER, ID_1, 2),
        (OTHER, TD2_1, 1),
        (OTHER, TD2_2, 0),
        (OTHER, ID_2, 0),
        (OTHER, "A" * 30, 0),
        (OTHER, "A123456(3)", 0),
        (RESIDENT_ID, MRZ_FIRST, 0),
        (OTHER, "", 0),
    ],
)
def test_how_many_lines_are_still_to_come(kind: str, line: str, more: int) -> None:
    assert lines_to_come(kind, line) == more
    assert lines_to_come(kind, line.lower() + "\r") == more


def test_the_examples_and_lists_of_the_protocol() -> None:
    page = (Path(__file__).parents[2] / "docs/protocol.md").read_text(encoding="utf-8")
    table = page.split("| type | as it is typed | normal form |\n| --- | --- | --- |\n")[1].split("\n\n")[0]
    rows = [[cell.strip().strip("`") for cell in row.strip("|").split(" | ")] for row in table.split("\n")]
    for kind, typed, normal in rows:
        typed = typed.encode().decode("unicode_escape")
        if normal == "refused":
            with pytest.raises(FormatError, match=LOST):
                Document(kind, typed)
        else:
            assert bytes(Document(kind, typed).number) == normal.encode()
    assert {kind for kind, *_ in rows} == set(TYPES)
    listed = page.split("So do dashes: category Pd, and ")[1].split(". Line ends")[0]
    assert set(re.findall(r"U\+(\w{4})", listed)) == {f"{ord(each):04X}" for each in typed_module._DASHES}


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
        tag_module.seed_of(document, bytes(32), NOW, NOW + 1)
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


def test_the_message_of_the_seed_is_wiped(monkeypatch: pytest.MonkeyPatch) -> None:
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
        tag_module.seed_of(document, bytes(32), NOW, NOW + 1)
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
