"""What a station and a region say to each other about a person who has no pass. Three COSE_Sign1 messages.

A sealing key, by the region, to which stations seal their queries for a day:

    1 format   2 valid from   3 expires   4 X25519 public key

An assisted query, by the station:

    1 format   2 the region's key   3 the sealing key that it is meant for   4 one-time answer key (X25519)   5 nonce
    6 issued   7 consent: 1   8 document type   9 document number   10 station certificate

An assisted answer, by the region:

    1 format   2 hash of the query   3 issued   4 kind: 1 a pass, 2 not known   5 the pass or null

Queries and answers travel sealed, in envelopes of one size each: see `healthpass.formats.assisted_envelope`.
"""

from __future__ import annotations

from dataclasses import dataclass

from healthpass._frames import guarded
from healthpass._typed import typed
from healthpass.errors import FormatError
from healthpass.formats import cbor, fields
from healthpass.formats.claim import BINDING_BY_SIZE, DOCUMENT, MIN_TIME
from healthpass.formats.document import MAX_NUMBER_CHARS, Document
from healthpass.formats.station import MAX_SIZE as MAX_CERTIFICATE_SIZE

FORMAT = 1
MAX_SEALING_KEY_SIZE = 512
"""Bytes of the message with a sealing key."""
MAX_SEALING_KEY_LIFETIME = 2 * 86_400
KEY_SIZE = 32
NONCE_SIZE = 16
HASH_SIZE = 32
PASS_SIZE = next(size for size, binding in BINDING_BY_SIZE.items() if binding == DOCUMENT)
"""Bytes of the only pass that an answer can carry: a claim bound to a document alone."""

PASS, NOT_KNOWN = 1, 2
"""The kinds of answers."""
_CONSENT = 1


@typed
@dataclass(frozen=True, slots=True, repr=False)
class DailyKey:
    """What a region's sealing key is good for: the public half.

    Attributes:
        valid_from, expires: seconds since 1970 UTC, at most 48 hours apart.
        key: X25519 public key, 32 bytes.

    Raises:
        FormatError: a field is out of range.
    """

    valid_from: int
    expires: int
    key: bytes

    def __post_init__(self) -> None:
        fields.uint(self.valid_from, "valid from", least=MIN_TIME)
        fields.uint(self.expires, "expires", least=self.valid_from + 1)
        fields.byte_string(self.key, "sealing key", KEY_SIZE)
        if self.expires - self.valid_from > MAX_SEALING_KEY_LIFETIME:
            raise FormatError("a sealing key lives 48 hours at most")

    def __repr__(self) -> str:
        return f"DailyKey(valid_from={self.valid_from}, expires={self.expires})"


@typed
class AssistedQuery:
    """A station asks a region for a person's pass, with the person's consent. Without it there is no query to build.

    Attributes:
        region: the public key of the region asked, 32 bytes.
        sealing_key: the region's sealing key that this query is meant for, 32 bytes.
        answer_key: X25519, to which the answer is sealed, 32 bytes; for this query alone.
        nonce: 16 random bytes.
        issued: seconds since 1970 UTC.
        document: whose pass it is. Not wiped here.
        certificate: the station's.

    Raises:
        FormatError: a field is out of range.
    """

    __slots__ = ("answer_key", "certificate", "document", "issued", "nonce", "region", "sealing_key")

    def __init__(
        self,
        *,
        region: bytes,
        sealing_key: bytes,
        answer_key: bytes,
        nonce: bytes,
        issued: int,
        document: Document,
        certificate: bytes,
    ) -> None:
        self.region = fields.byte_string(region, "region key", KEY_SIZE)
        self.sealing_key = fields.byte_string(sealing_key, "sealing key", KEY_SIZE)
        self.answer_key = fields.byte_string(answer_key, "answer key", KEY_SIZE)
        self.nonce = fields.byte_string(nonce, "nonce", NONCE_SIZE)
        self.issued = fields.uint(issued, "issued", least=MIN_TIME)
        self.document = document
        if type(certificate) is not bytes or not 1 <= len(certificate) <= MAX_CERTIFICATE_SIZE:
            raise FormatError(f"station certificate: not 1 to {MAX_CERTIFICATE_SIZE} bytes")
        self.certificate = certificate

    def __repr__(self) -> str:
        return "AssistedQuery(...)"


