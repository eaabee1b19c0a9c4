"""Which key a command signs with: a file's or a token's, and never a guess."""

from __future__ import annotations

from pathlib import Path

import click
import pytest

from healthpass.cli.hsm import open_signer
from healthpass.crypto import pkcs11
from healthpass.crypto.keyfile import encode_private_key
from healthpass.crypto.signer import Signer, SoftwareSigner
from tests.making import ROOT


@pytest.fixture
def key(tmp_path: Path) -> Path:
    path = tmp_path / "root.key"
    path.write_text(encode_private_key(ROOT), encoding="utf-8")
    return path


def test_a_key_file(key: Path) -> None:
    with open_signer(key, None, None, None) as signer:
        assert signer.public_key == ROOT.public_key


def test_a_token(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked: list[object] = []

    class Opened(SoftwareSigner):
        def __enter__(self) -> Signer:
            return self

        def __exit__(self, *error: object) -> None:
            asked.append("closed")

    def open_token(*given: object) -> Opened:
        asked.append(given)
        return Opened(ROOT.seed)

    monkeypatch.setattr(pkcs11.Pkcs11Signer, "open", open_token)
    monkeypatch.setenv("HEALTHPASS_PIN", "1234")
    with open_signer(None, tmp_path, "token", "label") as signer:
        assert signer.public_key == ROOT.public_key
        assert asked == [(tmp_path, "token", "label", "1234")]
    assert asked[1:] == ["closed"]


def test_without_the_library(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pkcs11", None)
    monkeypatch.setenv("HEALTHPASS_PIN", "1234")
    with pytest.raises(click.ClickException, match="healthpass"), open_signer(None, tmp_path, "token", "label"):
        pass


@pytest.mark.parametrize("options", [(0, 0, 0), (0, 1, 0), (1, 1, 0), (1, 0, 1), (1, 1, 1)])
def test_neither_or_both(key: Path, options: tuple[int, int, int]) -> None:
    """With a key file the last row has both; without one, the others have half of a token."""
    module, token, label = options
    both = all(options)
    with (
        pytest.raises(
            click.UsageError,
            match=r"^name a key file with \-\-key, or a token with \-\-pkcs11, \-\-token and \-\-key\-label$",
        ),
        open_signer(
            key if both else None, key if module else None, "token" if token else None, "label" if label else None
        ),
    ):
        pass
