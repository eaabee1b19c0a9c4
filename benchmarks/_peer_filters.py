"""What one would publish instead of our filter: made from the same slots, and asked about the same others."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from math import ceil, log
from typing import Any

import numpy as np

from benchmarks._model import NotMeasured
from healthpass.formats.revocation.builder import build_filter
from healthpass.formats.revocation.filter import RevocationFilter

Slots = np.ndarray[Any, np.dtype[np.uint64]]
Answers = np.ndarray[Any, np.dtype[np.bool_]]
CHUNK = 1 << 18
SAMPLE = 10_000


@dataclass(frozen=True, slots=True)
class PeerFilter:
    """A way of saying which slots are revoked.

    Attributes:
        name: in the table.
        build: the bytes that a scanner gets, from a capacity and slots. This is what is timed.
        ask: from those bytes, the capacity and some slots: which of them it calls revoked.
    """

    name: str
    build: Callable[[int, Slots], bytes]
    ask: Callable[[bytes, int, Slots], Answers]


def ours() -> PeerFilter:
    """Asked by listing all that the filter has, since `contains` would take a minute; that is held against a sample."""

    def ask(data: bytes, capacity: int, slots: Slots) -> Answers:
        filter_ = RevocationFilter(data)
        listed = np.zeros(capacity, np.bool_)
        listed[np.fromiter(filter_, np.int64)] = True
        answers: Answers = listed[slots]
        assert all(
            filter_.contains(slot) == answer for slot, answer in zip(slots[:SAMPLE].tolist(), answers, strict=False)
        )
        return answers

    return PeerFilter("healthpass", lambda capacity, slots: build_filter(capacity, slots.tolist()), ask)


def bit_list() -> PeerFilter:
    """A bit for each slot, the first one least significant, in zlib at its highest level, as in a Token Status List.

    Of the IETF draft this is the `lst` of a list with 1 bit for each token, without the signed token around it and
    before base64url.
    """

    def build(capacity: int, slots: Slots) -> bytes:
        bits = np.zeros(capacity, np.bool_)
        bits[slots] = True
        return zlib.compress(np.packbits(bits, bitorder="little").tobytes(), 9)

    def ask(data: bytes, capacity: int, slots: Slots) -> Answers:
        return _bits_at(np.frombuffer(zlib.decompress(data), np.uint8), slots)

    return PeerFilter("a bit for each slot, zlib -9 (IETF Token Status List)", build, ask)


def bloom(rate: float, whose: str) -> PeerFilter:
    """The optimal Bloom filter for this false-alarm rate: R ln(1 / rate) / ln(2)^2 bits and log2(1 / rate) hashes.

    The hashes are independent 64-bit mixers and not the SHA-256 of the EU's service, which says nothing about size or
    false alarms, and makes building here faster than there.
    """
    hashes = round(-log(rate, 2))

    def build(capacity: int, slots: Slots) -> bytes:
        bits = np.zeros(8 * ceil(len(slots) * -log(rate) / log(2) ** 2 / 8), np.bool_)
        for number in range(hashes):
            bits[_mixed(slots, number) % np.uint64(len(bits))] = True
        return np.packbits(bits, bitorder="little").tobytes()

    def ask(data: bytes, capacity: int, slots: Slots) -> Answers:
        packed = np.frombuffer(data, np.uint8)
        answers = np.zeros(len(slots), np.bool_)
        for start in range(0, len(slots), CHUNK):
            left = np.arange(start, min(start + CHUNK, len(slots)))
            for number in range(hashes):
                left = left[_bits_at(packed, _mixed(slots[left], number) % np.uint64(8 * len(packed)))]
            answers[left] = True
        return answers

    return PeerFilter(f"Bloom filter, {rate:.0e} ({whose})", build, ask)


def fuse(bits: int) -> PeerFilter:
    """A binary fuse filter of 8 or 16 bits for each slot. A slot is the 64-bit key, which the filter hashes itself.

    The C functions of the package, because its Python class hashes the key's decimal digits first, for which 10,000,000
    look-ups would take a minute.
    """
    try:
        from pyfusefilter._xorfilter import ffi, lib
    except ModuleNotFoundError as missing:
        raise NotMeasured(f"no module {missing.name}") from None
    prefix = f"binary_fuse{bits}"
    call = {
        name: getattr(lib, f"{prefix}_{name}")
        for name in ("allocate", "populate", "serialization_bytes", "serialize", "deserialize", "contain", "free")
    }

    def build(capacity: int, slots: Slots) -> bytes:
        made = ffi.new(f"{prefix}_t *")
        keys = ffi.from_buffer("uint64_t[]", slots)
        if not call["allocate"](len(slots), made):
            raise MemoryError
        try:
            if not call["populate"](keys, len(slots), made):
                raise ValueError("the fuse filter could not be built")
            buffer = ffi.new("char[]", call["serialization_bytes"](made))
            call["serialize"](made, buffer)
            return bytes(ffi.buffer(buffer))
        finally:
            call["free"](made)

    def ask(data: bytes, capacity: int, slots: Slots) -> Answers:
        made, contain = ffi.new(f"{prefix}_t *"), call["contain"]
        if not call["deserialize"](made, ffi.from_buffer(data)):
            raise MemoryError
        try:
            return np.fromiter((contain(slot, made) for slot in slots.tolist()), np.bool_, len(slots))
        finally:
            call["free"](made)

    return PeerFilter(f"binary fuse filter, {bits} bits (pyfusefilter)", build, ask)


def _bits_at(packed: np.ndarray[Any, np.dtype[np.uint8]], places: Slots) -> Answers:
    return (packed[places >> np.uint64(3)] >> (places & np.uint64(7)).astype(np.uint8) & 1).astype(np.bool_)


def _mixed(slots: Slots, number: int) -> Slots:
    """The `number`-th hash: SplitMix64's finish of the slot and the number, which no two pairs share."""
    mixed = slots + np.uint64(number << 40)
    mixed = (mixed + np.uint64(0x9E3779B97F4A7C15)) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ mixed >> np.uint64(30)) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ mixed >> np.uint64(27)) * np.uint64(0x94D049BB133111EB)
    return mixed ^ mixed >> np.uint64(31)