@typed
@dataclass(frozen=True, slots=True, repr=False)
class AssistedAnswer:
    """What a region answers.

    Attributes:
        query_hash: of the query's envelope, 32 bytes; see `healthpass.trust.assisted.query_hash`.
        issued: seconds since 1970 UTC.
        claim: the pass, 108 bytes: a claim bound to a document; None if the region does not know the person.

    Raises:
        FormatError: a field is out of range.
    """

    query_hash: bytes
    issued: int
    claim: bytes | None

    def __post_init__(self) -> None:
        fields.byte_string(self.query_hash, "query hash", HASH_SIZE)
        fields.uint(self.issued, "issued", least=MIN_TIME)
        if self.claim is not None:
            fields.byte_string(self.claim, "pass", PASS_SIZE)

    def __repr__(self) -> str:
        return "AssistedAnswer(...)"


@typed
def encode_daily_key(key: DailyKey) -> bytes:
    """The payload's bytes, deterministic."""
    return cbor.encode({1: FORMAT, 2: key.valid_from, 3: key.expires, 4: key.key})


@typed
def parse_daily_key(payload: bytes) -> DailyKey:
    """The content of a payload. Raises `FormatError` if anything in it is not as above."""
    content = fields.labelled(
        cbor.decode(payload, cbor.FEW_ITEMS), "sealing key", frozenset(range(1, 5)), additions=False
    )
    fields.uint(content[1], "format", least=FORMAT, most=FORMAT)
    return DailyKey(
        valid_from=fields.uint(content[2], "valid from"),
        expires=fields.uint(content[3], "expires"),
        key=fields.byte_string(content[4], "sealing key", KEY_SIZE),
    )


@typed
@guarded
def encode_query(query: AssistedQuery) -> bytes:
    """The payload's bytes, deterministic. They hold the document's number: keep them no longer than needed.

    Raises:
        ValueError: the document was wiped.
    """
    return cbor.encode(
        {
            1: FORMAT,
            2: query.region,
            3: query.sealing_key,
            4: query.answer_key,
            5: query.nonce,
            6: query.issued,
            7: _CONSENT,
            8: query.document.type,
            9: query.document.number.decode("ascii"),
            10: query.certificate,
        }
    )


@typed
@guarded
def parse_query(payload: bytes) -> AssistedQuery:
    """The content of a payload; wipe its document when done.

    Raises:
        FormatError: anything in it is not as above ("malformed"), or the person has not consented ("no-consent").
    """
    content = fields.labelled(
        cbor.decode(payload, cbor.FEW_ITEMS), "assisted query", frozenset(range(1, 11)), additions=False
    )
    fields.uint(content[1], "format", least=FORMAT, most=FORMAT)
    if fields.uint(content[7], "consent", most=_CONSENT) != _CONSENT:
        raise FormatError("the person has not consented to the query; ask the person first", "no-consent")
    certificate = content[10]
    if type(certificate) is not bytes:
        raise FormatError("station certificate: not a byte string")
    document = _document(content[8], content[9])
    try:
        return AssistedQuery(
            region=fields.byte_string(content[2], "region key", KEY_SIZE),
            sealing_key=fields.byte_string(content[3], "sealing key", KEY_SIZE),
            answer_key=fields.byte_string(content[4], "answer key", KEY_SIZE),
            nonce=fields.byte_string(content[5], "nonce", NONCE_SIZE),
            issued=fields.uint(content[6], "issued"),
            document=document,
            certificate=certificate,
        )
    except FormatError:
        document.wipe()
        raise


def _document(document_type: cbor.Value, number: cbor.Value) -> Document:
    """A document whose number is in its normal form already: no two queries say the same."""
    number = fields.text(number, "document number", MAX_NUMBER_CHARS)
    document = Document(fields.text(document_type, "document type", MAX_NUMBER_CHARS), number)
    if document.number.decode("ascii") != number:
        document.wipe()
        raise FormatError("a document number that is not in its normal form")
    return document


@typed
def encode_answer(answer: AssistedAnswer) -> bytes:
    """The payload's bytes, deterministic."""
    kind = NOT_KNOWN if answer.claim is None else PASS
    return cbor.encode({1: FORMAT, 2: answer.query_hash, 3: answer.issued, 4: kind, 5: answer.claim})


@typed
def parse_answer(payload: bytes) -> AssistedAnswer:
    """The content of a payload. Raises `FormatError` if anything in it is not as above."""
    content = fields.labelled(
        cbor.decode(payload, cbor.FEW_ITEMS), "assisted answer", frozenset(range(1, 6)), additions=False
    )
    fields.uint(content[1], "format", least=FORMAT, most=FORMAT)
    kind, claim = fields.uint(content[4], "kind", least=PASS, most=NOT_KNOWN), content[5]
    if (kind == NOT_KNOWN) != (claim is None):
        raise FormatError("an answer has a pass exactly if it says so")
    return AssistedAnswer(
        query_hash=fields.byte_string(content[2], "query hash", HASH_SIZE),
        issued=fields.uint(content[3], "issued"),
        claim=None if claim is None else fields.byte_string(claim, "pass", PASS_SIZE),
    )
