"""The next trust list: what is carried over from the one before, what is dropped, and what may not change."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from healthpass.authority import RootSet, TrustList, TrustListBuilder, Window, combine, draft, sign
from healthpass.errors import BadInput, FormatError, TrustListRefused
from healthpass.formats.check_policy import default_policy
from healthpass.formats.hand_in import HandIn
from healthpass.formats.platform import Platform, SealingKeyEntry
from healthpass.formats.trust_list import encode_trust_list, parse_trust_list
from healthpass.verifier import TrustStore
from tests.issuing import window_key
from tests.making import (
    DAY,
    NOW,
    PLATFORM,
    STRANGER,
    TOMORROW,
    WINDOW,
    make_trust_list,
    sealing_entries,
    sealing_key,
    signer,
)
from tests.raising import raises

ONE, TWO = signer(60), signer(61)
ROOTS = RootSet(2, (ONE.public_key, TWO.public_key, signer(62).public_key))
REVOKER, OTHER_REVOKER, REGISTRAR, RISK = (signer(n).public_key for n in (20, 21, 22, 23))
LATER = [
    window_key(100 + n, TOMORROW.expires + n * DAY, TOMORROW.expires + (n + 1) * DAY, capacity=4**10).window
    for n in range(9)
]
WINDOWS = [WINDOW, TOMORROW, *LATER]
REVOCATION: dict[bytes, tuple[bytes, ...]] = {
    REVOKER: (WINDOW.kid, TOMORROW.kid),
    OTHER_REVOKER: tuple(each.kid for each in LATER),
}
NOBODY = "a window stands under no revocation key: say which has it"
NEW, NEWER = (
    window_key(150 + n, LATER[-1].expires + n * DAY, LATER[-1].expires + (n + 1) * DAY).window for n in range(2)
)


KEYS = sealing_entries()


def first(now: int = NOW) -> TrustList:
    return TrustListBuilder(ROOTS).add_windows(WINDOWS).set_sealing_keys(KEYS).build(now=now)


def full() -> TrustList:
    """A list with something in every field."""
    return make_trust_list(
        version=7,
        windows=WINDOWS,
        roots=ROOTS,
        revocation_keys=REVOCATION,
        registrar_keys=(REGISTRAR,),
        risk_keys=(RISK,),
        platforms=[Platform(PLATFORM, tuple(each.kid for each in WINDOWS), KEYS)],
    )


def code_of(call: Callable[[], object], error: type[BadInput] = TrustListRefused) -> str:
    with pytest.raises(error) as caught:
        call()
    return caught.value.code


def test_a_first_list() -> None:
    trust_list = first()
    assert (trust_list.version, trust_list.issued, trust_list.expires) == (1, NOW, NOW + 7 * DAY)
    assert (trust_list.grace, trust_list.roots, trust_list.policy) == (3 * DAY, ROOTS, None)
    assert list(trust_list.windows.values()) == WINDOWS
    assert (trust_list.revocation_keys, trust_list.registrar_keys, trust_list.risk_keys) == ({}, (), ())
    assert trust_list.platforms == (Platform("national", tuple(each.kid for each in WINDOWS), KEYS),)


def test_lifetime_grace_and_an_aware_datetime() -> None:
    now = datetime.fromtimestamp(NOW, UTC)
    trust_list = TrustListBuilder(ROOTS).add_windows(WINDOWS).build(now=now, lifetime=60, grace=5)
    assert (trust_list.issued, trust_list.expires, trust_list.grace) == (NOW, NOW + 60, 5)


def test_all_of_the_list_before_is_carried_over() -> None:
    before = full()
    after = TrustListBuilder(ROOTS, before).build(now=NOW)
    assert after.version == 8
    for name in ("windows", "revocation_keys", "registrar_keys", "risk_keys", "roots", "platforms"):
        assert getattr(after, name) == getattr(before, name), name


def test_windows_that_are_long_over_are_dropped() -> None:
    assert WINDOW.kid in TrustListBuilder(ROOTS, first()).build(now=WINDOW.expires - 1).windows
    after = TrustListBuilder(ROOTS, first()).build(now=WINDOW.expires + 2 * DAY)
    assert WINDOW.kid not in after.windows
    assert list(after.windows.values()) == WINDOWS[-len(after.windows) :]


def test_a_revocation_key_goes_with_its_last_window() -> None:
    for passed in range(9):
        after = TrustListBuilder(ROOTS, full()).build(now=NOW + passed * DAY)
        kept = {key: tuple(kid for kid in kids if kid in after.windows) for key, kids in REVOCATION.items()}
        assert after.revocation_keys == {key: kids for key, kids in kept.items() if kids}
        encode_trust_list(after)
    assert after.revocation_keys == ({} if not after.windows else {OTHER_REVOKER: tuple(sorted(after.windows))})


def one_revoker(now: int = NOW) -> TrustList:
    return TrustListBuilder(ROOTS).add_windows(WINDOWS).set_revocation_keys({REVOKER: ()}).build(now=now)


def test_a_single_revocation_key_is_for_every_window() -> None:
    """Whatever comes and goes, and in whatever order it is said."""
    every = {REVOKER: tuple(sorted(each.kid for each in WINDOWS))}
    assert one_revoker().revocation_keys == every
    before = one_revoker()
    said = TrustListBuilder(ROOTS).set_revocation_keys({REVOKER: (WINDOW.kid,)}).add_windows(WINDOWS)
    assert said.build(now=NOW).revocation_keys == every
    for builder in (
        TrustListBuilder(ROOTS, before).add_windows([NEW, NEWER]),
        TrustListBuilder(ROOTS, before).add_windows([NEW]).remove_window(WINDOW.kid),
        TrustListBuilder(RootSet(1, (STRANGER.public_key,)), before).add_windows([NEW]),
        TrustListBuilder(ROOTS, before).add_windows([NEW]).set_revocation_keys({OTHER_REVOKER: ()}),
    ):
        after = builder.build(now=NOW)
        (kids,) = after.revocation_keys.values()
        assert kids == tuple(sorted(after.windows))
        assert not after.unrevocable()


def test_a_single_revocation_key_stays_when_all_its_windows_went() -> None:
    """Also when they were all stolen, or were over long ago: the windows in their place are its own."""
    builder = TrustListBuilder(ROOTS, one_revoker()).add_windows([NEW])
    for window in WINDOWS:
        builder.remove_window(window.kid)
    assert builder.build(now=NOW).revocation_keys == {REVOKER: (NEW.kid,)}
    late = LATER[-1].expires + 2 * DAY
    after = TrustListBuilder(ROOTS, one_revoker()).add_windows([NEWER]).build(now=late)
    assert after.revocation_keys == {REVOKER: (NEWER.kid,)}


def test_of_several_revocation_keys_one_is_named_for_new_windows() -> None:
    builder = TrustListBuilder(ROOTS, full()).add_windows([NEW])
    with raises(TrustListRefused, "nobody-can-revoke", NOBODY):
        builder.build(now=NOW)
    theirs = REVOCATION[OTHER_REVOKER]
    for key in (REVOKER, OTHER_REVOKER, STRANGER.public_key):
        after = TrustListBuilder(ROOTS, full()).add_windows([NEW], revoked_by=key).build(now=NOW)
        assert after.revocation_keys == REVOCATION | {key: (*REVOCATION.get(key, ()), NEW.kid)}
        draft(after)
    moved = TrustListBuilder(ROOTS, full()).add_windows(LATER, revoked_by=STRANGER.public_key).build(now=NOW)
    assert moved.revocation_keys == {REVOKER: REVOCATION[REVOKER], STRANGER.public_key: theirs}
    again = TrustListBuilder(ROOTS, full()).add_windows([*LATER, NEW], revoked_by=OTHER_REVOKER).build(now=NOW)
    assert set(again.revocation_keys[OTHER_REVOKER]) == {*theirs, NEW.kid}


def test_where_several_could_revoke_a_window_is_not_forgotten_because_all_of_theirs_are_over() -> None:
    late = LATER[-1].expires + 2 * DAY
    builder = TrustListBuilder(ROOTS, full()).add_windows([NEWER])
    with raises(TrustListRefused, "nobody-can-revoke", NOBODY):
        builder.build(now=late)
    assert builder.set_revocation_keys({}).build(now=late).revocation_keys == {}


def test_a_window_that_is_replaced_where_there_are_several_revocation_keys() -> None:
    """The kid goes from its key; the one in its place is nobody's until it is said whose."""
    spare = window_key(160, WINDOW.valid_from, WINDOW.expires).window
    builder = TrustListBuilder(ROOTS, full()).remove_window(WINDOW.kid).add_windows([spare])
    with raises(TrustListRefused, "nobody-can-revoke", NOBODY):
        builder.build(now=NOW)
    after = builder.add_windows([spare], revoked_by=REVOKER).build(now=NOW)
    assert after.revocation_keys == REVOCATION | {REVOKER: (TOMORROW.kid, spare.kid)}


