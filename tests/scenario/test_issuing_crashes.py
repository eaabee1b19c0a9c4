"""A platform killed at any moment gives no slot twice and forgets none that it gave; nor do several at once."""

from __future__ import annotations

import subprocess

import pytest

from healthpass.issuer import SQLiteLedger
from tests.issuing import TODAY_KEY, TOMORROW_KEY, issued, make_issuer
from tests.ledgers import AnyLedger, open_named
from tests.scenario import killing
from tests.scenario.issuing_process import PER_RUN, attestation, line_of
from tests.scenario.killing import go, killed_after

KILLS = 20
KEYS = (TODAY_KEY, TOMORROW_KEY)


def start(name: str, run: int, count: int = PER_RUN) -> subprocess.Popen[str]:
    return killing.start("issuing_process", name, run, count)


def given(lines: list[str]) -> dict[int, str]:
    """The line of each batch that was printed to its end."""
    return {int(line.split()[1], 16): line for line in lines if line.startswith("given ")}


def asked(lines: list[str]) -> set[int]:
    return {int(line.split()[1], 16) for line in lines if line.startswith("asked ")}


def slots_in(line: str) -> list[str]:
    return line.split()[3].split(",")


def assert_sound(name: str, printed: dict[int, str], began: set[int]) -> None:
    """What was printed is in the ledger and comes back byte for byte; no slot stands for two claims."""
    ledger = open_named(name)
    rows = rows_of(ledger)
    for key in KEYS:
        numbers = [first + n for kid, first, count in rows if kid == key.window.kid for n in range(count)]
        assert sorted(numbers) == list(range(len(numbers))), "each number once, and none left out"
    held = {
        kid.hex() + key.slots.slot(first + n).to_bytes(4, "big").hex()
        for key in KEYS
        for kid, first, count in rows
        if kid == key.window.kid
        for n in range(count)
    }
    assert len(held) == sum(count for _, _, count in rows)
    shown = [slot for line in printed.values() for slot in slots_in(line)]
    assert len(set(shown)) == len(shown)
    assert set(shown) <= held

    issuer = make_issuer(ledger)
    again = {number: line_of(number, issued(issuer, attestation(number))) for number in sorted(began)}
    assert {number: again[number] for number in printed} == printed
    every = [slot for line in again.values() for slot in slots_in(line)]
    assert len(set(every)) == len(every) == sum(ledger.issued(key.window.kid) for key in KEYS)
    ledger.close()


def rows_of(ledger: AnyLedger) -> list[tuple[bytes, int, int]]:
    if isinstance(ledger, SQLiteLedger):
        assert ledger._db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    return ledger._db.execute("SELECT kid, first, count FROM entries").fetchall()


@pytest.mark.slow
def test_killed_again_and_again_in_one_ledger(ledger_name: str) -> None:
    printed: dict[int, str] = {}
    began: set[int] = set()
    waiting = start(ledger_name, 0)
    for run in range(KILLS):
        process, waiting = waiting, start(ledger_name, run + 1)
        lines = killed_after(process, 2 * run % 23 + run % 2, 150 * (run % 8))
        assert process.returncode != 0
        printed |= given(lines)
        began |= asked(lines)
    waiting.kill()
    waiting.communicate()
    assert len(printed) > 60
    assert_sound(ledger_name, printed, began)


@pytest.mark.slow
def test_killed_while_it_starts(ledger_name: str) -> None:
    """Before, while or after the file is made: the next one finds it empty or whole."""
    lines: list[str] = []
    for run in range(6):
        lines += killed_after(start(ledger_name, run), 0, 20_000 * run)
    survivor = start(ledger_name, 9, 20)
    last = survivor.communicate("go\n")[0].splitlines()
    assert survivor.returncode == 0
    assert len(given(last)) == 20
    lines += last
    assert_sound(ledger_name, given(lines), asked(lines))


@pytest.mark.slow
def test_several_at_once_in_a_new_ledger(ledger_name: str) -> None:
    processes = [start(ledger_name, run, 60) for run in range(4)]
    twin = start(ledger_name, 0, 60)
    for process in [*processes, twin]:
        go(process)
    outputs = [process.communicate()[0].splitlines() for process in [*processes, twin]]
    assert [process.returncode for process in processes] == [0] * 4
    assert outputs[0] == outputs[4], "two that are asked for the same give the same"
    lines = [line for output in outputs for line in output]
    assert len(given(lines)) == 240
    assert_sound(ledger_name, given(lines), asked(lines))


@pytest.mark.slow
def test_one_killed_among_others(ledger_name: str) -> None:
    """A writer that dies with the lock does not stop the others."""
    victim, *others = (start(ledger_name, run, 200 if run == 0 else 60) for run in range(3))
    for process in others:
        go(process)
    lines = killed_after(victim, 21, 100)
    for process in others:
        lines += process.communicate()[0].splitlines()
        assert process.returncode == 0
    assert len(given(lines)) >= 130
    assert_sound(ledger_name, given(lines), asked(lines))
