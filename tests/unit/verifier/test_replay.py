"""The replay memory is small, forgets, holds nobody's claim in the clear, and never lets one showing pass twice."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable

import pytest

from healthpass import RefusalCode, Refused
from healthpass.formats.claim import Binding
from healthpass.formats.text import encode_text
from healthpass.verifier import Verifier
from healthpass.verifier.replay import ReplayMemory, room_for
from tests.making import (
    DAY,
    HOLDER,
    NONCE,
    NOW,
    OTHER_PLACE,
    PLACE,
    STRANGER,
    WINDOW,
    assert_refused,
    family,
    make_claim,
    make_store,
    make_verifier,
    remembered,
    show,
    show_own,
)

UNTIL = NOW + 75
"""When a showing of `NOW` stops being fresh."""
HOUR = 3600
UNKNOWN = RefusalCode.REPLAY_UNKNOWN


def accept(verifier: Verifier, slot: int, iat: int = NOW, now: int | None = None) -> None:
    assert verifier.verify(show_own(slot, iat), now=iat if now is None else now).colors


def test_a_full_memory_refuses_until_it_may_forget() -> None:
    verifier = make_verifier(replay_capacity=3)
    for slot in range(3):
        accept(verifier, slot)
    assert_refused(verifier, show_own(3, NOW + 60), UNKNOWN, now=UNTIL - 1)
    assert_refused(verifier, show_own(3, NOW + 60, nonce=NONCE), UNKNOWN, now=UNTIL - 1, nonce=NONCE)
    assert_refused(verifier, show_own(2), RefusalCode.REPLAYED, now=UNTIL - 1)
    assert remembered(verifier) == 3
    accept(verifier, 3, NOW + 60, UNTIL)
    assert remembered(verifier) == 1


def test_a_full_memory_has_room_for_as_many_as_it_forgets() -> None:
    verifier = make_verifier(replay_capacity=2)
    accept(verifier, 0)
    accept(verifier, 1, NOW + 60)
    accept(verifier, 2, NOW + 60, UNTIL)
    assert remembered(verifier) == 2
    with pytest.raises(Refused) as caught:
        verifier.verify(show_own(1, NOW + 60), now=UNTIL)
    assert caught.value.code is RefusalCode.REPLAYED


def test_a_memory_for_one() -> None:
    verifier = make_verifier(replay_capacity=1)
    accept(verifier, 0)
    assert_refused(verifier, show_own(0), RefusalCode.REPLAYED)
    assert_refused(verifier, show_own(1), UNKNOWN)


def test_never_more_than_its_capacity() -> None:
    verifier = make_verifier(replay_capacity=4)
    for slot in range(40):
        accept(verifier, slot, NOW + 30 * slot)
        assert remembered(verifier) <= 4


@pytest.mark.parametrize(("skew", "room"), [(0, 450), (60, 4050), (3600, 216_450)])
def test_by_default_there_is_room_for_the_fastest_gate(skew: int, room: int) -> None:
    assert room_for(skew) == room
    memory = Verifier(make_store(), skew=skew)._replay
    assert isinstance(memory, ReplayMemory)
    assert memory._capacity == room


def test_one_family_phone_takes_one_place() -> None:
    """However many people it shows: nobody fills the memory of a gate with one phone."""
    verifier = make_verifier(replay_capacity=2)
    assert verifier.verify(show(family(range(8))), now=NOW).colors
    assert remembered(verifier) == 1
    for again in (family(range(8)), family(range(3, 5)), make_claim(7)):
        assert_refused(verifier, show(again), RefusalCode.REPLAYED)
    accept(verifier, 9)


def test_forgets_when_the_showing_could_not_be_fresh_any_more() -> None:
    """A later showing of the same claim is refused while the first could be fresh, and taken afterwards."""
    verifier = make_verifier()
    accept(verifier, 1)
    assert_refused(verifier, show_own(1, NOW + 60), RefusalCode.REPLAYED, now=UNTIL - 1)
    accept(verifier, 1, NOW + 60, UNTIL)
    assert_refused(verifier, show_own(1, NOW + 120), RefusalCode.REPLAYED, now=NOW + 134)


@pytest.mark.parametrize("call", ["another", "refused", "paper", "no pass", "policy", "forget"])
def test_what_is_no_longer_fresh_is_forgotten_at_the_next_call_of_any_kind(call: str) -> None:
    verifier = make_verifier()
    accept(verifier, 1)
    accept(verifier, 2, NOW + 30)
    calls: dict[str, Callable[[], object]] = {
        "another": lambda: accept(verifier, 3, NOW + 60, UNTIL),
        "refused": lambda: refused(verifier, show_own(3, NOW - 600), UNTIL, RefusalCode.PRESENTATION_STALE),
        "paper": lambda: verifier.verify(encode_text(make_claim(binding=Binding.DOCUMENT)), now=UNTIL),
        "no pass": lambda: refused(verifier, "nothing", UNTIL, RefusalCode.NOT_A_PASS),
        "policy": lambda: verifier.policy(now=UNTIL),
        "forget": lambda: verifier.forget(UNTIL),
    }
    calls[call]()
    assert remembered(verifier) == (2 if call == "another" else 1)
    assert_refused(verifier, show_own(2, NOW + 30), RefusalCode.REPLAYED, now=UNTIL)
    verifier.forget(NOW + 135)
    assert remembered(verifier) == 0


def test_not_a_second_before() -> None:
    verifier = make_verifier()
    accept(verifier, 1)
    verifier.forget(UNTIL - 1)
    assert remembered(verifier) == 1


def refused(verifier: Verifier, text: str, now: int, code: RefusalCode) -> None:
    with pytest.raises(Refused) as caught:
        verifier.verify(text, now=now)
    assert caught.value.code is code


def test_a_replay_at_every_second_is_refused() -> None:
    verifier = make_verifier()
    accept(verifier, 1, NOW, NOW - 60)
    for now in range(NOW - 60, UNTIL):
        assert_refused(verifier, show_own(1), RefusalCode.REPLAYED, now=now)
    verifier.forget(UNTIL)
    assert_refused(verifier, show_own(1), RefusalCode.PRESENTATION_STALE, now=UNTIL)


def test_a_clock_that_goes_back_makes_nothing_new() -> None:
    verifier = make_verifier()
    accept(verifier, 1, NOW, NOW + 74)
    assert_refused(verifier, show_own(1), RefusalCode.REPLAYED, now=NOW - 60)
    accept(verifier, 2, NOW, NOW - 60)


@pytest.mark.parametrize("ahead", [UNTIL, NOW + 600, NOW + HOUR, NOW + HOUR + 61, NOW + 30 * DAY])
def test_a_clock_that_was_ahead_for_a_while_does_not_let_a_showing_in_twice(ahead: int) -> None:
    """What was forgotten while the clock was wrong is refused once it is right again, seen before or not."""
    verifier = make_verifier()
    accept(verifier, 1)
    verifier.forget(ahead)
    assert remembered(verifier) == 0
    for slot in (1, 2):
        assert_refused(verifier, show_own(slot), UNKNOWN, now=NOW + 5)
    accept(verifier, 2, NOW + 75, NOW + 75)


def test_a_clock_that_was_wrong_when_the_scanner_started_is_not_believed() -> None:
    """A scanner without a battery restarts in 1970: that it has seen nothing since then says nothing."""
    verifier = make_verifier(since=1000)
    verifier.forget(1010)
    assert_refused(verifier, show_own(1), UNKNOWN, now=NOW)
    assert_refused(verifier, show_own(2, NOW + 45), UNKNOWN, now=NOW + 74)
    accept(verifier, 3, NOW + 60)


@pytest.mark.parametrize(("step", "known"), [(HOUR, True), (HOUR + 1, False)])
def test_an_hour_ahead_begins_anew(step: int, known: bool) -> None:
    verifier = make_verifier(since=NOW - step)
    if known:
        accept(verifier, 1)
    else:
        assert_refused(verifier, show_own(1), UNKNOWN)


def test_an_idle_gate_that_says_so_is_ready_at_once() -> None:
    verifier = make_verifier(since=NOW - 2 * HOUR)
    for now in range(NOW - 2 * HOUR, NOW, 60):
        verifier.forget(now)
    accept(verifier, 1)


@pytest.mark.parametrize(("back", "kept"), [(HOUR, True), (HOUR + 1, False)])
def test_an_hour_back_begins_anew(back: int, kept: bool) -> None:
    verifier = make_verifier()
    later = NOW + 2 * HOUR
    accept(verifier, 1, later)
    verifier.forget(later - back)
    assert remembered(verifier) == kept
    text = show_own(2, later - HOUR - 15)
    if kept:
        assert verifier.verify(text, now=later - back).colors
    else:
        assert_refused(verifier, text, UNKNOWN, now=later - back)


def test_since_counts_to_the_second() -> None:
    """The first second at which it could be accepted, iat - 60, must not be before the memory's first."""
    assert_refused(make_verifier(since=NOW - 59), show_own(1), UNKNOWN)
    accept(make_verifier(since=NOW - 60), 1)


