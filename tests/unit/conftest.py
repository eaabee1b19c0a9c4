"""What several unit tests share: the libsodium backends, and a ledger of each kind."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from healthpass.crypto import ed25519
from healthpass.issuer import Ledger
from tests.ledgers import AnyLedger, Open, open_named


@pytest.fixture(params=ed25519.NAMES)
def backend(request: pytest.FixtureRequest) -> Iterator[str]:
    """The whole process on that backend, for one test."""
    try:
        ed25519.use_backend(request.param)
    except ImportError:
        pytest.skip(f"no {request.param} libsodium on this machine")
    yield request.param
    ed25519.use_backend(None)


@pytest.fixture
def reopen(ledger_name: str) -> Iterator[Open]:
    """Opens the ledger of this test; again and again if need be."""
    opened: list[AnyLedger] = []

    def call() -> AnyLedger:
        opened.append(open_named(ledger_name))
        return opened[-1]

    yield call
    for each in opened:
        each.close()


@pytest.fixture
def ledger(reopen: Open) -> Ledger:
    return reopen()
