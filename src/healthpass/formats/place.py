"""A place certificate: what a registrar says of a place where people may be checked. A COSE_Sign1 on a poster.

Its payload is one fixed byte template, so that phones and a scanner's firmware compare and slice:

    {1: 1 (format), 2: place id, 8 bytes, 3: class, one byte, 4: area code, 4 bytes, 5: issued, 6: expires}
"""

from __future__ import annotations

from healthpass._intenum import LightIntEnum
from healthpass._typed import typed
from healthpass.errors import FormatError
from healthpass.formats import fields
from healthpass.formats.claim import MIN_TIME
from healthpass.formats.template import Template

MAX_SIZE = 512
"""Bytes of the whole message; it has 179."""
MAX_LIFETIME = 30 * 86_400
"""A place certificate lives 30 days at most."""
PLACE_ID_SIZE = 8

_PAYLOAD = Template(
    b"\xa6\x01\x01\x02\x48",
    ("id", PLACE_ID_SIZE),
    b"\x03",
    ("class", 1),
    b"\x04\x44",
    ("area", 4),
    b"\x05\x1a",
    ("issued", 4),
    b"\x06\x1a",
    ("expires", 4),
)


class PlaceClass(LightIntEnum):
    """What kind of place it is, as the check policy sees it. 7 to 23 are free for a country's own classes."""

    ORDINARY = 1
    HOSPITAL = 2
    CARE_HOME = 3
    TRANSPORT_HUB = 4
    SCHOOL = 5
    SPECIAL_WORKPLACE = 6
    """The staff entrance of a workplace of special personnel: a cold chain, a border crossing, a fever clinic. Who is
    checked there works there, so that no pass says what anybody works as."""


MAX_CLASS = 23
"""Classes are one-byte integers."""


@typed
class Place:
    """A certified place.

    Attributes:
        id: 16 lower-case hexadecimal digits: the audience of what is shown here.
        place_class: 1 to 23; the first six are named in `PlaceClass`.
        area: the area's code, 0 to 2^32 - 1, as the area table has it.
        issued, expires: seconds since 1970 UTC, at most 30 days apart.

    Raises:
        FormatError: a field is out of range.
    """

    __slots__ = ("area", "expires", "id", "issued", "place_class")

    def __init__(self, id: str, place_class: int, area: int, issued: int, expires: int) -> None:
        if not fields.is_id(id):
            raise FormatError("a place id is 16 lower-case hexadecimal digits")
        self.id = id
        self.place_class = fields.uint(int(place_class), "place class", least=1, most=MAX_CLASS)
        self.area = fields.uint(area, "area code")
        self.issued = fields.uint(issued, "issued", least=MIN_TIME)
        self.expires = fields.uint(expires, "expires", least=issued + 1)
        if expires - issued > MAX_LIFETIME:
            raise FormatError("a place certificate lives 30 days at most")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Place):
            return NotImplemented
        return all(getattr(self, name) == getattr(other, name) for name in self.__slots__)

    def __hash__(self) -> int:
        return hash((self.id, self.issued))

    def __repr__(self) -> str:
        return f"Place(place_class={self.place_class}, area={self.area}, expires={self.expires})"


@typed
def encode_place(place: Place) -> bytes:
    """The payload's bytes."""
    return _PAYLOAD.fill(
        **{
            "id": bytes.fromhex(place.id),
            "class": bytes((place.place_class,)),
            "area": place.area.to_bytes(4, "big"),
            "issued": place.issued.to_bytes(4, "big"),
            "expires": place.expires.to_bytes(4, "big"),
        }
    )


@typed
def parse_place(payload: bytes) -> Place:
    """The place of a payload. Raises `FormatError` if it is not exactly of the template, or a field is out of range."""
    if not _PAYLOAD.matches(payload):
        raise FormatError("not a place certificate")
    where = _PAYLOAD.fields
    return Place(
        id=payload[where["id"]].hex(),
        place_class=payload[where["class"]][0],
        area=int.from_bytes(payload[where["area"]], "big"),
        issued=int.from_bytes(payload[where["issued"]], "big"),
        expires=int.from_bytes(payload[where["expires"]], "big"),
    )
