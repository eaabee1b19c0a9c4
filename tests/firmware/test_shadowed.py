"""The tests of the Python verifier, with the core beside it: whatever they do, both say the same."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

FILES = {
    "passes": ("test_verifier.py", "test_decide.py", "test_excuses.py"),
    "revocation": ("test_revocation_refusals.py",),
    "bundles": ("test_bundle.py",),
    "places": ("test_place_rules.py", "test_gate.py", "test_policy.py"),
    "documents": ("test_verifier_documents.py", "test_families.py"),
}
"""Those of tests/unit that ask stores and verifiers in memory."""
LEAST = {"passes": 300, "revocation": 20, "bundles": 20, "places": 100, "documents": 200}


@pytest.mark.parametrize("name", FILES)
def test_the_core_says_what_python_says(core_path: Path, name: str) -> None:
    unit = Path(__file__).parents[1] / "unit"
    files = [str(path) for each in FILES[name] for path in unit.rglob(each)]
    assert len(files) == len(FILES[name])
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.firmware.shadow", "-p", "no:cacheprovider", *files]
    environment = {**os.environ, "HEALTHPASS_CORE": str(core_path), "PYTEST_ADDOPTS": ""}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=unit.parents[1])  # our own
    assert done.returncode == 0, done.stdout[-3000:]
    compared = [int(count) for count in re.findall(r"^compared .*: (\d+)$", done.stdout, re.MULTILINE)]
    assert sum(compared) >= LEAST[name], done.stdout[-1000:]
