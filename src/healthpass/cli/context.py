"""What every command needs: the clock, files with a size limit, passphrases."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import click

from healthpass._files import PRIVATE, PUBLIC, read_capped, write_afresh, write_atomically
from healthpass._files import write_new as write_new_file
from healthpass._texts import text_of
from healthpass.crypto.keyfile import MAX_SIZE as MAX_KEY_FILE
from healthpass.crypto.keyfile import is_sealed_key, parse_private_key, parse_roots
from healthpass.crypto.signer import SoftwareSigner
from healthpass.errors import BadInput, FolderError, FormatError, LedgerError
from healthpass.formats import cose
from healthpass.formats.place import MAX_SIZE as MAX_PLACE
from healthpass.formats.place import parse_place
from healthpass.formats.text import decode_place_text
from healthpass.formats.window import RootSet

T = TypeVar("T")
PASSPHRASE = "HEALTHPASS_PASSPHRASE"  # noqa: S105  # the name of an environment variable
MAX_FILE = 4_194_304
"""Bytes of any message that a command reads."""

IN_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
OUT_FILE = click.Path(dir_okay=False, path_type=Path)
FOLDER = click.Path(file_okay=False, path_type=Path)

now_option = click.option(
    "--now",
    "fixed",
    type=click.IntRange(86_400, 0xFFFFFFFF - 366 * 86_400),
    metavar="SECONDS",
    help="The time, in seconds since 1970 UTC, instead of the clock's.",
)
wish_option = click.option(
    "--at-wish",
    is_flag=True,
    help="The holder asked for it, as after the loss of a phone. Say so: it hides nobody else.",
)
small_option = click.option(
    "--small-device",
    "small",
    is_flag=True,
    help="For a device with little memory: the passphrase takes 64 MiB instead of 256, and a guess at it costs less.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")


def clock(fixed: int | None) -> int:
    """The time that was given, or the system's."""
    return int(time.time()) if fixed is None else fixed


def read(path: Path, most: int = MAX_FILE) -> bytes:
    """The file's bytes, or a clear error."""
    data = read_capped(str(path), most)
    if data is None:
        raise click.ClickException(f"{path}: no such file; check the name")
    if len(data) > most:
        raise FormatError(f"{path}: over {most} bytes, which none of our files of this kind has; check the name")
    return data


@contextmanager
def about(path: Path, *, ours: bool = False, picture: bool = False) -> Iterator[None]:
    """What is wrong with a file's content is said with the file's name, as it was typed; and what the file is, if it is
    another of ours. With `ours`, nobody writes such a file by hand: what to do with a bad one is said too. With
    `picture`, a picture is what is wanted."""
    try:
        yield
    except BadInput as error:
        if not isinstance(error, LedgerError | FolderError) and not str(error).startswith(f"{path}: "):
            error.args = (f"{path}: {_identified(path, error, ours, picture)}",)
        raise


def _identified(path: Path, error: BadInput, ours: bool, picture: bool) -> str:
    """The error's sentence; if it is that the file is of no use here, with what the file is."""
    said = str(error)
    if error.code not in ("malformed", "not-ours", "not-a-picture"):
        return said
    from healthpass.cli.kinds import PICTURE, kind_of  # here: it knows all formats, and few commands fail

    kind = kind_of(path, MAX_FILE)
    if kind is not None and not (picture and kind == PICTURE):
        return f"{said.split('; ')[0].rstrip(':')}; this is '{kind}': name the right file"
    return f"{said}; name the right file, or fetch it again" if ours and "; " not in said else said


def parsed(path: Path, parse: Callable[[bytes], T], most: int = MAX_FILE) -> T:
    """What `parse` makes of a file's bytes. Raises what it raises, with the name of the file."""
    with about(path, ours=True):
        return parse(read(path, most))


def checked(path: Path, parse: Callable[[bytes], object], most: int = MAX_FILE) -> bytes:
    """The file's bytes, which `parse` can read. Raises what it raises, with the name of the file."""

    def both(data: bytes) -> bytes:
        parse(data)
        return data

    return parsed(path, both, most)


def parsed_text(path: Path, parse: Callable[[str], T]) -> T:
    """The same of a text file."""
    with about(path):
        return parse(read_text(path))


def read_text(path: Path) -> str:
    """A text file of ours, whatever an editor has made of its line ends: see `healthpass._texts`."""
    with about(path):
        return text_of(read(path, MAX_KEY_FILE))


def write(path: Path, data: bytes | str) -> None:
    """Write what a command makes, whole, readable by its owner alone, and through no link: see `healthpass._files`."""
    write_afresh(str(path), _bytes(data), PRIVATE)


def rewrite(path: Path, data: bytes | bytearray | str) -> None:
    """Write what is kept in its place and read again by the next command, such as keys: the user's own links stay."""
    write_atomically(str(path), _bytes(data), PRIVATE)


def publish(path: Path, data: bytes | str) -> None:
    """Write what is for everybody to read, and readable from its first moment. The user's own links stay."""
    write_atomically(str(path), _bytes(data), PUBLIC)


def write_new(path: Path, data: bytes | str) -> None:
    """`write` for what must not be overwritten by mistake."""
    try:
        write_new_file(str(path), _bytes(data), PRIVATE)
    except FileExistsError:
        raise click.ClickException(f"{path} exists already; it is not overwritten: choose another name") from None


def _bytes(data: bytes | bytearray | str) -> bytes | bytearray:
    return data.encode() if isinstance(data, str) else data


def passphrase(confirm: bool = False) -> str:
    """From the environment variable `HEALTHPASS_PASSPHRASE`, or asked for."""
    given = os.environ.get(PASSPHRASE)
    if given == "":
        raise click.UsageError(f"{PASSPHRASE} is empty")
    if given is not None:
        return given
    try:
        return str(click.prompt("Passphrase", hide_input=True, confirmation_prompt=confirm, err=True))
    except click.Abort:
        if sys.stdin.isatty():
            raise
        raise click.UsageError(f"no passphrase: there is no terminal to ask at; set {PASSPHRASE}") from None


def read_signer(path: Path) -> SoftwareSigner:
    """A private key file, with its passphrase if it needs one."""
    return parsed_text(path, lambda text: parse_private_key(text, passphrase() if is_sealed_key(text) else None))


def read_poster(path: Path) -> str:
    """The text of a place's poster. Who certified it is not checked."""

    def parse(text: str) -> str:
        parse_place(cose.decode_sign1(decode_place_text(text.strip()), cose.PLACE, MAX_PLACE).payload)
        return text.strip()

    return parsed_text(path, parse)


def read_roots(path: Path) -> RootSet:
    """A file of pinned roots."""
    return parsed_text(path, parse_roots)


def hex_bytes(text: str, size: int | None = None) -> bytes | None:
    """The bytes of hexadecimal digits; None if they are something else, or not `size` bytes."""
    try:
        data = bytes.fromhex(text)
    except ValueError:
        return None
    return data if size in (None, len(data)) else None
