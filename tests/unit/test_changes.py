"""What each root reads before it signs: every kind of change in words, nothing where nothing changes, and enough of
each key to tell it from any that somebody could make.
"""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from healthpass.formats.window_set import encode_windows

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
    "revocation_keys": {B: (WINDOW.kid, TOMORROW.kid)},
    "registrar_keys": (C,),
    "risk_keys": (signer(73).public_key,),
    "policy": POLICY,
    "grace": 3600,
}
BEFORE = make_trust_list(**FIELDS)


def short(key: bytes) -> str:
    """128 bits: eight groups of four digits."""
    digits = key.hex()
    return " ".join(digits[at : at + 4] for at in range(0, 32, 4))


def after(**changed: Any) -> TrustList:
    """The next list. Unless a test says otherwise, the revocation key is for whatever windows there are."""
    kids = tuple(each.kid for each in changed.get("windows", ())) or (WINDOW.kid, TOMORROW.kid)
    return make_trust_list(**{**FIELDS, "version": 8, "issued": NOW, "revocation_keys": {B: kids}, **changed})


def of_windows(line: str) -> bool:
    """The lines that every list has about its windows."""
    return line.startswith(("windows that are not over", "kids for")) or " KIDS for " in line


def changes(**changed: Any) -> list[str]:
    """The lines after the two about version and time, but those that every list has."""
    return [line for line in describe_changes(after(**changed), BEFORE)[2:] if not of_windows(line)]


def digest_of_file(windows: list[Window]) -> str:
    """As `sha512sum` would say it of the file that the platform hands in."""
    return short(hashlib.sha512(encode_windows(windows)).digest())


def test_version_times_and_the_windows_come_first() -> None:
    assert describe_changes(after(), BEFORE) == [
        "version 8, issued 2027-01-15 08:00 UTC, expires 2027-01-22 08:00 UTC",
        "follows version 7, issued 2027-01-15 07:59 UTC",
        f"windows that are not over: 2, handed in as a file with the digest {digest_of_file([WINDOW, TOMORROW])}",
        "kids for device+document+both: 1 a period, in 2 periods",
    ]


SPAN = "2027-01-15 07:00 UTC to 2027-01-16 07:00 UTC, 1048576 claims, device+document+both, document key 646f6330"
SPAN_TOMORROW = SPAN.replace("01-16", "01-17").replace("01-15", "01-16")
SHORT_LIVED = Window(b"over", signer(74).public_key, NOW - 2 * DAY, WINDOW.valid_from, 4, 1)
OTHER_KEY = Window(b"kid1", signer(75).public_key, *TOMORROW.values()[2:])  # type: ignore[arg-type]  # in their order


NOBODY = "NOBODY CAN REVOKE: there is no revocation key, so whatever is issued counts until its window is over"


