"""What each root reads before it signs: every kind of change in words, nothing where nothing changes, and enough of
each key to tell it from any that somebody could make.
"""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from healthpass import Color
from healthpass.authority import RootSet, TrustList, TrustListBuilder, describe_changes
from healthpass.formats.check_policy import CheckPolicy, CheckRule, bits_of, default_policy
from healthpass.formats.hand_in import HandIn, encode_hand_in
from healthpass.formats.platform import Platform, SealingKeyEntry
from healthpass.formats.window import Window
from tests.making import DAY, NOW, PLATFORM, ROOT, TOMORROW, WINDOW, make_trust_list, sealing_entries, signer

GREEN = bits_of(Color.GREEN)
YELLOW = bits_of(Color.YELLOW)

A, B, C = (signer(n).public_key for n in (70, 71, 72))
ROOTS = RootSet(1, (ROOT.public_key, A))
POLICY = CheckPolicy([CheckRule(0, 2, admitted=GREEN, assisted=YELLOW, documents=0, audience=False)])
NO_POLICY = "no check policy: CHECKS ARE PERMITTED EVERYWHERE, green is let in, documents are asked for"
FIELDS: dict[str, Any] = {
    "version": 7,
    "roots": ROOTS,
    "revocation_keys": {B: (WINDOW.kid, TOMORROW.kid)},
    "registrar_keys": (C,),
    "risk_keys": (signer(73).public_key,),
    "policy": POLICY,
    "grace": 3600,
}


def short(key: bytes) -> str:
    """128 bits: eight groups of four digits."""
    digits = key.hex()
    return " ".join(digits[at : at + 4] for at in range(0, 32, 4))


KEYS = sealing_entries()
"""Those of the platform of the list before. Its windows reach for two days, which is a gap that every list says."""


def of(*windows: Window, keys: tuple[SealingKeyEntry, ...] = KEYS, name: str = PLATFORM) -> Platform:
    return Platform(name, tuple(each.kid for each in windows), keys)


BEFORE = make_trust_list(**FIELDS, platforms=[of(WINDOW, TOMORROW)])


def after(**changed: Any) -> TrustList:
    """The next list. Unless a test says otherwise, the revocation key is for whatever windows there are."""
    kids = tuple(each.kid for each in changed.get("windows", ())) or (WINDOW.kid, TOMORROW.kid)
    platforms = [of(*changed.get("windows", (WINDOW, TOMORROW)))]
    return make_trust_list(
        **{**FIELDS, "platforms": platforms, "version": 8, "issued": NOW, "revocation_keys": {B: kids}, **changed}
    )


def of_windows(line: str) -> bool:
    """The lines that every list has about its windows; stations and gaps have tests of their own."""
    return line.startswith(("not over, of", "kids for", "NOT COVERED", "STATIONS CANNOT")) or " KIDS for " in line


def changes(**changed: Any) -> list[str]:
    """The lines after the two about version and time, but those that every list has."""
    return [line for line in describe_changes(after(**changed), BEFORE)[2:] if not of_windows(line)]


def digest_of_file(windows: list[Window], keys: tuple[SealingKeyEntry, ...] = KEYS, name: str = PLATFORM) -> str:
    """As `sha512sum` would say it of the file that the platform hands in."""
    return short(hashlib.sha512(encode_hand_in(name, windows, keys)).digest())


def files_of(*files: HandIn, new: TrustList, before: TrustList | None = BEFORE) -> list[str]:
    """What is said of what was handed in."""
    return [line for line in describe_changes(new, before, files) if "handed in" in line.lower()]


def test_version_times_and_the_windows_come_first() -> None:
    assert describe_changes(after(), BEFORE) == [
        "version 8, issued 2027-01-15 08:00 UTC, expires 2027-01-22 08:00 UTC",
        "follows version 7, issued 2027-01-15 07:59 UTC",
        "not over, of 'country': 2 windows and 8 sealing keys, handed in as a file with the digest "
        + digest_of_file([WINDOW, TOMORROW]),
        "kids for device+document+both: 1 a period, in 2 periods",
        "NOT COVERED: windows of 'country': without a gap only until 2027-01-17 07:00 UTC; the list serves until "
        "2027-01-22 09:00 UTC",
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
        ({"policy": None}, [NO_POLICY]),
        ({"policy": CheckPolicy([])}, ["NO MORE CHECKS: risk LOW, class 2"]),
        (
            {"policy": CheckPolicy([*POLICY.rules, CheckRule(2, 1, admitted=0, documents=3)])},
            [
                "permits checks: risk HIGH, class 1: admits nobody, helps nobody, documents for paper+phone, "
                "made for the place"
            ],
        ),
        (
            {"policy": CheckPolicy([CheckRule(0, 2, admitted=7, documents=0, audience=False)])},
            [
                "CHANGES checks: risk LOW, class 2: admits green, helps yellow -> "
                "admits green+yellow+red, helps nobody",
                "EVERYBODY IS LET IN, whatever the colour: risk LOW, class 2",
            ],
        ),
        ({"grace": 7200}, ["CHANGES the grace time: 3600 s -> 7200 s"]),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, dict) else "",
)
def test_each_change_and_no_other(changed: dict[str, Any], lines: list[str]) -> None:
    assert changes(**changed) == lines


