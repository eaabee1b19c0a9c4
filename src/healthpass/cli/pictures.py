"""Codes read from pictures that somebody else made: always in a process of its own, with limits.

There is no other way by which the command line reads a code from a picture. `healthpass.cli.picture_reader` is that
process's program, and says why.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click

from healthpass._files import read_capped
from healthpass.errors import FormatError
from healthpass.formats.text import PLACE_PREFIX

SECONDS = 2
"""Of CPU time for one picture."""
MEBIBYTES = 256
"""Of memory for one picture, beside what Python and the libraries take."""
MIB = 1_048_576
PASS = "HP"  # noqa: S105  # how the texts of passes and of places begin
PICTURES = "PNG, JPEG, WebP, BMP, GIF and TIFF"
IMAGE_SUFFIXES = frozenset(
    (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".tif", ".tiff", ".heic", ".heif", ".avif", ".jp2", ".pdf")
)
"""What a file is called that is meant as a picture, whether it can be read or not."""
_PROGRAM = Path(__file__).with_name("picture_reader.py")
_TOO_LARGE, _NOT_A_PICTURE, _MISSING = (
    64,
    65,
    66,
)  # as the program has them, which is not imported here: it loads the libraries
_WAIT = 150
"""How many times its CPU time the process may take by the clock, on a busy machine."""
_START = 3
"""Seconds that starting it takes at most, where only the clock can be gone by."""


def file_named(source: str) -> Path | None:
    """The file of that name; also one that is not there, where the name can only be a file's. None for a text."""
    path = Path(source)
    try:
        is_file = path.is_file()
    except (OSError, ValueError):  # too long for a name, or with a NUL
        return None
    suffix = path.suffix if source.startswith("HP") else path.suffix.lower()  # a pass has no small letters
    return path if is_file or suffix in (*IMAGE_SUFFIXES, ".txt") else None


def is_text_file(path: Path) -> bool:
    """Whether a file has the text of a code, and no picture: by its name, or by how it begins."""
    head = read_capped(str(path), 8) or b""
    begins = head.removeprefix(BOM_UTF8)[:2].upper() == b"HP" or head.startswith((BOM_UTF16_LE, BOM_UTF16_BE))
    return begins or path.suffix.lower() == ".txt"


def picture_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The limits as options of a command that reads pictures: `picture_seconds` and `picture_memory`."""
    seconds = click.option(
        "--picture-seconds",
        type=click.IntRange(1, 3_600),
        default=SECONDS,
        show_default=True,
        help="How much of the processor's time a picture may take.",
    )
    memory = click.option(
        "--picture-memory",
        type=click.IntRange(64, 16_384),
        default=MEBIBYTES,
        show_default=True,
        metavar="MIB",
        help="How much memory a picture may take.",
    )
    return seconds(memory(command))


def read_image(path: Path, *, seconds: int = SECONDS, memory: int = MEBIBYTES) -> list[str]:
    """The texts of the QR codes in a picture file that begin with HP, each once; if none does, of all that are there.

    Looked at are the first eight pages of a TIFF, and the first frame of everything else.

    The process that reads it is ended by the system's own limits. Where Python has none to set (no module `resource`:
    Windows), it is ended after `seconds` and three more by the clock, and the memory is reckoned from the size that
    the picture states; on macOS the memory is only reckoned so.

    Args:
        path: of the picture; what it is called does not matter.
        seconds: of CPU time, in whole seconds, Python's own start included.
        memory: MiB beside what Python and the libraries take.

    Raises:
        FormatError: "not-a-picture": none of the six kinds, or damaged; "picture-too-slow"; "picture-too-large";
            "picture-reader-died": the libraries crashed on it, or the system ended them.
        click.ClickException: no such file, or a library is missing.
    """
    if not path.is_file():
        raise click.ClickException(f"{path}: no such file")
    # -P: nothing beside the program or in the current folder can pass for a library.
    words = [sys.executable, "-P", str(_PROGRAM), str(seconds), str(memory * MIB)]
    try:
        with path.open("rb") as picture:
            done = subprocess.run(  # noqa: S603  # our own program, and numbers
                words,
                stdin=picture,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                timeout=clock_limit(seconds, find_spec("resource") is not None),
                check=False,
            )
    except subprocess.TimeoutExpired:
        raise _too_slow(seconds) from None
    return _result(done.returncode, done.stdout, seconds, memory)


def clock_limit(seconds: int, has_limits: bool) -> int:
    """Seconds by the clock after which the process is ended: far away where the system counts its CPU time."""
    return seconds * _WAIT if has_limits else seconds + _START


def _result(status: int, output: bytes, seconds: int, memory: int) -> list[str]:
    if status == 0:
        texts = [str(text) for text in json.loads(output)]
        return [text for text in texts if text.startswith(PASS)] or texts
    if status == _TOO_LARGE:
        raise FormatError(
            f"the picture needs more than {memory} MiB of memory; make it smaller, or allow more (--picture-memory)",
            "picture-too-large",
        )
    if status == _NOT_A_PICTURE:
        raise FormatError(f"not a picture that can be read; save it anew: {PICTURES} are read", "not-a-picture")
    if status == _MISSING:
        raise click.ClickException("reading pictures needs pillow and zxing-cpp; pip install 'healthpass[cli]'")
    if hasattr(signal, "SIGXCPU") and status == -signal.SIGXCPU:
        raise _too_slow(seconds)
    raise FormatError(
        "the program that reads pictures stopped before it was done; save the picture anew, as PNG",
        "picture-reader-died",
    )


def _too_slow(seconds: int) -> FormatError:
    return FormatError(
        f"reading the picture takes more than {seconds} s; cut it to the code, or allow more (--picture-seconds)",
        "picture-too-slow",
    )


def the_pass(texts: Sequence[str]) -> str:
    """Which of a picture's texts is meant: the one pass. The same twice is one; a place's poster and a menu are none.

    Without a pass it is the first of the others, for whoever verifies it to refuse; and nothing without a code.

    Raises:
        FormatError: "several-passes".
    """
    passes = [text for text in texts if text.startswith(PASS) and not text.startswith(PLACE_PREFIX)]
    if len(set(passes)) > 1:
        raise FormatError("there are two different passes in the picture; cut it to one of them", "several-passes")
    return next(iter([*passes, *texts]), "")
