"""Stations, their certificates and what they vouch for, from fixed seeds, as `tests.making` is."""

from __future__ import annotations

from typing import Any

from healthpass import Color
from healthpass.authority import Registrar
from healthpass.crypto.signer import Signer, sign_message
from healthpass.formats import cose
from healthpass.formats.station import MAX_SIZE, parse_station
from healthpass.formats.station_attestation import StationAttestation, encode_station_attestation
from healthpass.formats.trust_list import TrustList
from healthpass.issuer import ListedStation, StationLimits, StationList
from tests.making import DAY, NOW, WINDOW, make_trust_list, signer

REGISTRAR = Registrar(signer(30))
STATION, OTHER_STATION = signer(180), signer(181)
STATION_ID, OTHER_ID = "00000000000000a1", "00000000000000a2"
GROUNDS, SEED = bytes(range(100, 132)), bytes(range(132, 164))
AREA = 110_105


def certificate(
    station: Signer = STATION,
    registrar: Registrar = REGISTRAR,
    now: int = NOW - DAY,
    station_id: str = STATION_ID,
    **more: Any,
) -> bytes:
    """A station certificate, issued a day ago."""
    return registrar.certify_station(station.public_key, AREA, now=now, station_id=station_id, **more)


CERTIFICATE = certificate()


def listed(station: Signer, station_id: str, **more: Any) -> ListedStation:
    """An entry of a list of stations."""
    return ListedStation("Hospital", station_id, station.public_key, **more)


def stations_of(*stations: ListedStation, most: int = 50, **more: Any) -> StationList:
    """The list of these stations, by default of `STATION` and `OTHER_STATION`; so many passes for each."""
    both = listed(STATION, STATION_ID), listed(OTHER_STATION, OTHER_ID)
    return StationList(stations or both, **{"passes": StationLimits(most), **more})


def station_id_of(data: bytes) -> str:
    """The id in a station's certificate."""
    return parse_station(cose.decode_sign1(data, cose.STATION, MAX_SIZE).payload).id


def station_list(**more: Any) -> TrustList:
    """The content of a trust list with the registrar."""
    return make_trust_list(**{"registrar_keys": (REGISTRAR.public_key,), **more})


def vouch(station: Signer = STATION, **more: Any) -> bytes:
    """A station's attestation; `more` is what a test wants to be different of its fields."""
    values: dict[str, Any] = {
        "reference": bytes(16),
        "issued": NOW,
        "color": Color.YELLOW,
        "valid_from": WINDOW.valid_from,
        "expires": WINDOW.expires,
        "seed": SEED,
        "grounds": GROUNDS,
        "certificate": CERTIFICATE,
        **more,
    }
    return sign_vouching(encode_station_attestation(StationAttestation(**values)), station)


def sign_vouching(payload: bytes, station: Signer = STATION) -> bytes:
    """A station attestation with this payload, whatever it is."""
    return sign_message(station, cose.STATION_ATTESTATION, payload)