def test_the_list_before_is_left_alone() -> None:
    before = full()
    data = encode_trust_list(before)
    TrustListBuilder(ROOTS, before).add_windows([window_key(110).window]).build(now=TOMORROW.expires + 2 * DAY)
    assert encode_trust_list(before) == data


def test_a_window_again_unchanged() -> None:
    builder = TrustListBuilder(ROOTS, first()).add_windows(WINDOWS).add_windows([WINDOW])
    assert list(builder.build(now=NOW).windows.values()) == WINDOWS


@pytest.mark.parametrize("at", range(1, 7))
@pytest.mark.parametrize("listed_before", [True, False])
def test_a_kid_never_changes_its_meaning(listed_before: bool, at: int) -> None:
    values = WINDOW.values()
    values[at] = [None, STRANGER.public_key, NOW, NOW + 9 * DAY, 4**11, 1, b"doc1"][at]
    other = Window(*values)  # type: ignore[arg-type]  # in the order of its arguments
    before = first()
    builder = TrustListBuilder(ROOTS, before) if listed_before else TrustListBuilder(ROOTS).add_windows(WINDOWS)
    assert code_of(lambda: builder.add_windows([other])) == "kid-changed"
    assert builder.build(now=NOW).windows == before.windows


def test_a_clock_that_is_behind_the_list_before() -> None:
    assert code_of(lambda: TrustListBuilder(ROOTS, first()).build(now=NOW - 1)) == "clock-behind"
    assert TrustListBuilder(ROOTS, first()).build(now=NOW).version == 2


