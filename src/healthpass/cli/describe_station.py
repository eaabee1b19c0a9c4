"""What stations and regions say to each other and to the platform, as fields for people and programs."""

from __future__ import annotations

from typing import Any

from healthpass.cli.context import when
from healthpass.formats import cose
from healthpass.formats.assisted import MAX_SEALING_KEY_SIZE, parse_daily_key
from healthpass.formats.assisted_envelope import parse_answer_envelope, parse_query_envelope
from healthpass.formats.station import MAX_SIZE, parse_station
from healthpass.formats.station_attestation import MAX_SIZE as MAX_ATTESTATION
from healthpass.formats.station_attestation import parse_station_attestation

_SEALED = "sealed: nothing can be read"


def daily_key_fields(data: bytes) -> dict[str, Any]:
    """The fields of a region's sealing key. Raises `FormatError` if it is none."""
    message = cose.decode_sign1(data, cose.SEALING_KEY, MAX_SEALING_KEY_SIZE)
    key = parse_daily_key(message.payload)
    return {
        "kind": "a region's sealing key",
        "region key": message.key,
        "from": when(key.valid_from),
        "until": when(key.expires),
        "key": key.key,
    }


def query_fields(data: bytes) -> dict[str, Any]:
    """What a relay sees of a query. Raises `FormatError` if it is none."""
    envelope = parse_query_envelope(data)
    return {
        "kind": "assisted query",
        "bytes": len(data),
        "region key": envelope.region,
        "sealing key": envelope.sealing_key,
        "content": _SEALED,
    }


def answer_fields(data: bytes) -> dict[str, Any]:
    """What a relay sees of an answer. Raises `FormatError` if it is none."""
    parse_answer_envelope(data)
    return {"kind": "assisted answer", "bytes": len(data), "content": _SEALED}


def station_attestation_fields(data: bytes) -> dict[str, Any]:
    """The fields of a station's attestation, without the seed. Raises `FormatError` if it is none."""
    message = cose.decode_sign1(data, cose.STATION_ATTESTATION, MAX_ATTESTATION)
    content = parse_station_attestation(message.payload)
    station = parse_station(cose.decode_sign1(content.certificate, cose.STATION, MAX_SIZE).payload)
    return {
        "kind": "station attestation",
        "station key": message.key,
        "station id": station.id,
        "reference": content.reference,
        "issued": when(content.issued),
        "colour": content.color.name,
        "from": when(content.valid_from),
        "to": when(content.expires),
        "grounds": content.grounds,
        "seed": "not shown",
    }
