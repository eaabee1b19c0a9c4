"""Keys for a command: from a file of ours, or in a PKCS#11 token."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from healthpass.cli.context import IN_FILE, read_signer
from healthpass.crypto.signer import Signer

PIN = "HEALTHPASS_PIN"


def signer_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds `--key`, or `--pkcs11`, `--token` and `--key-label`, for `open_signer`."""
    for option in (
        click.option("--key-label", help="With --pkcs11: the label of the key."),
        click.option("--token", help="With --pkcs11: the label of the token."),
        click.option("--pkcs11", "module", type=IN_FILE, help="Instead: the PKCS#11 library of a token with the key."),
        click.option("--key", type=IN_FILE, help="The private key file."),
    ):
        command = option(command)
    return command


@contextmanager
def open_signer(key: Path | None, module: Path | None, token: str | None, key_label: str | None) -> Iterator[Signer]:
    """The signer that the options name, for as long as it is needed.

    The PIN of a token is asked for, or taken from the environment variable `HEALTHPASS_PIN`.

    Raises:
        click.UsageError: neither a file nor a token, or both, or half of one.
        BadInput: the file or the token cannot be used.
    """
    if key is not None and module is None and token is None and key_label is None:
        yield read_signer(key)
    elif key is None and module is not None and token is not None and key_label is not None:
        from healthpass.crypto.pkcs11 import Pkcs11Signer  # lazy: the library is an extra

        try:
            signer = Pkcs11Signer.open(module, token, key_label, _pin())
        except ImportError as error:
            raise click.ClickException(str(error)) from None
        with signer:
            yield signer
    else:
        raise click.UsageError("name a key file with --key, or a token with --pkcs11, --token and --key-label")


def _pin() -> str:
    given = os.environ.get(PIN)
    return str(click.prompt("PIN of the token", hide_input=True, err=True)) if given is None else given
