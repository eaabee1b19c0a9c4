# ruff: noqa: RUF001  # people type full-width characters
"""Answers of a survey: what may be answered, one form for each set of them, and a digest that says nothing of them."""

from __future__ import annotations

from hashlib import sha512

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthpass.errors import FormatError
from healthpass.station.survey import (
    Answer,
    AnswerRefused,
    answer,
    answers_file,
    check_grounds,
    encode_answers,
    grounds_digest,
    parse_answers,
    parse_answers_file,
)
from healthpass.station.survey_form import Form, form_from_toml, shipped_form
from tests.making import NOW
from tests.raising import raises

FORM = form_from_toml(shipped_form())
FIELDS = {field.id: field for field in FORM.questions}
LEAST: dict[str, Answer] = {
    "fever": False,
    "temperature": "36.6",
    "symptoms": ["none"],
    "last-test": "negative",
    "contact-case": False,
    "contact-fever": True,
    "cluster": False,
    "abroad": False,
    "risk-area": False,
}
FULL: dict[str, Answer] = LEAST | {"first-day": "2027-01-03", "places": "上海, 3 days", "people": "4"}
SALT = bytes(range(16))


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        ("fever", "y", True),
        ("fever", " No ", False),
        ("fever", "是", True),
        ("fever", "否", False),
        ("fever", "Ｙ", True),
        ("temperature", "36.6", "36.6"),
        ("temperature", "37", "37.0"),
        ("temperature", "37,50", "37.5"),
        ("temperature", "３７．５", "37.5"),
        ("temperature", "45", "45.0"),
        ("people", "007", "7"),
        ("people", "0", "0"),
        ("symptoms", "1", ["none"]),
        ("symptoms", "3, 2", ["cough", "sore-throat"]),
        ("symptoms", "２、３、", ["cough", "sore-throat"]),
        ("last-test", "2", "negative"),
        ("first-day", "2027-1-3", "2027-01-03"),
        ("first-day", "2027年1月3日", "2027-01-03"),
        ("first-day", "2024/02/29", "2024-02-29"),
        ("first-day", "", None),
        ("places", "", None),
        ("places", "  Suzhou ", "Suzhou"),
    ],
)
def test_what_people_type(field: str, text: str, value: Answer | None) -> None:
    assert answer(FIELDS[field], text, "en") == value


@pytest.mark.parametrize(
    ("field", "text", "code"),
    [
        ("fever", "", "empty"),
        ("fever", "  ", "empty"),
        ("fever", "maybe", "yes-no"),
        ("temperature", "29.9", "number"),
        ("temperature", "45.1", "number"),
        ("temperature", "36.65", "number"),
        ("temperature", "-36", "number"),
        ("temperature", "1e1", "number"),
        ("temperature", "nan", "number"),
        ("temperature", "9" * 5000, "number"),
        ("people", "1.5", "number"),
        ("symptoms", "0", "many"),
        ("symptoms", "8", "many"),
        ("symptoms", "2 2", "many"),
        ("symptoms", "cough", "many"),
        ("symptoms", "1 2", "alone"),
        ("last-test", "1 2", "choice"),
        ("last-test", "5", "choice"),
        ("last-test", ",", "choice"),
        ("first-day", "2027-02-29", "date"),
        ("first-day", "2027-13-01", "date"),
        ("first-day", "1899-12-31", "date"),
        ("first-day", "yesterday", "date"),
        ("places", "x" * 401, "text"),
        ("places", "a\x1b[2Jb", "text"),
    ],
)
def test_what_is_asked_again(field: str, text: str, code: str) -> None:
    for language in ("en", "zh"):
        with pytest.raises(AnswerRefused) as caught:
            answer(FIELDS[field], text, language)
        assert caught.value.code == code
        assert str(caught.value).isascii() == (language == "en")
        assert not text.strip() or len(text) < 4 or text not in str(caught.value)


def test_numbers_below_zero() -> None:
    text = 'least = -5\nmost = 5\ndecimals = 2\nlabel = { en = "n" }\n'
    (field,) = form_from_toml(f'[[field]]\nid = "n"\nkind = "number"\n{text}').questions
    typed = {"-0.5": "-0.50", "-5": "-5.00", "-0": "0.00", "4.99": "4.99", "5.000": "5.00"}
    assert {text: answer(field, text, "en") for text in typed} == typed
    for text in ("-5.01", "5.01", "--1", "-"):
        with raises(AnswerRefused, "number", "A number from -5 to 5, with at most 2 digits after the point."):
            answer(field, text, "en")


def test_answers_have_one_form() -> None:
    data = encode_answers(FORM, FULL, "zh", NOW)
    assert encode_answers(FORM, dict(reversed(FULL.items())), "zh", NOW) == data
    assert parse_answers(FORM, data) == FULL
    assert parse_answers(FORM, encode_answers(FORM, LEAST, "en", NOW)) == LEAST
    assert len({encode_answers(FORM, FULL, *rest) for rest in (("zh", NOW), ("en", NOW), ("en", NOW + 1))}) == 3


@pytest.mark.parametrize(
    "changes",
    [
        {"fever": None},
        {"fever": "true"},
        {"fever": 0},
        {"temperature": 36.6},
        {"temperature": "36.60"},
        {"temperature": "36,6"},
        {"symptoms": "none"},
        {"symptoms": []},
        {"symptoms": ["sore-throat", "cough"]},
        {"symptoms": ["none", "cough"]},
        {"symptoms": ["plague"]},
        {"symptoms": [["none"]]},
        {"last-test": ["negative"]},
        {"last-test": {}},
        {"first-day": "2027-1-3"},
        {"first-day": True},
        {"places": " Suzhou"},
        {"places": "a\nb"},
        {"places": ""},
        {"name": "somebody"},
        {"title": "x"},
    ],
)
def test_what_are_no_answers(changes: dict[str, Answer]) -> None:
    answers = {name: value for name, value in (FULL | changes).items() if value is not None}
    with pytest.raises(FormatError, match="survey answers"):
        encode_answers(FORM, answers, "en", NOW)