def test_a_finished_window() -> None:
    before = make_trust_list(
        **FIELDS | {"windows": [WINDOW, TOMORROW, SHORT_LIVED]}, platforms=[of(WINDOW, TOMORROW, SHORT_LIVED)]
    )
    (line,) = (line for line in describe_changes(after(), before) if "6f766572" in line)
    assert line.startswith("drops the finished window 6f766572")


@pytest.mark.parametrize("policy", [CheckPolicy([]), POLICY])
def test_a_policy_where_there_was_none(policy: CheckPolicy) -> None:
    lines = describe_changes(
        after(policy=policy), make_trust_list(**FIELDS | {"policy": None}, platforms=[of(WINDOW, TOMORROW)])
    )
    at = lines.index("a check policy: no checks but those that it permits")
    assert len(lines) == at + 1 + len(policy.rules)


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
    assert NO_POLICY in describe_changes(make_trust_list(), None)


def test_whoever_has_no_revocation_key_reads_it_of_every_list() -> None:
    bare = make_trust_list(**FIELDS | {"revocation_keys": {}}, platforms=[of(WINDOW, TOMORROW)])
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
    """Of what is not over, to the second: that is in its file."""
    first = KEYS[0]
    for late, windows, keys in (
        (WINDOW.expires + 3599, [WINDOW, TOMORROW], KEYS),
        (WINDOW.expires + 3600, [TOMORROW], KEYS),
        (first.expires - 1, [], KEYS),
        (first.expires, [], KEYS[1:]),
    ):
        line = describe_changes(after(issued=late, expires=late + DAY), BEFORE)[2 + (late < BEFORE.issued)]
        said = f"not over, of 'country': {len(windows)} windows and {len(keys)} sealing keys"
        assert line == f"{said}, handed in as a file with the digest {digest_of_file(windows, keys)}"


def test_files_that_were_handed_in() -> None:
    """A federation hands in several; what is in none of them came from somebody else."""
    new = after(
        windows=[WINDOW, TOMORROW, SHORT_LIVED],
        platforms=[of(WINDOW), of(TOMORROW, SHORT_LIVED, keys=(), name="north")],
    )
    mine, theirs = HandIn(PLATFORM, (WINDOW,), KEYS), HandIn("north", (TOMORROW, SHORT_LIVED))
    assert files_of(mine, theirs, new=new) == [
        f"handed in by 'country': 1 windows and 8 sealing keys, digest {digest_of_file([WINDOW])}: "
        "all of them are listed",
        "handed in by 'north': 2 windows and 0 sealing keys, digest "
        f"{digest_of_file([TOMORROW, SHORT_LIVED], (), 'north')}: all of them are listed",
    ]
    over = "2027-01-13 08:00 UTC to 2027-01-15 07:00 UTC, 4 claims, device, by key " + short(SHORT_LIVED.key)
    lines = files_of(HandIn(PLATFORM, (WINDOW, OTHER_KEY), KEYS[1:]), new=new, before=None)
    assert lines == [
        f"handed in by 'country': 2 windows and 7 sealing keys, digest {digest_of_file([WINDOW, OTHER_KEY], KEYS[1:])}:"
        " 1 OF THEM ARE NOT LISTED SO",
        f"NOT HANDED IN by 'country': sealing key {short(KEYS[0].key)}: 2027-01-15 07:00 UTC to 2027-01-19 07:00 UTC",
        f"NOT HANDED IN by 'north': window 6f766572: {over}",
        f"NOT HANDED IN by 'north': window 6b696431: {SPAN_TOMORROW}, by key {short(TOMORROW.key)}",
    ]
    known = files_of(mine, new=after(windows=[WINDOW, TOMORROW, SHORT_LIVED]))
    assert known[1:] == [f"NOT HANDED IN by 'country': window 6f766572: {over}"], "the list before had the other"


