"""The C core, built by the system's compiler and called through ctypes, with the classes of the Python verifier.

`build` makes a shared library of the core, a port of the cryptography and `firmware/tests/bench.c`, which lends it
memory.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from healthpass import Refused, Verdict
from healthpass.verifier import Document, Outcome, RootSet

FIRMWARE = Path(__file__).parents[2] / "firmware"
WARNINGS = (
    *("-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow"),
    *("-Wstrict-prototypes", "-Wvla", "-Werror"),
)
SODIUM = "-l:libsodium.so.23"
LIST, TABLE, REVOCATION, FOLLOW = range(4)
DECIDE, VERIFY = range(2)
PARTS = ("", "rotation", "trust list", "area table", "place", "snapshot", "delta", "document keys")
"""Of a bundle."""
SIGNERS, STREAMS, FILTERS, RECENT = 800, 32, 2048, 64
_TYPES = {"resident-id": 1, "passport": 2, "other": 3}
_OUTCOME = 31


def compiler() -> str | None:
    """The system's C compiler."""
    return next((found for name in ("cc", "gcc", "clang") if (found := shutil.which(name))), None)


def sources() -> list[Path]:
    """The core's."""
    return sorted((FIRMWARE / "src").glob("*.c"))


def build(folder: Path, *options: str, monocypher: Path | None = None) -> Path:
    """The shared library, warnings being errors; upon Monocypher's sources in a folder, or the system's libsodium.

    Raises:
        CalledProcessError: it cannot be built.
    """
    out = folder / "core.so"
    found = compiler()
    assert found is not None
    includes = [f"-I{FIRMWARE / 'include'}", f"-I{FIRMWARE / 'src'}", f"-I{FIRMWARE / 'tests'}"]
    files: list[str | Path] = [*sources(), FIRMWARE / "tests" / "bench.c"]
    flags = [*WARNINGS, "-O1", "-g", "-fPIC", "-shared", *options]
    if monocypher is None:
        files += [FIRMWARE / "ports" / "sodium.c", SODIUM]
    else:
        files += [FIRMWARE / "ports" / "monocypher.c"]
        for name in ("monocypher", "monocypher-ed25519"):  # which have warnings of their own
            made = folder / f"{name}.o"
            subprocess.run([found, "-O2", "-fPIC", "-c", monocypher / f"{name}.c", "-o", made], check=True)
            files.append(made)
        includes.append(f"-I{monocypher}")
    subprocess.run([found, *flags, *includes, *files, "-o", out], check=True)
    return out


class Answer(NamedTuple):
    """What the core says of a pass."""

    decision: int
    refusal: int
    person: int | None
    colors: tuple[int, ...]
    documents: tuple[int, ...]
    expires: int
    stale: int
    repeated: bool
    not_checked: bool
    set_up: bool


def expected(outcome: Outcome | Verdict | Refused) -> Answer:
    """What the core has to say where Python says this."""
    if isinstance(outcome, Verdict):
        return Answer(0, 0, None, *_verdict(outcome), False, False, False)
    if isinstance(outcome, Refused):
        return Answer(0, int(outcome.code), outcome.index, (), (), 0, 0, False, False, False)
    verdict = ((), (), 0, 0) if outcome.verdict is None else _verdict(outcome.verdict)
    code, index = (0, None) if outcome.refusal is None else (int(outcome.refusal.code), outcome.refusal.index)
    return Answer(int(outcome.decision), code, index, *verdict, outcome.repeated, outcome._not_checked, outcome._set_up)


def _verdict(verdict: Verdict) -> tuple[tuple[int, ...], tuple[int, ...], int, int]:
    return tuple(map(int, verdict.colors)), tuple(map(int, verdict.documents)), verdict.expires, verdict.stale


