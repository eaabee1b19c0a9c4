"""A platform killed at any moment forgets nothing that it revoked, and uses no version for two contents."""

from __future__ import annotations

import subprocess

from healthpass.formats import cose
from healthpass.formats.claim import parse_claim
from healthpass.formats.revocation_filter import RevocationFilter
from healthpass.issuer import Ledger
from healthpass.trust.revocations import open_delta, open_snapshot
from tests.issuing import make_issuer
from tests.ledgers import open_named
from tests.making import NOW, TOMORROW, WINDOW, make_trust_list
from tests.scenario import killing
from tests.scenario.killing import go, killed_after
from tests.scenario.revoking_process import PER_RUN, REVOKER, attestation, publisher

KILLS = 24
WINDOWS = (WINDOW, TOMORROW)
LIST = make_trust_list(windows=WINDOWS, revocation_keys={REVOKER.public_key: tuple(window.kid for window in WINDOWS)})


def start(name: str, run: int, count: int = PER_RUN) -> subprocess.Popen[str]:
    return killing.start("revoking_process", name, run, count)


def named(lines: list[str], word: str) -> list[int]:
    return [int(line.split()[1], 16) for line in lines if line.startswith(word + " ")]


def messages(lines: list[str]) -> list[bytes]:
    return [bytes.fromhex(line.split()[1]) for line in lines if line.startswith("published ")]


def version_of(message: bytes) -> int:
    if cose.is_sign1(message, cose.DELTA):
        return open_delta(message, LIST)[1].version
    return open_snapshot(message, LIST)[1].version


def claimed(ledger: Ledger, number: int) -> set[tuple[bytes, int]]:
    claims = make_issuer(ledger).issue(attestation(number), now=NOW)
    return {(claim.kid, claim.slot) for claim in map(parse_claim, claims)}


def assert_nothing_is_lost(name: str, revoked: set[int], begun: set[int], innocent: set[int]) -> None:
    """A snapshot from what is on the disk has all that was revoked, and nobody else."""
    ledger = open_named(name)
    made, pieces = publisher(ledger).snapshot(NOW)
    _, content = open_snapshot(made, LIST)
    filters = {kid: RevocationFilter(pieces[digest.hex()]) for kid, (digest, _) in content.filters.items()}
    for number in revoked:
        assert all(filters[kid].contains(slot) for kid, slot in claimed(ledger, number))
    for number in begun - revoked:
        assert len({filters[kid].contains(slot) for kid, slot in claimed(ledger, number)}) == 1, "whole or not at all"
    for number in innocent:
        assert not any(filters[kid].contains(slot) for kid, slot in claimed(ledger, number))
    ledger.close()


def test_killed_again_and_again(ledger_name: str) -> None:
    lines: list[str] = []
    waiting = start(ledger_name, 0)
    for run in range(KILLS):
        process, waiting = waiting, start(ledger_name, run + 1)
        lines += killed_after(process, 2 * run % 23 + run % 3, 150 * (run % 8))
        assert process.returncode != 0
    waiting.kill()
    waiting.communicate()
    revoked, begun = set(named(lines, "revoked")), set(named(lines, "begun"))
    published = messages(lines)
    assert len(revoked) > 50
    versions = [version_of(message) for message in published]
    assert versions == sorted(set(versions)), "each is higher than all before"
    assert_nothing_is_lost(ledger_name, revoked, begun, {number - 1 for number in begun})


def test_several_at_once(ledger_name: str) -> None:
    processes = [start(ledger_name, run, 40) for run in range(3)]
    for process in processes:
        go(process)
    outputs = [process.communicate()[0].splitlines() for process in processes]
    assert [process.returncode for process in processes] == [0] * 3
    versions = [[version_of(message) for message in messages(lines)] for lines in outputs]
    assert all(each == sorted(each) for each in versions)
    together = [version for each in versions for version in each]
    assert len(set(together)) == len(together)
    revoked = {number for lines in outputs for number in named(lines, "revoked")}
    assert_nothing_is_lost(ledger_name, revoked, revoked, {number - 1 for number in revoked})
