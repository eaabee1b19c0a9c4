"""What a message of ours says, as fields for people and programs: the reader is chosen by how it begins."""

from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import Callable, Mapping

from healthpass.cli.inspect.documents import delivery_fields, region_fields, station_fields
from healthpass.cli.inspect.enrolment import (
    attestation_fields,
    batch_fields,
    issue_request_fields,
    key_request_fields,
    offer_fields,
    sealed_batch_fields,
)
from healthpass.cli.inspect.keys import key_file_fields, roots_fields
from healthpass.cli.inspect.platform import (
    draft_fields,
    hand_in_fields,
    platform_sealing_fields,
    root_signature_fields,
    trust_list_fields,
    window_key_fields,
)
from healthpass.cli.inspect.revocation import delta_fields, filter_fields, notice_fields, snapshot_fields
from healthpass.cli.inspect.scanner import (
    area_table_fields,
    bundle_fields,
    claim_fields,
    place_fields,
    presentation_fields,
)
from healthpass.cli.inspect.station import (
    answer_fields,
    daily_key_fields,
    query_fields,
    station_attestation_fields,
)
from healthpass.cli.output import SEALED, Fields
from healthpass.crypto.passphrase import MAGIC as SEALED_FILE
from healthpass.errors import FormatError
from healthpass.formats import cbor, cose
from healthpass.formats.assisted_envelope import QUERY_SIZE
from healthpass.formats.claim import BINDING_BY_SIZE
from healthpass.formats.revocation.filter import FORMAT as FILTER_FORMAT
from healthpass.issuer.sealing_keys import MAGIC as SEALING_KEYS

Reader = Callable[[bytes], Fields]


def describe(data: bytes) -> Fields:
    """The kind of `data` and its fields, without anything secret.

    1. A signed message says its type; a file begins with a word of its own. The reader of that says what is wrong.
    2. What has none of these is told by its first bytes.
    3. A root's signature and a sealed batch can begin with any bytes: they are told by their sizes alone.

    Raises:
        BadInput: it is none of our messages, or a damaged one.
    """
    reader = BY_TYPE.get(cose.type_of(data) or "") or _by_word(data)  # 1
    if reader is not None:
        return reader(data)
    for read in (_by_shape(data), root_signature_fields if len(data) == 96 else sealed_batch_fields):  # 2, 3
        try:
            return read(data)
        except FormatError:
            continue
    raise FormatError("none of our messages, or a damaged one")


def _wallet_fields(data: bytes) -> Fields:
    return {"kind": "wallet", "bytes": len(data), "content": SEALED}


BY_TYPE: Mapping[str, Reader] = {
    cose.TRUST_LIST: trust_list_fields,
    cose.ATTESTATION: attestation_fields,
    cose.PLACE: place_fields,
    cose.AREA_TABLE: area_table_fields,
    cose.SNAPSHOT: snapshot_fields,
    cose.DELTA: delta_fields,
    cose.REVOCATION_NOTICE: notice_fields,
    cose.DOCUMENT_KEYS: delivery_fields,
    cose.STATION: station_fields,
    cose.REGION: region_fields,
    cose.SEALING_KEY: daily_key_fields,
    cose.STATION_ATTESTATION: station_attestation_fields,
}
"""By what a signed message says it is. Queries and answers travel sealed, in envelopes."""
_BY_WORD: Mapping[bytes, Reader] = {
    SEALED_FILE: _wallet_fields,
    SEALING_KEYS: platform_sealing_fields,
    b"-----BEGIN ": key_file_fields,
    b"threshold: ": roots_fields,
}


def _by_word(data: bytes) -> Reader | None:
    start = data[:32].removeprefix(BOM_UTF8)
    return next((reader for word, reader in _BY_WORD.items() if start.startswith(word)), None)


def _by_shape(data: bytes) -> Reader:
    """By the major type of CBOR that the first byte has."""
    major = data[0] >> 5 if data else 0
    if major == _TAG:
        return claim_fields if len(data) in BINDING_BY_SIZE else presentation_fields
    if major == _MAP:
        return draft_fields
    if major == _ARRAY:
        return _by_record(data)
    return filter_fields if data and data[0] >> 4 == FILTER_FORMAT else sealed_batch_fields


_BYTES, _TEXT, _ARRAY, _MAP, _TAG = range(2, 7)
_BY_RECORD: Mapping[tuple[int, int], Reader] = {
    (2, _BYTES): answer_fields,
    (2, _ARRAY): batch_fields,
    (3, _ARRAY): window_key_fields,
    (4, _TEXT): hand_in_fields,
    (4, _BYTES): issue_request_fields,
    (5, _BYTES): key_request_fields,
    (7, _BYTES): offer_fields,
    (8, _ARRAY): bundle_fields,
}
"""By how many items an array has, and what the second is: the first is the format of each."""


def _by_record(data: bytes) -> Reader:
    try:
        _, count, at = cbor.read_head(data, 0)
        second, size, _ = cbor.read_head(data, cbor.read_head(data, at)[2])
    except FormatError:
        return sealed_batch_fields
    if (count, second, size, len(data)) == (4, _BYTES, 32, QUERY_SIZE):  # a key; in an issue request it is a message
        return query_fields
    return _BY_RECORD.get((count, second), sealed_batch_fields)