def test_one_key_in_two_windows() -> None:
    other = Window(b"new0", *WINDOW.values()[1:])  # type: ignore[arg-type]  # in the order of its arguments
    builder = TrustListBuilder(ROOTS).add_windows([*WINDOWS, other])
    assert code_of(lambda: builder.build(now=NOW), FormatError) == "malformed"


def test_a_year_of_lists() -> None:
    """Each is made from the one before, and a scanner follows."""
    store, trust_list, windows = TrustStore(ROOTS), first(), WINDOWS
    for day in range(1, 366):
        ends = windows[-1].expires
        windows = [*windows[1:], window_key(200 + day, ends, ends + DAY).window]
        builder = TrustListBuilder(ROOTS, trust_list).add_windows(windows)
        builder.set_sealing_keys(sealing_entries(start=NOW - 3600 + day * DAY))
        trust_list = builder.build(now=NOW + day * DAY)
        payload = draft(trust_list)
        store.update_trust_list(combine(payload, [sign(payload, ONE), sign(payload, TWO)], ROOTS), now=NOW + day * DAY)
    assert store.trust_list is not None
    assert store.trust_list.version == 366
    assert 11 <= len(store.trust_list.windows) <= 13
    (platform,) = store.trust_list.platforms
    assert (len(platform.kids), len(platform.sealing_keys)) == (len(store.trust_list.windows), 8)


def test_what_is_set_replaces_what_was_there() -> None:
    one, two = sorted((STRANGER.public_key, signer(24).public_key))
    builder = TrustListBuilder(ROOTS, full()).set_registrars(iter([two, one])).set_risk_offices([])
    after = builder.set_revocation_keys({OTHER_REVOKER: ()}).set_policy(default_policy()).build(now=NOW)
    assert (after.registrar_keys, after.risk_keys) == ((one, two), ())
    assert after.revocation_keys == {OTHER_REVOKER: tuple(sorted(after.windows))}
    assert after.policy == default_policy()
    assert parse_trust_list(encode_trust_list(after)).policy == default_policy()


def test_a_policy_is_carried_over_until_it_is_taken_away() -> None:
    before = TrustListBuilder(ROOTS, full()).set_policy(default_policy()).build(now=NOW)
    assert TrustListBuilder(ROOTS, before).build(now=NOW).policy == default_policy()
    assert TrustListBuilder(ROOTS, before).set_policy(None).build(now=NOW).policy is None


@pytest.mark.parametrize("key", [WINDOW.key, ONE.public_key, REVOKER, RISK])
def test_a_registrar_in_another_role(key: bytes) -> None:
    builder = TrustListBuilder(ROOTS, full()).set_registrars([key])
    assert code_of(lambda: builder.build(now=NOW), FormatError) == "malformed"


