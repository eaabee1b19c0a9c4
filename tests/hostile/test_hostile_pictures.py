"""Pictures made to cost time and memory, or to break their reader. The limits are those of the process that reads."""

from __future__ import annotations

import signal
import subprocess
import sys
from io import BytesIO
from pathlib import Path
from random import Random
from zlib import crc32

import pytest
from PIL import Image, ImageDraw

from healthpass.cli import pictures, qr
from healthpass.cli.main import main
from healthpass.cli.picture_reader import MIB, OVERHEAD
from healthpass.cli.pictures import MEBIBYTES, SECONDS, clock_limit, read_image
from healthpass.errors import FormatError
from tests.raising import raises, raises_one_of

PASS = "HP1:" + "A1B2C3" * 27
SLOW = "reading the picture takes more than 1 s; cut it to the code, or allow more (--picture-seconds)"
LARGE = "the picture needs more than {} MiB of memory; make it smaller, or allow more (--picture-memory)"
DIED = "the program that reads pictures stopped before it was done; save the picture anew, as PNG"
LIMITS = """
import resource
from healthpass.cli.picture_reader import MIB, set_limits
before = resource.getrlimit(resource.RLIMIT_AS)[1]
set_limits({seconds}, {memory} * MIB)
print(resource.getrlimit(resource.RLIMIT_CPU)[0], resource.getrlimit(resource.RLIMIT_CORE)[0])
bytearray(({memory} - 8) * MIB)
try:
    bytearray(({memory} + 8) * MIB)
except MemoryError:
    print("no more")
"""
NO_LIMITS = """
import sys
sys.modules["resource"] = None
from healthpass.cli.picture_reader import set_limits
set_limits(1, 1)
print(len(bytearray(2**24)))
"""
linux = pytest.mark.skipif(sys.platform != "linux", reason="other systems do not count address space, or not so")


def run(program: str) -> list[str]:
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split(
        "\n"
    )


