"""The two authorities that work online for the roots: the registrar of places and stations, and the risk office."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from nacl.utils import random

from healthpass._frames import guarded
from healthpass._typed import typed
from healthpass._values import seconds
from healthpass.authority.ceremony import DAY
from healthpass.crypto.sealing import seal
from healthpass.crypto.signer import Signer, sign_message
from healthpass.formats import cose
from healthpass.formats.area_table import AreaTable, encode_area_table
from healthpass.formats.document_keys import DocumentKeyDelivery, encode_delivery, encode_keys
from healthpass.formats.place import MAX_LIFETIME, PLACE_ID_SIZE, Place, encode_place
from healthpass.formats.station import (
    MAX_NAME_CHARS,
    MAX_REGION_LIFETIME,
    MAX_STATION_LIFETIME,
    STATION_ID_SIZE,
    Region,
    Station,
    encode_region,
    encode_station,
)
from healthpass.formats.words import word

if TYPE_CHECKING:
    from healthpass._values import Time

TABLE_LIFETIME = 2 * DAY
"""How long an area table lives by default; it is renewed daily."""


@typed
class Registrar:
    """Certifies places, stations and regions, and gives document keys to those who are enrolled. It keeps no state.

    Args:
        signer: a key that the trust list names as a registrar's.
    """

    def __init__(self, signer: Signer) -> None:
        self._signer = signer

    @property
    def public_key(self) -> bytes:
        """The registrar's public key, 32 bytes."""
        return self._signer.public_key

    def certify(
        self, place_class: int, area: int, *, now: Time, lifetime: int = MAX_LIFETIME, place_id: str | None = None
    ) -> bytes:
        """A place certificate.

        Args:
            place_class: what kind of place it is; see `healthpass.formats.place.PlaceClass`.
            area: the code of its area, 0 to 2^32 - 1.
            now: the time of issue, in seconds since 1970 UTC or an aware `datetime`.
            lifetime: seconds, 30 days at most and by default.
            place_id: to renew a certificate: the place's id so far, 16 lower-case hexadecimal digits. By default a
                fresh random one.

        Raises:
            FormatError: a value is out of range.
        """
        issued = seconds(now)
        if place_id is None:
            place_id = random(PLACE_ID_SIZE).hex()
        place = Place(place_id, place_class, area, issued, issued + lifetime)
        return sign_message(self._signer, cose.PLACE, encode_place(place))

    def certify_station(
        self, key: bytes, area: int, *, now: Time, lifetime: int = MAX_STATION_LIFETIME, station_id: str | None = None
    ) -> bytes:
        """A station certificate.

        Args:
            key: the station's public key, 32 bytes.
            area: the code of its area, 0 to 2^32 - 1.
            now: the time of issue, in seconds since 1970 UTC or an aware `datetime`.
            lifetime: seconds, 30 days at most and by default.
            station_id: to renew a certificate: its id so far. By default a fresh random one.

        Raises:
            FormatError: a value is out of range.
        """
        issued = seconds(now)
        station = Station(station_id or random(STATION_ID_SIZE).hex(), key, area, issued, issued + lifetime)
        return sign_message(self._signer, cose.STATION, encode_station(station))

    def certify_region(self, key: bytes, name: str, *, now: Time, lifetime: int = MAX_REGION_LIFETIME) -> bytes:
        """A region certificate, by which stations know whom they ask.

        Args:
            key: the public key that signs the region's attestations, 32 bytes.
            name: for people, 1 to 64 characters; it is put into Unicode's NFC, without blanks around it.
            now: the time of issue, in seconds since 1970 UTC or an aware `datetime`.
            lifetime: seconds, 366 days at most and by default.

        Raises:
            FormatError: a value is out of range.
        """
        issued = seconds(now)
        region = Region(word(name, "region name", MAX_NAME_CHARS), key, issued, issued + lifetime)
        return sign_message(self._signer, cose.REGION, encode_region(region))

    @guarded
    def deliver_document_keys(
        self,
        keys: Mapping[bytes, bytes],
        recipient: bytes,
        *,
        version: int,
        now: Time,
        lifetime: int = MAX_LIFETIME,
    ) -> bytes:
        """Document keys for one region or scanner, sealed to it; in place of all that it was given before.

        Args:
            keys: ids (4 bytes each, as windows name them) and keys (32 bytes each), 1 to 16.
            recipient: its public sealing key, 32 bytes.
            version: higher than that of any delivery that this key has signed for this recipient. A round of deliveries
                to many may have one version.
            now: the time of issue, in seconds since 1970 UTC or an aware `datetime`.
            lifetime: seconds within which it must be taken, 30 days by default.

        Raises:
            FormatError: a value is out of range, or the sealing key is of small order.
        """
        issued, sealed = seconds(now), seal(recipient, encode_keys(keys))
        delivery = DocumentKeyDelivery(version, issued, issued + lifetime, recipient, sealed)
        return sign_message(self._signer, cose.DOCUMENT_KEYS, encode_delivery(delivery))


@typed
class RiskOffice:
    """Says which areas are of medium or high risk today. It keeps no state.

    Args:
        signer: a key that the trust list names as a risk office's.
    """

    def __init__(self, signer: Signer) -> None:
        self._signer = signer

    @property
    def public_key(self) -> bytes:
        """The risk office's public key, 32 bytes."""
        return self._signer.public_key

    def publish(
        self,
        version: int,
        *,
        now: Time,
        medium: Iterable[int] = (),
        high: Iterable[int] = (),
        lifetime: int = TABLE_LIFETIME,
    ) -> bytes:
        """An area table.

        Args:
            version: higher than that of any table that this key has signed.
            now: the time of issue, in seconds since 1970 UTC or an aware `datetime`.
            medium, high: codes of the areas of medium and of high risk, at most 65,536 each; all others are low.
            lifetime: seconds, two days by default.

        Raises:
            FormatError: a value is out of range, or an area is there twice.
        """
        issued = seconds(now)
        table = AreaTable(version, issued, issued + lifetime, medium=tuple(medium), high=tuple(high))
        return sign_message(self._signer, cose.AREA_TABLE, encode_area_table(table))
