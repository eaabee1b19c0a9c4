"""A scanner's updater is killed at any moment: what it said that it had taken counts, and it can always go on."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from healthpass import RefusalCode, Refused
from healthpass.crypto import ed25519
from healthpass.verifier import Verifier
from tests.hostile.revocation_process import PER_SNAPSHOT, added, take, version_in
from tests.making import NOW, show_own
from tests.revoking import kept, revoking_store

ROOT_FOLDER = Path(__file__).parents[2]
KILLS = (
    *((0, 0), (1, 0), (1, 40), (2, 150), (3, 300), (4, 20)),
    *((5, 90), (6, 0), (7, 250), (11, 500), (12, 120), (30, 60)),
)
"""After so many of its lines and so much work of our own."""


def killed_after(folder: Path, lines: int, spin: int) -> int:
    """The last version that it said it had taken; 0 if none."""
    command = [sys.executable, "-m", "tests.hostile.revocation_process", str(folder)]
    process = subprocess.Popen(command, cwd=ROOT_FOLDER, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    with process, process.stdout:
        said = [process.stdout.readline() for _ in range(lines)]
        for _ in range(spin):
            ed25519.sha512(bytes(1000))
        process.kill()
        said += process.stdout.readlines()  # what it had still put into the pipe
    return max((int(line) for line in said if line.endswith("\n")), default=0)


def judged(verifier: Verifier, slot: int) -> str:
    try:
        verifier.verify(show_own(slot), now=NOW)
    except Refused as refused:
        return refused.code.name
    return "accepted"


def test_killed_again_and_again(tmp_path: Path) -> None:
    taken = 0
    for lines, spin in KILLS:
        taken = max(taken, killed_after(tmp_path, lines, spin))
        store = revoking_store(tmp_path / "scanner")
        found = version_in(store)
        assert taken <= found <= taken + 1, "the last one may have been taken and not yet said"
        taken = found
        verifier = Verifier(store)
        if not found:
            assert judged(verifier, 1) == RefusalCode.REVOCATION_DATA_STALE.name
            continue
        for slot in (0, 19_998, *added(found)):
            assert judged(verifier, slot) == RefusalCode.REVOKED.name
        for slot in (1, 2 * found + 3, 20_001):
            assert judged(verifier, slot) == "accepted"
    assert taken > 60
    (tmp_path / "out").mkdir(exist_ok=True)
    for version in range(found + 1, found + 1 + PER_SNAPSHOT):
        take(store, version, tmp_path / "out")
    left = [name for name in kept(tmp_path / "scanner") if ".filter" in name or name.endswith(".new")]
    assert len(left) == 2, "one filter for each window, and nothing that was cut off"
