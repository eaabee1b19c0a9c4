"""A folder in which the trust list is signed and a wallet is filled, made once and copied for each test."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from healthpass.cli import memory
from tests.cli.doctoring import Doctor, asked_in, country
from tests.cli.terminal import Terminal


@pytest.fixture(scope="session", autouse=True)
def session_ram(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The same for what is made once for all tests."""
    with pytest.MonkeyPatch.context() as patch:
        folder = str(tmp_path_factory.mktemp("ram"))
        patch.setattr(memory, "ram_folders", lambda runtime: (folder,))
        yield


@pytest.fixture(autouse=True)
def ram(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where commands keep their memory of showings: not in this machine's /run, which tests have no right to."""
    folder = tmp_path / "ram"
    folder.mkdir()
    monkeypatch.setattr(memory, "ram_folders", lambda runtime: (str(folder),))
    return folder


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("filled")
    terminal = Terminal(folder)
    terminal.trust()
    terminal.enrol()
    return folder


@pytest.fixture
def terminal(filled: Path, tmp_path: Path) -> Terminal:
    shutil.copytree(filled, tmp_path / "country")
    return Terminal(tmp_path / "country")


@pytest.fixture(scope="session")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return country(tmp_path_factory.mktemp("watched"))


@pytest.fixture
def doctor(watched: Path, tmp_path: Path) -> Iterator[Doctor]:
    with asked_in(watched, tmp_path / "watched") as found:
        yield found
