"""The codes in one picture: a program of its own, which `healthpass.cli.pictures` starts for each picture.

Whoever shows a picture chooses what the libraries for pictures and codes have to chew: a few kilobytes can cost them
minutes and gigabytes. So they work in a process that the system ends when it has had its share, and that has nothing
else to lose. The picture comes on standard input; the texts go to standard output, as a JSON list; the exit code says
the rest. It imports nothing of ours: it is run by its path.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from io import BytesIO
from math import ceil, isqrt
from typing import BinaryIO

DONE, TOO_LARGE, NOT_A_PICTURE, MISSING = 0, 64, 65, 66
"""Exit codes. Python's own are 1 and 2."""
try:
    import zxingcpp
    from PIL import Image, ImageFilter, ImageOps, UnidentifiedImageError
except ModuleNotFoundError:
    if __name__ != "__main__":
        raise
    sys.exit(MISSING)

MIB = 1_048_576
FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF")
PASS = "HP"  # noqa: S105  # how the texts of passes and of places begin
MAX_PIXELS = 5_000_000
"""Of what is searched at once; larger pictures are made smaller first, and then searched piece by piece."""
MAX_PAGES = 8
"""Of a fax in TIFF."""
OVERHEAD = 56 * MIB
"""Of the memory, for everything but the picture's own pixels: libraries, and what is searched at once."""
_PIECE, _OVERLAP = 2_400, 500
_BYTES = {"1": 1, "L": 1, "P": 1, "I;16": 2, "I;16B": 2, "I;16L": 2}
"""Of a pixel in memory; four in every other mode."""
_QR = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
_THUMBNAIL, _BRIDGES = 256, (5, 13)
_QUIET = 10
"""Per cent of a symbol's side that are put around it."""


class TooLargeError(Exception):
    """The picture's pixels have no room in the memory that it may take."""


def main(seconds: int, memory: int) -> int:
    """Read standard input within the limits, where the system has such limits. The exit code."""
    set_limits(seconds, memory)
    stream: BinaryIO = sys.stdin.buffer
    try:
        texts = read(stream if stream.seekable() else BytesIO(stream.read()), memory)
    except (MemoryError, TooLargeError):
        return TOO_LARGE
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError, IndexError, TypeError):
        return NOT_A_PICTURE
    sys.stdout.write(json.dumps(texts))
    sys.stdout.flush()
    return DONE


def set_limits(seconds: int, memory: int) -> None:
    """From here on: so many seconds of CPU time in all, so many bytes more than Python and the libraries have now.

    A system without `resource` (Windows) has none of it; one that does not count address space (macOS) only the first.
    """
    try:
        import resource
    except ImportError:
        return
    wanted = {resource.RLIMIT_CORE: 0, resource.RLIMIT_CPU: seconds}
    with suppress(OSError, ValueError), open("/proc/self/statm", encoding="ascii") as sizes:
        wanted[resource.RLIMIT_AS] = int(sizes.read().split()[0]) * resource.getpagesize() + memory
    for limit, value in wanted.items():
        _, hard = resource.getrlimit(limit)
        least = value if hard == resource.RLIM_INFINITY else min(value, hard)
        with suppress(OSError, ValueError):
            resource.setrlimit(limit, (least, hard))


def read(stream: BinaryIO, memory: int) -> list[str]:
    """The texts of a picture file's codes.

    Raises:
        TooLargeError, MemoryError: the picture is too large for the memory.
        Exception: whatever the library for pictures raises of what is no picture.
    """
    Image.MAX_IMAGE_PIXELS = None  # counted below, by what a pixel takes
    room = max(memory - OVERHEAD, 0)
    check_canvas(stream, room)
    texts: dict[str, None] = {}
    with Image.open(stream, formats=FORMATS) as image:
        for page in range(MAX_PAGES if image.format == "TIFF" else 1):
            if page:
                try:
                    image.seek(page)
                except EOFError:
                    break
            shrink_while_decoding(image, room)
            if image.width * image.height * bytes_of_a_pixel(image) > room:
                raise TooLargeError
            image.load()
            texts.update(dict.fromkeys(texts_of(image)))
    return list(texts)


def check_canvas(stream: BinaryIO, room: int) -> None:
    """The size that a WebP states (RFC 9649): its decoder takes the memory when the file is opened."""
    head = stream.read(30)
    stream.seek(0)
    if len(head) < 25 or head[:4] != b"RIFF" or head[8:15] != b"WEBPVP8":
        return
    if head[15:16] == b"X":
        width, height = (int.from_bytes(head[at : at + 3], "little") + 1 for at in (24, 27))
    elif head[15:16] == b"L":
        bits = int.from_bytes(head[21:25], "little")
        width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    else:
        width, height = (int.from_bytes(head[at : at + 2], "little") & 0x3FFF for at in (26, 28))
    if 4 * width * height > room:
        raise TooLargeError


