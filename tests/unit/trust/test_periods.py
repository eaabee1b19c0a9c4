"""Windows that share a binding kind have the same bounds or do not overlap: at drafting, and for every reader.

Otherwise a kid that ends a second later could be one person's own, and be seen in the expiry of every verdict.
"""

from __future__ import annotations

from contextlib import nullcontext
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthpass.authority import RootSet, TrustListBuilder, combine, sign
from healthpass.errors import FormatError
from healthpass.formats import cbor
from healthpass.formats.claim import ANY_BINDING, Binding
from healthpass.formats.hand_in import encode_hand_in, parse_hand_in
from healthpass.formats.platform import Platform
from healthpass.formats.trust_list import encode_trust_list, parse_trust_list
from healthpass.formats.window import Window, check_periods
from healthpass.holder import Wallet
from healthpass.trust.periods import of_platform, periods_for, windows_of
from healthpass.trust.signed import open_trust_list
from healthpass.verifier import TrustStore
from tests.making import DAY, NOW, PLATFORM, ROOT, ROOTS, TOMORROW, WINDOW, files, make_trust_list, sign_payload, signer
from tests.raising import raises
from tests.wallets import content

CODE = "overlapping-windows"
SENTENCE = "windows of one binding kind overlap without the same beginning and end; make them alike"
ALL = ANY_BINDING
FROM, TO = WINDOW.valid_from, WINDOW.expires


def window(valid_from: int, expires: int, bindings: int = ALL, number: int = 90) -> Window:
    return Window(number.to_bytes(4, "big"), signer(number).public_key, valid_from, expires, 4**10, bindings, b"doc0")


def by_kid(*windows: Window) -> list[Window]:
    return sorted(windows, key=lambda each: each.kid)


def payload_of(*windows: Window) -> bytes:
    """A list with these windows, written past the checks of whoever drafts."""
    content = cbor.decode(encode_trust_list(make_trust_list(version=2, windows=())))
    assert isinstance(content, dict)
    content[6] = [each.values() for each in by_kid(*windows)]
    content[12] = [[PLATFORM, [each.kid for each in by_kid(*windows)], []]]
    return cbor.encode(content)


# Beside WINDOW, which runs from FROM to TO.
REFUSED = {
    "ends a second earlier": window(FROM, TO - 1),
    "ends a second later": window(FROM, TO + 1),
    "begins a second earlier": window(FROM - 1, TO),
    "begins a second later": window(FROM + 1, TO),
    "the last second": window(TO - 1, TO + DAY),
    "the first second": window(FROM - DAY, FROM + 1),
    "within": window(FROM + 60, TO - 60),
    "around": window(FROM - 60, TO + 60),
    "only for phones": window(FROM, TO + 1, Binding.DEVICE),
    "only for paper": window(FROM, TO + 1, Binding.DOCUMENT),
    "only for relatives": window(FROM, TO + 1, Binding.BOTH),
}
TAKEN = {
    "the same bounds": window(FROM, TO),
    "the same bounds, another kind": window(FROM, TO, Binding.DEVICE),
    "begins where it ends": window(TO, TO + 5),
    "begins a second after": window(TO + 1, TO + DAY),
    "ends where it begins": window(FROM - 5, FROM),
    "ends a second before": window(FROM - DAY, FROM - 1),
}


@pytest.mark.parametrize("other", REFUSED.values(), ids=REFUSED)
def test_every_reader_refuses(tmp_path: Path, other: Window) -> None:
    first, data = sign_payload(encode_trust_list(make_trust_list())), sign_payload(payload_of(WINDOW, other))
    store, wallet = TrustStore.open(tmp_path, roots=ROOTS), Wallet(ROOTS)
    store.update_trust_list(first, now=NOW)
    wallet.update_trust_list(first, now=NOW)
    before = files(tmp_path), content(wallet)
    for read in (
        lambda: store.update_trust_list(data, now=NOW),
        lambda: wallet.update_trust_list(data, now=NOW),
        lambda: open_trust_list(data, ROOTS),
        lambda: parse_trust_list(payload_of(WINDOW, other)),
        lambda: parse_hand_in(cbor.encode([1, PLATFORM, [each.values() for each in by_kid(WINDOW, other)], []])),
    ):
        with raises(FormatError, CODE, SENTENCE):
            read()
    assert (files(tmp_path), content(wallet)) == before
    assert store.trust_list is not None
    assert store.trust_list.version == 1


@pytest.mark.parametrize("other", REFUSED.values(), ids=REFUSED)
def test_whoever_drafts_signs_or_hands_in_is_refused(other: Window) -> None:
    payload = payload_of(WINDOW, other)
    signature = ROOT.public_key + sign_payload(payload)[-64:]
    for make in (
        lambda: TrustListBuilder(ROOTS).add_windows([WINDOW, other]).build(now=NOW),
        lambda: TrustListBuilder(ROOTS, make_trust_list()).add_windows([other]).build(now=NOW),
        lambda: encode_hand_in(PLATFORM, [WINDOW, other]),
        lambda: sign(payload, ROOT),
        lambda: combine(payload, [signature], ROOTS),
    ):
        with raises(FormatError, CODE, SENTENCE):
            make()