class Core:
    """The library."""

    def __init__(self, path: Path) -> None:
        self.lib = lib = ctypes.CDLL(os.fspath(path))
        pointer, number, size = ctypes.c_void_p, ctypes.c_uint, ctypes.c_size_t
        text = ctypes.c_char_p
        now = ctypes.c_uint32
        for name, result, arguments in (
            ("bench_new", pointer, [text, number, number, number, number, number]),
            ("bench_free", None, [pointer]),
            ("bench_take", ctypes.c_int, [pointer, ctypes.c_int, text, size, now]),
            ("bench_load", ctypes.c_int, [pointer, ctypes.c_int, text, size]),
            (
                "bench_bundle",
                ctypes.c_int,
                [pointer, ctypes.c_int, text, size, size, now, text, size, ctypes.POINTER(size)],
            ),
            ("bench_uses", ctypes.c_int, [pointer, size]),
            ("gate_move", None, [pointer, text, size]),
            ("bench_filter", None, [pointer, text, text, size]),
            ("bench_forget_filters", None, [pointer]),
            ("bench_document_keys", None, [pointer, text, text, number]),
            ("bench_record", size, [pointer, now, text, size]),
            ("bench_restore", now, [pointer, text, size, text, size]),
            ("bench_sentence", size, [text, text, size]),
            ("bench_document", ctypes.c_int, [number, text, size, text]),
            ("bench_is_text", ctypes.c_int, [text, size]),
            ("bench_is_fresh", ctypes.c_int, [pointer, now]),
            ("bench_verify", ctypes.c_int, [text, text, size, text]),
            (
                "gate_new",
                pointer,
                [pointer, text, size, text, number, ctypes.c_int, ctypes.c_int64, number, number],
            ),
            ("gate_free", None, [pointer]),
            ("gate_ask", ctypes.c_int, [pointer, ctypes.c_int, text, size, now, text, text, size, text]),
            ("gate_rule", ctypes.c_int, [pointer, now, text]),
            ("gate_idle", None, [pointer, now]),
            ("hp_place_from_text", size, [text, size, text, size]),
            ("hp_result_name", text, [ctypes.c_int]),
            ("hp_refusal_sentence", text, [ctypes.c_uint8]),
        ):
            function = getattr(lib, name)
            function.restype, function.argtypes = result, arguments

    def name(self, result: int) -> str:
        """The code of an update."""
        return str(self.lib.hp_result_name(result).decode())

    def document(self, type: str, number: str) -> str | None:
        """The normal form of a number; None if no such document has it."""
        out = ctypes.create_string_buffer(40)
        data = number.encode("utf-8", "surrogatepass")
        size = self.lib.bench_document(_TYPES.get(type, 9), data, len(data), out)
        return out.raw[:size].decode() if size else None

    def sentence(self, answer: Answer) -> str:
        """What is said at the gate."""
        packed = bytes(
            (answer.decision, answer.refusal, 0, len(answer.colors), *bytes(25), answer.not_checked, answer.set_up)
        )
        out = ctypes.create_string_buffer(600)
        size = self.lib.bench_sentence(packed, out, 600)
        return out.raw[:size].decode()

    def place(self, poster: str) -> bytes | None:
        """The certificate behind the text of a poster."""
        data, out = poster.encode("utf-8", "surrogatepass"), ctypes.create_string_buffer(4300)
        size = self.lib.hp_place_from_text(data, len(data), out, len(out))
        return out.raw[:size] if size else None

    def is_text(self, text: str | bytes) -> bool:
        """Whether the text of a pass has some bytes behind it."""
        data = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
        return bool(self.lib.bench_is_text(data, len(data)))

    def verifies(self, key: bytes, message: bytes, signature: bytes) -> bool:
        """The port's verdict on a signature."""
        return bool(self.lib.bench_verify(key, message, len(message), signature))


class CoreStore:
    """What `TrustStore` is in Python, in memory."""

    def __init__(
        self, core: Core, roots: RootSet, signers: int = SIGNERS, streams: int = STREAMS, filters: int = FILTERS
    ) -> None:
        self.core = core
        self._gates: list[CoreVerifier] = []
        packed = b"".join(roots.keys)
        self.handle = core.lib.bench_new(packed, len(roots.keys), roots.threshold, signers, streams, filters)
        assert self.handle

    def __del__(self) -> None:
        if getattr(self, "handle", None):
            self.core.lib.bench_free(self.handle)

    def take(self, what: int, data: bytes, now: int, pieces: Mapping[str, bytes] | None = None) -> str:
        """An update: "ok", or why it was refused. `pieces` are filters by the digits of the digest asked for."""
        self._pieces(pieces)
        return self.core.name(self.core.lib.bench_take(self.handle, what, data, len(data), now))

    def bundle(
        self, data: bytes, now: int | None, most: int = 16_777_216, room: int = 40_000
    ) -> tuple[str, list[tuple[str, str]]]:
        """A bundle, at a start without `now`: what became of it, and of each part by its kind."""
        out, count = ctypes.create_string_buffer(2 * room), ctypes.c_size_t()
        result = self.core.lib.bench_bundle(
            self.handle, now is None, data, len(data), most, now or 0, out, room, ctypes.byref(count)
        )
        told = out.raw[: 2 * count.value]
        parts = [(PARTS[part], self.core.name(code)) for part, code in zip(told[::2], told[1::2], strict=True)]
        return self.core.name(result), parts

    def uses(self, number: int) -> bool:
        """Whether anything in force lies in what was given last but so many."""
        return bool(self.core.lib.bench_uses(self.handle, number))

    def load(self, what: int, data: bytes, pieces: Mapping[str, bytes] | None = None) -> str:
        """What was stored, at a start."""
        self._pieces(pieces)
        return self.core.name(self.core.lib.bench_load(self.handle, what, data, len(data)))

    def _pieces(self, pieces: Mapping[str, bytes] | None) -> None:
        self.core.lib.bench_forget_filters(self.handle)
        for digest, data in (pieces or {}).items():
            self.core.lib.bench_filter(self.handle, bytes.fromhex(digest), data, len(data))

    def document_keys(self, keys: Mapping[bytes, bytes]) -> None:
        """The document keys of this scanner, by their ids."""
        self.core.lib.bench_document_keys(self.handle, b"".join(keys), b"".join(keys.values()), len(keys))

    def is_fresh(self, now: int) -> bool:
        """Whether trust list and revocation data let any pass be checked."""
        return bool(self.core.lib.bench_is_fresh(self.handle, now))

    def record(self, number: int) -> bytes:
        """The floors, to be stored."""
        out = ctypes.create_string_buffer(1 << 16)
        size = self.core.lib.bench_record(self.handle, number, out, len(out))
        return out.raw[:size]

    def restore(self, one: bytes, other: bytes) -> int:
        """Floors that were stored: the number of the newer whole record, or 0."""
        return int(self.core.lib.bench_restore(self.handle, one, len(one), other, len(other)))


