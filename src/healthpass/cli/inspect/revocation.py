"""What a snapshot, delta, filter or notice says, as fields for people and programs."""

from __future__ import annotations

from healthpass.cli.output import Fields, Moment
from healthpass.formats import cose
from healthpass.formats import notice as notice_format
from healthpass.formats.revocation.filter import RevocationFilter
from healthpass.formats.revocation.messages import MAX_DELTA_SIZE, MAX_SNAPSHOT_SIZE, parse_delta, parse_snapshot


def snapshot_fields(data: bytes) -> Fields:
    """The fields of a snapshot. Raises `FormatError` if it is none."""
    message = cose.decode_sign1(data, cose.SNAPSHOT, MAX_SNAPSHOT_SIZE)
    content = parse_snapshot(message.payload)
    return {
        "kind": "revocation snapshot",
        "revocation_key": message.key,
        "version": content.version,
        "issued": Moment(content.issued),
        "expires": Moment(content.expires),
        # A digest in one piece, for it is the name of the filter's file.
        "filters": [
            {"kid": kid, "bytes": length, "digest": digest.hex()} for kid, (digest, length) in content.filters.items()
        ],
    }


def delta_fields(data: bytes) -> Fields:
    """The fields of a delta. Raises `FormatError` if it is none."""
    message = cose.decode_sign1(data, cose.DELTA, MAX_DELTA_SIZE)
    content = parse_delta(message.payload)
    return {
        "kind": "revocation delta",
        "revocation_key": message.key,
        "version": content.version,
        "issued": Moment(content.issued),
        "expires": Moment(content.expires),
        "base": content.base,
        "revoked_slots": [{"kid": kid, "count": len(slots) // 4} for kid, slots in content.slots.items()],
    }


def filter_fields(data: bytes) -> Fields:
    """The fields of a filter. Raises `FormatError` if it is none."""
    opened = RevocationFilter(data)
    opened.check()
    return {"kind": "revocation filter", "bytes": len(data), "capacity": opened.capacity, "count": opened.count}


def notice_fields(data: bytes) -> Fields:
    """The fields of a notice. Raises `FormatError` if it is none."""
    message = cose.decode_sign1(data, cose.REVOCATION_NOTICE, notice_format.MAX_SIZE)
    content = notice_format.parse_notice(message.payload)
    return {
        "kind": "revocation notice",
        "attester": message.key,
        "reference": content.reference,
        "issued": Moment(content.issued),
        "at_wish": content.at_wish,
    }
