"""What each root reads before it signs: every kind of change in words, nothing where nothing changes, no whole key."""

from __future__ import annotations

from typing import Any

import pytest

from healthpass.authority import RootSet, TrustList, TrustListBuilder, describe_changes
from healthpass.formats.check_policy import GREEN, YELLOW, CheckPolicy, CheckRule, default_policy
from healthpass.formats.window import Window
from tests.making import DAY, NOW, ROOT, TOMORROW, WINDOW, make_trust_list, signer

A, B, C = (signer(n).public_key for n in (70, 71, 72))
ROOTS = RootSet(1, (ROOT.public_key, A))
POLICY = CheckPolicy([CheckRule(0, 2, admitted=GREEN, assisted=YELLOW, audience=False)])
FIELDS: dict[str, Any] = {
    "version": 7,
    "roots": ROOTS,
    "revocation_keys": {B: (WINDOW.kid,)},
    "registrar_keys": (C,),
    "risk_keys": (signer(73).public_key,),
    "policy": POLICY,
    "grace": 3600,
}
BEFORE = make_trust_list(**FIELDS)


def short(key: bytes) -> str:
    return key.hex()[:8]


def after(**changed: Any) -> TrustList:
    return make_trust_list(**{**FIELDS, "version": 8, "issued": NOW, **changed})


def changes(**changed: Any) -> list[str]:
    """The lines after the two about version and time."""
    return describe_changes(after(**changed), BEFORE)[2:]


def test_version_and_times_come_first() -> None:
    assert describe_changes(after(), BEFORE) == [
        "version 8, issued 2027-01-15 08:00 UTC, expires 2027-01-22 08:00 UTC",
        "follows version 7, issued 2027-01-15 07:59 UTC",
    ]


SPAN = "2027-01-15 07:00 UTC to 2027-01-16 07:00 UTC, 1048576 claims, device+document+both, document key 646f6330"
SPAN_TOMORROW = SPAN.replace("01-16", "01-17").replace("01-15", "01-16")
SHORT_LIVED = Window(b"over", signer(74).public_key, NOW - 2 * DAY, WINDOW.valid_from, 4, 1)
OTHER_KEY = Window(b"kid1", signer(75).public_key, *TOMORROW.values()[2:])  # type: ignore[arg-type]  # in their order