class CoreVerifier:
    """What `Verifier` is in Python. Raises `ValueError` for what cannot be asked."""

    def __init__(
        self,
        store: CoreStore,
        *,
        place: bytes | None = None,
        audience: str | None = None,
        skew: int = 60,
        documents: bool = True,
        since: int | None = None,
        replay_capacity: int = 4050,
    ) -> None:
        self._store, lib = store, store.core.lib
        self._lib = lib
        self._handle = lib.gate_new(
            store.handle,
            place,
            len(place or b""),
            None if audience is None else audience.encode(),
            skew,
            documents,
            -1 if since is None else since,
            replay_capacity,
            RECENT,
        )
        if not self._handle:
            raise ValueError("no such scanner")

    def __del__(self) -> None:
        if getattr(self, "_handle", None):
            self._lib.gate_free(self._handle)

    def ask(
        self,
        how: int,
        text: str | bytes | None,
        *,
        now: int,
        nonce: bytes | None = None,
        documents: Sequence[Document] = (),
    ) -> Answer:
        """`DECIDE` or `VERIFY`."""
        numbers = [(each.type, bytes(each.number)) for each in documents]
        return self.ask_with(how, text, now=now, nonce=nonce, documents=numbers)

    def ask_with(
        self,
        how: int,
        text: str | bytes | None,
        *,
        now: int,
        nonce: bytes | None,
        documents: Sequence[tuple[str, bytes]],
    ) -> Answer:
        """The same, for documents by their types and numbers."""
        data = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
        packed = _packed(documents)
        out = ctypes.create_string_buffer(_OUTCOME)
        result = self._lib.gate_ask(self._handle, how, data, len(data or b""), now, nonce, packed, len(packed), out)
        if result:
            raise ValueError(f"the core cannot be asked that: {result}")
        return _answer(out.raw)

    def rule(self, now: int) -> tuple[int, tuple[int, ...] | None]:
        """The refusal, or 0, and how people may be checked here: admitted, assisted, documents, audience."""
        out = ctypes.create_string_buffer(8)
        refusal = self._lib.gate_rule(self._handle, now, out)
        return refusal, tuple(out.raw[1:5]) if out.raw[0] else None

    def move(self, place: bytes) -> None:
        """To another place."""
        self._lib.gate_move(self._handle, place, len(place))

    def forget(self, now: int) -> None:
        """Forget what is over."""
        self._lib.gate_idle(self._handle, now)


def _packed(documents: Sequence[tuple[str, bytes]]) -> bytes:
    return b"".join(bytes((_TYPES[kind], len(number))) + number for kind, number in documents)


def _answer(raw: bytes) -> Answer:
    people = raw[3]
    number: Any = int.from_bytes
    return Answer(
        raw[0],
        raw[1],
        None if raw[2] == 255 else raw[2],
        tuple(raw[4 : 4 + people]),
        tuple(raw[12 : 12 + people]),
        number(raw[20:24], "big"),
        number(raw[24:28], "big"),
        bool(raw[28]),
        bool(raw[29]),
        bool(raw[30]),
    )
