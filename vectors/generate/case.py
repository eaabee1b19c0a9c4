"""Cases and their steps: what is written into the files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]


class Named(bytes):
    """Bytes that stand in shared.json, once, under a name."""

    name: str

    def __new__(cls, name: str, data: bytes) -> Named:
        made = super().__new__(cls, data)
        made.name = name
        return made


Piece = bytes | Json
"""Bytes; or {"repeat": hex, "times": n}; or {"each": "87 44 #4", "first": n, "count": n}, where #4 is the number of a
repetition in four bytes."""


class Pieces(list[Piece]):
    """A long message in pieces, for which the file has no need to be long."""


def expanded(piece: Piece) -> bytes:
    """The bytes of a piece."""
    if isinstance(piece, bytes):
        return bytes(piece)
    if "repeat" in piece:
        return bytes.fromhex(piece["repeat"]) * int(piece["times"])
    parts = piece["each"].split()
    return b"".join(
        number.to_bytes(int(part[1:]), "big") if part[0] == "#" else bytes.fromhex(part)
        for number in range(piece["first"], piece["first"] + piece["count"])
        for part in parts
    )


def written(data: bytes | Pieces) -> Any:
    """How bytes stand in a file."""
    if isinstance(data, Named):
        return "@" + data.name
    if isinstance(data, bytes):
        return data.hex()
    return [written(piece) if isinstance(piece, bytes) else piece for piece in data]


@dataclass
class Case:
    """One case.

    Attributes:
        id: unique; begins with the name of its file.
        comment: what is special.
        steps: what the scanner is told, in order, and what it answers.
        setup: what comes before, by its name in shared.json.
        scanner: how the scanner is made, beside what the set-up says.
        needs: parts that not every implementation has.
    """

    id: str
    comment: str
    steps: list[Json]
    setup: str
    scanner: Json = field(default_factory=dict)
    needs: Sequence[str] = ()

    def json(self) -> Json:
        made: Json = {"id": self.id, "comment": self.comment, "setup": self.setup}
        if self.scanner:
            made["scanner"] = self.scanner
        if self.needs:
            made["needs"] = sorted(self.needs)
        return {**made, "steps": self.steps}


Maker = Callable[[], Iterable[Case]]
FILES: dict[str, list[Maker]] = {}


def cases(file: str) -> Callable[[Maker], Maker]:
    """Marks a small generator of cases, for one file."""

    def registered(maker: Maker) -> Maker:
        FILES.setdefault(file, []).append(maker)
        return maker

    return registered


def all_of(file: str) -> Iterator[Case]:
    for maker in FILES[file]:
        yield from maker()


LAYERS = {
    1: "text",
    2: "text",
    3: "template",
    4: "trust-data",
    5: "revocation",
    6: "window",
    7: "window",
    8: "window",
    9: "issuer-signature",
    10: "expiry",
    11: "holder",
    12: "holder",
    13: "holder",
    14: "holder",
    15: "holder",
    16: "holder",
    17: "replay",
    18: "document",
    19: "document",
    20: "revocation",
    21: "place",
    22: "document",
    23: "replay",
    24: "place",
}
"""Which layer refuses with a code, if nothing else is said."""
NOBODYS_FAULT = (2, 4, 5, 7, 13, 14, 22, 23, 24)


@dataclass(frozen=True)
class Rule:
    """The colours that a place admits and helps, as bits; by default those of a list without a policy."""

    admitted: int = 1
    helped: int = 0


def accepted(
    colors: Sequence[int] = (1,),
    rule: Rule = Rule(),
    documents: str | Sequence[str] = "not-bound",
    *,
    expires: int,
    stale: int = 0,
    repeated: bool = False,
) -> Json:
    """A verdict, and the decision by the table of docs/protocol.md."""
    left = [color for color in colors if not rule.admitted >> color - 1 & 1]
    decision = "ADMIT" if not left else "ASSIST" if all(rule.helped >> color - 1 & 1 for color in left) else "REFUSE"
    compared = [documents] * len(colors) if isinstance(documents, str) else list(documents)
    answer = {"decision": decision, "colors": list(colors), "expires": expires, "stale": stale, "documents": compared}
    return {**answer, "repeated": True} if repeated else answer


def refused(
    code: int,
    layer: str | None = None,
    *,
    rule: Rule = Rule(),
    index: int | None = None,
    excused: bool = False,
    reads_documents: bool = True,
    repeated: bool = False,
) -> Json:
    """A refusal, and the decision by the table. `excused`: 1, 3, 6, 10 or 15 that is nobody's fault."""
    if code == 21:
        decision = "NO_CHECK"
    elif code == 18:
        decision = "ASK" if reads_documents else "ASSIST"
    else:
        decision = "ASSIST" if excused or code in NOBODYS_FAULT or rule.helped else "REFUSE"
    answer: Json = {"decision": decision, "refusal": code}
    if index is not None:
        answer["index"] = index
    if repeated:
        answer["repeated"] = True
    return {**answer, "layer": layer or LAYERS[code]}


