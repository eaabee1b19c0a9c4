"""The two authorities that work online for the roots: the registrar of places, and the risk office."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from nacl.utils import random

from healthpass._values import seconds
from healthpass.authority.ceremony import DAY
from healthpass.crypto.signer import Signer, sign_message
from healthpass.formats import cose
from healthpass.formats.area_table import AreaTable, encode_area_table
from healthpass.formats.place import MAX_LIFETIME, PLACE_ID_SIZE, Place, encode_place

if TYPE_CHECKING:
    from healthpass._values import Time

TABLE_LIFETIME = 2 * DAY
"""How long an area table lives by default; it is renewed daily."""


class Registrar:
    """Certifies places. It keeps no state.

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
