"""What the messages of an enrolment say, as fields. What is sealed is not opened: only its size is said."""

from __future__ import annotations

from healthpass.cli.output import NOT_SHOWN, SEALED, Fields, Moment
from healthpass.errors import FormatError
from healthpass.formats import cose, enrolment
from healthpass.formats.attestation import MAX_SIZE, parse_attestation, parse_issue_request
from healthpass.formats.batch import parse_batch
from healthpass.formats.claim import parse_claim
from healthpass.formats.padding import BLOCK
from healthpass.formats.period import Period
from healthpass.formats.words import word_of

_SEALED_BOX = 48
"""Bytes that a sealed box has more than what is in it."""


def offer_fields(data: bytes) -> Fields:
    """The fields of an offer. Raises `FormatError` if it is none."""
    offer = enrolment.parse_offer(data)
    return {
        "kind": "offer",
        "attester": offer.attester,
        "reference": offer.reference,
        "platform": offer.platform,
        "binding": word_of(offer.binding),
        "people": offer.people,
        "periods": [_period(each) for each in offer.periods],
    }


def key_request_fields(data: bytes) -> Fields:
    """The fields of a wallet's answer. Raises `FormatError` if it is none."""
    request = enrolment.parse_key_request(data)
    return {
        "kind": "key request",
        "commitment": request.commitment,
        "sealing_key": request.sealing_key,
        "sealed_opening_bytes": len(request.sealed_opening),
        **{name: value for name, value in offer_fields(request.offer).items() if name != "kind"},
    }


def attestation_fields(data: bytes) -> Fields:
    """The fields of a region's attestation, without the seeds. Raises `FormatError` if it is none."""
    message = cose.decode_sign1(data, cose.ATTESTATION, MAX_SIZE)
    content = parse_attestation(message.payload)
    return {
        "kind": "attestation",
        "attester": message.key,
        "reference": content.reference,
        "issued": Moment(content.issued),
        "platform": content.platform,
        "local_colors": list(content.colors),
        "binding": word_of(content.binding),
        "seeds": None if content.seeds is None else NOT_SHOWN,
        "commitment": content.commitment,
        "recovery_hash": content.recovery_hash is not None,
        "periods": [_period(each) for each in content.periods],
    }


def issue_request_fields(data: bytes) -> Fields:
    """The fields of an issue request. Raises `FormatError` if it is none."""
    request = parse_issue_request(data)
    sealed = request.sealed_opening
    return {
        "kind": "issue request",
        "sealing_key": request.sealing_key,
        "sealed_opening_bytes": None if sealed is None else len(sealed),
        "attestation": {
            name: value for name, value in attestation_fields(request.attestation).items() if name != "kind"
        },
    }


def batch_fields(data: bytes) -> Fields:
    """The fields of a batch on paper. Raises `FormatError` if it is none."""
    claims = [parse_claim(claim) for claim in parse_batch(data)]
    kids = sorted({claim.kid for claim in claims})
    return {"kind": "batch", "claims": len(claims), "kids": kids, "colors": sorted({claim.color for claim in claims})}


def sealed_batch_fields(data: bytes) -> Fields:
    """Of what has the size of a sealed batch; nobody but its wallet can tell. Raises `FormatError` if it has not."""
    if len(data) <= _SEALED_BOX or (len(data) - _SEALED_BOX) % BLOCK:
        raise FormatError("not of the size of a sealed batch")
    return {"kind": "sealed batch, by its size", "bytes": len(data), "content": SEALED}


def _period(period: Period) -> Fields:
    return {"valid_from": Moment(period.valid_from), "expires": Moment(period.expires), "keys": period.count}