def test_a_registrar_twice() -> None:
    builder = TrustListBuilder(ROOTS, full()).set_registrars([REGISTRAR, REGISTRAR])
    assert code_of(lambda: builder.build(now=NOW), FormatError) == "malformed"


def test_a_stolen_windows_key_is_taken_out() -> None:
    after = TrustListBuilder(ROOTS, full()).remove_window(WINDOW.kid).build(now=NOW)
    assert after.windows.keys() == {each.kid for each in WINDOWS[1:]}
    assert after.revocation_keys == REVOCATION | {REVOKER: (TOMORROW.kid,)}


def test_a_window_that_is_not_there_cannot_be_taken_out() -> None:
    builder = TrustListBuilder(ROOTS, full())
    assert code_of(lambda: builder.remove_window(b"none")) == "unknown-kid"
    assert builder.build(now=NOW).windows == full().windows


def test_a_removed_window_does_not_come_back_with_the_file_of_all_windows() -> None:
    builder = TrustListBuilder(ROOTS, full()).remove_window(WINDOW.kid)
    assert code_of(lambda: builder.add_windows(WINDOWS)) == "kid-removed"
    assert WINDOW.kid not in builder.build(now=NOW).windows


def test_new_roots() -> None:
    new = RootSet(1, (STRANGER.public_key,))
    after = TrustListBuilder(new, full()).build(now=NOW)
    payload = draft(after)
    signatures = [sign(payload, each, roots=ROOTS) for each in (ONE, TWO, STRANGER)]
    store = TrustStore(ROOTS)
    store.update_trust_list(combine(payload, signatures, ROOTS), now=NOW)
    assert store.roots == after.roots == new
    later = draft(TrustListBuilder(new, after).build(now=NOW))
    store.update_trust_list(combine(later, [sign(later, STRANGER)], new), now=NOW)
    assert code_of(lambda: combine(later, [sign(later, STRANGER)], ROOTS)) == "threshold"


# ---- Platforms and their sealing keys -----------------------------------------------------------------------------


def north(number: int = 300) -> Window:
    """A window of today, of another platform."""
    return window_key(number).window


def test_each_window_is_its_platforms() -> None:
    builder = TrustListBuilder(ROOTS, full()).add_windows([north()], platform="north", revoked_by=REVOKER)
    builder.set_sealing_keys([THEIRS], platform="north")
    after = builder.build(now=NOW)
    assert after.platforms == (*full().platforms, Platform("north", (north().kid,), (THEIRS,)))
    said = "the list has several platforms: name the one that is meant"
    with raises(TrustListRefused, "which-platform", said):
        builder.add_windows([])
    with raises(TrustListRefused, "which-platform", said):
        builder.set_sealing_keys([])


THEIRS = SealingKeyEntry(sealing_key().public_key, NOW - DAY, NOW + 3 * DAY)


def test_what_a_platform_hands_in() -> None:
    by_hand = TrustListBuilder(ROOTS).add_windows(WINDOWS, platform="north").set_sealing_keys(KEYS, platform="north")
    handed_in = TrustListBuilder(ROOTS).add_hand_in(HandIn("north", tuple(WINDOWS), KEYS))
    assert encode_trust_list(handed_in.build(now=NOW)) == encode_trust_list(by_hand.build(now=NOW))
    later = HandIn(PLATFORM, (NEW,), (THEIRS,))
    after = TrustListBuilder(ROOTS, full()).add_hand_in(later, revoked_by=OTHER_REVOKER).build(now=NOW)
    (platform,) = after.platforms
    assert (len(platform.kids), platform.sealing_keys) == (len(WINDOWS) + 1, (THEIRS,)), "its keys are those of now"
    assert NEW.kid in after.revocation_keys[OTHER_REVOKER]


def test_the_only_platform_need_not_be_named() -> None:
    assert [each.name for each in first().platforms] == ["national"]
    after = TrustListBuilder(ROOTS, full()).add_windows([NEW], revoked_by=REVOKER).build(now=NOW)
    assert [each.name for each in after.platforms] == [PLATFORM]
    with raises(FormatError, "malformed", "platform: not a text of 1 to 32 characters"):
        TrustListBuilder(ROOTS).add_windows(WINDOWS, platform="")


