"""A platform killed at any moment forgets nothing that it revoked, uses no version for two contents, and leaves in its
folder what scanners take, whatever publishes there next."""

from __future__ import annotations

import subprocess
from itertools import pairwise
from pathlib import Path

import pytest

from healthpass.formats import cose
from healthpass.formats.claim import parse_claim
from healthpass.formats.revocation.filter import RevocationFilter
from healthpass.formats.revocation.messages import Delta, Snapshot
from healthpass.issuer import Ledger, PublishedFolder
from healthpass.trust.revocations import open_delta, open_snapshot
from healthpass.verifier import TrustStore
from tests.issuing import issued, make_issuer
from tests.ledgers import open_named
from tests.making import NOW
from tests.revoking import revoking_store
from tests.scenario import killing
from tests.scenario.killing import go, killed_after
from tests.scenario.revoking_process import LIST, PER_RUN, attestation, publish, publisher

KILLS = 12


def start(name: str, run: int, folder: Path, count: int = PER_RUN) -> subprocess.Popen[str]:
    return killing.start("revoking_process", name, run, count, folder)


def named(lines: list[str], word: str) -> list[int]:
    return [int(line.split()[1], 16) for line in lines if line.startswith(word + " ")]


def messages(lines: list[str]) -> list[bytes]:
    return [bytes.fromhex(line.split()[1]) for line in lines if line.startswith("published ")]


def opened(message: bytes) -> Snapshot | Delta:
    if cose.type_of(message) == cose.DELTA:
        return open_delta(message, LIST)[1]
    return open_snapshot(message, LIST)[1]


def claimed(ledger: Ledger, number: int) -> set[tuple[bytes, int]]:
    claims = issued(make_issuer(ledger), attestation(number))
    return {(claim.kid, claim.slot) for claim in map(parse_claim, claims)}


def assert_nothing_is_lost(name: str, folder: Path, revoked: set[int], begun: set[int], innocent: set[int]) -> None:
    """A snapshot from what is on the disk has all that was revoked, and nobody else."""
    ledger = open_named(name)
    made, pieces = publisher(ledger, folder).snapshot(NOW)
    _, content = open_snapshot(made, LIST)
    filters = {kid: RevocationFilter(pieces[digest.hex()]) for kid, (digest, _) in content.filters.items()}
    for number in revoked:
        assert all(filters[kid].contains(slot) for kid, slot in claimed(ledger, number))
    for number in begun - revoked:
        assert len({filters[kid].contains(slot) for kid, slot in claimed(ledger, number)}) == 1, "whole or not at all"
    for number in innocent:
        assert not any(filters[kid].contains(slot) for kid, slot in claimed(ledger, number))
    ledger.close()


def take(scanner: TrustStore, folder: Path) -> None:
    """A scanner fetches what is there, and refuses none of it."""
    there = PublishedFolder(folder)
    message, delta = there.snapshot(), there.delta()
    assert message is not None
    scanner.update_revocation(message, now=NOW, fetch=lambda digest: there.filter(digest) or b"")
    if delta is not None:
        scanner.update_revocation(delta, now=NOW)


@pytest.mark.slow
def test_killed_again_and_again(ledger_name: str, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    lines: list[str] = []
    scanner = revoking_store(trust_list=LIST)
    waiting = start(ledger_name, 0, folder)
    for run in range(KILLS):
        process, waiting = waiting, start(ledger_name, run + 1, folder)
        lines += killed_after(process, 2 * run % 23 + run % 3, 150 * (run % 8))
        assert process.returncode != 0
        with open_named(ledger_name) as ledger:  # nobody waits for the dead
            made = publish(publisher(ledger, folder), snapshot=run % 5 == 4)
        assert made is not None
        lines.append("published " + made.hex())
        take(scanner, folder)
    waiting.kill()
    waiting.communicate()
    revoked, begun = set(named(lines, "revoked")), set(named(lines, "begun"))
    assert len(revoked) > 25
    assert_in_order([opened(message) for message in messages(lines)], killed=True)
    assert_nothing_is_lost(ledger_name, folder, revoked, begun, {number - 1 for number in begun})


def assert_in_order(published: list[Snapshot | Delta], *, killed: bool) -> None:
    """Each version is higher than all before, and no delta adds to another snapshot than the newest before it.

    Of a process that was killed before it could say so, a snapshot may be newer than the last that did.
    """
    assert all(one.version < other.version for one, other in pairwise(published))
    newest = 0
    for each in published:
        if isinstance(each, Delta):
            assert each.base == newest or (killed and each.base > newest)
        else:
            newest = each.version


@pytest.mark.slow
def test_several_at_once(ledger_name: str, tmp_path: Path) -> None:
    """One at a time publishes. So what a scanner that follows takes, one after the other, is refused nowhere."""
    folder = tmp_path / "out"
    folder.mkdir()
    processes = [start(ledger_name, run, folder, 20) for run in range(3)]
    for process in processes:
        go(process)
    outputs = [process.communicate()[0].splitlines() for process in processes]
    assert [process.returncode for process in processes] == [0] * 3
    published = sorted((opened(each) for lines in outputs for each in messages(lines)), key=lambda each: each.version)
    assert len(published) == 30
    assert_in_order(published, killed=False)
    take(revoking_store(trust_list=LIST), folder)
    revoked = {number for lines in outputs for number in named(lines, "revoked")}
    assert_nothing_is_lost(ledger_name, folder, revoked, revoked, {number - 1 for number in revoked})


def test_one_that_is_stopped_in_its_turn_holds_up_nobody_for_ever(ledger_name: str, tmp_path: Path) -> None:
    """A turn ends with its process, not with a time: while the process lives nobody else publishes, however slow it
    is; once it is killed, the next one can at once, and what was begun is taken back."""
    with open_named(ledger_name) as ledger:
        publish(publisher(ledger, tmp_path), snapshot=True)
        process = killing.start("holding_process", ledger_name, 0, 0, tmp_path)
        go(process)
        assert process.stdout is not None
        assert process.stdout.readline() == "begun 2\n"
        for snapshot in (True, False):
            assert publish(publisher(ledger, tmp_path), snapshot=snapshot, attempts=2) is None
        process.kill()
        process.communicate()
        made = publish(publisher(ledger, tmp_path), snapshot=False)
    assert made is not None
    _, content = open_delta(made, LIST)
    assert (content.version, content.base) == (3, 1)
