"""Is this station, or this region, certified now? The same answer at the region, the platform and the station."""

from __future__ import annotations

from typing import TYPE_CHECKING

from healthpass.errors import StationRefused
from healthpass.formats import cose
from healthpass.formats.station import MAX_SIZE, Region, Station, parse_region, parse_station
from healthpass.trust.signed import open_signed
from healthpass.trust.updates import CLOCK_SKEW

if TYPE_CHECKING:
    from healthpass.formats.trust_list import TrustList


def open_station(data: bytes, trust_list: TrustList, now: int) -> Station:
    """The station of a certificate that counts at `now`.

    1. It is a station certificate in its one form, by a registrar of the trust list, whose signature holds.
    2. It is neither from the future nor expired.

    Args:
        data: the COSE_Sign1, at most 512 bytes.
        trust_list: whom to believe.
        now: seconds since 1970 UTC.

    Raises:
        FormatError: 1.
        StationRefused: 1 ("not-a-registrar" or "bad-signature") or 2 ("certificate-from-the-future" or
            "certificate-expired").
    """
    station = parse_station(_payload(data, cose.STATION, trust_list))
    _check_times(station, now)
    return station


def registrar_of(data: bytes) -> bytes:
    """The public key of the registrar (32 bytes) whose certificate `open_station` has taken."""
    return cose.decode_sign1(data, cose.STATION, MAX_SIZE).key


def open_region(data: bytes, trust_list: TrustList, now: int) -> Region:
    """The region of a certificate that counts at `now`. The same for a region certificate, and raises the same."""
    region = parse_region(_payload(data, cose.REGION, trust_list))
    _check_times(region, now)
    return region


def _payload(data: bytes, typ: str, trust_list: TrustList) -> bytes:
    return open_signed(
        data,
        typ,
        MAX_SIZE,
        by=trust_list.registrar_keys,
        not_theirs=StationRefused(
            "not-a-registrar", "the certificate is not by a registrar of the trust list; fetch the newest trust list"
        ),
        bad_signature=StationRefused(
            "bad-signature", "the certificate's signature does not hold; get it from the registrar again"
        ),
    ).payload


def _check_times(certified: Station | Region, now: int) -> None:
    if now < certified.issued - CLOCK_SKEW:
        raise StationRefused(
            "certificate-from-the-future", "the certificate is issued after this clock's time; set the clock"
        )
    if now >= certified.expires:
        raise StationRefused("certificate-expired", "the certificate has expired: ask the registrar for a new one")