@pytest.mark.parametrize(
    ("changed", "lines"),
    [
        (
            {"windows": [WINDOW]},
            [
                f"REMOVES A LIVE window 6b696431: {SPAN_TOMORROW}, by key {short(TOMORROW.key)}",
                f"changes revocation key {short(B)}: adds windows none, DROPS 6b696431",
            ],
        ),
        (
            {"windows": [WINDOW, OTHER_KEY]},
            [
                f"CHANGES window 6b696431: {SPAN_TOMORROW}, by key {short(TOMORROW.key)} -> "
                f"{SPAN_TOMORROW}, by key {short(OTHER_KEY.key)}"
            ],
        ),
        (
            {"windows": [WINDOW, TOMORROW, SHORT_LIVED]},
            [
                "adds window 6f766572: 2027-01-13 08:00 UTC to 2027-01-15 07:00 UTC, 4 claims, device, "
                f"by key {short(SHORT_LIVED.key)}",
                f"changes revocation key {short(B)}: adds windows 6f766572, DROPS none",
            ],
        ),
        (
            {"roots": RootSet(2, (ROOT.public_key, B)), "revocation_keys": {}},
            [
                "ROTATES THE ROOTS: 1 of 2 -> 2 of 2",
                f"adds root {short(B)}",
                f"REMOVES root {short(A)}",
                f"REMOVES revocation key {short(B)}",
                NOBODY,
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
        ({"revocation_keys": {}}, [f"REMOVES revocation key {short(B)}", NOBODY]),
        (
            {"revocation_keys": {B: (TOMORROW.kid,)}},
            [
                f"changes revocation key {short(B)}: adds windows none, DROPS 6b696430",
                f"NOBODY CAN REVOKE under window 6b696430: {SPAN}, by key {short(WINDOW.key)}",
            ],
        ),
        (
            {"revocation_keys": {B: (WINDOW.kid,), signer(78).public_key: (TOMORROW.kid,)}},
            [
                f"adds revocation key {short(signer(78).public_key)} for 1 windows",
                f"changes revocation key {short(B)}: adds windows none, DROPS 6b696431",
            ],
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
    (line,) = (line for line in describe_changes(after(), before) if "6f766572" in line)
    assert line.startswith("drops the finished window 6f766572")


@pytest.mark.parametrize("policy", [CheckPolicy([]), POLICY])
def test_a_policy_where_there_was_none(policy: CheckPolicy) -> None:
    lines = describe_changes(after(policy=policy), make_trust_list(**FIELDS | {"policy": None}))[4:]
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
        f"adds revocation key {short(B)} for 2 windows",
        "a check policy: no checks but those that it permits",
        "permits checks: risk LOW, class 2: admits green, helps yellow",
        "grace time: 3600 s",
    ):
        assert each in lines


def test_a_first_list_without_a_policy() -> None:
    assert "no check policy: CHECKS ARE PERMITTED EVERYWHERE" in describe_changes(make_trust_list(), None)


def test_whoever_has_no_revocation_key_reads_it_of_every_list() -> None:
    bare = make_trust_list(**FIELDS | {"revocation_keys": {}})
    assert NOBODY in describe_changes(bare, None)
    assert NOBODY in describe_changes(after(revocation_keys={}), bare)
    assert not [line for line in describe_changes(after(), bare) if "NOBODY CAN REVOKE" in line]


def test_each_key_is_shown_with_128_bits_of_it() -> None:
    other = make_trust_list(windows=[SHORT_LIVED, OTHER_KEY], policy=default_policy(), version=8)
    for new, before in ((BEFORE, None), (other, BEFORE), (BEFORE, other)):
        said = "\n".join(describe_changes(new, before))
        known = [] if before is None else before.all_keys()
        for key in {*new.all_keys()} ^ {*known}:
            assert short(key) in said
            assert key.hex()[:8] not in said, "and never by less"


def alike(key: bytes, shared: int) -> bytes:
    """Another key with so many bytes of it."""
    return key[:shared] + bytes(each ^ 0xFF for each in key[shared:])


@pytest.mark.parametrize("shared", [4, 8, 15])
def test_keys_that_begin_alike_are_told_apart(shared: int) -> None:
    fake = Window(WINDOW.kid, alike(WINDOW.key, shared), *WINDOW.values()[2:])  # type: ignore[arg-type]  # in order
    assert digest_of_file([fake, TOMORROW]) != digest_of_file([WINDOW, TOMORROW])
    honest = describe_changes(after(), None)
    swaps: list[dict[str, Any]] = [
        {"windows": [fake, TOMORROW]},
        {"roots": RootSet(1, (ROOT.public_key, alike(A, shared)))},
        {"registrar_keys": (alike(C, shared),)},
        {"risk_keys": (alike(signer(73).public_key, shared),)},
        {"revocation_keys": {alike(B, shared): (WINDOW.kid, TOMORROW.kid)}},
    ]
    for swapped in swaps:
        assert set(describe_changes(after(**swapped), None)) != set(honest), swapped


def test_the_digest_is_that_of_what_the_platform_hands_in() -> None:
    """Of the windows that are not over, to the second: those are in its file."""
    for late, windows in ((WINDOW.expires - 1, [WINDOW, TOMORROW]), (WINDOW.expires, [TOMORROW])):
        line = describe_changes(after(issued=late, expires=late + DAY), BEFORE)[2]
        digest = digest_of_file(windows)
        assert line == f"windows that are not over: {len(windows)}, handed in as a file with the digest {digest}"


def test_files_that_were_handed_in() -> None:
    """A federation hands in several; a window that is in none of them came from somebody else."""
    new = after(windows=[WINDOW, TOMORROW, SHORT_LIVED])
    both = describe_changes(new, BEFORE, [[WINDOW], [TOMORROW, SHORT_LIVED]])
    assert [line for line in both if "handed in" in line.lower()] == [
        f"handed in: 1 windows, digest {digest_of_file([WINDOW])}: all of them are listed",
        f"handed in: 2 windows, digest {digest_of_file([TOMORROW, SHORT_LIVED])}: all of them are listed",
    ]
    lines = describe_changes(new, None, [[WINDOW, OTHER_KEY]])
    assert [line for line in lines if "handed in" in line.lower()] == [
        f"handed in: 2 windows, digest {digest_of_file([WINDOW, OTHER_KEY])}: 1 OF THEM ARE NOT LISTED SO",
        "NOT HANDED IN: window 6f766572: 2027-01-13 08:00 UTC to 2027-01-15 07:00 UTC, 4 claims, device, "
        f"by key {short(SHORT_LIVED.key)}",
        f"NOT HANDED IN: window 6b696431: {SPAN_TOMORROW}, by key {short(TOMORROW.key)}",
    ]
    known = [line for line in describe_changes(new, BEFORE, [[WINDOW]]) if "NOT HANDED IN" in line]
    assert [line[:31] for line in known] == ["NOT HANDED IN: window 6f766572:"], "the list before had the other"


def test_how_many_kids_each_period_has() -> None:
    """Usual is what most periods have; a period with another number stands out, for each kind of pass."""
    days = [
        Window(bytes((n, 0, 0, 0)), signer(300 + n).public_key, NOW + n * DAY, NOW + (n + 1) * DAY, 4, 7, b"doc0")
        for n in range(5)
    ]
    own = Window(b"mine", signer(310).public_key, NOW + 2 * DAY, NOW + 3 * DAY, 4, 1)

    def lines(*windows: Window) -> list[str]:
        return [line for line in describe_changes(after(windows=windows), BEFORE) if "kids for" in line.lower()]

    assert lines(*days) == ["kids for device+document+both: 1 a period, in 5 periods"]
    assert lines(*days, own) == [
        "kids for device: 1 a period, in 4 periods",
        "2 KIDS for device from 2027-01-17 08:00 UTC to 2027-01-18 08:00 UTC",
        "kids for document+both: 1 a period, in 5 periods",
    ]
    assert lines(*days[:2], own) == [
        "kids for device: 1 a period, in 3 periods",
        "kids for document+both: 1 a period, in 2 periods",
    ]
    assert lines(SHORT_LIVED) == [], "it is over"


def test_a_second_is_seen() -> None:
    odd = Window(b"kid2", signer(74).public_key, TOMORROW.expires + 1, TOMORROW.expires + DAY - 1, 4, 1)
    (line,) = (line for line in changes(windows=[WINDOW, TOMORROW, odd]) if line.startswith("adds window"))
    assert line.startswith("adds window 6b696432: 2027-01-17 07:00:01 UTC to 2027-01-18 06:59:59 UTC, 4 claims")


def test_the_list_of_tomorrow_says_little() -> None:
    tomorrow = TrustListBuilder(ROOTS, BEFORE).build(now=NOW + DAY, grace=3600)
    assert [line for line in describe_changes(tomorrow, BEFORE)[2:] if not of_windows(line)] == []