def finders(many: int) -> Image.Image:
    """Nothing but the squares of QR codes."""
    square = Image.new("1", (18, 18), 1)
    pen = ImageDraw.Draw(square)
    for edge, color in ((2, 0), (4, 1), (6, 0)):
        pen.rectangle((edge, edge, 17 - edge, 17 - edge), fill=color)
    image = Image.new("1", (18 * many, 18 * many), 1)
    for at in range(many * many):
        image.paste(square, (18 * (at % many), 18 * (at // many)))
    return image


def saved(path: Path, image: Image.Image, **options: object) -> Path:
    image.save(path, **options)  # type: ignore[arg-type]
    return path


@linux
def test_the_limits_are_set_in_the_process_itself() -> None:
    assert run(LIMITS.format(seconds=SECONDS, memory=MEBIBYTES)) == ["2 0", "no more", ""]
    assert run(LIMITS.format(seconds=7, memory=64)) == ["7 0", "no more", ""]


def test_a_system_without_limits() -> None:
    """Then the clock ends it, three seconds after the time for it is over."""
    assert run(NO_LIMITS) == ["16777216", ""]
    assert (clock_limit(2, False), clock_limit(2, True)) == (5, 300)


def test_a_few_kilobytes_of_finder_patterns_are_stopped(tmp_path: Path) -> None:
    path = saved(tmp_path / "finders.png", finders(160), optimize=True)
    assert path.stat().st_size < 10_000
    with raises(FormatError, "picture-too-slow", SLOW):
        read_image(path, seconds=1)


def encoded(kind: str, **options: object) -> bytearray:
    data = BytesIO()
    Image.new("RGBA" if kind == "WEBP" else "L", (16, 16), 9).save(data, kind, **options)
    return bytearray(data.getvalue())


def stating(kind: str) -> bytes:
    """A picture of 16 x 16 pixels that says it has 16,000 x 14,000; decoders make room for what it says."""
    width, height = 16_000, 14_000
    both = width.to_bytes(2, "little") + height.to_bytes(2, "little")
    if kind == "WebP, lossless":
        data = encoded("WEBP", lossless=True)
        data[21:25] = (width - 1 | (height - 1) << 14).to_bytes(4, "little")
    elif kind == "WebP, lossy":
        data = encoded("WEBP", lossless=False, exact=False)
        if data[12:16] == b"VP8X":  # with transparency there are several parts
            data[24:30] = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    elif kind == "WebP, opaque":
        opaque = BytesIO()
        Image.new("RGB", (16, 16), 9).save(opaque, "WEBP")
        data = bytearray(opaque.getvalue())
        assert data[12:16] == b"VP8 "
        data[26:30] = both
    elif kind == "PNG":
        data = encoded("PNG")
        data[16:24] = width.to_bytes(4, "big") + height.to_bytes(4, "big")
        data[29:33] = crc32(data[12:29]).to_bytes(4, "big")
    elif kind == "GIF":
        data = encoded("GIF")
        data[6:10] = both
    else:
        data = encoded("BMP")
        data[18:26] = width.to_bytes(4, "little") + height.to_bytes(4, "little")
    return bytes(data)


@pytest.mark.parametrize("kind", ["WebP, lossless", "WebP, lossy", "WebP, opaque", "PNG", "GIF", "BMP"])
def test_a_kilobyte_that_states_millions_of_pixels(tmp_path: Path, kind: str) -> None:
    (tmp_path / "x").write_bytes(stating(kind))
    assert (tmp_path / "x").stat().st_size < 1_500
    with raises(FormatError, "picture-too-large", LARGE.format(256)):
        read_image(tmp_path / "x")


@pytest.mark.parametrize("name", ["bomb.png", "bomb.tif"])
def test_decompression_bombs(tmp_path: Path, name: str) -> None:
    options = {"compression": "group4"} if name.endswith("tif") else {"compress_level": 1}
    path = saved(tmp_path / name, Image.new("1", (9_000, 8_000), 1), **options)
    with raises(FormatError, "picture-too-large", LARGE.format(96)):
        read_image(path, memory=96)


def test_a_bomb_beside_the_pixels(tmp_path: Path) -> None:
    """A text chunk of a PNG that unpacks to more than the libraries take."""
    from PIL.PngImagePlugin import PngInfo

    info = PngInfo()
    info.add_text("note", "A" * 80_000_000, zip=True)
    path = saved(tmp_path / "text.png", Image.new("L", (90, 90), 255), pnginfo=info)
    assert path.stat().st_size < 100_000
    with raises_one_of("not-a-picture"):
        read_image(path)


def test_what_has_room_is_read_and_one_row_more_is_not(tmp_path: Path) -> None:
    rows = (64 * MIB - OVERHEAD) // 2048
    assert read_image(saved(tmp_path / "most.png", Image.new("L", (2048, rows), 255)), memory=64) == []
    with raises(FormatError, "picture-too-large", LARGE.format(64)):
        read_image(saved(tmp_path / "more.png", Image.new("L", (2048, rows + 1), 255)), memory=64)


def symbol() -> Image.Image:
    return Image.open(BytesIO(qr.png(PASS))).convert("L")


def outcome(path: Path) -> str | list[str]:
    try:
        return read_image(path)
    except FormatError as error:
        return error.code


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF"])
def test_truncated_and_damaged(tmp_path: Path, kind: str) -> None:
    """One error, or the code: never another text."""
    random, whole = Random(kind), BytesIO()
    symbol().save(whole, kind)
    data, path = whole.getvalue(), tmp_path / "x"
    for share in (0.1, 0.5):
        path.write_bytes(data[: int(len(data) * share)])
        with raises_one_of("not-a-picture", "picture-too-large"):
            read_image(path)
    for _ in range(3):
        damaged = bytearray(data)
        for _ in range(4):
            damaged[random.randrange(8, len(data))] = random.randrange(256)
        path.write_bytes(damaged)
        assert outcome(path) in ("not-a-picture", "picture-too-large", "picture-reader-died", [], [PASS])


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGABRT, signal.SIGKILL])
def test_a_reader_that_crashes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    path, program = saved(tmp_path / "x.png", symbol()), tmp_path / "crash.py"
    program.write_text(f"import os\nos.kill(os.getpid(), {int(number)})\n")
    monkeypatch.setattr(pictures, "_PROGRAM", program)
    with raises(FormatError, "picture-reader-died", DIED):
        read_image(path)


def test_a_reader_that_fails_in_python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, program = saved(tmp_path / "x.png", symbol()), tmp_path / "fails.py"
    program.write_text("raise RuntimeError\n")
    monkeypatch.setattr(pictures, "_PROGRAM", program)
    with raises(FormatError, "picture-reader-died", DIED):
        read_image(path)


@pytest.mark.parametrize("command", [["verify"], ["inspect"]])
def test_the_limits_are_options_of_the_commands(tmp_path: Path, command: list[str]) -> None:
    from click.testing import CliRunner

    roots = tmp_path / "roots.txt"
    for name in ("a", "b"):
        assert (
            CliRunner(env={"HEALTHPASS_PASSPHRASE": "x"}).invoke(main, ["keygen", str(tmp_path / name)]).exit_code == 0
        )
    pin = ["root", "pin", f"{tmp_path}/a.pub", f"{tmp_path}/b.pub", "--threshold", "2", "--out", str(roots)]
    assert CliRunner().invoke(main, pin).exit_code == 0
    slow = saved(tmp_path / "finders.png", finders(160))
    large = saved(tmp_path / "large.png", Image.new("L", (4000, 3000), 255))
    given = ["--roots", str(roots)] if command == ["verify"] else []
    for path, options, error in (
        (slow, ["--picture-seconds", "1"], f"error (picture-too-slow): {slow}: {SLOW}\n"),
        (large, ["--picture-memory", "64"], f"error (picture-too-large): {large}: {LARGE.format(64)}\n"),
    ):
        result = CliRunner().invoke(main, [*command, str(path), *given, *options])
        assert (result.exit_code, result.stderr, result.stdout) == (2, error, "")