@pytest.mark.parametrize("other", TAKEN.values(), ids=TAKEN)
def test_what_is_no_mark_is_taken(other: Window) -> None:
    payload = payload_of(WINDOW, other)
    assert set(open_trust_list(sign_payload(payload), ROOTS).windows.values()) == {WINDOW, other}
    wallet = Wallet(ROOTS)
    wallet.update_trust_list(sign_payload(payload), now=NOW)
    assert set(parse_hand_in(encode_hand_in(PLATFORM, [WINDOW, other])).windows) == {WINDOW, other}


def test_kinds_that_no_pass_shares_have_periods_of_their_own() -> None:
    phones, cards = (
        window(FROM, TO, Binding.DEVICE | Binding.BOTH, 91),
        window(FROM, FROM + 14 * DAY, Binding.DOCUMENT, 92),
    )
    data = sign_payload(payload_of(phones, cards))
    assert set(open_trust_list(data, ROOTS).windows.values()) == {phones, cards}


def test_the_windows_of_two_regions_that_issue_for_themselves() -> None:
    """One list for all of them, so one calendar: a region whose day begins at another second is refused."""
    roots = RootSet(1, (ROOT.public_key,))
    north = [window(FROM + n * DAY, TO + n * DAY, number=100 + n) for n in range(5)]
    for shift, code in ((-1, CODE), (0, None), (1, CODE)):
        south = [window(FROM + n * DAY + shift, TO + n * DAY + shift, number=200 + n) for n in range(5)]
        builder = TrustListBuilder(roots).add_windows(north, platform="north").add_windows(south, platform="south")
        if code is None:
            assert len(builder.build(now=NOW).windows) == 10
            continue
        with raises(FormatError, code, SENTENCE):
            builder.build(now=NOW)


def test_the_order_of_the_windows_does_not_matter() -> None:
    three = [WINDOW, TOMORROW, window(TOMORROW.expires - 1, TOMORROW.expires + DAY)]
    for windows in permutations(three):
        with raises(FormatError, CODE, SENTENCE):
            check_periods(windows)


# ---- What others ask a list for ------------------------------------------------------------------------------------

OF_PHONES = window(TO + DAY, TO + 2 * DAY, Binding.DEVICE, 93)
LISTED = make_trust_list(
    windows=[WINDOW, TOMORROW, window(FROM, TO), OF_PHONES, window(FROM, TO, Binding.DEVICE, 94)],
    platforms=[
        Platform(PLATFORM, (WINDOW.kid, TOMORROW.kid, OF_PHONES.kid, window(FROM, TO).kid)),
        Platform("north", (window(FROM, TO, Binding.DEVICE, 94).kid,)),
    ],
)


def test_the_windows_of_a_platform() -> None:
    assert [each.kid for each in of_platform(LISTED, PLATFORM)] == [
        *sorted((WINDOW.kid, window(FROM, TO).kid)),
        TOMORROW.kid,
        OF_PHONES.kid,
    ]
    assert of_platform(LISTED, "nobody") == []


@pytest.mark.parametrize("binding", [Binding.DEVICE, Binding.DOCUMENT, Binding.BOTH])
def test_the_periods_that_take_a_binding(binding: Binding) -> None:
    bounds = [(FROM, TO), (TO, TO + DAY), *([(TO + DAY, TO + 2 * DAY)] if binding == Binding.DEVICE else [])]
    assert periods_for(LISTED, PLATFORM, binding, NOW) == bounds
    assert periods_for(LISTED, PLATFORM, binding, TO - 1) == bounds
    assert periods_for(LISTED, PLATFORM, binding, TO) == bounds[1:]
    assert periods_for(LISTED, "north", binding, NOW) == bounds[: binding == Binding.DEVICE]
    assert periods_for(LISTED, "nobody", binding, NOW) == []


def test_the_windows_of_a_period() -> None:
    both = sorted((WINDOW.kid, window(FROM, TO).kid))
    assert [each.kid for each in windows_of(LISTED, PLATFORM, Binding.BOTH, FROM, TO)] == both
    assert windows_of(LISTED, PLATFORM, Binding.BOTH, TO + DAY, TO + 2 * DAY) == []
    assert windows_of(LISTED, PLATFORM, Binding.DEVICE, TO + DAY, TO + 2 * DAY) == [OF_PHONES]
    for valid_from, expires in ((FROM + 1, TO), (FROM, TO - 1), (FROM - 1, TO)):
        assert windows_of(LISTED, PLATFORM, Binding.DEVICE, valid_from, expires) == []


SPANS = st.tuples(st.integers(0, 9), st.integers(1, 9), st.integers(1, ALL))


@given(st.lists(SPANS, max_size=6))
def test_like_comparing_each_with_each(spans: list[tuple[int, int, int]]) -> None:
    windows = [window(NOW + a, NOW + a + length, kinds) for a, length, kinds in spans]
    wrong = any(
        one.bindings & other.bindings
        and one.valid_from < other.expires
        and other.valid_from < one.expires
        and (one.valid_from, one.expires) != (other.valid_from, other.expires)
        for one in windows
        for other in windows
    )
    with raises(FormatError, CODE, SENTENCE) if wrong else nullcontext():
        check_periods(windows)
