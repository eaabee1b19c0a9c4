"""What is in a delivery of document keys, and in certificates of stations and regions."""

from __future__ import annotations

from healthpass._shown import digest_of
from healthpass.cli.output import Fields, Moment
from healthpass.formats import cose
from healthpass.formats import document_keys as keys_format
from healthpass.formats import station as station_format


def delivery_fields(data: bytes) -> Fields:
    """A delivery of document keys, which stay sealed. Raises `FormatError` if it is none."""
    message = cose.decode_sign1(data, cose.DOCUMENT_KEYS, keys_format.MAX_SIZE)
    content = keys_format.parse_delivery(message.payload)
    return {
        "kind": "delivery of document keys",
        "registrar": message.key,
        "version": content.version,
        "issued": Moment(content.issued),
        "expires": Moment(content.expires),
        "recipient": content.recipient,
    }


def station_fields(data: bytes) -> Fields:
    """A station certificate. Raises `FormatError` if it is none."""
    message = cose.decode_sign1(data, cose.STATION, station_format.MAX_SIZE)
    content = station_format.parse_station(message.payload)
    return {
        "kind": "station certificate",
        "registrar": message.key,
        "station_id": content.id,
        "key": content.key,
        "digest": digest_of(data),
        "area": content.area,
        "issued": Moment(content.issued),
        "expires": Moment(content.expires),
    }


def region_fields(data: bytes) -> Fields:
    """A region certificate. Raises `FormatError` if it is none."""
    message = cose.decode_sign1(data, cose.REGION, station_format.MAX_SIZE)
    content = station_format.parse_region(message.payload)
    return {
        "kind": "region certificate",
        "registrar": message.key,
        "name": content.name,
        "key": content.key,
        "digest": digest_of(data),
        "issued": Moment(content.issued),
        "expires": Moment(content.expires),
    }
