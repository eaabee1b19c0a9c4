"""What a registrar certifies besides places: stations, which help people, and regions, which answer stations.

Each is a COSE_Sign1 of its own type. The payload of a station certificate is the map

    1 format   2 station id, 8 bytes   3 the station's public key, 32 bytes   4 area code   5 issued   6 expires

and that of a region certificate

    1 format   2 name   3 the region's public key, 32 bytes, which signs its attestations   4 issued   5 expires

A station certificate lives 30 days at most, a region certificate a year.
"""

from __future__ import annotations

from dataclasses import dataclass

from healthpass._typed import typed
from healthpass.errors import FormatError
from healthpass.formats import cbor, fields
from healthpass.formats.claim import MIN_TIME

FORMAT = 1
MAX_SIZE = 512
"""Bytes of either message."""
MAX_STATION_LIFETIME = 30 * 86_400
MAX_REGION_LIFETIME = 366 * 86_400
STATION_ID_SIZE = 8
MAX_NAME_CHARS = 64


@typed
@dataclass(frozen=True, slots=True)
class Station:
    """A certified station: a desk of a hospital where people without a pass are helped.

    Attributes:
        id: 16 lower-case hexadecimal digits.
        key: signs its queries and what it vouches for, 32 bytes.
        area: the code of its area, 0 to 2^32 - 1.
        issued, expires: seconds since 1970 UTC, at most 30 days apart.

    Raises:
        FormatError: a field is out of range.
    """

    id: str
    key: bytes
    area: int
    issued: int
    expires: int

    def __post_init__(self) -> None:
        if not fields.is_id(self.id):
            raise FormatError("a station id is 16 lower-case hexadecimal digits")
        fields.byte_string(self.key, "station key", 32)
        fields.uint(self.area, "area code")
        fields.uint(self.issued, "issued", least=MIN_TIME)
        fields.uint(self.expires, "expires", least=self.issued + 1)
        if self.expires - self.issued > MAX_STATION_LIFETIME:
            raise FormatError("a station certificate lives 30 days at most")


@typed
@dataclass(frozen=True, slots=True)
class Region:
    """A certified region: whom a station may ask about a person.

    Attributes:
        name: for people, 1 to 64 characters.
        key: the attester's public key, 32 bytes.
        issued, expires: seconds since 1970 UTC, at most 366 days apart.

    Raises:
        FormatError: a field is out of range.
    """

    name: str
    key: bytes
    issued: int
    expires: int

    def __post_init__(self) -> None:
        fields.text(self.name, "region name", MAX_NAME_CHARS)
        cbor.encode(self.name)  # no half of a surrogate pair
        fields.byte_string(self.key, "region key", 32)
        fields.uint(self.issued, "issued", least=MIN_TIME)
        fields.uint(self.expires, "expires", least=self.issued + 1)
        if self.expires - self.issued > MAX_REGION_LIFETIME:
            raise FormatError("a region certificate lives 366 days at most")


@typed
def encode_station(station: Station) -> bytes:
    """The payload's bytes, deterministic."""
    return cbor.encode(
        {
            1: FORMAT,
            2: bytes.fromhex(station.id),
            3: station.key,
            4: station.area,
            5: station.issued,
            6: station.expires,
        }
    )


@typed
def parse_station(payload: bytes) -> Station:
    """The station of a payload. Raises `FormatError` if anything in it is not as above."""
    content = fields.labelled(
        cbor.decode(payload, cbor.FEW_ITEMS), "station certificate", frozenset(range(1, 7)), additions=False
    )
    fields.uint(content[1], "format", least=FORMAT, most=FORMAT)
    return Station(
        id=fields.byte_string(content[2], "station id", STATION_ID_SIZE).hex(),
        key=fields.byte_string(content[3], "station key", 32),
        area=fields.uint(content[4], "area code"),
        issued=fields.uint(content[5], "issued"),
        expires=fields.uint(content[6], "expires"),
    )


@typed
def encode_region(region: Region) -> bytes:
    """The payload's bytes, deterministic."""
    return cbor.encode({1: FORMAT, 2: region.name, 3: region.key, 4: region.issued, 5: region.expires})


@typed
def parse_region(payload: bytes) -> Region:
    """The region of a payload. Raises `FormatError` if anything in it is not as above."""
    content = fields.labelled(
        cbor.decode(payload, cbor.FEW_ITEMS), "region certificate", frozenset(range(1, 6)), additions=False
    )
    fields.uint(content[1], "format", least=FORMAT, most=FORMAT)
    return Region(
        name=fields.text(content[2], "region name", MAX_NAME_CHARS),
        key=fields.byte_string(content[3], "region key", 32),
        issued=fields.uint(content[4], "issued"),
        expires=fields.uint(content[5], "expires"),
    )
