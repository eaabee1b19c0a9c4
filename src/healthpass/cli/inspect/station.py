"""What stations and regions say to each other and to the platform, as fields for people and programs."""

from __future__ import annotations

from healthpass.cli.output import NOT_SHOWN, SEALED, Fields, Moment
from healthpass.formats import cose
from healthpass.formats.assisted import MAX_SEALING_KEY_SIZE, parse_daily_key
from healthpass.formats.assisted_envelope import parse_answer_envelope, parse_query_envelope
from healthpass.formats.station import MAX_SIZE, parse_station
from healthpass.formats.station_attestation import MAX_SIZE as MAX_ATTESTATION
from healthpass.formats.station_attestation import parse_station_attestation


def daily_key_fields(data: bytes) -> Fields:
    """The fields of a region's sealing key. Raises `FormatError` if it is none."""
    message = cose.decode_sign1(data, cose.SEALING_KEY, MAX_SEALING_KEY_SIZE)
    key = parse_daily_key(message.payload)
    return {
        "kind": "region's sealing key",
        "region_key": message.key,
        "valid_from": Moment(key.valid_from),
        "expires": Moment(key.expires),
        "key": key.key,
    }


def query_fields(data: bytes) -> Fields:
    """What a relay sees of a query. Raises `FormatError` if it is none."""
    envelope = parse_query_envelope(data)
    return {
        "kind": "assisted query",
        "bytes": len(data),
        "region_key": envelope.region,
        "sealing_key": envelope.sealing_key,
        "content": SEALED,
    }


def answer_fields(data: bytes) -> Fields:
    """What a relay sees of an answer. Raises `FormatError` if it is none."""
    parse_answer_envelope(data)
    return {"kind": "assisted answer", "bytes": len(data), "content": SEALED}


def station_attestation_fields(data: bytes) -> Fields:
    """The fields of a station's attestation, without the seed. Raises `FormatError` if it is none."""
    message = cose.decode_sign1(data, cose.STATION_ATTESTATION, MAX_ATTESTATION)
    content = parse_station_attestation(message.payload)
    station = parse_station(cose.decode_sign1(content.certificate, cose.STATION, MAX_SIZE).payload)
    return {
        "kind": "station attestation",
        "station_key": message.key,
        "station_id": station.id,
        "reference": content.reference,
        "issued": Moment(content.issued),
        "color": content.color,
        "valid_from": Moment(content.valid_from),
        "expires": Moment(content.expires),
        "grounds": content.grounds,
        "seed": NOT_SHOWN,
    }
