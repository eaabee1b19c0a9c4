"""The memory that processes share answers as the one of a single process, and is not fooled by a clock or by a disk."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from healthpass.errors import FolderError, Refused
from healthpass.verifier import Verifier
from healthpass.verifier.replay import ReplayMemory
from healthpass.verifier.replay_boot import Boot
from healthpass.verifier.replay_note import NOTE
from healthpass.verifier.replay_shared import SharedReplayMemory
from tests.making import NONCE, NOW, make_store, show_own
from tests.raising import raises
from tests.sharing import BOOT, OTHER_BOOT, UNTIL, UPTIME, boot, key, memory_folder, shared, shown

HOUR = 3600
UNKNOWN = "REPLAY_UNKNOWN"


def test_a_process_for_each_scan(tmp_path: Path) -> None:
    assert shown(shared(tmp_path), 1) == "taken"
    assert shown(shared(tmp_path), 1) == "REPLAYED"
    assert shown(shared(tmp_path), 2) == "taken"
    assert shown(shared(tmp_path), 1, NOW + 60, UNTIL - 1) == "REPLAYED"
    assert shown(shared(tmp_path), 1, NOW + 60, UNTIL) == "taken"


def test_a_verifier_with_it(tmp_path: Path) -> None:
    text = show_own(1, nonce=NONCE)
    assert Verifier(make_store(), replay=shared(tmp_path)).verify(text, now=NOW, nonce=NONCE).colors
    with pytest.raises(Refused) as caught:
        Verifier(make_store(), replay=shared(tmp_path)).verify(text, now=NOW, nonce=NONCE)
    assert caught.value.code.name == "REPLAYED"


@pytest.mark.parametrize("more", [{"since": NOW}, {"replay_capacity": 5}])
def test_it_has_its_own_beginning_and_capacity(tmp_path: Path, more: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=r"^a replay memory has its own beginning and capacity$"):
        Verifier(
            make_store(), replay=shared(tmp_path), since=more.get("since"), replay_capacity=more.get("replay_capacity")
        )


def test_a_new_folder_is_complete_always(tmp_path: Path) -> None:
    assert shown(shared(tmp_path, at=boot(uptime=0)), 1) == "taken"


def test_after_a_restart_of_the_machine_it_is_complete_since_then(tmp_path: Path) -> None:
    assert shown(shared(tmp_path), 1) == "taken"
    again = boot(OTHER_BOOT, 30)
    assert shown(shared(tmp_path, at=again), 1) == UNKNOWN
    assert shown(shared(tmp_path, at=again), 1, nonce=True) == "taken"
    assert shown(shared(tmp_path, at=again), 2) == UNKNOWN
    assert shown(shared(tmp_path, at=boot(OTHER_BOOT, 89)), 3, NOW + 60, NOW + 59) == "taken"


@pytest.mark.parametrize(("uptime", "said"), [(59, UNKNOWN), (60, "taken")])
def test_to_the_second(tmp_path: Path, uptime: int, said: str) -> None:
    shared(tmp_path)
    assert shown(shared(tmp_path, at=boot(OTHER_BOOT, uptime)), 1) == said


def lose_memory(folder: Path) -> None:
    for each in memory_folder(folder).iterdir():
        each.unlink()
    memory_folder(folder).rmdir()


def lose_key(folder: Path) -> None:
    (memory_folder(folder) / "key").unlink()


def other_memory(folder: Path) -> None:
    file = memory_folder(folder) / "memory"
    data = bytearray(file.read_bytes())
    data[25] ^= 1
    file.write_bytes(data)


def cut_memory(folder: Path) -> None:
    os.truncate(memory_folder(folder) / "memory", 30)


def open_to_others(folder: Path) -> None:
    memory_folder(folder).chmod(0o755)


def file_open_to_others(folder: Path) -> None:
    (memory_folder(folder) / "memory").chmod(0o644)


def link_to_folder(folder: Path) -> None:
    found = memory_folder(folder)
    found.rename(folder / "elsewhere")
    found.symlink_to(folder / "elsewhere")


def link_to_file(folder: Path) -> None:
    found = memory_folder(folder) / "memory"
    found.rename(folder / "elsewhere")
    found.symlink_to(folder / "elsewhere")


def damage_note(folder: Path) -> None:
    data = bytearray((folder / "state" / NOTE).read_bytes())
    data[30] ^= 1  # in the boot's id: it would look like that of another boot
    (folder / "state" / NOTE).write_bytes(data)


def note_of_another_place(folder: Path) -> None:
    (folder / "ram").rename(folder / "disk")
    (folder / "ram").mkdir()
    note = folder / "state" / NOTE
    note.write_bytes(note.read_bytes().replace(b"/ram/", b"/disk/"))


LOSSES = [
    lose_memory, lose_key, other_memory, cut_memory, open_to_others, file_open_to_others, link_to_folder, link_to_file,
    damage_note, note_of_another_place,
]  # fmt: skip


@pytest.mark.parametrize("lose", LOSSES)
@pytest.mark.parametrize("running", [False, True], ids=["a new process", "one that runs"])
def test_a_note_without_its_memory_begins_now(tmp_path: Path, lose: object, running: bool) -> None:
    memory = shared(tmp_path)
    assert shown(memory, 1) == "taken"
    lose(tmp_path)  # type: ignore[operator]
    if not running or lose in (lose_key, damage_note, note_of_another_place):  # which one that runs does not look at
        memory = shared(tmp_path)
    assert shown(memory, 1) == UNKNOWN
    assert shown(memory, 2) == UNKNOWN
    assert shown(shared(tmp_path, at=boot(uptime=UPTIME + 62)), 1, NOW + 60, NOW + 61) == UNKNOWN
    assert shown(shared(tmp_path, at=boot(uptime=UPTIME + 62)), 1, NOW + 75, NOW + 62) == "taken"
    assert shown(memory, 1, NOW + 75) == "REPLAYED"


def test_a_clock_that_is_set_after_the_restart_changes_nothing(tmp_path: Path) -> None:
    """It starts in 1970, or at the hour when it was saved last; since when the memory counts is told by the uptime."""
    for wrong in (1000, NOW - 40 * 60):
        folder = tmp_path / str(wrong)
        folder.mkdir()
        assert shown(shared(folder), 1) == "taken"
        shared(folder, at=boot(OTHER_BOOT, 20)).forget(wrong)
        assert shown(shared(folder, at=boot(OTHER_BOOT, 30)), 1) == UNKNOWN
        assert shown(shared(folder, at=boot(OTHER_BOOT, 30)), 2) == UNKNOWN


@pytest.mark.parametrize("ahead", [UNTIL, NOW + 600, NOW + HOUR + 61, NOW + 30 * 86_400, 2**32 - 1])
def test_a_clock_that_was_ahead_for_a_while(tmp_path: Path, ahead: int) -> None:
    assert shown(shared(tmp_path), 1) == "taken"
    shared(tmp_path).forget(ahead)
    for number in (1, 2):
        assert shown(shared(tmp_path), number, now=NOW + 5) == UNKNOWN
    assert shown(shared(tmp_path, at=boot(uptime=UPTIME + 80)), 2, NOW + 75) == "taken"


def test_an_idle_night_changes_nothing(tmp_path: Path) -> None:
    assert shown(shared(tmp_path, at=boot(OTHER_BOOT)), 1) == "taken"
    assert shown(shared(tmp_path, at=boot(OTHER_BOOT, UPTIME + 8 * HOUR)), 2, NOW + 8 * HOUR) == "taken"


def test_a_full_memory_refuses_until_it_may_forget(tmp_path: Path) -> None:
    for number in range(3):
        assert shown(shared(tmp_path, capacity=3), number) == "taken"
    assert shown(shared(tmp_path, capacity=3), 3, NOW + 60, UNTIL - 1) == UNKNOWN
    assert shown(shared(tmp_path, capacity=3), 3, NOW + 60, UNTIL - 1, nonce=True) == UNKNOWN
    assert shown(shared(tmp_path, capacity=3), 2, now=UNTIL - 1) == "REPLAYED"
    assert shown(shared(tmp_path, capacity=3), 3, NOW + 60, UNTIL) == "taken"


def test_what_is_over_is_gone_from_the_file(tmp_path: Path) -> None:
    memory = shared(tmp_path)
    shown(memory, 1)
    empty = (memory_folder(tmp_path) / "memory").stat().st_size - 20
    digest = (memory_folder(tmp_path) / "memory").read_bytes()[empty : empty + 16]
    shown(memory, 2, NOW + 60)
    memory.forget(UNTIL - 1)
    assert digest in (memory_folder(tmp_path) / "memory").read_bytes()
    memory.forget(UNTIL)
    data = (memory_folder(tmp_path) / "memory").read_bytes()
    assert digest not in data
    assert len(data) == empty + 20
    assert shown(memory, 2, NOW + 60, UNTIL) == "REPLAYED"
    memory.forget(NOW + 135)
    assert (memory_folder(tmp_path) / "memory").stat().st_size == empty


def test_nothing_of_a_showing_is_on_the_disk_or_in_the_file_without_its_key(tmp_path: Path) -> None:
    """The same showings in two memories have nothing in common, and the state folder is the same before and after."""
    dumps = []
    for name in ("one", "other"):
        folder = tmp_path / name
        folder.mkdir()
        memory = shared(folder)
        before = {each.name: each.read_bytes() for each in (folder / "state").iterdir()}
        for number in range(20):
            assert shown(memory, number) == "taken"
        assert {each.name: each.read_bytes() for each in (folder / "state").iterdir()} == before
        assert list(before) == [NOTE]
        dumps.append((memory_folder(folder) / "memory").read_bytes())
        assert not any(key(number)[at : at + 4] in dumps[-1] for number in range(20) for at in range(29))
        assert (memory_folder(folder) / "key").read_bytes() not in dumps[-1]
    digests = [{dump[at : at + 16] for at in range(len(dump) - 400, len(dump), 20)} for dump in dumps]
    assert len(digests[0]) == len(digests[1]) == 20
    assert not digests[0] & digests[1]


def test_it_is_its_owners_alone(tmp_path: Path) -> None:
    shared(tmp_path)
    assert memory_folder(tmp_path).stat().st_mode & 0o7777 == 0o700
    assert {each.stat().st_mode & 0o7777 for each in memory_folder(tmp_path).iterdir()} == {0o600}
    assert (tmp_path / "state" / NOTE).stat().st_mode & 0o7777 == 0o600


def test_without_a_place_there_is_none(tmp_path: Path) -> None:
    for places in ([], [str(tmp_path / "none")]):
        with raises(FolderError, "no-ram-folder", "there is no folder in RAM that a memory of showings can be kept in"):
            SharedReplayMemory(tmp_path / "state", boot=boot(), places=places)
    assert shown(shared(tmp_path), 1) == "taken"  # nothing was noted of those


def test_the_first_place_that_can_be_written(tmp_path: Path) -> None:
    places = [str(tmp_path / "none"), str(tmp_path / "ram")]
    (tmp_path / "ram").mkdir()
    assert shown(SharedReplayMemory(tmp_path / "state", boot=boot(), places=places), 1) == "taken"
    assert shown(shared(tmp_path), 1) == "REPLAYED"


def test_a_note_that_is_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "victim").write_bytes(b"precious")
    (tmp_path / "state" / NOTE).symlink_to(tmp_path / "victim")
    why = "this scanner's folder has no place for a note of its memory of showings"
    with raises(FolderError, "no-ram-folder", why):
        shared(tmp_path)
    assert (tmp_path / "victim").read_bytes() == b"precious"
    assert not list((tmp_path / "ram").iterdir())


def test_a_clock_of_the_machine_that_cannot_be_read_refuses(tmp_path: Path) -> None:
    def broken() -> int:
        raise OSError("no uptime")

    shared(tmp_path, at=boot(OTHER_BOOT))
    shared(tmp_path)  # of this boot: since it
    assert shown(shared(tmp_path, at=Boot(BOOT, broken)), 1) == UNKNOWN


def test_of_several_threads_one_is_let_in(tmp_path: Path) -> None:
    memory = shared(tmp_path)
    answers: list[str] = []
    threads = [threading.Thread(target=lambda: answers.append(shown(memory, 1))) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == ["REPLAYED"] * 15 + ["taken"]


@settings(max_examples=60)
@given(
    st.lists(
        st.tuples(st.integers(0, 5), st.sampled_from([-60, -30, 0, 14, 60]), st.integers(-4000, 4000), st.booleans()),
        max_size=25,
    )
)
def test_it_answers_as_the_memory_of_one_process(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[int, int, int, bool]]
) -> None:
    """While it counts always: after a step of over an hour back one of them counts by the uptime."""
    both = shared(tmp_path_factory.mktemp("one"), capacity=4), ReplayMemory(4)
    now = newest = NOW
    for number, offset, step, nonce in steps:
        now += step
        if now < newest - HOUR:
            break
        newest = max(newest, now)
        iat = now + offset
        answers = [shown(memory, number, iat, now, nonce) for memory in both]  # type: ignore[arg-type]
        assert answers[0] == answers[1]
