"""A ledger whose disk has changed it gives the answers that it gave before, or stops: never other ones."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from healthpass.errors import LedgerError
from healthpass.issuer import SQLiteLedger
from tests.hostile.ledger_damage import answers, fill, outcome, request

FLIPS = 600
PAGE = 4096
ANOTHER_FILE = "not-a-ledger"
"""What a flip in the first 16 bytes makes of it."""


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("whole") / "ledger"
    fill(path)
    return path.read_bytes()


def damaged(data: bytes, folder: Path) -> list[object] | str:
    """What comes of a ledger with these bytes."""
    for name in ("ledger", "ledger-wal", "ledger-shm"):
        (folder / name).unlink(missing_ok=True)
    (folder / "ledger").write_bytes(data)
    return outcome(folder / "ledger")


@pytest.mark.slow
def test_one_bit_in_any_page(whole: bytes, tmp_path: Path) -> None:
    right = damaged(whole, tmp_path)
    assert isinstance(right, list)
    pages = len(whole) // PAGE
    assert pages >= 25
    random_bits, stopped, unharmed = random.Random(18), 0, 0
    for turn in range(FLIPS):
        at = turn % pages * PAGE + random_bits.randrange(PAGE)
        changed = bytearray(whole)
        changed[at] ^= 1 << random_bits.randrange(8)
        found = damaged(bytes(changed), tmp_path)
        if isinstance(found, str):
            assert found in ("damaged-ledger", ANOTHER_FILE), f"byte {at}"
            stopped += 1
        else:
            assert found == right, f"byte {at}"
            unharmed += 1
    assert stopped > FLIPS // 5
    assert unharmed > FLIPS // 5, "there is much free space in it"


@pytest.mark.parametrize("fill_with", [b"\0", b"\xff"])
def test_a_page_that_is_lost(fill_with: bytes, whole: bytes, tmp_path: Path) -> None:
    right = damaged(whole, tmp_path)
    for page in range(len(whole) // PAGE):
        found = damaged(whole[: page * PAGE] + fill_with * PAGE + whole[(page + 1) * PAGE :], tmp_path)
        assert found in ("damaged-ledger", ANOTHER_FILE) or found == right, f"page {page}"


def test_the_end_is_lost(whole: bytes, tmp_path: Path) -> None:
    for left in (len(whole) - 1, len(whole) - PAGE, len(whole) // 2, PAGE, 100):
        assert damaged(whole[:left], tmp_path) == "damaged-ledger", f"{left} bytes"


def test_what_the_error_says(whole: bytes, tmp_path: Path) -> None:
    """What to do, and nothing of what stood in the ledger; and the file is as it was."""
    changed = whole.replace(request(5).reference, bytes(16))
    path = tmp_path / "ledger"
    path.write_bytes(changed)
    with SQLiteLedger(path) as ledger, pytest.raises(LedgerError) as caught:
        answers(ledger)
    assert caught.value.code == "damaged-ledger"
    assert str(caught.value) == (
        "the ledger is damaged, and nothing is done with it: restore it from a backup, then recover"
    )
    assert path.read_bytes() == changed