def show(
    text: str | bytes | None,
    now: int,
    expect: Json,
    *,
    nonce: bytes | None = None,
    documents: Sequence[tuple[str, str]] = (),
) -> Json:
    """A text is shown, at a time."""
    step: Json = {"do": "show", "now": now}
    if isinstance(text, bytes):
        step["raw"] = text.hex()
    else:
        step["text"] = text
    if nonce is not None:
        step["nonce"] = nonce.hex()
    if documents:
        step["documents"] = [{"type": type, "number": number} for type, number in documents]
    return {**step, "expect": expect}


def flips(text: str, constants: Sequence[tuple[int, int]], now: int, expect: Json) -> Json:
    """The text with each byte of these ranges flipped in one bit: bit n mod 8 of byte n."""
    return {"do": "flips", "text": text, "bytes": [list(each) for each in constants], "now": now, "expect": expect}


def _taken(refusal: str | None) -> Json:
    return {"taken": True} if refusal is None else {"taken": False, "layer": f"update:{refusal}"}


def take(what: str, data: bytes | Pieces, now: int, refusal: str | None = None) -> Json:
    """An update ("trust-list" or "area-table") that is taken, or refused for a reason."""
    return {"do": what, "data": written(data), "now": now, "expect": _taken(refusal)}


def take_revocation(
    data: bytes | Pieces, now: int, filters: Iterable[tuple[bytes, bytes]] = (), refusal: str | None = None
) -> Json:
    """A snapshot or delta, and the filters that can be had: pairs of digest and bytes."""
    step: Json = {"do": "revocation", "data": written(data), "now": now}
    there = {digest.hex(): written(filter_) for digest, filter_ in filters}
    if there:
        step["filters"] = there
    return {**step, "expect": _taken(refusal)}


def take_bundle(data: bytes | Pieces, now: int, parts: Sequence[str | None] | None, *, most: int | None = None) -> Json:
    """A bundle, and for each part (document keys apart) None or why it is refused. Without `parts` it
    is no bundle."""
    step: Json = {"do": "bundle", "data": written(data), "now": now}
    if most is not None:
        step["most"] = most
    expect = _taken("malformed")
    if parts is not None:
        layers = [None if each is None else f"update:{each}" for each in parts]
        expect = {"taken": True, "parts": [each is None for each in parts], "layer": layers}
    return {**step, "expect": expect}


def place_step(certificate: bytes | str, refusal: str | None = None) -> Json:
    """The scanner is set up at a place, by its certificate or by the text of its poster."""
    key, value = ("poster", certificate) if isinstance(certificate, str) else ("data", written(certificate))
    return {"do": "place", key: value, "expect": _taken(refusal)}


def restart(since: int | None = None) -> Json:
    """The scanner starts again: trust data stay, what was shown is forgotten."""
    return {"do": "restart", **({} if since is None else {"since": since}), "expect": {}}


def forget(now: int) -> Json:
    """A moment at which nobody comes."""
    return {"do": "forget", "now": now, "expect": {}}
