"""Scanning in several threads while another one updates: no pass is ever judged by half of an update."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle, islice
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from healthpass import RefusalCode, Refused
from healthpass.formats.claim import Binding
from healthpass.formats.text import encode_text
from healthpass.verifier import TrustStore, Verifier
from tests.making import NOW, WINDOW, make_claim, sign_trust_list
from tests.revoking import give, lenient, lenient_list, make_delta, make_snapshot, revoking_store

MANY = range(0, 20_000, 2)
"""Revoked before the first thread starts; so many that the filter is a mapped file."""
STEPS = 24
ONE_BY_ONE = range(1, 2 * STEPS, 2)
"""What the updates revoke, one slot each."""
NEVER = (20_001, 20_003)
SCANS = 240
TEXTS = {slot: encode_text(make_claim(slot, Binding.DOCUMENT)) for slot in (0, 2, 19_998, *ONE_BY_ONE, *NEVER)}


@pytest.fixture(autouse=True)
def restless() -> Iterator[None]:
    """Threads take turns after 10 microseconds instead of 5 milliseconds."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(before)


def updates(out: Path) -> list[Callable[[TrustStore], None]]:
    """A delta with each slot; each fourth update is a snapshot instead, and in between comes a trust list."""
    made: list[Callable[[TrustStore], None]] = []
    base, since = 1, 0
    for number in range(1, STEPS + 1):
        version = number + 1
        if number % 4:
            delta = make_delta(version, {WINDOW: ONE_BY_ONE[since:number]}, base)
            made.append(lambda store, delta=delta: store.update_revocation(delta, now=NOW))  # type: ignore[misc]
        else:
            snapshot, pieces = make_snapshot(version, {WINDOW: [*MANY, *ONE_BY_ONE[:number]]})
            for digest, data in pieces.items():
                (out / f"{digest}.filter").write_bytes(data)
            made.append(lambda store, data=snapshot: store.update_revocation(data, now=NOW, fetch=out))  # type: ignore[misc]
            base, since = version, number
        if number % 10 == 5:
            listed = sign_trust_list(lenient_list(version))
            made.append(lambda store, data=listed: store.update_trust_list(data, now=NOW))  # type: ignore[misc]
    return made


def judged(verifier: Verifier, slot: int) -> str:
    try:
        return "accepted" if verifier.verify(TEXTS[slot], now=NOW).stale == 0 else "stale"
    except Refused as refused:
        return refused.code.name


def scan(verifier: Verifier, start: threading.Barrier, offset: int) -> dict[int, list[str]]:
    """What one thread was told of each slot, in order."""
    told: dict[int, list[str]] = {slot: [] for slot in TEXTS}
    start.wait()
    for slot in islice(cycle(TEXTS), offset, offset + SCANS):
        told[slot].append(judged(verifier, slot))
    return told


@pytest.mark.parametrize("programs", [1, 2])
def test_scanning_while_another_thread_updates(programs: int, tmp_path: Path) -> None:
    """With two stores on one folder, the updates go to either in turn, and each learns of the other's."""
    out = tmp_path / "out"
    out.mkdir()
    stores = [revoking_store(tmp_path / "scanner", lenient_list()) for _ in range(programs)]
    give(stores[0], make_snapshot(1, {WINDOW: MANY}))
    stores = [stores[0], *(revoking_store(tmp_path / "scanner", lenient_list()) for _ in stores[1:])]
    steps = updates(out)
    start = threading.Barrier(4)

    def update() -> None:
        start.wait()
        for step, store in zip(steps, cycle(stores), strict=False):
            step(store)

    verifiers = [lenient(store) for _, store in zip(range(3), cycle(stores), strict=False)]
    with ThreadPoolExecutor(4) as pool:
        updating = pool.submit(update)
        scanning = [pool.submit(scan, each, start, 7 * n) for n, each in enumerate(verifiers)]
        updating.result()
        told = [each.result() for each in scanning]
    for each in told:
        for slot, answers in each.items():
            if slot in MANY:
                assert set(answers) == {RefusalCode.REVOKED.name}
            elif slot in NEVER:
                assert set(answers) == {"accepted"}
            else:  # revoked at some time, and from then on
                accepted = answers.count("accepted")
                assert answers == ["accepted"] * accepted + ["REVOKED"] * (len(answers) - accepted)
    for store in (*stores[-1:], revoking_store(tmp_path / "scanner", lenient_list(16))):
        last = lenient(store)
        assert [judged(last, slot) for slot in ONE_BY_ONE] == ["REVOKED"] * STEPS
        assert [judged(last, slot) for slot in NEVER] == ["accepted"] * 2


def at_each_step(update: Callable[[], None], look: Callable[[], None]) -> int:
    """Look at the stores before each instruction of theirs that the update runs: what any other thread could see."""
    steps = 0

    def trace(frame: FrameType, event: str, argument: object) -> Any:
        nonlocal steps
        if not frame.f_code.co_filename.endswith(("revocation_state.py", "trust_store.py", "keeping.py")):
            return None
        frame.f_trace_opcodes = True
        steps += 1
        look()
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        update()
    finally:
        sys.settrace(before)
    return steps


def test_what_is_seen_at_each_step_of_an_update(tmp_path: Path) -> None:
    """The same as by threads, but at every moment there is: the old state or the new one, and no other."""
    store = revoking_store(tmp_path / "scanner", lenient_list())
    give(store, make_snapshot(1, {WINDOW: [0]}))
    verifier = lenient(store)
    listed = sign_trust_list(lenient_list(2))

    def other() -> TrustStore:
        return revoking_store(tmp_path / "scanner", lenient_list(2))

    kinds: list[Callable[[], None]] = [
        lambda: store.update_revocation(make_delta(2, {WINDOW: [1]}), now=NOW),
        lambda: give(store, make_snapshot(3, {WINDOW: [0, 1, 3]})),
        lambda: store.update_trust_list(listed, now=NOW),
        lambda: store.update_revocation(make_delta(4, {WINDOW: [5]}, 3), now=NOW),
        lambda: other().update_revocation(make_delta(5, {WINDOW: [5, 7]}, 3), now=NOW),
        lambda: store.update_revocation(make_delta(6, {WINDOW: [5, 7, 9]}, 3), now=NOW),  # after the other program's
    ]
    told: list[tuple[str, ...]] = []
    for update in kinds:
        assert at_each_step(update, lambda: told.append(tuple(judged(verifier, n) for n in (0, 1, 3, 5, 7, 9)))) > 50
    revoked = [answer.count("REVOKED") for answer in told]
    assert revoked == sorted(revoked)
    assert set(told) == {("REVOKED",) * n + ("accepted",) * (6 - n) for n in range(1, 7)}
