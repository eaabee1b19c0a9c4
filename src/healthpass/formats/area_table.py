"""The area table: which areas are of medium or high risk today. A COSE_Sign1 by a risk office; its payload is the map

    1 format   2 version   3 issued   4 expires   5 codes of medium-risk areas   6 codes of high-risk areas

Codes are 4 bytes each, in ascending order in one byte string, so that a scanner looks one up in place. An area that is
in neither is of low risk.
"""

from __future__ import annotations

from healthpass._intenum import LightIntEnum
from healthpass.errors import FormatError
from healthpass.formats import cbor, fields
from healthpass.formats.claim import MIN_TIME

TYPE_CHECKING = False
if TYPE_CHECKING:
    from healthpass.formats.cbor import Value

FORMAT = 1
MAX_AREAS = 65_536
"""In each of the two lists."""
MAX_SIZE = 1_048_576
"""Bytes of the whole message."""
_REQUIRED = frozenset(range(1, 7))


class Risk(LightIntEnum):
    """How likely infection is in an area today."""

    LOW = 0
    MEDIUM = 1
    HIGH = 2


class AreaTable:
    """The risk of each area.

    Attributes:
        version: rises with every table of one risk office's key, 1 to 2^32 - 1.
        issued, expires: seconds since 1970 UTC.

    Raises:
        FormatError: a value out of range, an area twice or in both lists, or more than 65,536 in a list.
    """

    __slots__ = ("_high", "_medium", "expires", "issued", "version")

    def __init__(
        self, version: int, issued: int, expires: int, *, medium: tuple[int, ...] = (), high: tuple[int, ...] = ()
    ) -> None:
        self.version = fields.uint(version, "version", least=1)
        self.issued = fields.uint(issued, "issued", least=MIN_TIME)
        self.expires = fields.uint(expires, "expires", least=issued + 1)
        for codes in (medium, high):
            if len(codes) > MAX_AREAS:
                raise FormatError(f"areas: at most {MAX_AREAS} in a list")
            for code in codes:
                fields.uint(code, "area code")
        fields.distinct([*medium, *high], "area codes")
        self._medium = frozenset(medium)
        self._high = frozenset(high)

    def risk(self, area: int) -> Risk:
        """The area's risk; low if the table does not name it."""
        if area in self._high:
            return Risk.HIGH
        return Risk.MEDIUM if area in self._medium else Risk.LOW

    def codes(self, risk: Risk) -> list[int]:
        """The areas of medium or of high risk, in ascending order."""
        return sorted({Risk.MEDIUM: self._medium, Risk.HIGH: self._high}[risk])

    def __repr__(self) -> str:
        return f"AreaTable(version={self.version}, medium={len(self._medium)}, high={len(self._high)})"


def encode_area_table(table: AreaTable) -> bytes:
    """The payload's bytes, deterministic."""
    lists = [b"".join(code.to_bytes(4, "big") for code in table.codes(risk)) for risk in (Risk.MEDIUM, Risk.HIGH)]
    return cbor.encode(
        {1: FORMAT, 2: table.version, 3: table.issued, 4: table.expires, 5: lists[0], 6: lists[1]},
    )


def parse_area_table(payload: bytes) -> AreaTable:
    """The content of a payload. Raises `FormatError` if anything in it is not as above."""
    content = fields.labelled(cbor.decode(payload), "area table", _REQUIRED)
    fields.uint(content[1], "format", least=FORMAT, most=FORMAT)
    return AreaTable(
        version=fields.uint(content[2], "version"),
        issued=fields.uint(content[3], "issued"),
        expires=fields.uint(content[4], "expires"),
        medium=_codes(content[5]),
        high=_codes(content[6]),
    )


def _codes(value: Value) -> tuple[int, ...]:
    if type(value) is not bytes or len(value) % 4 or len(value) > 4 * MAX_AREAS:
        raise FormatError(f"areas: 4 bytes each, at most {MAX_AREAS}")
    codes = tuple(int.from_bytes(value[at : at + 4], "big") for at in range(0, len(value), 4))
    if any(codes[n - 1] >= codes[n] for n in range(1, len(codes))):
        raise FormatError("areas: out of order or repeated")
    return codes
