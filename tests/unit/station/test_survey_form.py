"""A survey's form as a file: the shipped one is whole in both languages, and what is no form gets one clear error."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthpass.errors import FormatError
from healthpass.station.survey_form import HEADING, KINDS, MAX_FILE_SIZE, form_from_toml, shipped_form
from tests.raising import raises

LABEL = 'label = { en = "a", zh = "b" }\n'
TEXT = f'[[field]]\nid = "t"\nkind = "text"\n{LABEL}'
NUMBER = f'[[field]]\nid = "n"\nkind = "number"\n{LABEL}'
CHOICE = f'[[field]]\nid = "c"\nkind = "choice"\n{LABEL}'
TWO = 'options = [{ id = "x", en = "1", zh = "2" }, { id = "y", en = "1", zh = "2" }]\n'
HEAD = f'[[field]]\nid = "h"\nkind = "heading"\n{LABEL}'


def test_the_shipped_form() -> None:
    form = form_from_toml(shipped_form())
    assert form.languages == ("en", "zh")
    assert {field.kind for field in form.fields} == set(KINDS)
    assert form.fields[0].kind == HEADING
    assert len(form.questions) >= 10
    ids = {field.id for field in form.questions}
    assert {"fever", "temperature", "symptoms", "contact-case", "risk-area"} <= ids
    said = shipped_form().lower()
    for word in ("passport", "id card", "full name", "telephone", "姓名", "身份证", "电话"):
        assert word not in said


def test_defaults() -> None:
    form = form_from_toml(HEAD + TEXT + NUMBER + CHOICE + TWO)
    _, text, number, choice = form.fields
    assert (text.required, text.lines, text.most, text.help) == (False, 1, 200, {})
    assert (number.least, number.most, number.decimals, number.unit) == (0, 999_999, 0, "")
    assert (list(choice.options), choice.many, choice.alone) == (["x", "y"], False, "")
    assert [field.id for field in form.questions] == ["t", "n", "c"]


def test_any_change_of_the_file_is_another_form() -> None:
    assert form_from_toml(TEXT).digest != form_from_toml(TEXT + "# another\n").digest
    assert form_from_toml(TEXT).digest == form_from_toml(TEXT.replace("\n", "\r\n") + "\n").digest
    assert form_from_toml(TEXT).digest == form_from_toml(TEXT).digest


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "field"),
        ("field = 3", "field"),
        (HEAD, "one of them a question"),
        (TEXT + "[other]\n", "nothing else"),
        (TEXT + TEXT, "id"),
        (TEXT * 101, "1 to 100 fields"),
        (TEXT.replace('"text"', '"colour"'), "kind"),
        (TEXT.replace('kind = "text"\n', ""), "kind"),
        (TEXT.replace('kind = "text"', "kind = []"), "kind"),
        (TEXT.replace('id = "t"\n', ""), "id, kind and label"),
        (TEXT.replace('"t"', '"T"'), "id"),
        (TEXT.replace('"t"', "7"), "id"),
        (TEXT.replace('"t"', '"' + "t" * 41 + '"'), "id"),
        (TEXT + "colour = 1\n", "nothing else"),
        (HEAD + "required = true\n" + TEXT, "nothing else"),
        (TEXT + "required = 1\n", "required"),
        (TEXT + "lines = 0\n", "lines"),
        (TEXT + "lines = true\n", "lines"),
        (TEXT + "most = 4001\n", "most"),
        (TEXT + 'help = { en = "a" }\n', "each text in these languages: en, zh"),
        (TEXT + "help = 3\n", "help"),
        (TEXT.replace('zh = "b"', 'zh = ""'), "label"),
        (TEXT.replace('zh = "b"', 'zh = " "'), "label"),
        (TEXT.replace('zh = "b"', 'zh = "a\\nb"'), "label"),
        (TEXT.replace('zh = "b"', 'zh = "a\\u001bb"'), "label"),
        (TEXT.replace('zh = "b"', 'zh = "' + "b" * 201 + '"'), "label"),
        (TEXT.replace("zh =", "q ="), "label"),
        (TEXT.replace('{ en = "a", zh = "b" }', "{}"), "label"),
        (NUMBER + "least = 5\nmost = 4\n", "most"),
        (NUMBER + "least = 0.5\n", "least"),
        (NUMBER + "decimals = 4\n", "decimals"),
        (NUMBER + "unit = 1\n", "unit"),
        (CHOICE, "options"),
        (CHOICE + 'options = [{ id = "x", en = "1", zh = "2" }]\n', "options"),
        (CHOICE + "options = [1, 2]\n", "options"),
        (CHOICE + TWO.replace('"y"', '"x"'), "same id twice"),
        (CHOICE + TWO.replace(', zh = "2" }]', " }]"), "each text in these languages"),
        (CHOICE + TWO + 'alone = "x"\n', "alone"),
        (CHOICE + TWO + 'many = true\nalone = "z"\n', "alone"),
        (CHOICE + TWO + "many = true\nalone = []\n", "alone"),
        ("a" + ".a" * 30_000 + " = 1", "dots"),
        ("#" * (MAX_FILE_SIZE + 1), "characters"),
        ("field = " + "[" * 2000, "TOML"),
        ("# \ud800", "nothing else"),
    ],
)
def test_what_is_no_form(text: str, what: str) -> None:
    with pytest.raises(FormatError, match="survey form") as caught:
        form_from_toml(text)
    assert what in str(caught.value)


def test_the_error_says_which_field() -> None:
    with pytest.raises(FormatError, match="field 2: required"):
        form_from_toml(TEXT + NUMBER + "required = 0\n")


@given(st.text())
def test_any_text(text: str) -> None:
    with raises(
        FormatError, "malformed", "survey form: a list of [[field]] and nothing else", "survey form: not a TOML file"
    ):
        form_from_toml(text)