def test_an_answer_to_a_nonce_cannot_be_from_before() -> None:
    verifier = make_verifier(since=NOW)
    text = show_own(1, nonce=NONCE)
    assert verifier.verify(text, now=NOW, nonce=NONCE).colors
    assert_refused(verifier, text, RefusalCode.REPLAYED, nonce=NONCE)


def test_paper_is_not_remembered() -> None:
    """A card is shown again and again: it has no showing of its own."""
    verifier = make_verifier()
    text = encode_text(make_claim(binding=Binding.DOCUMENT))
    assert verifier.verify(text, now=NOW) == verifier.verify(text, now=NOW)
    assert remembered(verifier) == 0


@pytest.mark.parametrize("step", ["place", "nonce", "signature", "time"])
def test_what_was_refused_before_the_last_step_can_be_shown_again(step: str) -> None:
    verifier = make_verifier(audience=PLACE)
    claim = make_claim()
    if step == "place":
        assert_refused(verifier, show(claim, audience=OTHER_PLACE), RefusalCode.WRONG_AUDIENCE)
    elif step == "nonce":
        assert_refused(verifier, show(claim, audience=PLACE), RefusalCode.WRONG_NONCE, nonce=NONCE)
    elif step == "signature":
        wrong = show(claim, audience=PLACE, holder=STRANGER)
        assert_refused(verifier, wrong, RefusalCode.BAD_HOLDER_SIGNATURE)
    else:
        early = show(claim, NOW + 75, audience=PLACE)
        assert_refused(verifier, early, RefusalCode.PRESENTATION_FROM_FUTURE)
    assert verifier.verify(show(claim, audience=PLACE), now=NOW).colors