def test_a_language_or_time_that_is_none() -> None:
    with pytest.raises(FormatError, match="en, zh"):
        encode_answers(FORM, FULL, "fr", NOW)
    with pytest.raises(FormatError, match="time"):
        encode_answers(FORM, FULL, "en", -1)


def other_form() -> Form:
    return form_from_toml(shipped_form() + "# another edition\n")


def test_nothing_is_no_answer() -> None:
    """Else the same answers had two byte strings, and two digests."""
    data = encode_answers(FORM, LEAST, "en", NOW)
    longer = data.replace(b'"last-test"', b'"first-day": null,\n  "last-test"')
    assert longer != data
    with pytest.raises(FormatError, match="not there at all"):
        parse_answers(FORM, longer)
    with pytest.raises(FormatError, match="not there at all"):
        encode_answers(FORM, LEAST | {"first-day": None}, "en", NOW)  # type: ignore[arg-type]  # that is the mistake


def test_answers_to_another_form() -> None:
    with pytest.raises(FormatError, match="another form"):
        parse_answers(other_form(), encode_answers(FORM, FULL, "en", NOW))


def test_every_changed_byte_of_a_file_is_found() -> None:
    data = answers_file(encode_answers(FORM, FULL, "en", NOW), SALT)
    digest = grounds_digest(*parse_answers_file(data))
    assert check_grounds(data, digest)
    for at in range(len(data)):
        changed = data[:at] + bytes((data[at] ^ 1,)) + data[at + 1 :]
        try:
            assert not check_grounds(changed, digest)
        except FormatError:
            continue


@pytest.mark.parametrize("cut", [0, 1, 28, 40, 62, 63, 64, 200, -1])
def test_what_is_no_file_of_answers(cut: int) -> None:
    data = answers_file(encode_answers(FORM, FULL, "en", NOW), SALT)
    for text in (data[: cut - (cut < 0)], data + b"x\n", data.replace(b"\n", b"\n\n"), b"healthpass", data.upper()):
        with pytest.raises(FormatError, match="survey answers"):
            parse_answers_file(text)


@pytest.mark.parametrize(
    "text",
    [
        b"{}\n",
        b'{"answers": {}}\n',
        b"{" * 100_000 + b"}\n",
        b'{"answers":' + b"[" * 100_000 + b"}\n",
        b'{"answers": "\\ud800", "form": "", "language": "", "time": 1}\n',
        b"{\xff}\n",
        b'{"time": ' + b"1" * 5000 + b"}\n",
        b'{\n "answers": [],\n "form": "",\n "language": "en",\n "time": 1\n}\n',
    ],
)
def test_json_that_is_no_answers(text: bytes) -> None:
    with pytest.raises(FormatError, match="survey answers"):
        parse_answers(FORM, text)


@pytest.mark.parametrize("replaced", [b'"en"', b"[]", b'"fr"', b"null"])
def test_members_of_other_kinds(replaced: bytes) -> None:
    data = encode_answers(FORM, FULL, "zh", NOW)
    changed = data.replace(b'"time": %d' % NOW, b'"time": ' + replaced)
    assert changed != data
    with raises(FormatError, "malformed", "time: not an integer from 0 to 4294967295"):
        parse_answers(FORM, changed)
    if replaced != b'"en"':
        with raises(
            FormatError,
            "malformed",
            "survey answers: not as they were written",
            "survey form: it is in these languages: en, zh",
        ):
            parse_answers(FORM, data.replace(b'"language": "zh"', b'"language": ' + replaced))


def test_the_digest() -> None:
    data = encode_answers(FORM, FULL, "en", NOW)
    digest = grounds_digest(data, SALT)
    assert len(digest) == 32
    assert digest == sha512(b"healthpass survey grounds v1\0" + SALT + data).digest()[:32]
    assert len({digest, grounds_digest(data, bytes(16)), grounds_digest(data + b" ", SALT)}) == 3
    for size in (0, 15, 17):
        with pytest.raises(FormatError, match="salt"):
            grounds_digest(data, bytes(size))
        with pytest.raises(FormatError, match="salt"):
            answers_file(data, bytes(size))
    with raises(FormatError, "malformed", "survey answers: not as they were written"):
        answers_file(b"{}", SALT)
    assert not check_grounds(answers_file(data, bytes(16)), digest)


@given(st.binary(max_size=300))
def test_any_bytes(data: bytes) -> None:
    for read in (parse_answers_file, lambda each: parse_answers(FORM, each)):
        with raises(
            FormatError,
            "malformed",
            "survey answers: not a file of answers",
            "survey answers: not as they were written",
            "survey answers: not a text file; check which file it is, and that it is UTF-8",
            "survey answers: this is UTF-16 text, or none; save it as UTF-8",
        ):
            read(data)


@given(st.sampled_from(sorted(FIELDS)), st.text(max_size=30))
def test_any_answer_is_taken_back_or_refused(field: str, text: str) -> None:
    try:
        value = answer(FIELDS[field], text, "en")
    except AnswerRefused:
        return
    answers = {name: each for name, each in (FULL | {field: value}).items() if each is not None}
    assert parse_answers(FORM, encode_answers(FORM, answers, "en", NOW)) == answers
