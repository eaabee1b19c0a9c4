"""What a message of ours says, as fields for people and programs."""

from __future__ import annotations

from collections.abc import Callable

from healthpass._shown import digest_of
from healthpass._texts import text_of
from healthpass.cli.inspect.documents import (
    delivery_fields,
    document_key_fields,
    region_fields,
    sealing_key_fields,
    station_fields,
)
from healthpass.cli.inspect.enrolment import (
    BINDINGS,
    attestation_fields,
    batch_fields,
    issue_request_fields,
    key_request_fields,
    offer_fields,
    sealed_batch_fields,
)
from healthpass.cli.inspect.platform import (
    draft_fields,
    hand_in_fields,
    platform_sealing_fields,
    trust_list_fields,
    window_key_fields,
)
from healthpass.cli.inspect.revocation import delta_fields, filter_fields, notice_fields, snapshot_fields
from healthpass.cli.inspect.station import (
    answer_fields,
    daily_key_fields,
    query_fields,
    station_attestation_fields,
)
from healthpass.cli.output import NOT_SHOWN, SEALED, Fields, Moment, member
from healthpass.crypto.keyfile import is_sealed_key, parse_public_key, parse_roots
from healthpass.crypto.passphrase import is_sealed
from healthpass.errors import BadInput, FormatError
from healthpass.formats import area_table as area_format
from healthpass.formats import cose
from healthpass.formats import place as place_format
from healthpass.formats.bundle import parse_bundle
from healthpass.formats.claim import Claim, parse_claim
from healthpass.formats.place import PlaceClass, Risk
from healthpass.formats.presentation import parse_presentation
from healthpass.formats.window import RootSet


def describe(data: bytes) -> Fields:
    """The kind of `data` and its fields, without anything secret.

    Raises:
        FormatError: it is none of our messages.
    """
    for reader in _READERS:
        try:
            return reader(data)
        except BadInput:
            continue
    raise FormatError("none of our messages, or a damaged one")


def _claim_fields(claim: Claim) -> Fields:
    return {
        "color": claim.color,
        "binding": BINDINGS[claim.binding],
        "kid": claim.kid,
        "expires": Moment(claim.exp),
        "slot": claim.slot,
        "holder_key": claim.key,
        "document_tag": claim.tag,
    }


def _claim(data: bytes) -> Fields:
    return {"kind": "claim", "bytes": len(data), **_claim_fields(parse_claim(data))}


def _presentation(data: bytes) -> Fields:
    shown = parse_presentation(data)
    return {
        "kind": "presentation",
        "bytes": len(data),
        "shown": Moment(shown.iat),
        "audience": shown.audience,
        "nonce": shown.nonce,
        "claims": [_claim_fields(claim) for claim in shown.claims],
    }


def _place(data: bytes) -> Fields:
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


def _area_table(data: bytes) -> Fields:
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


def _bundle(data: bytes) -> Fields:
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


def _sealed(data: bytes) -> Fields:
    if not is_sealed(data):
        raise FormatError("not sealed")
    return {"kind": "wallet", "bytes": len(data), "content": SEALED}


def _root_signature(data: bytes) -> Fields:
    if len(data) != 96:
        raise FormatError("not a root's signature")
    return {"kind": "root's signature on a draft", "root": data[:32]}


def _key_file(data: bytes) -> Fields:
    text = text_of(data)
    if text.startswith("-----BEGIN PRIVATE KEY") or is_sealed_key(text):
        return {"kind": "private key file", "secret": NOT_SHOWN, "sealed": is_sealed_key(text)}
    return {"kind": "public key file", "key": parse_public_key(text)}


def _roots_file(data: bytes) -> Fields:
    roots: RootSet = parse_roots(text_of(data))
    return {"kind": "pinned roots", "threshold": roots.threshold, "roots": list(roots.keys), "digest": digest_of(data)}


_READERS: tuple[Callable[[bytes], Fields], ...] = (
    _claim,
    _presentation,
    trust_list_fields,
    attestation_fields,
    issue_request_fields,
    _place,
    _area_table,
    _bundle,
    snapshot_fields,
    delta_fields,
    notice_fields,
    delivery_fields,
    station_fields,
    region_fields,
    daily_key_fields,
    query_fields,
    answer_fields,
    station_attestation_fields,
    _sealed,
    document_key_fields,
    sealing_key_fields,
    _key_file,
    _roots_file,
    draft_fields,
    offer_fields,
    key_request_fields,
    batch_fields,
    hand_in_fields,
    window_key_fields,
    platform_sealing_fields,
    filter_fields,
    _root_signature,
    sealed_batch_fields,
)