def test_a_window_or_key_that_is_listed_as_another_platforms() -> None:
    new = after(platforms=[of(WINDOW, keys=KEYS[1:]), of(TOMORROW, keys=KEYS[:1], name="north")])
    lines = files_of(HandIn(PLATFORM, (WINDOW, TOMORROW), KEYS), HandIn("north", ()), new=new)
    assert lines[0].endswith(": 2 OF THEM ARE NOT LISTED SO")
    assert [line[:41] for line in lines[2:]] == [
        "NOT HANDED IN by 'north': window 6b696431",
        f"NOT HANDED IN by 'north': sealing key {short(KEYS[0].key)}"[:41],
    ]


def test_platforms_that_come_and_go() -> None:
    new = after(platforms=[of(WINDOW), of(TOMORROW, keys=(), name="north")])
    assert "adds platform 'north'" in describe_changes(new, BEFORE)
    assert "REMOVES platform 'north'" in describe_changes(after(), new)
    assert "adds platform 'country'" in describe_changes(new, None)
    assert not [line for line in describe_changes(after(), BEFORE) if " platform " in line]


STOLEN = f"sealing key of 'country': {short(KEYS[0].key)}, 2027-01-15 07:00 UTC to 2027-01-19 07:00 UTC"


def test_sealing_keys_that_come_and_go() -> None:
    fewer = after(platforms=[of(WINDOW, TOMORROW, keys=KEYS[1:])])
    assert changes(platforms=[of(WINDOW, TOMORROW, keys=KEYS[1:])]) == [f"REMOVES A LIVE {STOLEN}"]
    assert f"adds {STOLEN}" in describe_changes(after(), fewer)
    late = KEYS[0].expires
    over = after(platforms=[of(WINDOW, TOMORROW, keys=KEYS[1:])], issued=late, expires=late + DAY)
    assert f"drops the finished {STOLEN}" in describe_changes(over, BEFORE)
    assert len([line for line in describe_changes(BEFORE, None) if line.startswith("adds sealing key")]) == 8


def test_a_sealing_key_that_lives_too_long() -> None:
    for more, said in ((0, ""), (1, ": LIVES OVER 96 HOURS")):
        long = SealingKeyEntry(KEYS[0].key, KEYS[0].valid_from, KEYS[0].expires + more)
        (line,) = (
            line
            for line in describe_changes(after(platforms=[of(WINDOW, TOMORROW, keys=(long, *KEYS[1:]))]), None)
            if short(long.key) in line
        )
        assert line.endswith(f"07:00{':01' * more} UTC{said}")


def test_a_gap_is_said_of_every_list_that_has_one() -> None:
    """That is, of every list that was drafted in an emergency."""
    long = Window(b"long", signer(90).public_key, NOW - DAY, NOW + 30 * DAY, 4, 1)

    def gaps(*keys: SealingKeyEntry, windows: tuple[Window, ...] = (long,)) -> list[str]:
        new = after(windows=list(windows), platforms=[of(*windows, keys=keys)], expires=NOW + 7 * DAY)
        return [line for line in describe_changes(new, BEFORE) if line.startswith("NOT COVERED")]

    end = "; the list serves until 2027-01-22 09:00 UTC"
    assert gaps(*KEYS) == []
    assert gaps() == [f"NOT COVERED: sealing keys of 'country': none now{end}"]
    assert gaps(*KEYS[1:]) == [f"NOT COVERED: sealing keys of 'country': none now{end}"]
    assert gaps(*KEYS[:3]) == [
        f"NOT COVERED: sealing keys of 'country': without a gap only until 2027-01-21 07:00 UTC{end}"
    ]
    assert gaps(*KEYS, windows=(TOMORROW,)) == [f"NOT COVERED: windows of 'country': none now{end}"]


def test_whether_stations_can_vouch() -> None:
    """Under windows of at most 26 hours that take documents, and have not ended."""
    said = "STATIONS CANNOT VOUCH: no window of at most 26 hours takes documents"

    def cannot(*windows: Window) -> bool:
        return said in describe_changes(after(windows=windows, revocation_keys={}), BEFORE)

    def window(hours: int, bindings: int = 7, more: int = 0, start: int = NOW) -> Window:
        end = start + hours * 3600 + more
        return Window(b"card", signer(91).public_key, start, end, 4, bindings, b"doc0")

    assert not cannot(WINDOW, TOMORROW)
    assert not cannot(window(26))
    assert not cannot(window(26, 2))
    assert cannot(window(26, more=1))
    assert cannot(window(24, 1))
    assert cannot(window(24, 5))
    assert cannot(window(24, start=NOW - DAY)), "nobody vouches under it any more"
    assert not cannot(window(24, start=NOW - DAY + 1))
    assert cannot()


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
