"""What a scanner decides by its clock."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from healthpass.formats.claim import Binding, parse_claim
from healthpass.formats.place import PlaceClass
from healthpass.formats.revocation.messages import Snapshot
from healthpass.formats.text import encode_text
from healthpass.trust.updates import CLOCK_SKEW, Floor, stands
from healthpass.verifier import Verifier
from healthpass.verifier.replay import AWAY, ReplayMemory
from healthpass.verifier.replay_file import LONGEST
from healthpass.verifier.replay_shared import SharedReplayMemory
from healthpass.verifier.revocation_stream import Stream
from healthpass.verifier.steps import MAX_AGE
from tests.clocks.holding import holds, outcome
from tests.making import (
    DAY,
    NOW,
    TOMORROW,
    WINDOW,
    make_claim,
    make_store,
    make_trust_list,
    make_verifier,
    show,
    sign_claim,
)
from tests.placing import make_area_table, make_place, placed_list, placed_store
from tests.revoking import REVOKER, give, make_snapshot
from tests.sharing import memory_folder, shared, shown

VERIFIER, STEPS = "verifier/verifier.py", "verifier/steps.py"


@holds(STEPS, "check_issuer", "now < window.valid_from - skew", gives=("ISSUER_KEY_NOT_VALID", "taken", "taken"))
def _(second: int) -> object:
    text = show(make_claim(), iat=WINDOW.valid_from)
    verifier = make_verifier(make_trust_list(issued=WINDOW.valid_from - DAY))
    return outcome(lambda: verifier.verify(text, now=WINDOW.valid_from - 60 + second))


@holds(
    "formats/window.py",
    "Window.takes",
    "claim.exp == self.expires",
    gives=("ISSUER_NOT_ALLOWED", "taken", "ISSUER_NOT_ALLOWED"),
)
def _(second: int) -> object:
    claim = parse_claim(make_claim(binding=Binding.DOCUMENT))
    claim.exp += second
    return outcome(lambda: make_verifier().verify(encode_text(sign_claim(claim)), now=NOW))


@holds(VERIFIER, "Verifier._verdict", "time >= window.expires + self._skew", gives=("taken", "EXPIRED", "EXPIRED"))
def _(second: int) -> object:
    paper = encode_text(make_claim(binding=Binding.DOCUMENT))
    return outcome(lambda: make_verifier().verify(paper, now=WINDOW.expires + 60 + second))


@holds(
    STEPS,
    "check_age",
    "now >= shown.iat + MAX_AGE + skew",
    gives=("taken", "PRESENTATION_STALE", "PRESENTATION_STALE"),
)
def _(second: int) -> object:
    text = show(make_claim(), iat=NOW)
    return outcome(lambda: make_verifier().verify(text, now=NOW + MAX_AGE + 60 + second))


@holds(
    STEPS,
    "check_age",
    "now < shown.iat - skew",
    gives=("PRESENTATION_FROM_FUTURE", "taken", "taken"),
)
def _(second: int) -> object:
    text = show(make_claim(), iat=NOW + 60)
    return outcome(lambda: make_verifier().verify(text, now=NOW + second))


@holds("verifier/excuses.py", "is_excused", "now > trust_list.issued + DAY", gives=("REFUSE", "REFUSE", "ASSIST"))
def _(second: int) -> object:
    verifier = make_verifier(make_trust_list(issued=NOW, windows=[TOMORROW]))
    return verifier.decide(show(make_claim()), now=NOW + DAY + second).decision.name


@holds(
    "verifier/excuses.py",
    "is_excused",
    "now < parse(decoded(text))[0][0].exp + DAY",
    gives=("ASSIST", "REFUSE", "REFUSE"),
)
def _(second: int) -> object:
    paper = encode_text(make_claim(binding=Binding.DOCUMENT))
    return make_verifier().decide(paper, now=WINDOW.expires + DAY + second).decision.name


@holds("verifier/recent.py", "_is_recent", "0 <= now - at < SECONDS", gives=(True, False, False))
def _(second: int) -> object:
    verifier = make_verifier()
    verifier.decide("HC1:", now=NOW)
    return verifier.decide("HC1:", now=NOW + 3 + second).repeated


@holds("verifier/recent.py", "_is_recent", "0 <= now - at < SECONDS", gives=(False, True, True))
def _(second: int) -> object:
    verifier = make_verifier()
    verifier.decide("HC1:", now=NOW)
    return verifier.decide("HC1:", now=NOW + second).repeated


@holds(
    "verifier/state.py",
    "State.fresh",
    "now < self.floors.newest_issue - CLOCK_SKEW",
    gives=("TRUST_LIST_EXPIRED", "taken", "taken"),
)
def _(second: int) -> object:
    store = make_store(make_trust_list(issued=NOW))
    return outcome(lambda: store.fresh(NOW - CLOCK_SKEW + second))


@holds("verifier/state.py", "State.area_table", "now >= area[1].expires", gives=(True, False, False))
def _(second: int) -> object:
    store = placed_store(placed_list(), make_area_table(expires=NOW + DAY))
    return store.area_table(NOW + DAY + second) is not None


@holds("trust/updates.py", "stands", "floor.issued >= each.issued", gives=(False, True, True))
def _(second: int) -> object:
    own = Floor(2, NOW + second, "digest")
    return stands(b"one", own, {b"one": own, b"other": Floor(1, NOW, "other")})


@holds(
    "verifier/gate.py",
    "_is_fresh",
    "now < state.floors.newest_revocation - CLOCK_SKEW",
    gives=("ASSIST", "NO_CHECK", "NO_CHECK"),
)
def _(second: int) -> object:
    kids = {REVOKER.public_key: (WINDOW.kid, TOMORROW.kid)}
    store = placed_store(placed_list(revocation_keys=kids), make_area_table(expires=NOW + DAY))
    give(store, make_snapshot(1, issued=NOW + 600), now=NOW + 600)
    gate = Verifier(store, place=make_place(PlaceClass.SCHOOL))
    return gate.decide(None, now=NOW + 600 - CLOCK_SKEW + second).decision.name


@holds("verifier/revocation_stream.py", "Stream.age", "now < newest.issued - CLOCK_SKEW", gives=(None, 0, 0))
def _(second: int) -> object:
    snapshot = Snapshot(1, NOW, NOW + DAY, {})
    return Stream(snapshot, Floor(1, NOW), {}).age(DAY, NOW - CLOCK_SKEW + second)


REPLAY = "verifier/replay.py"


def remember(memory: ReplayMemory, which: int, until: int, now: int, earliest: int | None = None) -> object:
    key = which.to_bytes(32, "big")
    return outcome(lambda: memory.remember(key, until=until, now=now, earliest=earliest))


@holds(REPLAY, "ReplayMemory._see", "now >= self._next", gives=(1, 0, 0))
@holds(REPLAY, "ReplayMemory._see", "end > now", gives=(1, 0, 0))
@holds(REPLAY, "ReplayMemory._see", "end <= now", gives=(1, 0, 0))
@holds(REPLAY, "ReplayMemory._see", "now > self._newest", gives=(1, 0, 0))
def _(second: int) -> object:
    memory = ReplayMemory(2)
    remember(memory, 1, NOW, NOW - 1)
    memory.forget(NOW + second)
    return len(memory)


@holds(REPLAY, "ReplayMemory._see", "now > self._newest + AWAY", gives=("taken", "taken", "REPLAY_UNKNOWN"))
def _(second: int) -> object:
    return remember(ReplayMemory(2, NOW), 1, NOW + DAY, NOW + AWAY + second, NOW + 1)


@holds(REPLAY, "ReplayMemory._see", "now < self._newest - AWAY", gives=(0, 1, 1))
def _(second: int) -> object:
    memory = ReplayMemory(2)
    remember(memory, 1, NOW + 75, NOW)
    memory.forget(NOW - AWAY + second)
    return len(memory)


@holds(REPLAY, "ReplayMemory.remember", "until < self._next", gives=(0, 1, 1))
def _(second: int) -> object:
    memory = ReplayMemory(2)
    remember(memory, 1, NOW, NOW - 60)
    remember(memory, 2, NOW + second, NOW - 60)
    memory.forget(NOW - 1)
    return len(memory) - 1


@holds(REPLAY, "check_can_tell", "until <= lost", gives=("REPLAY_UNKNOWN", "REPLAY_UNKNOWN", "taken"))
def _(second: int) -> object:
    memory = ReplayMemory(1)
    remember(memory, 1, NOW, NOW - 60)
    memory.forget(NOW)
    return remember(memory, 2, NOW + second, NOW - 20)


@holds(REPLAY, "check_can_tell", "earliest < since", gives=("REPLAY_UNKNOWN", "taken", "taken"))
def _(second: int) -> object:
    return remember(ReplayMemory(1, NOW), 1, NOW + 75, NOW, NOW + second)


FILE, SHARED = "verifier/replay_file.py", "verifier/replay_shared.py"


@contextmanager
def memory_in(capacity: int = 2) -> Iterator[tuple[SharedReplayMemory, Path]]:
    """A memory that processes share, and its file."""
    with tempfile.TemporaryDirectory() as folder:
        yield shared(Path(folder), capacity=capacity), memory_folder(Path(folder)) / "memory"


@holds(SHARED, "SharedReplayMemory._see", "now >= memory.next", gives=("REPLAYED", "taken", "taken"))
@holds(SHARED, "SharedReplayMemory._see", "now > memory.newest", gives=("REPLAYED", "taken", "taken"))
@holds(FILE, "MemoryFile.prune", "until <= now", gives=("REPLAYED", "taken", "taken"))
def _(second: int) -> object:
    with memory_in() as (memory, _):
        shown(memory, 1, NOW - 75, NOW - 1)
        return shown(memory, 1, NOW, NOW + second)


@holds(SHARED, "SharedReplayMemory._see", "now < memory.newest - AWAY", gives=("REPLAY_UNKNOWN", "taken", "taken"))
def _(second: int) -> object:
    with memory_in() as (memory, _):
        shown(memory, 1, NOW)
        return shown(memory, 2, NOW - AWAY, NOW - AWAY + second)


@holds(FILE, "MemoryFile.add", "until < self.next", gives=(0, 1, 1))
def _(second: int) -> object:
    with memory_in() as (memory, file):
        empty = file.stat().st_size
        shown(memory, 1, NOW - 75, NOW - 60)
        shown(memory, 2, NOW - 75 + second, NOW - 60)
        memory.forget(NOW - 1)
        return (file.stat().st_size - empty) // 20 - 1


@holds(FILE, "MemoryFile.prune", "until <= self.newest + LONGEST", gives=(1, 1, 0))
def _(second: int) -> object:
    with memory_in() as (memory, file):
        empty = file.stat().st_size
        shown(memory, 1, NOW - 75, NOW - 60)
        shown(memory, 2, NOW + LONGEST - 75 + second, NOW - 60)
        memory.forget(NOW)
        return (file.stat().st_size - empty) // 20
