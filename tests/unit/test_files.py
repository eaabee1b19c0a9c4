"""Replacing a file: readable by its owner alone, whatever lies in the way."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from healthpass._files import write_atomically

pytestmark = pytest.mark.skipif(os.name != "posix", reason="modes and links are POSIX")


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_a_new_file_is_its_owners(tmp_path: Path) -> None:
    write_atomically(str(tmp_path / "key"), b"secret")
    assert mode(tmp_path / "key") == 0o600


def test_a_leftover_that_anybody_may_read_is_not_used(tmp_path: Path) -> None:
    leftover = tmp_path / "key.new"
    leftover.write_bytes(b"planted")
    leftover.chmod(0o666)
    write_atomically(str(tmp_path / "key"), b"secret")
    assert mode(tmp_path / "key") == 0o600
    assert (tmp_path / "key").read_bytes() == b"secret"
    assert not leftover.exists()


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_bytes(b"precious")
    (tmp_path / "key.new").symlink_to(victim)
    write_atomically(str(tmp_path / "key"), b"secret")
    assert victim.read_bytes() == b"precious"
    assert not (tmp_path / "key").is_symlink()
