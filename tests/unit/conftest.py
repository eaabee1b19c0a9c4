"""A ledger of each kind, for the tests of what every ledger must do."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from healthpass.issuer import Ledger, SQLiteLedger
from tests.ledgers import Open


@pytest.fixture(params=[SQLiteLedger], ids=["sqlite"])
def reopen(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Open]:
    """Opens the ledger of this test; again and again if need be."""
    opened: list[SQLiteLedger] = []

    def call() -> SQLiteLedger:
        opened.append(request.param(tmp_path / "ledger"))
        return opened[-1]

    yield call
    for each in opened:
        each.close()


@pytest.fixture
def ledger(reopen: Open) -> Ledger:
    return reopen()