def test_each_scanner_remembers_for_itself() -> None:
    here, there = Verifier(make_store(), audience=PLACE), Verifier(make_store(), audience=OTHER_PLACE)
    text = show(make_claim(), audience=PLACE)
    assert here.verify(text, now=NOW).colors
    assert_refused(there, text, RefusalCode.WRONG_AUDIENCE)
    assert there.verify(show(make_claim(), audience=OTHER_PLACE), now=NOW).colors


def reachable(start: object) -> list[bytes]:
    """Every byte string, and every text as bytes, that hangs on an object."""
    seen: dict[int, object] = {}
    todo = [start]
    while todo:
        each = todo.pop()
        if id(each) in seen or isinstance(each, type) or callable(each):
            continue
        seen[id(each)] = each
        todo += gc.get_referents(each)
    found = [each for each in seen.values() if isinstance(each, bytes)]
    return found + [str(each).encode() for each in seen.values() if isinstance(each, (str, int))]


def test_nothing_of_a_claim_is_in_the_memory() -> None:
    verifier = make_verifier()
    slots = [0x0A0B0C, 0x0D0E0F]
    assert verifier.verify(show([make_claim(slot, Binding.BOTH) for slot in slots]), now=NOW).colors
    kept = reachable(verifier._replay)
    assert len(kept) > 2
    numbers = [n.to_bytes(4, "big") for n in slots] + [str(n).encode() for n in slots]
    for secret in [WINDOW.kid, HOLDER.public_key, HOLDER.public_key[:8], *numbers]:
        assert not any(secret in each for each in kept)


def test_two_scanners_remember_the_same_claim_differently() -> None:
    memories = [ReplayMemory(), ReplayMemory()]
    for memory in memories:
        memory.remember(bytes(32), until=UNTIL, now=NOW, earliest=NOW - 60)
    first, second = (set(reachable(memory._until)) for memory in memories)
    assert not {each for each in first & second if len(each) == 16}


def test_nothing_is_left_in_memory_of_what_is_over() -> None:
    verifier = make_verifier()
    accept(verifier, 1)
    (digest,) = (each for each in reachable(verifier._replay) if len(each) == 16)
    verifier.forget(UNTIL)
    assert digest not in reachable(verifier._replay)


def test_of_several_threads_with_the_same_text_one_is_let_in() -> None:
    verifier = make_verifier()
    text = show(family(range(3)))
    barrier = threading.Barrier(8)
    answers: list[str] = []

    def scan() -> None:
        barrier.wait()
        for _ in range(20):
            try:
                verifier.verify(text, now=NOW)
            except Refused as refusal:
                answers.append(refusal.code.name)
            else:
                answers.append("accepted")

    threads = [threading.Thread(target=scan) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == ["REPLAYED"] * 159 + ["accepted"]
    assert remembered(verifier) == 1


@pytest.mark.parametrize("capacity", [0, -1])
def test_a_memory_has_room_for_something(capacity: int) -> None:
    with pytest.raises(ValueError, match=r"^a replay memory needs a capacity of at least 1$"):
        ReplayMemory(capacity)
