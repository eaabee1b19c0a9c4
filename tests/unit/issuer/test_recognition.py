"""Recognition rules: the file, each fault of it by itself, and what a rule lets a region do."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthpass import Color
from healthpass.errors import AttestationRefused, FormatError
from healthpass.formats.claim import Binding
from healthpass.issuer import AttesterRule, RecognitionRules
from tests.issuing import (
    OTHER_REGION,
    REGION,
    attest,
    attestation_of,
    both_passes,
    device_passes,
    make_rule,
    paper_passes,
    window_key,
)
from tests.making import NOW, TOMORROW, WINDOW, signer
from tests.raising import raises

HOUR = 3600
KEY = REGION.public_key.hex()
OTHER_KEY = signer(81).public_key.hex()
FIRST = f'[[attester]]\nregion = "South"\nkey = "{OTHER_KEY}"\nbindings = ["device"]\nscale = {{ ok = "green" }}\n'
FIELDS = {
    "region": '"North"',
    "key": f'"{KEY}"',
    "bindings": '["device", "both"]',
    "windows_ahead_hours": "100",
    "attestation_hours": "2",
    "max_claims": "50",
    "claims_per_period": "9000",
    "suspended": "false",
    "scale": '{ "绿" = "green", amber = "yellow", "stay in" = "red" }',
}


def entry(**changes: str | None) -> str:
    """The text of one rule, with the fields that a test wants to be different; None takes one out."""
    given_fields = {**FIELDS, **changes}
    return "[[attester]]\n" + "".join(
        f"{name} = {value}\n" for name, value in given_fields.items() if value is not None
    )


def rule_in(text: str) -> AttesterRule:
    return RecognitionRules.from_toml(text).rule_for(REGION.public_key)


def test_a_good_file() -> None:
    rules = RecognitionRules.from_toml(FIRST + entry())
    rule = rules.rule_for(REGION.public_key)
    assert (len(rules), rule.region, rule.key) == (2, "North", REGION.public_key)
    assert rule.scale == {"绿": Color.GREEN, "amber": Color.YELLOW, "stay in": Color.RED}
    assert (rule.bindings, rule.max_claims, rule.suspended) == (Binding.DEVICE | Binding.BOTH, 50, False)
    assert (rule.windows_ahead, rule.attestation_age) == (100 * HOUR, 2 * HOUR)
    assert rule.claims_per_period == 9000


def test_defaults() -> None:
    optional = ("windows_ahead_hours", "attestation_hours", "max_claims", "claims_per_period", "suspended")
    rule = rule_in(entry(**dict.fromkeys(optional)))
    assert (rule.windows_ahead, rule.attestation_age) == (336 * HOUR, 24 * HOUR)
    assert (rule.max_claims, rule.claims_per_period, rule.suspended) == (4096, None, False)


@pytest.mark.parametrize("word", ["gr\u00fcn", "gru\u0308n", " gr\u00fcn\u3000", "\ufeffgru\u0308n\n"], ids=ascii)
@pytest.mark.parametrize("said", ["gr\u00fcn", "gru\u0308n", "\tgr\u00fcn "], ids=ascii)
def test_one_word_in_its_spellings(word: str, said: str) -> None:
    """As the rules have it, and as it stands in an attestation, whoever has made that."""
    rule = make_rule(name=" Nord ", scale={word: Color.GREEN})
    assert (rule.region, dict(rule.scale)) == ("Nord", {"gr\u00fcn": Color.GREEN})
    assert rule.colors(replace(attestation_of(attest()), colors=(said,))) == [Color.GREEN]


def test_a_word_twice() -> None:
    with raises(FormatError, "malformed", "scale: one word in two spellings that Unicode takes for the same"):
        make_rule(scale={"gr\u00fcn": Color.GREEN, "gru\u0308n": Color.RED})
    for blank in (" ", "\u3000", "\ufeff "):
        with raises(FormatError, "malformed", "scale: not a text of 1 to 64 characters"):
            make_rule(scale={blank: Color.GREEN})


def test_a_table_for_the_scale_and_a_suspended_region() -> None:
    rule = rule_in(entry(scale=None, suspended="true") + '[attester.scale]\n"绿" = "green"\n')
    assert (rule.scale, rule.suspended) == ({"绿": Color.GREEN}, True)


def test_a_binding_named_twice_is_one() -> None:
    assert rule_in(entry(bindings='["both", "both", "document"]')).bindings == Binding.DOCUMENT | Binding.BOTH


FAULTS: dict[str, str] = {
    **{f"no {name}": entry(**{name: None}) for name in ("region", "key", "bindings", "scale")},
    "an unknown field": entry(note='"hello"'),
    "region of no characters": entry(region='""'),
    "region of 65 characters": entry(region=f'"{"x" * 65}"'),
    "region as a number": entry(region="1"),
    "key as a number": entry(key="1"),
    "key as a list": entry(key="[1]"),
    "key that is not hexadecimal": entry(key=f'"{KEY[:-1]}g"'),
    "key of 31 bytes": entry(key=f'"{KEY[2:]}"'),
    "key of 33 bytes": entry(key=f'"{KEY}00"'),
    "key of no bytes": entry(key='""'),
    "no binding": entry(bindings="[]"),
    "an unknown binding": entry(bindings='["device", "face"]'),
    "bindings as a text": entry(bindings='"device"'),
    "bindings as numbers": entry(bindings="[1]"),
    "bindings as lists": entry(bindings='[["device"]]'),
    "an empty scale": entry(scale="{}"),
    "an unknown colour": entry(scale='{ "绿" = "blue" }'),
    "a colour in capitals": entry(scale='{ "绿" = "GREEN" }'),
    "a colour as a number": entry(scale='{ "绿" = 1 }'),
    "a colour as a list": entry(scale='{ "绿" = ["green"] }'),
    "an empty word": entry(scale='{ "" = "green" }'),
    "a word of 65 characters": entry(scale=f'{{ {"绿" * 65!r} = "green" }}'),
    "scale as a list": entry(scale='["green"]'),
    "scale as a text": entry(scale='"green"'),
    **{f"{name} of {value}": entry(**{name: value}) for name in ("windows_ahead_hours", "attestation_hours")
       for value in ("-1", "87601", "1.0", "true", '"1"', "[]", "inf", "2027-01-15")},
    **{f"max_claims of {value}": entry(max_claims=value) for value in ("0", "-1", "8193", "1.0", "true", '"1"')},
    **{f"claims_per_period of {value}": entry(claims_per_period=value)
       for value in ("0", "-1", "4294967296", "1.0", "true", '"1"', '"25%"')},
    **{f"suspended of {value}": entry(suspended=value) for value in ("0", "1", '"false"', "[]")},
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
def test_a_fault_names_its_rule_and_nothing_in_it(fault: str) -> None:
    assert len(RecognitionRules.from_toml(FIRST + entry())) == 2
    with pytest.raises(FormatError, match="attester 2: ") as caught:
        RecognitionRules.from_toml(FIRST + fault)
    message = str(caught.value)
    assert caught.value.code == "malformed"
    assert not any(secret in message for secret in (KEY[:8], KEY[-8:], "绿", "amber", "stay", "blue", "North"))


NO_RULES: dict[str, tuple[str, str]] = {
    "no TOML": ("hello", "recognition rules: not a TOML file"),
    "an open list": ("attester = [", "recognition rules: not a TOML file"),
    "a field twice": (entry() + "max_claims = 50\n", "recognition rules: not a TOML file"),
    "deep nesting of lists": ("attester = " + "[" * 100_000, "recognition rules: not a TOML file"),
    "deep nesting of tables": ("attester = " + "{a=" * 100_000, "recognition rules: not a TOML file"),
    "a long dotted key": ("a" + ".a" * 300_000 + " = 1", "recognition rules: at most 16 dots in a line"),
    "a number of 5,000 digits": ("attester = " + "1" * 5000, "recognition rules: not a TOML file"),
    "a day that there is not": ("attester = 2027-02-30", "recognition rules: not a TOML file"),
    "nothing": ("", "recognition rules: a list of [[attester]] and nothing else"),
    "no list": ("[attester]\nregion = 1\n", "recognition rules: a list of [[attester]]"),
    "a text": ('attester = "North"', "recognition rules: a list of [[attester]]"),
    "another table": (entry() + "[other]\n", "recognition rules: a list of [[attester]] and nothing else"),
    "another field": ("version = 1\n" + entry(), "recognition rules: a list of [[attester]] and nothing else"),
    "numbers": (
        "attester = [1, 2]",
        "recognition rules, attester 1: region, key, bindings and scale must be there, and no field that is not known",
    ),
    "one key in two rules": (entry() + entry(region='"South"'), "attester keys: the same item twice"),
    "one key in two rules, spelt in two ways": (
        entry() + entry(key=f'"{KEY.upper()}"'),
        "attester keys: the same item twice",
    ),
}


@pytest.mark.parametrize(("text", "sentence"), NO_RULES.values(), ids=NO_RULES.keys())
def test_a_file_of_no_rules(text: str, sentence: str) -> None:
    with raises(FormatError, "malformed", sentence) as caught:
        RecognitionRules.from_toml(text)
    assert KEY[:8] not in str(caught.value).lower()


def test_the_longest_file() -> None:
    good = FIRST + entry()
    longest = good + "#" * (1_048_576 - len(good))
    assert len(RecognitionRules.from_toml(longest)) == 2
    with pytest.raises(FormatError, match="1048576 characters"):
        RecognitionRules.from_toml(longest + "#")


def test_dots_in_a_line() -> None:
    assert len(RecognitionRules.from_toml(entry() + "#" + "." * 16)) == 1
    with pytest.raises(FormatError, match="dots"):
        RecognitionRules.from_toml(entry() + "#" + "." * 17)


def test_an_empty_list_recognises_nobody() -> None:
    with pytest.raises(AttestationRefused) as caught:
        RecognitionRules.from_toml("attester = []").rule_for(REGION.public_key)
    assert caught.value.code == "unknown-attester"


MARKS = ["[[attester]]\n", "[attester.scale]\n", "\n", " = ", '"', "green", *"[]{},."]
TOML_PARTS = st.sampled_from([*MARKS, *FIELDS, *FIELDS.values(), *FAULTS.values()])


@given(st.text() | st.lists(TOML_PARTS | st.text(max_size=3)).map("".join))
def test_any_text_is_rules_or_a_format_error(text: str) -> None:
    with suppress(FormatError):
        assert len(RecognitionRules.from_toml(text)) >= 0


@pytest.mark.parametrize(
    ("data", "change", "now", "code"),
    [
        (attest(), {"suspended": True}, NOW, "suspended"),
        (attest(), {"scale": {"绿x": Color.GREEN}}, NOW, "unknown-colour"),
        (attest(issued=NOW + 61), {}, NOW, "from-the-future"),
        (attest(issued=NOW), {"attestation_age": 2 * HOUR}, NOW + 2 * HOUR + 1, "too-old"),
        (attest(device_passes()), {"bindings": Binding.DOCUMENT | Binding.BOTH}, NOW, "binding"),
        (attest(paper_passes()), {"bindings": Binding.DEVICE | Binding.BOTH}, NOW, "binding"),
        (attest(both_passes()), {"bindings": Binding.DEVICE | Binding.DOCUMENT}, NOW, "binding"),
        (attest(device_passes(3)), {"max_claims": 2}, NOW, "too-many-claims"),
        (attest(both_passes(3), ["绿"] * 3), {"max_claims": 2}, NOW, "too-many-claims"),
        (attest(), {}, WINDOW.expires, "window-over"),
        (attest(), {"windows_ahead": 0}, WINDOW.valid_from - 1, "window-too-far"),
    ],
)
def test_what_a_rule_refuses(data: bytes, change: dict[str, Any], now: int, code: str) -> None:
    attestation = attestation_of(data)

    def check(rule: AttesterRule, time: int) -> None:
        rule.colors(attestation)
        rule.check_window(WINDOW, attestation, time)
        rule.check(attestation, time)

    check(make_rule(), attestation.issued)
    with pytest.raises(AttestationRefused) as caught:
        check(make_rule(**change), now)
    assert caught.value.code == code


def test_a_window_that_does_not_take_the_binding() -> None:
    window = window_key(90, bindings=Binding.DOCUMENT | Binding.BOTH).window
    make_rule().check_window(window, attestation_of(attest(both_passes())), NOW)
    with pytest.raises(AttestationRefused) as caught:
        make_rule().check_window(window, attestation_of(attest()), NOW)
    assert caught.value.code == "window-binding"


def test_the_edges_of_what_a_rule_takes() -> None:
    rule = make_rule(attestation_age=2 * HOUR, max_claims=3, windows_ahead=HOUR)
    rule.check(attestation_of(attest(issued=NOW + 60)), NOW)
    rule.check(attestation_of(attest()), NOW + 2 * HOUR)
    rule.check_window(WINDOW, attestation_of(attest()), WINDOW.expires - 1)
    rule.check_window(TOMORROW, attestation_of(attest()), TOMORROW.valid_from - HOUR)


def test_colors_in_the_order_of_the_people() -> None:
    attestation = attestation_of(attest(both_passes(4), ["amber", "绿", "stay in", "绿"]))
    assert make_rule().colors(attestation) == [Color.YELLOW, Color.GREEN, Color.RED, Color.GREEN]


def test_a_rule_does_not_change_with_what_it_was_made_from() -> None:
    scale = {"绿": Color.GREEN}
    rule = make_rule(scale=scale)
    scale["red"] = Color.GREEN
    assert rule.scale == {"绿": Color.GREEN}


def test_the_quota_of_a_region() -> None:
    """A quarter of the period, all of it for who is alone, and what the rule says where it says something."""
    north, south = make_rule(claims_per_period=None), make_rule(OTHER_REGION, "South", claims_per_period=7)
    assert RecognitionRules([north, south]).quota(north, 4000) == 1000
    assert RecognitionRules([north, south]).quota(south, 4000) == 7
    assert RecognitionRules([north]).quota(north, 4000) == 4000
    assert RecognitionRules([south]).quota(south, 4000) == 7
    second = make_rule(OTHER_REGION, north.region, claims_per_period=None)
    assert RecognitionRules([north, second]).quota(north, 4000) == 4000, "its second key is no other region"


def test_repr_shows_neither_key_nor_words() -> None:
    assert repr(make_rule()) == "AttesterRule(region='North')"
    assert repr(RecognitionRules([make_rule()])) == "RecognitionRules(1 attesters)"
