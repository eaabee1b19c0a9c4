"""What several unit tests share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from healthpass.crypto import backends, ed25519


@pytest.fixture(params=backends.NAMES)
def backend(request: pytest.FixtureRequest) -> Iterator[str]:
    """The whole process on that backend, for one test."""
    try:
        ed25519.use_backend(request.param)
    except ImportError:
        pytest.skip(f"no {request.param} libsodium on this machine")
    yield request.param
    ed25519.use_backend(None)
