"""The area table: which areas are of medium or high risk today. A COSE_Sign1 by a risk office; its payload is the map

    1 format   2 version   3 issued   4 expires   5 codes of medium-risk areas   6 codes of high-risk areas

Codes are 4 bytes each, in ascending order in one byte string, so that a scanner looks one up in place. An area that is
in neither is of low risk.
"""

from __future__ import annotations

from healthpass._intenum import LightIntEnum
from healthpass._typed import checks_itself, hold, typed
from healthpass.errors import FormatError
from healthpass.formats import cbor, fields
from healthpass.formats.claim import MIN_TIME

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

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


@typed
class AreaTable:
    """The risk of each area. The codes stay in the two byte strings of the wire, and are looked up there.

    Attributes:
        version: rises with every table of one risk office's key, 1 to 2^32 - 1.
        issued, expires: seconds since 1970 UTC.

    Raises:
        FormatError: a value out of range, an area twice or in both lists, or more than 65,536 in a list.
    """

    __slots__ = ("_high", "_medium", "expires", "issued", "version")

    def __init__(
        self, version: int, issued: int, expires: int, *, medium: Iterable[int] = (), high: Iterable[int] = ()
    ) -> None:
        self._fill(version, issued, expires, _packed(medium), _packed(high))

    @classmethod
    def of_lists(cls, version: int, issued: int, expires: int, medium: bytes, high: bytes) -> AreaTable:
        """A table of two lists as they are on the wire. Raises `FormatError` as above, or for codes out of order."""
        table = cls.__new__(cls)
        table._fill(version, issued, expires, medium, high)
        return table

    def _fill(self, version: int, issued: int, expires: int, medium: bytes, high: bytes) -> None:
        self.version = fields.uint(version, "version", least=1)
        self.issued = fields.uint(issued, "issued", least=MIN_TIME)
        self.expires = fields.uint(expires, "expires", least=issued + 1)
        for codes in (medium, high):
            _check_list(codes)
        _check_apart(medium, high)
        self._medium = medium
        self._high = high

    @checks_itself
    def risk(self, area: int) -> Risk:
        """The area's risk; low if the table does not name it."""
        if type(area) is not int:
            hold(AreaTable.risk, self, area)
        code = fields.uint(area, "area code")
        if fields.holds(self._high, code):
            return Risk.HIGH
        return Risk.MEDIUM if fields.holds(self._medium, code) else Risk.LOW

    def lists(self) -> tuple[bytes, bytes]:
        """The areas of medium and of high risk, as on the wire."""
        return self._medium, self._high

    def codes(self, risk: Risk) -> list[int]:
        """The areas of medium or of high risk, in ascending order. Raises `ValueError` for low: they are not listed."""
        if risk == Risk.LOW:
            raise ValueError("areas of low risk are not listed")
        return fields.unpacked({Risk.MEDIUM: self._medium, Risk.HIGH: self._high}[risk])

    def __repr__(self) -> str:
        return f"AreaTable(version={self.version}, medium={len(self._medium) // 4}, high={len(self._high) // 4})"


def _packed(areas: Iterable[int]) -> bytes:
    return b"".join(sorted(fields.uint(area, "area code").to_bytes(4, "big") for area in areas))


def _check_list(codes: bytes) -> None:
    if len(codes) % 4 or len(codes) > 4 * MAX_AREAS:
        raise FormatError(f"areas: 4 bytes each, at most {MAX_AREAS}")
    if not fields.is_ascending(codes):
        raise FormatError("areas: out of order or repeated")


def _check_apart(one: bytes, other: bytes) -> None:
    if not fields.are_apart(one, other):
        raise FormatError("areas: one is in both lists")


@typed
def encode_area_table(table: AreaTable) -> bytes:
    """The payload's bytes, deterministic."""
    medium, high = table.lists()
    return cbor.encode({1: FORMAT, 2: table.version, 3: table.issued, 4: table.expires, 5: medium, 6: high})


@typed
def parse_area_table(payload: bytes) -> AreaTable:
    """The content of a payload. Raises `FormatError` if anything in it is not as above."""
    content = fields.labelled(cbor.decode(payload, cbor.FEW_ITEMS), "area table", _REQUIRED)
    fields.uint(content[1], "format", least=FORMAT, most=FORMAT)
    return AreaTable.of_lists(
        version=fields.uint(content[2], "version"),
        issued=fields.uint(content[3], "issued"),
        expires=fields.uint(content[4], "expires"),
        medium=_bytes(content[5]),
        high=_bytes(content[6]),
    )


def _bytes(value: Value) -> bytes:
    if type(value) is not bytes:
        raise FormatError("areas: not a byte string")
    return value