@pytest.mark.parametrize(
    ("changed", "lines"),
    [
        ({"windows": [WINDOW]}, [f"REMOVES A LIVE window 6b696431: {SPAN_TOMORROW}, by key {short(TOMORROW.key)}"]),
        (
            {"windows": [WINDOW, OTHER_KEY]},
            [f"CHANGES window 6b696431: {SPAN_TOMORROW}, by key {short(OTHER_KEY.key)}"],
        ),
        (
            {"windows": [WINDOW, TOMORROW, SHORT_LIVED]},
            [
                "adds window 6f766572: 2027-01-13 08:00 UTC to 2027-01-15 07:00 UTC, 4 claims, device, "
                f"by key {short(SHORT_LIVED.key)}"
            ],
        ),
        (
            {"roots": RootSet(2, (ROOT.public_key, B)), "revocation_keys": {}},
            [
                "ROTATES THE ROOTS: 1 of 2 -> 2 of 2",
                f"adds root {short(B)}",
                f"REMOVES root {short(A)}",
                f"REMOVES revocation key {short(B)}",
            ],
        ),
        ({"roots": RootSet(2, ROOTS.keys)}, ["ROTATES THE ROOTS: 1 of 2 -> 2 of 2"]),
        (
            {"registrar_keys": (signer(76).public_key,)},
            [f"adds registrar {short(signer(76).public_key)}", f"REMOVES registrar {short(C)}"],
        ),
        ({"risk_keys": ()}, [f"REMOVES risk office {short(signer(73).public_key)}"]),
        (
            {"risk_keys": (signer(73).public_key, signer(77).public_key)},
            [f"adds risk office {short(signer(77).public_key)}"],
        ),
        ({"revocation_keys": {}}, [f"REMOVES revocation key {short(B)}"]),
        (
            {"revocation_keys": {B: (TOMORROW.kid,)}},
            [f"changes revocation key {short(B)}: adds windows 6b696431, DROPS 6b696430"],
        ),
        (
            {"revocation_keys": {B: (WINDOW.kid, TOMORROW.kid)}},
            [f"changes revocation key {short(B)}: adds windows 6b696431, DROPS none"],
        ),
        (
            {"revocation_keys": {B: (WINDOW.kid,), signer(78).public_key: (TOMORROW.kid,)}},
            [f"adds revocation key {short(signer(78).public_key)} for 1 windows"],
        ),
        ({"policy": None}, ["no check policy: CHECKS ARE PERMITTED EVERYWHERE"]),
        ({"policy": CheckPolicy([])}, ["NO MORE CHECKS: risk LOW, class 2"]),
        (
            {"policy": CheckPolicy([*POLICY.rules, CheckRule(2, 1, admitted=0, documents=True)])},
            ["permits checks: risk HIGH, class 1: admits nobody, helps nobody, with documents, made for the place"],
        ),
        (
            {"policy": CheckPolicy([CheckRule(0, 2, admitted=7, audience=False)])},
            ["CHANGES checks: risk LOW, class 2: admits green, helps yellow -> admits green+yellow+red, helps nobody"],
        ),
        ({"grace": 7200}, ["CHANGES the grace time: 3600 s -> 7200 s"]),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, dict) else "",
)
def test_each_change_and_no_other(changed: dict[str, Any], lines: list[str]) -> None:
    assert changes(**changed) == lines


def test_a_finished_window() -> None:
    before = make_trust_list(**FIELDS | {"windows": [WINDOW, TOMORROW, SHORT_LIVED]})
    line = describe_changes(after(), before)[2]
    assert line.startswith("drops the finished window 6f766572")


@pytest.mark.parametrize("policy", [CheckPolicy([]), POLICY])
def test_a_policy_where_there_was_none(policy: CheckPolicy) -> None:
    lines = describe_changes(after(policy=policy), make_trust_list(**FIELDS | {"policy": None}))[2:]
    assert lines[0] == "a check policy: no checks but those that it permits"
    assert len(lines) == 1 + len(policy.rules)


def test_a_first_list() -> None:
    lines = describe_changes(BEFORE, None)
    assert lines[1] == "THE FIRST LIST: there is none to compare it with"
    for each in (
        "roots: 1 of 2",
        f"adds root {short(A)}",
        f"adds window 6b696430: {SPAN}, by key {short(WINDOW.key)}",
        f"adds registrar {short(C)}",
        f"adds risk office {short(signer(73).public_key)}",
        f"adds revocation key {short(B)} for 1 windows",
        "a check policy: no checks but those that it permits",
        "permits checks: risk LOW, class 2: admits green, helps yellow",
        "grace time: 3600 s",
    ):
        assert each in lines


def test_a_first_list_without_a_policy() -> None:
    assert "no check policy: CHECKS ARE PERMITTED EVERYWHERE" in describe_changes(make_trust_list(), None)


def test_no_whole_key() -> None:
    other = make_trust_list(windows=[SHORT_LIVED, OTHER_KEY], policy=default_policy(), version=8)
    said = "\n".join(describe_changes(BEFORE, None) + describe_changes(other, BEFORE) + describe_changes(BEFORE, other))
    for key in BEFORE.all_keys() + other.all_keys():
        assert key.hex()[:9] not in said


def test_the_list_of_tomorrow_says_little() -> None:
    tomorrow = TrustListBuilder(ROOTS, BEFORE).build(now=NOW + DAY, grace=3600)
    assert describe_changes(tomorrow, BEFORE)[2:] == []
