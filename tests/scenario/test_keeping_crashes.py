"""Attestations and the notices about them come to two processes at once, which are killed at any moment: each is issued
and revoked, or kept and refused, and what was said stays true."""

from __future__ import annotations

import subprocess

import pytest

from tests.issuing import make_issuer
from tests.ledgers import open_named
from tests.making import TOMORROW, WINDOW
from tests.scenario import killing
from tests.scenario.keeping_process import PER_RUN, come, take_back
from tests.scenario.killing import go, killed_after

KILLS = 4
WORDS = ("issued", "refused", "revoked", "kept")


def start(name: str, run: int, what: str, count: int = PER_RUN) -> subprocess.Popen[str]:
    return killing.start("keeping_process", name, run, count, what)


def said(lines: list[str]) -> dict[str, set[int]]:
    found: dict[str, set[int]] = {word: set() for word in WORDS}
    for line in lines:
        word, number = line.split()
        found[word].add(int(number, 16))
    return found


def assert_one_of_two_outcomes(name: str, lines: list[str]) -> dict[str, set[int]]:
    """By what was said, and by what is said when all of it comes once more, to a platform that has restarted."""
    before = said(lines)
    with open_named(name) as ledger:
        issuer = make_issuer(ledger)
        told = set().union(*before.values())
        numbers = sorted(told | {number + 1 for number in told})  # somebody may have died before the next was said
        again = said([f"{each(issuer, number)} {number:x}" for number in numbers for each in (take_back, come)])
        assert all(before[word] <= again[word] for word in ("issued", "refused", "kept"))
        assert before["revoked"] <= again["revoked"]
        assert again["issued"] == again["revoked"]
        assert again["refused"] == again["kept"]
        assert not again["issued"] & again["kept"]
        assert again["issued"] | again["kept"] == set(numbers)
        for kid in (WINDOW.kid, TOMORROW.kid):
            assert sum(each.count for each in ledger.revoked(kid, before=99)) == ledger.issued(kid)
    return again


@pytest.mark.slow
def test_killed_again_and_again(ledger_name: str) -> None:
    lines: list[str] = []
    waiting = [start(ledger_name, 0, what) for what in ("attestations", "notices")]
    for run in range(KILLS):
        pair, waiting = waiting, [start(ledger_name, run + 1, what) for what in ("attestations", "notices")]
        first, second = pair if run % 2 else pair[::-1]
        go(first)
        lines += killed_after(second, 5 + 4 * run, 150 * run)
        first.kill()
        whole, _, _ = first.communicate()[0].rpartition("\n")
        lines += whole.splitlines()
    for process in waiting:
        process.kill()
        process.communicate()
    again = assert_one_of_two_outcomes(ledger_name, lines)
    assert len(again["kept"] | again["issued"]) > 30


def test_both_at_once(ledger_name: str) -> None:
    pairs = [start(ledger_name, 0, what, 40) for what in ("attestations", "notices")]
    for process in pairs:
        go(process)
    lines = [line for process in pairs for line in process.communicate()[0].splitlines()]
    assert [process.returncode for process in pairs] == [0] * 2
    found = said(lines)
    assert found["issued"] == found["revoked"]
    assert found["refused"] == found["kept"]
    assert len(lines) == 80
    assert_one_of_two_outcomes(ledger_name, lines)