def test_a_window_of_another_platform() -> None:
    builder = TrustListBuilder(ROOTS, full())
    with raises(
        TrustListRefused, "kid-changed", "a kid is listed already, and means something else; make a new window"
    ):
        builder.add_windows([WINDOW], platform="north")
    assert builder.build(now=NOW).platforms == full().platforms


def test_a_sealing_key_of_two_platforms() -> None:
    builder = TrustListBuilder(ROOTS, full()).set_sealing_keys(KEYS[:1], platform="north")
    with raises(FormatError, "malformed", "keys of all roles: the same item twice"):
        builder.build(now=NOW)


def test_sealing_keys_go_two_days_after_their_end_and_a_platform_with_its_last() -> None:
    builder = TrustListBuilder(ROOTS, full()).set_sealing_keys([THEIRS], platform="north")
    before = builder.build(now=NOW)
    for at, there in ((THEIRS.expires + 2 * DAY - 1, True), (THEIRS.expires + 2 * DAY, False)):
        after = TrustListBuilder(ROOTS, before).build(now=at)
        assert (after.platform("north") is not None) == there
    late = WINDOWS[-1].expires + 2 * DAY
    assert TrustListBuilder(ROOTS, first()).build(now=late).platforms == ()


def test_a_platform_whose_windows_are_gone_keeps_its_sealing_keys_and_the_other_way_round() -> None:
    builder = TrustListBuilder(ROOTS, full()).add_windows([north()], platform="north", revoked_by=REVOKER)
    before = builder.build(now=NOW)
    assert before.platform("north") == Platform("north", (north().kid,))
    after = TrustListBuilder(ROOTS, before).remove_window(north().kid).build(now=NOW)
    assert after.platform("north") is None


# ---- Late kids ----------------------------------------------------------------------------------------------------

LATE = "a kid joins a period that begins within 96 hours: it would tell who enrolled after that"


def joining(beside: Window, number: int = 400) -> Window:
    return window_key(number, beside.valid_from, beside.expires, capacity=4**10).window


@pytest.mark.parametrize(("ahead", "late"), [(96 * 3600, False), (96 * 3600 - 1, True)])
def test_a_kid_joins_a_period_well_before_it_begins(ahead: int, late: bool) -> None:
    beside = WINDOWS[6]
    builder = TrustListBuilder(ROOTS, first()).add_windows([joining(beside)])
    now = beside.valid_from - ahead
    if not late:
        assert len(draft(builder.build(now=now, lifetime=DAY, grace=0)))
        return
    with raises(TrustListRefused, "late-kid", LATE):
        builder.build(now=now)


@pytest.mark.parametrize("beside", WINDOWS[:4], ids=range(4))
def test_a_stolen_key_is_replaced_at_any_time(beside: Window) -> None:
    builder = TrustListBuilder(ROOTS, first()).remove_window(beside.kid).add_windows([joining(beside)])
    assert joining(beside).kid in builder.build(now=NOW).windows
    with raises(TrustListRefused, "late-kid", LATE):
        builder.add_windows([joining(beside, 401)]).build(now=NOW)


def test_the_replacement_is_for_the_same_period_and_platform() -> None:
    builder = TrustListBuilder(ROOTS, first()).remove_window(WINDOW.kid).add_windows([joining(TOMORROW)])
    with raises(TrustListRefused, "late-kid", LATE):
        builder.build(now=NOW)
    before = TrustListBuilder(ROOTS, full()).add_windows([joining(WINDOW)], platform="north", revoked_by=REVOKER)
    swapped = TrustListBuilder(ROOTS, before.build(now=NOW)).remove_window(WINDOW.kid)
    with raises(TrustListRefused, "late-kid", LATE):
        swapped.add_windows([joining(WINDOW, 402)], platform="north", revoked_by=REVOKER).build(now=NOW)


def test_a_period_that_nobody_had_may_be_near() -> None:
    """All of its passes are under that kid: of a first list, of a platform that joins, where a gap is filled."""
    assert first().windows
    after = TrustListBuilder(ROOTS, first()).add_windows([joining(WINDOW)], platform="north").build(now=NOW)
    assert len(after.windows) == len(WINDOWS) + 1
    gap = TrustListBuilder(ROOTS, first()).remove_window(TOMORROW.kid).build(now=NOW)
    filled = TrustListBuilder(ROOTS, gap).add_windows([joining(TOMORROW)]).build(now=NOW)
    assert joining(TOMORROW).kid in filled.windows
