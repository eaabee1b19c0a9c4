"""The ceremony of a trust list: one draft, signed apart, combined, and checked as scanners will check it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from vectors.generate.edwards import SMALL_ORDER, encode

from healthpass.authority import RootSet, TrustList, Window, combine, draft, sign
from healthpass.authority.ceremony import DAY, GRACE, LIFETIME
from healthpass.authority.rules import covered_until, serves_until
from healthpass.crypto.signer import Signer
from healthpass.errors import BadInput, FormatError, TrustListRefused
from healthpass.formats.check_policy import CheckPolicy, CheckRule
from healthpass.formats.claim import ANY_BINDING, Binding
from healthpass.formats.platform import Platform, SealingKeyEntry
from healthpass.formats.trust_list import encode_trust_list, parse_trust_list
from healthpass.verifier import TrustStore, Verifier
from tests.making import (
    NOW,
    STRANGER,
    make_claim,
    make_trust_list,
    sealing_entries,
    show,
    sign_trust_list,
    signature_by,
    signer,
)
from tests.raising import raises

A, B, C = (signer(n) for n in (1, 30, 31))
ROOTS = RootSet(2, (A.public_key, B.public_key, C.public_key))


def days(*spans: tuple[int, int]) -> list[Window]:
    """Windows from and to so many seconds after the issue."""
    return [
        Window(bytes((n, 0, 0, 0)), signer(50 + n).public_key, NOW + start, NOW + end, 4, 1)
        for n, (start, end) in enumerate(spans)
    ]


SERVES = 10 * DAY
"""Life and grace of a list."""
KEYS = sealing_entries(start=NOW, days=7)


def listed(
    windows: Sequence[Window],
    keys: Sequence[SealingKeyEntry] = KEYS,
    platforms: Sequence[Platform] | None = None,
    **more: Any,
) -> TrustList:
    """A list of one platform, unless others are named."""
    kids = tuple(each.kid for each in windows)
    values: dict[str, Any] = {"issued": NOW, "expires": NOW + 7 * DAY, "grace": 3 * DAY, **more}
    values["platforms"] = [Platform("north", kids, tuple(keys))] if platforms is None else platforms
    return make_trust_list(windows=windows, roots=ROOTS, **values)


GOOD = listed(days(*((day * DAY, (day + 1) * DAY) for day in range(10))))
DRAFT = draft(GOOD)


def code_of(signatures: Sequence[bytes], payload: bytes = DRAFT, roots: RootSet = ROOTS) -> str:
    with pytest.raises(BadInput) as caught:
        combine(payload, signatures, roots)
    return caught.value.code


@pytest.mark.parametrize("roots", [(A, B), (C, A), (A, B, C), (B, A, STRANGER)], ids=len)
def test_from_draft_to_scanner(roots: Sequence[Signer]) -> None:
    data = combine(DRAFT, [signature_by(DRAFT, root) for root in roots], ROOTS)
    assert data == sign_trust_list(GOOD, roots)
    store = TrustStore(ROOTS)
    store.update_trust_list(data, now=NOW)
    assert store.trust_list is not None
    assert store.trust_list.windows == GOOD.windows


def test_a_draft_is_what_scanners_read() -> None:
    assert encode_trust_list(GOOD) == DRAFT
    assert parse_trust_list(DRAFT).windows == GOOD.windows


def test_the_defaults_of_a_list() -> None:
    assert (LIFETIME, GRACE) == (7 * 86_400, 3 * 86_400)
    assert serves_until(GOOD) == NOW + SERVES


WINDOWS_SHORT = "each platform's windows must cover the list's life and grace: make more days"
KEYS_SHORT = "each platform's sealing keys must cover the list's life and grace: make more days and hand them in"


@pytest.mark.parametrize(
    "spans",
    [
        [],
        [(0, SERVES - 1)],
        [(1, SERVES + 1)],
        [(0, DAY), (DAY + 1, SERVES + DAY)],
        [(-2 * DAY, -DAY), (DAY, SERVES + DAY)],
        [(-DAY, SERVES - 1), (SERVES, SERVES + DAY)],
    ],
    ids=["none", "a second too short", "a second too late", "a gap", "not now", "a gap at the end"],
)
def test_windows_that_leave_an_offline_scanner_without_a_key(spans: list[tuple[int, int]]) -> None:
    with raises(TrustListRefused, "windows-too-short", WINDOWS_SHORT):
        draft(listed(days(*spans)))
    assert draft(listed(days(*spans)), allow_gap=True)


@pytest.mark.parametrize(
    "spans",
    [
        [(0, SERVES)],
        [(-DAY, SERVES)],
        [(2 * DAY, SERVES), (0, 2 * DAY)],
        [(0, DAY), (0, DAY), (DAY, SERVES)],
        [(0, SERVES), (14 * DAY, 15 * DAY)],
    ],
    ids=["exactly", "since yesterday", "in any order", "with a spare", "a gap afterwards"],
)
def test_windows_that_reach(spans: list[tuple[int, int]]) -> None:
    assert draft(listed(days(*spans)))


def keys_of(*spans: tuple[int, int]) -> list[SealingKeyEntry]:
    """Sealing keys from and to so many seconds after the issue."""
    return [
        SealingKeyEntry(each.key, NOW + start, NOW + end)
        for each, (start, end) in zip(sealing_entries(), spans, strict=False)
    ]


@pytest.mark.parametrize(
    "spans",
    [
        [],
        [(0, SERVES - 1)],
        [(1, SERVES + 1)],
        [(0, DAY), (DAY + 1, SERVES + DAY)],
        [(-4 * DAY, -1), (DAY, SERVES + DAY)],
    ],
    ids=["none", "a second too short", "a second too late", "a gap", "not now"],
)
def test_sealing_keys_that_leave_a_wallet_without_one(spans: list[tuple[int, int]]) -> None:
    content = listed(list(GOOD.windows.values()), keys_of(*spans))
    with raises(TrustListRefused, "sealing-keys-too-short", KEYS_SHORT):
        draft(content)
    assert draft(content, allow_gap=True)


@pytest.mark.parametrize(
    "spans",
    [[(0, SERVES)], [(-DAY, SERVES + DAY)], [(n * DAY, (n + 4) * DAY) for n in range(7)], [(4, SERVES), (0, 4)]],
    ids=["exactly", "more", "one a day", "in any order"],
)
def test_sealing_keys_that_reach(spans: list[tuple[int, int]]) -> None:
    assert draft(listed(list(GOOD.windows.values()), keys_of(*spans)))


def test_a_list_with_a_shorter_life_needs_less() -> None:
    windows, keys = days((0, DAY + 60)), keys_of((0, DAY + 60))
    assert draft(listed(windows, keys, expires=NOW + DAY, grace=60))
    for expires, grace in ((NOW + DAY + 1, 60), (NOW + DAY, 61)):
        with raises(TrustListRefused, "windows-too-short", WINDOWS_SHORT):
            draft(listed(windows, keys, expires=expires, grace=grace))


def test_each_platform_covers_by_itself() -> None:
    """What another one has is of no use to a wallet of this one; a platform that is over need not cover anything."""
    both = days(*[(0, SERVES)] * 2, (-2 * DAY, -DAY))
    one, other, over = ((each.kid,) for each in both)
    mine, theirs = keys_of((0, SERVES), (0, SERVES))
    finished = Platform("over", over, ())

    def of(north: Platform, south: Platform, windows: Sequence[Window] = both) -> TrustList:
        return listed(windows, platforms=[north, south, finished])

    assert draft(of(Platform("north", one, (mine,)), Platform("south", other, (theirs,))))
    with raises(TrustListRefused, "sealing-keys-too-short", KEYS_SHORT):
        draft(of(Platform("north", one, (mine, theirs)), Platform("south", other)))
    with raises(TrustListRefused, "windows-too-short", WINDOWS_SHORT):
        draft(of(Platform("north", one + other, (mine,)), Platform("south", (), (theirs,))))


def alike(**changed: Any) -> list[Window]:
    """Two windows of one period, the second with something else."""
    terms = {"capacity": 4**5, "bindings": ANY_BINDING, "document_key_id": b"doc0"}
    return [
        Window(b"one0", signer(50).public_key, NOW, NOW + SERVES, **terms),  # type: ignore[arg-type]
        Window(b"two0", signer(51).public_key, NOW, NOW + SERVES, **{**terms, **changed}),
    ]


@pytest.mark.parametrize(
    "changed",
    [
        {"capacity": 4**6},
        {"bindings": Binding.DEVICE},
        {"bindings": Binding.DEVICE | Binding.BOTH},
        {"document_key_id": b"doc1"},
    ],
    ids=["capacity", "only phones", "no paper", "document key"],
)
def test_windows_of_one_period_are_alike(changed: dict[str, Any]) -> None:
    """Or it would matter which of them chance decides for."""
    assert draft(listed(alike()))
    for allow_gap in (False, True):
        with raises(FormatError, "unequal-windows", UNEQUAL):
            draft(listed(alike(**changed)), allow_gap=allow_gap)
    first, second = alike(**changed)
    (mine, theirs) = keys_of((0, SERVES), (0, SERVES))
    platforms = [Platform("north", (first.kid,), (mine,)), Platform("south", (second.kid,), (theirs,))]
    assert draft(listed([first, second], platforms=platforms)), "of two platforms they need not be"


UNEQUAL = "the windows of one period have different capacities, bindings or document keys; make them alike"


def test_covered_until() -> None:
    assert covered_until([], NOW) == NOW
    assert covered_until(days((-5, 10), (10, 20), (21, 30)), NOW) == NOW + 20


def test_too_few() -> None:
    one = sign(DRAFT, A)
    assert code_of([one]) == code_of([one, one]) == code_of([one, signature_by(DRAFT, STRANGER)]) == "threshold"


def test_nobody() -> None:
    assert code_of([]) == "malformed"


@pytest.mark.parametrize("size", [0, 64, 95, 97])
def test_no_signature(size: int) -> None:
    assert code_of([sign(DRAFT, A), bytes(size)]) == "malformed"


def test_a_signature_that_does_not_hold() -> None:
    assert code_of([sign(DRAFT, A), B.public_key + bytes(64)]) == "bad-signature"
    other = draft(listed(days((0, SERVES))))
    assert code_of([sign(DRAFT, A), sign(other, B)]) == "bad-signature"


def test_signatures_under_each_others_names() -> None:
    a, b = sign(DRAFT, A), sign(DRAFT, B)
    assert code_of([a[:32] + b[32:], b[:32] + a[32:]]) == "bad-signature"


def test_a_rotation_needs_the_old_roots_and_the_new() -> None:
    old = RootSet(1, (STRANGER.public_key,))
    a, b, stranger = sign(DRAFT, A), sign(DRAFT, B), sign(DRAFT, STRANGER, roots=old)
    assert code_of([a, b], roots=old) == "threshold"
    assert code_of([stranger, a], roots=old) == "new-roots"
    assert combine(DRAFT, [stranger, a, b], old) == combine(DRAFT, [stranger, b, a], ROOTS)


def test_a_weak_key_is_found_before_anything_is_published() -> None:
    weak = Window(b"weak", encode(SMALL_ORDER[3]), NOW, NOW + SERVES, 4, 1)
    payload = draft(listed([weak]))
    assert code_of([sign(payload, A), sign(payload, B)], payload) == "weak-key"


@pytest.mark.parametrize(
    ("payload", "sentence"),
    [
        (b"", "CBOR: cut short"),
        (b"\xa0", "trust list: a field is missing"),
        (DRAFT[:-1], "CBOR: cut short"),
        (DRAFT + b"\x00", "CBOR: bytes after the end"),
    ],
    ids=repr,
)
def test_what_is_no_draft_is_not_signed(payload: bytes, sentence: str) -> None:
    with raises(FormatError, "malformed", sentence):
        sign(payload, A)


OLD = RootSet(1, (STRANGER.public_key,))
NOT_A_ROOT = "this key is not one of the roots that sign this list; sign with one of those"


def test_only_a_root_of_the_list_signs() -> None:
    """Neither another office's key nor a window's, nor an old root's unless it says that the roots change."""
    for key in (STRANGER, signer(50), signer(2)):
        with raises(TrustListRefused, "not-a-root", NOT_A_ROOT):
            sign(DRAFT, key)
        with raises(TrustListRefused, "not-a-root", NOT_A_ROOT):
            sign(DRAFT, key, roots=ROOTS)
    for root in (A, B, C):
        assert sign(DRAFT, root) == sign(DRAFT, root, roots=OLD) == signature_by(DRAFT, root)
    assert sign(DRAFT, STRANGER, roots=OLD) == signature_by(DRAFT, STRANGER)


