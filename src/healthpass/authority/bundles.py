"""Bundles: one file with what scanners without a network need, made by whoever looks after them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from healthpass._typed import typed
from healthpass.crypto import ed25519
from healthpass.errors import RevocationRefused
from healthpass.formats import area_table as area_format
from healthpass.formats import cose, place, revocation
from healthpass.formats import document_keys as keys_format
from healthpass.formats.area_table import parse_area_table
from healthpass.formats.bundle import Bundle, encode_bundle
from healthpass.formats.document_keys import parse_delivery
from healthpass.formats.revocation import parse_delta, parse_snapshot
from healthpass.formats.trust_list import MAX_SIZE, parse_trust_list

Filters = Callable[[str], bytes] | str | os.PathLike[str]
"""Gives a filter for the hexadecimal digits of its digest, or is the folder where they lie as DIGEST.filter."""


@typed
def make_bundle(
    trust_list: bytes,
    *,
    rotations: Sequence[bytes] = (),
    area_table: bytes | None = None,
    places: Sequence[bytes] = (),
    revocations: Sequence[tuple[bytes, bytes | None]] = (),
    filters: Filters | None = None,
    document_keys: Sequence[bytes] = (),
) -> bytes:
    """A bundle for `healthpass.verifier.TrustStore.update_bundle`. For the same parts always the same bytes.

    Each part is looked at, so that no file goes by another's name; signatures are the scanner's matter.

    Args:
        trust_list: the newest.
        rotations: the lists that changed the roots, oldest first, for scanners with older roots.
        area_table: of today.
        places: place certificates, as bytes.
        revocations: of each revocation key the snapshot, and the delta upon it or None.
        filters: where the filters are that the snapshots name.
        document_keys: deliveries, each for one scanner.

    Raises:
        FormatError: a part is not what it is given as.
        RevocationRefused: "missing-filter" or "digest": a filter that a snapshot names is missing, or is another.
    """
    for each in (trust_list, *rotations):
        parse_trust_list(cose.decode_sign(each, cose.TRUST_LIST, MAX_SIZE).payload)
    if area_table is not None:
        parse_area_table(cose.decode_sign1(area_table, cose.AREA_TABLE, area_format.MAX_SIZE).payload)
    for each in places:
        place.parse_place(cose.decode_sign1(each, cose.PLACE, place.MAX_SIZE).payload)
    named: dict[bytes, int] = {}
    for snapshot, delta in revocations:
        message = cose.decode_sign1(snapshot, cose.SNAPSHOT, revocation.MAX_SNAPSHOT_SIZE)
        named.update(parse_snapshot(message.payload).filters.values())
        if delta is not None:
            parse_delta(cose.decode_sign1(delta, cose.DELTA, revocation.MAX_DELTA_SIZE).payload)
    for each in document_keys:
        parse_delivery(cose.decode_sign1(each, cose.DOCUMENT_KEYS, keys_format.MAX_SIZE).payload)
    pieces = dict(_found(named.items(), filters))
    return encode_bundle(Bundle(trust_list, rotations, area_table, places, revocations, pieces, document_keys))


def is_delta_of(delta: bytes, snapshot: bytes) -> bool:
    """Whether a delta adds to this snapshot, and not to one before. Raises `FormatError` if they are none."""
    message = cose.decode_sign1(delta, cose.DELTA, revocation.MAX_DELTA_SIZE)
    base = cose.decode_sign1(snapshot, cose.SNAPSHOT, revocation.MAX_SNAPSHOT_SIZE)
    return message.key == base.key and parse_delta(message.payload).base == parse_snapshot(base.payload).version


def _found(named: Iterable[tuple[bytes, int]], filters: Filters | None) -> Iterable[tuple[bytes, bytes]]:
    for digest, length in named:
        try:
            piece = _piece(digest.hex(), filters)
        except (KeyError, OSError):
            raise RevocationRefused("missing-filter", "a filter that a snapshot names is not there; fetch it") from None
        if len(piece) != length or ed25519.sha512(piece)[: len(digest)] != digest:
            raise RevocationRefused("digest", "a filter is not the one that its snapshot names: fetch it again")
        yield digest, piece


def _piece(name: str, filters: Filters | None) -> bytes:
    if filters is None:
        raise KeyError
    return filters(name) if callable(filters) else (Path(filters) / f"{name}.filter").read_bytes()