def shrink_while_decoding(image: Image.Image, room: int) -> None:
    """A JPEG can be decoded in grey and at a half, a fourth or an eighth of its size: by as much as it has to be."""
    for share in (1, 2, 4, 8):
        if image.width * image.height <= room * share * share or share == 8:
            image.draft("L", (image.width // share, image.height // share))
            break


def bytes_of_a_pixel(image: Image.Image) -> float:
    """What the decoded picture takes, and a progressive JPEG while it is decoded: two bytes for each coefficient."""
    size: float = _BYTES.get(image.mode, 4)
    layers = getattr(image, "layer", None)
    if layers and image.info.get("progressive"):
        size += 2 * sum(h * v for _, h, v, *_ in layers) / max(h * v for _, h, v, *_ in layers)
    return size


def texts_of(image: Image.Image) -> list[str]:
    """The texts of all codes in a picture, each once.

    1. All of it, made smaller if it is large. What is transparent shows white.
    2. If no pass is found: a large picture piece by piece, made smaller by half as much.
    3. If still none: light areas on a dark ground, each with a white margin; and what is transparent as black.
    """
    whole, by = (0, 0, *image.size), shrinking(image)
    small = reduced(image, whole, by)
    texts = found(small)
    if not has_pass(texts) and by > 1:
        for piece in pieces(image, by // 2):
            texts += found(piece)
    if not has_pass(texts):
        for island in islands(small):
            texts += found(island)
    if not has_pass(texts) and image.has_transparency_data:
        texts += found(reduced(image, whole, by, 0))
    return list(dict.fromkeys(texts))


def has_pass(texts: list[str]) -> bool:
    """Whether one of them begins as passes and places do."""
    return any(text.startswith(PASS) for text in texts)


def found(image: Image.Image) -> list[str]:
    """The texts of the codes in a picture of shades of grey."""
    return [code.text for code in zxingcpp.read_barcodes(image, formats=_QR)]


def grey(image: Image.Image, ground: int) -> Image.Image:
    """A picture in shades of grey, what is transparent in it on this ground."""
    if image.mode.startswith("I;16"):
        image = image.point(lambda value: value * (1 / 256), "L") if image.mode == "I;16" else image.convert("I")
    if image.mode == "I":
        return image.point(lambda value: value * (1 / 256)).convert("L")
    if not image.has_transparency_data:
        return image.convert("L")
    layers = image.convert("LA").split() if image.mode in ("LA", "La") else image.convert("RGBA").convert("LA").split()
    return Image.composite(layers[0], Image.new("L", image.size, ground), layers[1])


def shrinking(image: Image.Image) -> int:
    """By how much width and height are divided for a picture of at most `MAX_PIXELS`."""
    return isqrt(max(1, image.width * image.height - 1) // MAX_PIXELS) + 1


def reduced(image: Image.Image, box: tuple[int, int, int, int], by: int, ground: int = 255) -> Image.Image:
    """A part of the picture in grey, made smaller by a whole number. Strip by strip, so that it takes little memory."""
    left, top, right, bottom = box
    small = Image.new("L", (ceil((right - left) / by), ceil((bottom - top) / by)), 255)
    strip = max(1, MAX_PIXELS // 4 // (right - left) // by) * by
    for y in range(top, bottom, strip):
        part = image.crop((left, y, right, min(y + strip, bottom)))
        small.paste(grey(part, ground).reduce(by), (0, (y - top) // by))
    return small


def pieces(image: Image.Image, by: int) -> Iterator[Image.Image]:
    """Pieces that cover the picture, made smaller; a code as wide as they overlap is whole in one of them."""
    side, step = _PIECE * by, (_PIECE - _OVERLAP) * by
    for top in range(0, max(image.height - _OVERLAP * by, 1), step):
        for left in range(0, max(image.width - _OVERLAP * by, 1), step):
            yield reduced(image, (left, top, min(left + side, image.width), min(top + side, image.height)), by)


def islands(image: Image.Image) -> Iterator[Image.Image]:
    """What is light and about as wide as high on a dark ground, cut out to its edges, with a white margin.

    A symbol without its quiet zone on a dark page runs into the page. Its first and last rows and columns have light
    modules, those beside the three squares: so where the light ends the symbol ends.
    """
    low, high = image.getextrema()
    middle = (low + high) // 2  # type: ignore[operator]  # a pair of numbers, of a picture in grey
    light = image.point([255 * (value > middle) for value in range(256)])
    by = max(1, ceil(max(image.size) / _THUMBNAIL))
    for bridge in _BRIDGES:
        joined = light.reduce(by).point([255 * (value > 64) for value in range(256)])
        for box in areas(joined.filter(ImageFilter.MaxFilter(bridge))):
            left, top, right, bottom = (side * by for side in box)
            inside = light.crop((left, top, right, bottom)).getbbox()
            if inside is None:
                continue
            width, height = inside[2] - inside[0], inside[3] - inside[1]
            if min(width, height) >= 21 and max(width, height) * 4 <= min(width, height) * 5:
                symbol = image.crop((left + inside[0], top + inside[1], left + inside[2], top + inside[3]))
                yield ImageOps.expand(symbol, max(width, height) * _QUIET // 100 + 1, 255)


def areas(image: Image.Image) -> Iterator[tuple[int, int, int, int]]:
    """The boxes around connected light areas of a small picture, the largest first."""
    width, pixels = image.width, bytearray(image.tobytes())
    boxes = []
    start = pixels.find(255)
    while start >= 0:
        pixels[start] = 0
        waiting, xs, ys = [start], [], []
        while waiting:
            at = waiting.pop()
            y, x = divmod(at, width)
            xs.append(x)
            ys.append(y)
            beside = (at - 1) if x else at, (at + 1) if x < width - 1 else at, at - width, at + width
            for each in beside:
                if 0 <= each < len(pixels) and pixels[each]:
                    pixels[each] = 0
                    waiting.append(each)
        boxes.append((min(xs), min(ys), max(xs) + 1, max(ys) + 1))
        start = pixels.find(255, start + 1)
    boxes.sort(key=lambda box: (box[2] - box[0]) * (box[3] - box[1]), reverse=True)
    yield from boxes[: isqrt(_THUMBNAIL)]


if __name__ == "__main__":
    code = main(int(sys.argv[1]), int(sys.argv[2]))
    os._exit(code)  # nothing is left to be put in order: what a damaged picture left in a library is not freed
