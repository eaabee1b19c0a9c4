"""Conformance vectors as they lie in a folder: read, and each case written out in full for a program.

In the files, messages that many cases share stand once, and what is long is described in pieces. What a program gets
has neither: see docs/conformance.md.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from healthpass.errors import FormatError
from healthpass.formats import base45

FORMAT = 1
_PREFIX = "HP1:"
_LARGEST = 1 << 22
"""Bytes of a message that is described in pieces; no message of the protocol but a filter is larger."""

Json = dict[str, Any]


class Vectors:
    """A folder of vectors.

    Args:
        folder: with shared.json, and cases/*.json.

    Raises:
        FormatError: not such a folder, or of another format.
        OSError: a file cannot be read.
    """

    def __init__(self, folder: Path) -> None:
        shared = _read(folder / "shared.json")
        if not isinstance(shared, dict) or shared.get("format") != FORMAT:
            raise FormatError("these are no vectors that this version can run: shared.json says another format")
        self._messages: dict[str, str] = shared["messages"]
        self._setups: dict[str, Json] = shared["setups"]
        self._registrar: str = shared["registrar_seed"]
        self.files: dict[str, list[Json]] = {
            each.stem: _read(each) for each in sorted((folder / "cases").glob("*.json"))
        }

    def cases(self) -> Iterator[tuple[str, Json]]:
        """Each case with the name of its file, as it is in the file."""
        for name, listed in self.files.items():
            for case in listed:
                yield name, case

    def in_full(self, case: Json) -> Json:
        """A case as a program gets it, with what is expected of it. Raises `FormatError`: it is not one."""
        try:
            setup = self._setups[case["setup"]]
            scanner = {**setup["scanner"], **case.get("scanner", {})}
            steps = [step for each in (*setup["steps"], *case["steps"]) for step in _flipped(each)]
            made: Json = {"id": case["id"], "registrar_seed": self._registrar}
            made["scanner"] = self._resolved(scanner, ("place",))
            made["steps"] = [self._resolved(step, ("data",)) for step in steps]
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
            raise FormatError("a case is not as the schema of the vectors has it") from None
        return made

    def _resolved(self, values: Json, names: tuple[str, ...]) -> Json:
        made: Json = {name: self._hex(value) if name in names else value for name, value in values.items()}
        if "filters" in made:
            made["filters"] = {digest: self._hex(data) for digest, data in made["filters"].items()}
        return made

    def _hex(self, data: Any) -> str:
        """Hexadecimal digits of a message: as they are, by a name, or in pieces."""
        if isinstance(data, str):
            return self._messages[data[1:]] if data.startswith("@") else data
        if isinstance(data, list):
            return "".join(self._hex(piece) for piece in data)
        if "repeat" in data:
            return str(data["repeat"]) * _count(data["times"])
        parts, first = data["each"].split(), data["first"]
        return "".join(
            number.to_bytes(int(part[1:]), "big").hex() if part[0] == "#" else part
            for number in range(first, first + _count(data["count"]))
            for part in parts
        )


def compared(case: Json, answers: list[Json]) -> Iterator[tuple[int, Json, Json]]:
    """The steps whose answers differ: number, what was expected, and what was answered.

    A layer counts where the program names one.
    """
    for number, (step, answer) in enumerate(zip(case["steps"], answers, strict=True)):
        expected = step["expect"]
        if "layer" not in answer:
            expected = {name: value for name, value in expected.items() if name != "layer"}
        if answer != expected:
            yield number, expected, answer


def for_verify(case: Json) -> Json:
    """The same case for a program that verifies and does not decide.

    What is expected is the verdict or the refusal. Texts that are only repeated, and moments at which nothing is shown,
    are left out: those are questions of deciding.
    """
    steps = []
    for step in case["steps"]:
        expected = step["expect"]
        if step["do"] != "show":
            steps.append(step)
        elif step.get("text", "") is not None and "repeated" not in expected:
            left = {name: value for name, value in expected.items() if name != "decision"}
            steps.append({**step, "do": "verify", "expect": left})
    return {**case, "steps": steps}


def _count(number: int) -> int:
    if not 0 <= number <= _LARGEST:
        raise ValueError
    return number


def _flipped(step: Json) -> Iterator[Json]:
    """A step for each byte that is to be flipped; any other step as it is."""
    if step["do"] != "flips":
        yield step
        return
    data = base45.decode(step["text"].removeprefix(_PREFIX))
    for first, end in step["bytes"]:
        for at in range(first, end):
            changed = bytearray(data)
            changed[at] ^= 1 << at % 8
            text = _PREFIX + base45.encode(bytes(changed))
            yield {"do": "show", "now": step["now"], "text": text, "expect": step["expect"]}


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_text("utf-8"))
    except ValueError:
        raise FormatError("a file of the vectors is not JSON") from None