REVOKER, OTHER_REVOKER = signer(40).public_key, signer(41).public_key
KIDS = tuple(GOOD.windows)
NOBODY = "a window stands under no revocation key: say which has it"


@pytest.mark.parametrize(
    "keys",
    [
        {REVOKER: KIDS[1:]},
        {REVOKER: KIDS[:-1]},
        {REVOKER: KIDS[:1], OTHER_REVOKER: KIDS[2:]},
        {REVOKER: KIDS[:2], OTHER_REVOKER: KIDS[3:]},
    ],
    ids=["all but the first", "all but the last", "the second falls between", "the third falls between"],
)
def test_a_window_under_no_revocation_key_is_not_drafted(keys: dict[bytes, tuple[bytes, ...]]) -> None:
    content = listed(list(GOOD.windows.values()), revocation_keys=keys)
    for allow_gap in (False, True):
        with raises(TrustListRefused, "nobody-can-revoke", NOBODY):
            draft(content, allow_gap=allow_gap)


@pytest.mark.parametrize("keys", [{}, {REVOKER: KIDS}, {REVOKER: KIDS[:2], OTHER_REVOKER: KIDS[2:]}], ids=len)
def test_all_windows_can_be_revoked_under_or_none(keys: dict[bytes, tuple[bytes, ...]]) -> None:
    content = listed(list(GOOD.windows.values()), revocation_keys=keys)
    assert parse_trust_list(draft(content)).revocation_keys == keys


def test_a_policy_without_a_rule_is_not_drafted() -> None:
    """By it every scanner would say that it is not certified; without a policy, or with any rule, a list is drafted."""
    for allow_gap in (False, True):
        with raises(
            TrustListRefused,
            "empty-policy",
            "by a check policy without a rule no scanner may check: name places, or leave it out",
        ):
            draft(listed(list(GOOD.windows.values()), policy=CheckPolicy([])), allow_gap=allow_gap)
    for policy in (None, CheckPolicy([CheckRule(2, 1, admitted=0)])):
        assert parse_trust_list(draft(listed(list(GOOD.windows.values()), policy=policy))).policy == policy


def test_a_pass_under_a_list_of_the_ceremony() -> None:
    trust_list = make_trust_list(
        windows=[*make_trust_list().windows.values(), *days((2 * DAY - 3600, SERVES + DAY))],
        platforms=[Platform("north", (b"kid0", b"kid1", bytes(4)), sealing_entries(start=NOW - DAY))],
    )
    data = combine(draft(trust_list), [sign(draft(trust_list), A)], trust_list.roots)
    store = TrustStore(trust_list.roots)
    store.update_trust_list(data, now=NOW)
    assert Verifier(store).verify(show(make_claim()), now=NOW).colors
