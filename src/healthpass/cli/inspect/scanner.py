"""What a scanner is shown and given, as fields: passes, place certificates, area tables, bundles."""

from __future__ import annotations

from healthpass._shown import digest_of
from healthpass.cli.output import Fields, Moment, member
from healthpass.formats import area_table as area_format
from healthpass.formats import cose
from healthpass.formats import place as place_format
from healthpass.formats.bundle import parse_bundle
from healthpass.formats.claim import Claim, parse_claim
from healthpass.formats.place import PlaceClass, Risk
from healthpass.formats.presentation import parse_presentation
from healthpass.formats.words import word_of


def claim_fields(data: bytes) -> Fields:
    """A claim. Raises `FormatError` if it is none."""
    return {"kind": "claim", "bytes": len(data), **_parsed(parse_claim(data))}


def presentation_fields(data: bytes) -> Fields:
    """A presentation. Raises `FormatError` if it is none."""
    shown = parse_presentation(data)
    return {
        "kind": "presentation",
        "bytes": len(data),
        "shown": Moment(shown.iat),
        "audience": shown.audience,
        "nonce": shown.nonce,
        "claims": [_parsed(claim) for claim in shown.claims],
    }


def place_fields(data: bytes) -> Fields:
    """A place certificate. Raises `FormatError` if it is none."""
    message = cose.decode_sign1(data, cose.PLACE, place_format.MAX_SIZE)
    place = place_format.parse_place(message.payload)
    return {
        "kind": "place certificate",
        "registrar": message.key,
        "place_id": place.id,
        "digest": digest_of(data),
        "place_class": member(PlaceClass, place.place_class),
        "area": place.area,
        "issued": Moment(place.issued),
        "expires": Moment(place.expires),
    }


def area_table_fields(data: bytes) -> Fields:
    """An area table. Raises `FormatError` if it is none."""
    message = cose.decode_sign1(data, cose.AREA_TABLE, area_format.MAX_SIZE)
    table = area_format.parse_area_table(message.payload)
    return {
        "kind": "area table",
        "risk_office": message.key,
        "digest": digest_of(data),
        "version": table.version,
        "issued": Moment(table.issued),
        "expires": Moment(table.expires),
        "medium": table.codes(Risk.MEDIUM),
        "high": table.codes(Risk.HIGH),
    }


def bundle_fields(data: bytes) -> Fields:
    """A bundle. Raises `FormatError` if it is none."""
    parts = parse_bundle(data)
    return {
        "kind": "bundle",
        "bytes": len(data),
        "rotations": len(parts.rotations),
        "trust_list": digest_of(parts.trust_list),
        "area_table": None if parts.area_table is None else digest_of(parts.area_table),
        "places": [digest_of(each) for each in parts.places],
        "snapshots": [digest_of(snapshot) for snapshot, _ in parts.revocations],
        "filters": len(parts.filters),
        "document_keys": len(parts.document_keys),
    }


def _parsed(claim: Claim) -> Fields:
    return {
        "color": claim.color,
        "binding": word_of(claim.binding),
        "kid": claim.kid,
        "expires": Moment(claim.exp),
        "slot": claim.slot,
        "holder_key": claim.key,
        "document_tag": claim.tag,
    }
