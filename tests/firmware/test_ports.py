"""Each port of the cryptography has libsodium's verdicts: on the published vectors, and in the conformance vectors."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from healthpass.cli.vectors.cases import compared
from healthpass.crypto import ed25519
from tests.firmware.answer import answers
from tests.firmware.core import Core, build
from tests.firmware.test_vectors import VECTORS
from tests.making import signer


@pytest.fixture(scope="module", params=["sodium", "monocypher"])
def port(request: pytest.FixtureRequest, tools: None, tmp_path_factory: pytest.TempPathFactory) -> Core:
    if request.param == "sodium":
        return Core(build(tmp_path_factory.mktemp("sodium")))
    if "HEALTHPASS_MONOCYPHER" not in os.environ:
        pytest.skip("HEALTHPASS_MONOCYPHER names no folder with the sources of Monocypher 3.1.2")
    return Core(build(tmp_path_factory.mktemp("monocypher"), monocypher=Path(os.environ["HEALTHPASS_MONOCYPHER"])))


def test_published_vectors(port: Core) -> None:
    if "HEALTHPASS_VECTORS" not in os.environ:
        pytest.skip("HEALTHPASS_VECTORS names no folder with published vectors")
    from tests.hostile.test_published_vectors import signatures

    cases = list(signatures())
    assert len(cases) == 1077
    # Sizes are what the templates leave no other of: a port is never asked for others.
    cases = [case for case in cases if len(case[2]) == 32 and len(case[4]) == 64]
    assert [name for name, holds, *case in cases if port.verifies(*case) is not holds] == []


@pytest.mark.parametrize("size", [0, 1, 63, 64, 111, 112, 127, 128, 1023, 1024, 1025, 70_000])
def test_messages_of_any_length(port: Core, size: int) -> None:
    message = bytes(n % 251 for n in range(size))
    key, signature = signer(4).public_key, signer(4).sign(message)
    assert port.verifies(key, message, signature) is ed25519.verify(key, message, signature) is True
    assert not port.verifies(key, message + b"\0", signature)
    assert not port.verifies(key, message, signature[:-1] + bytes((signature[-1] ^ 0x10,)))


def test_where_implementations_disagree(port: Core) -> None:
    cases = [VECTORS.in_full(case) for case in VECTORS.files["ed25519"]]
    assert [case["id"] for case in cases if list(compared(case, list(answers(port, case))))] == []
