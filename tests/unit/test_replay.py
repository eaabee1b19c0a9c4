"""The replay memory is small, forgets, holds nobody's claim in the clear, and never lets one showing pass twice."""

from __future__ import annotations

import gc
import threading

import pytest

from healthpass import RefusalCode, Refused
from healthpass.formats.claim import BOTH, DOCUMENT
from healthpass.formats.text import encode_text
from healthpass.verifier import Verifier
from healthpass.verifier.replay import ReplayMemory
from tests.making import (
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
)

UNTIL = NOW + 75
"""When a showing of `NOW` stops being fresh."""


def accept(verifier: Verifier, slot: int, iat: int = NOW, now: int | None = None) -> None:
    assert verifier.verify(show(make_claim(slot), iat), now=iat if now is None else now).colors


def test_a_full_memory_refuses_until_it_may_forget() -> None:
    verifier = make_verifier(replay_capacity=3)
    for slot in range(3):
        accept(verifier, slot)
    assert_refused(verifier, show(make_claim(3), NOW + 60), RefusalCode.REPLAYED, now=UNTIL - 1)
    assert remembered(verifier) == 3
    accept(verifier, 3, NOW + 60, UNTIL)
    assert remembered(verifier) == 1


def test_a_full_memory_has_room_for_as_many_as_it_forgets() -> None:
    verifier = make_verifier(replay_capacity=2)
    accept(verifier, 0)
    accept(verifier, 1, NOW + 60)
    accept(verifier, 2, NOW + 60, UNTIL)
    assert remembered(verifier) == 2
    assert_refused(verifier, show(make_claim(1), NOW + 60), RefusalCode.REPLAYED, now=UNTIL)


def test_a_memory_for_one() -> None:
    verifier = make_verifier(replay_capacity=1)
    accept(verifier, 0)
    assert_refused(verifier, show(make_claim()), RefusalCode.REPLAYED)


def test_never_more_than_its_capacity() -> None:
    verifier = make_verifier(replay_capacity=4)
    for slot in range(40):
        accept(verifier, slot, NOW + 30 * slot)
        assert remembered(verifier) <= 4


def test_a_group_needs_room_for_all_of_it() -> None:
    verifier = make_verifier(replay_capacity=3)
    accept(verifier, 9)
    assert_refused(verifier, show(family(range(3))), RefusalCode.REPLAYED)
    assert remembered(verifier) == 1
    assert verifier.verify(show(family(range(2))), now=NOW).colors


def test_a_group_larger_than_the_memory_is_refused() -> None:
    assert_refused(make_verifier(replay_capacity=2), show(family(range(3))), RefusalCode.REPLAYED)


def test_forgets_when_the_showing_could_not_be_fresh_any_more() -> None:
    """A later showing of the same claim is refused while the first could be fresh, and taken afterwards."""
    verifier = make_verifier()
    accept(verifier, 1)
    assert_refused(verifier, show(make_claim(), NOW + 60), RefusalCode.REPLAYED, now=UNTIL - 1)
    accept(verifier, 1, NOW + 60, UNTIL)
    assert_refused(verifier, show(make_claim(), NOW + 120), RefusalCode.REPLAYED, now=NOW + 134)


def test_a_replay_at_every_second_is_refused() -> None:
    verifier = make_verifier()
    accept(verifier, 1, NOW, NOW - 60)
    for now in range(NOW - 60, UNTIL):
        assert_refused(verifier, show(make_claim()), RefusalCode.REPLAYED, now=now)
    assert_refused(verifier, show(make_claim()), RefusalCode.PRESENTATION_STALE, now=UNTIL)


def test_a_clock_that_goes_back_makes_nothing_new() -> None:
    verifier = make_verifier()
    accept(verifier, 1, NOW, NOW + 74)
    assert_refused(verifier, show(make_claim()), RefusalCode.REPLAYED, now=NOW - 60)
    accept(verifier, 2, NOW, NOW - 60)


def test_all_of_a_group_or_none() -> None:
    verifier = make_verifier()
    claims = family(range(4))
    assert verifier.verify(show(claims[2]), now=NOW).colors
    assert_refused(verifier, show(claims), RefusalCode.REPLAYED, 2)
    for n in (0, 1, 3):
        assert verifier.verify(show(claims[n]), now=NOW).colors
    assert_refused(verifier, show([claims[3], claims[0]]), RefusalCode.REPLAYED, 0)


def test_each_member_of_a_group_is_remembered() -> None:
    verifier = make_verifier()
    claims = family(range(8))
    assert verifier.verify(show(claims), now=NOW).colors
    assert remembered(verifier) == 8
    for claim in claims:
        assert_refused(verifier, show(claim), RefusalCode.REPLAYED)


def test_paper_is_not_remembered() -> None:
    """A card is shown again and again: it has no showing of its own."""
    verifier = make_verifier()
    text = encode_text(make_claim(binding=DOCUMENT))
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
    assert verifier.verify(show([make_claim(slot, BOTH) for slot in slots]), now=NOW).colors
    kept = reachable(verifier._replay)
    assert len(kept) > 2
    numbers = [n.to_bytes(4, "big") for n in slots] + [str(n).encode() for n in slots]
    for secret in [WINDOW.kid, HOLDER.public_key, HOLDER.public_key[:8], *numbers]:
        assert not any(secret in each for each in kept)


def test_two_scanners_remember_the_same_claim_differently() -> None:
    memories = [ReplayMemory(), ReplayMemory()]
    for memory in memories:
        memory.remember([b"kid0slot"], UNTIL, NOW)
    first, second = (set(reachable(memory._until)) for memory in memories)
    assert not {each for each in first & second if len(each) == 16}


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
    assert remembered(verifier) == 3


@pytest.mark.parametrize("capacity", [0, -1])
def test_a_memory_has_room_for_something(capacity: int) -> None:
    with pytest.raises(ValueError, match=r"^a replay memory needs a capacity of at least 1$"):
        ReplayMemory(capacity)


def test_a_clock_that_was_ahead_for_a_while_does_not_let_a_showing_in_twice() -> None:
    """What was forgotten while the clock was wrong is refused once it is right again, seen before or not."""
    memory = ReplayMemory(2)
    memory.remember([b"claim 01"], NOW + 75, NOW)
    memory.remember([b"claim 02"], NOW + 75, NOW)
    memory.remember([b"claim 03"], NOW + 675, NOW + 600)
    for claim in (b"claim 01", b"claim 04"):
        with pytest.raises(Refused) as caught:
            memory.remember([claim], NOW + 75, NOW + 5)
        assert caught.value.code is RefusalCode.REPLAYED
    memory.remember([b"claim 04"], NOW + 676, NOW + 601)
