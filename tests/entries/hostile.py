"""Inputs that cost as much as any of their size, by what they are given to: bytes, text, or a TOML file."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import cache
from random import Random

MEGABYTE = 1 << 20
BYTES, TEXT, TOML, HONEST = "bytes", "text", "toml", "honest"
Named = tuple[str, bytes]
_REPEATED = ["00", "20", "2d", "2e", "30", "39", "41", "5b", "61", "7b", "80", "81", "9f", "a0", "a1", "f6", "ff"]


@cache
def worst(kind: str, size: int) -> tuple[Named, ...]:
    """The inputs of a kind, by names, each of about `size` bytes. A text is in UTF-8 here."""
    makers: dict[str, Callable[[int], Iterator[Named]]] = {
        BYTES: _bytes,
        TEXT: _text,
        TOML: _toml,
        HONEST: lambda size: iter(()),
    }
    return tuple((name, data[:size] if kind != TOML else data) for name, data in makers[kind](size))


def around(honest: bytes, size: int) -> Iterator[Named]:
    """An honest message, and what else can be made of it."""
    noise = Random(len(honest)).randbytes(max(0, size - len(honest)))
    yield "honest", honest
    yield "honest, cut short", honest[:-1]
    yield "honest, one bit wrong at its end", honest[:-1] + bytes((honest[-1] ^ 1,))
    yield "honest, and noise", honest + noise
    yield "honest, and zeros", honest + bytes(len(noise))
    yield "honest, again and again", honest * (size // len(honest) + 1)


def _filled(piece: bytes, size: int) -> bytes:
    return piece * (size // len(piece) + 1)


def _lines(line: Callable[[int], str], size: int) -> bytes:
    """So many lines as fit, each with its number."""
    made, room, number = [], size, 0
    while room > 0:
        made.append(line(number).encode())
        room -= len(made[-1]) + 1
        number += 1
    return b"\n".join(made[:-1]) + b"\n"


def _bytes(size: int) -> Iterator[Named]:
    yield "noise", Random(1).randbytes(size)
    for digits in _REPEATED:
        yield f"{digits} repeated", bytes.fromhex(digits) * size
    yield from _cbor(size)
    yield from _texts(size)


def _cbor(size: int) -> Iterator[Named]:
    """As CBOR: much depth, many items of each kind, and the largest of each."""
    four = size.to_bytes(4, "big")
    count = (32_768).to_bytes(2, "big")
    half = (16_384).to_bytes(2, "big")
    wide = [b"\x1a" + (65_536 + n).to_bytes(4, "big") for n in range(32_768)]
    named = [b"\x65" + f"{n:05}".encode() for n in range(16_384)]
    yield "arrays in maps", _filled(b"\xa1\x00\x81", size)
    yield "a byte string", b"\x5a" + (size - 5).to_bytes(4, "big") + bytes(size - 5)
    yield "a text", b"\x7a" + (size - 5).to_bytes(4, "big") + b"x" * (size - 5)
    yield "a text of many bytes a character", b"\x7a" + (size - 5).to_bytes(4, "big") + _filled("字".encode(), size)
    yield "an array of integers", b"\x99" + count + b"".join(wide)
    yield "an array of byte strings", b"\x99" + count + _filled(b"\x58\x1e" + bytes(30), size)
    yield "an array of texts", b"\x99" + count + _filled(b"\x78\x1e" + b"x" * 30, size)
    yield "an array of arrays", b"\x99" + half + _filled(b"\x81\x00", size)
    yield "an array of maps", b"\x99" + half + _filled(b"\xa1\x00\x00", size)[: 3 * 10_922]
    yield "an array of nulls", b"\x99" + count + b"\xf6" * 32_768
    yield "a map of integers", b"\xb9" + half + b"".join(each + b"\x00" for each in wide[:16_384])
    yield "a map of texts", b"\xb9" + half + b"".join(each + b"\x00" for each in named)
    yield "a map of one key", b"\xb9" + half + _filled(b"\x00\x00", size)
    yield (
        "a map of long keys",
        b"\xa2" + (b"\x7a" + (size // 2 - 6).to_bytes(4, "big") + b"k" * (size // 2 - 6) + b"\x00") * 2,
    )
    yield "eight arrays deep", b"\x81" * 7 + b"\x99" + count + b"\x00" * 32_768
    yield "more items than there may be", b"\x9a" + four + bytes(size)
    yield "a length past the end", b"\xd2\x84\x5a" + b"\xff" * 4 + bytes(size)
    yield "a signed message of noise", b"\xd2\x84\x58\x45" + bytes(size)
    yield "one to be signed by several", _filled(b"\xd8\x62\x84", size)


def _texts(size: int) -> Iterator[Named]:
    """Text in bytes: of one line, of many, JSON and what looks like a key file."""
    yield "many lines", _filled(b"a\n", size)
    yield "empty lines", b"\n" * size
    yield "two empty lines and one long one", b"\n\n" + b"x" * (size - 2)
    yield "digits", b"9" * size
    yield "spaces", b" " * size
    yield "characters of three bytes", _filled("字".encode(), size)
    yield "no UTF-8 at its end", b"x" * (size - 1) + b"\xff"
    yield "halves of pairs", _filled(b"\xed\xa0\x80", size)
    yield "JSON, nested", _filled(b'{"a":', size)
    yield "JSON, a number", b'{"a":' + b"9" * (size - 6) + b"}"
    yield "JSON, many members", json.dumps({f"k{n}": n for n in range(size // 16)}).encode()
    yield "JSON, one member", b"{" + _filled(b'"a":0,', size)
    yield "a key's first line", _filled(b"-----BEGIN PUBLIC KEY-----\n", size)
    yield "a key without an end", b"-----BEGIN PUBLIC KEY-----\n" + b"A" * size
    yield "a key of short lines", b"-----BEGIN PUBLIC KEY-----\n" + _filled(b"A\n", size)
    yield "roots without an end", b"threshold: 1\n" + _filled(b"-----BEGIN PUBLIC KEY-----\nAAAA\n", size)


def _text(size: int) -> Iterator[Named]:
    yield from _texts(size)
    yield "noise", Random(2).randbytes(size // 2).hex().encode()
    yield "a pass without an end", b"HP1:" + b"0" * size
    yield "a pass of the largest groups", b"HP1:" + b":" * size
    yield "a poster without an end", b"HPL1:" + b"0" * size
    yield "a version without an end", b"HP" + b"1" * size
    yield "colons", b":" * size
    yield "dashes", b"-" * size
    yield "full-width letters", _filled("\uff21".encode(), size)
    yield "letters that grow when they are made large", _filled("ß".encode(), size)
    yield "letters that fall apart", _filled("\ufdfa".encode(), size)


def _toml(size: int) -> Iterator[Named]:
    """TOML: depth, dots, numbers, and very many of each thing. Never cut off: half a file is refused for that alone."""
    dotted = ".".join("a" * 16)
    yield "dots", _filled(b"a.", size)[:size]
    yield "dots in lines", _lines(lambda n: f"{dotted}{n} = 0", size)
    yield "dots in headers", _lines(lambda n: f"[{dotted}{n}]", size)
    yield "dots in both", f"[{dotted}]\n".encode() + _lines(lambda n: f"{dotted}{n} = 0", size)
    yield "dots in headers of lists", _lines(lambda n: f"[[{dotted}]]", size)
    yield "headers", _lines(lambda n: f"[t{n}]", size)
    yield "headers of lists", _filled(b"[[a]]\n", size)
    yield "keys", _lines(lambda n: f"k{n} = 0", size)
    yield "one key again and again", _filled(b"a = 0\n", size)
    yield "brackets", b"[" * size
    yield "a nested array", b"a = " + b"[" * (size // 2) + b"]" * (size // 2)
    yield "a nested table", b"a = " + _filled(b"{a = ", size)
    yield "an array", b"a = [" + _filled(b"0,", size - 8)[: (size - 8) // 2 * 2] + b"]"
    yield "an array of times", b"a = [" + b"1979-05-27T07:32:00.999999+01:00," * (size // 33) + b"]"
    yield "an array of texts", b"a = [" + b'"",' * (size // 3) + b"]"
    yield "an array of lines", b"a = [" + b"\n" * size + b"]"
    yield "a table in a line", b"a = {" + b",".join(f"k{n}=0".encode() for n in range(size // 10)) + b"}"
    for name, start, digit, end in (
        ("a number", b"", b"9", b""),
        ("a number in sixteens", b"0x", b"f", b""),
        ("a number in eights", b"0o", b"7", b""),
        ("a number in twos", b"0b", b"1", b""),
        ("a number in parts", b"1", b"_1", b""),
        ("a fraction", b"1.", b"9", b""),
        ("a fraction in parts", b"1.1", b"_1", b""),
        ("an exponent", b"1e", b"9", b""),
        ("a text", b'"', b"x", b'"'),
        ("a text without an end", b'"', b"x", b""),
        ("a text of escapes", b'"', b"\\u0041", b'"'),
        ("a text of many lines", b'"""', b"\\\n", b'"""'),
        ("a text of quotes", b'"""', b'""x', b'"""'),
        ("a plain text of lines", b"'''", b"x\r\n", b"'''"),
    ):
        yield name, b"a = " + start + digit * (size // len(digit)) + end + b"\n"
    yield "comments", _filled(b"#\n", size)
    yield "a comment", b"#" + b"x" * size
    yield "blanks", b" " * size
    yield "blanks in lines", _lines(lambda n: " " * 999, size)
    yield "a key in quotes", b'"' + b"x" * size + b'" = 0'
    yield "a word that is none", b"a = " + b"t" * size
    yield "noise", Random(3).randbytes(size // 2).hex().encode()
