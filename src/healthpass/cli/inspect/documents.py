"""What is in a delivery of document keys, in certificates of stations and regions, and in the key files of all this."""

from __future__ import annotations

from healthpass._shown import digest_of
from healthpass._texts import text_of
from healthpass.cli.output import NOT_SHOWN, Fields, Moment
from healthpass.crypto.keyfile import parse_document_key, parse_sealing_key, parse_sealing_public_key
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


def document_key_fields(data: bytes) -> Fields:
    """A document key file, by its id alone. Raises `BadInput` if it is none."""
    key_id, _ = parse_document_key(text_of(data))
    return {"kind": "document key file", "secret": NOT_SHOWN, "document_key_id": key_id}


def sealing_key_fields(data: bytes) -> Fields:
    """A file of a public sealing key, or that of a private one without the key. Raises `BadInput` if it is neither."""
    text = text_of(data)
    if text.startswith("-----BEGIN PRIVATE KEY"):
        return {"kind": "private sealing key file", "secret": NOT_SHOWN, "key": parse_sealing_key(text).public_key}
    return {"kind": "public sealing key file", "key": parse_sealing_public_key(text)}
