"""The check policy as a file: what is written is read back, and whatever else there is gets one clear error."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthpass.authority.policy_file import MAX_FILE_SIZE, policy_from_toml, policy_to_toml
from healthpass.errors import FormatError
from healthpass.formats.check_policy import CheckPolicy, CheckRule, default_policy
from tests.raising import raises

RULE = {
    "risk": '"low"',
    "place": '"hospital"',
    "admit": '["green"]',
    "assist": '["yellow", "red"]',
    "documents": "[]",
    "audience": "true",
}


def file_of(**changes: str | None) -> str:
    """A file of one rule; None leaves a field out."""
    fields = {name: value for name, value in {**RULE, **changes}.items() if value is not None}
    return "[[rule]]\n" + "".join(f"{name} = {value}\n" for name, value in fields.items())


def test_a_rule() -> None:
    rule = CheckRule(0, 2, admitted=1, assisted=6, documents=0, audience=True)
    assert policy_from_toml(file_of()) == CheckPolicy([rule])


@pytest.mark.parametrize("policy", [default_policy(), CheckPolicy([CheckRule(2, 23, admitted=0, documents=3)])])
def test_what_is_written_is_read_back(policy: CheckPolicy) -> None:
    assert policy_from_toml(policy_to_toml(policy)) == policy


@pytest.mark.parametrize(
    "text",
    [
        *(file_of(**{name: None}) for name in RULE),
        *(file_of(**{name: "7.5"}) for name in RULE),
        *(file_of(**{name: '"x"'}) for name in RULE),
        file_of(more="1"),
        file_of(place="5"),
        file_of(place="24"),
        file_of(place="true"),
        file_of(admit='["yellow"]'),
        file_of(admit="[1]"),
        file_of() + file_of(),
        file_of() + "[other]\n",
        "",
        "rule = 3",
        "[rule]",
        "[[rule]",
        "x = 1" + "0" * 5000,
        "a = " + "[" * 2000,
        "a" + ".a" * 30_000 + " = 1",
        "#" * (MAX_FILE_SIZE + 1),
    ],
)
def test_anything_else(text: str) -> None:
    with pytest.raises(FormatError, match="check policy"):
        policy_from_toml(text)


def test_the_error_says_which_rule() -> None:
    with pytest.raises(FormatError, match="rule 2: documents"):
        policy_from_toml(file_of() + file_of(risk='"high"', documents="[0]"))


@given(st.text())
def test_any_text(text: str) -> None:
    with raises(
        FormatError, "malformed", "check policy: a list of [[rule]] and nothing else", "check policy: not a TOML file"
    ):
        policy_from_toml(text)
