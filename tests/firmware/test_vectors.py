"""The C core runs the conformance vectors: all but those of what it does not have."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from healthpass.cli.vectors.cases import Json, Vectors, compared
from tests.firmware.answer import answers
from tests.firmware.core import Core
from tests.vector_tables import NOT_IN_C

VECTORS = Vectors(Path(__file__).parents[2] / "vectors")


@pytest.mark.parametrize("name", VECTORS.files)
def test_every_case(core: Core, name: str) -> None:
    different: list[tuple[str, int, Json, Json]] = []
    count = 0
    for case in VECTORS.files[name]:
        if NOT_IN_C.isdisjoint(case.get("needs", ())):
            full = VECTORS.in_full(case)
            count += 1
            different += [(case["id"], *each) for each in compared(full, list(answers(core, full)))]
    assert count > 0
    assert not different, f"{len(different)} of {count}: " + "\n".join(json.dumps(each) for each in different[:20])
