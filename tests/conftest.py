"""Hypothesis profiles: the default is the same examples every time; HYPOTHESIS_PROFILE=long looks further.

And a ledger of each kind, and one font with Chinese letters for all machines.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from healthpass.paper import system_fonts
from tests.ledgers import KINDS
from tests.paper.fonts import chinese
from tests.postgres import Postgres, postgres  # noqa: F401  # a fixture

settings.register_profile("default", derandomize=True, max_examples=100, deadline=None, database=None)
settings.register_profile(
    "long", max_examples=5000, deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


@pytest.fixture(params=KINDS)
def ledger_name(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The name of a new ledger, for `tests.ledgers.open_named`."""
    if request.param == "sqlite":
        return str(tmp_path / "ledger")
    server: Postgres = request.getfixturevalue("postgres")
    return server.new_ledger()


@pytest.fixture(autouse=True, scope="session")
def fonts_of_the_system(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Where fonts are looked for there is one of the tests' own, the same on every machine."""
    font = tmp_path_factory.mktemp("fonts") / "chinese.ttf"
    font.write_bytes(chinese())
    system_fonts.PLACES = (font,)


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """No message in the name of a test: what is sealed is another each time, and names must not be."""
    return argname if isinstance(val, bytes) and len(val) > 32 else None
