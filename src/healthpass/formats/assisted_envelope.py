"""What the relaying platform sees of assisted queries and answers: bytes of one size, whatever is in them.

    query    84 01 58 20 region 58 20 sealing key 59 02 b0 sealed     [1, 32 bytes, 32 bytes, 688 bytes]: 761 bytes
    answer   82 01 59 01 90 sealed                                    [1, 400 bytes]: 405 bytes

Sealed (libsodium's `crypto_box_seal`, 48 bytes more) is a block: the length of the signed message in two bytes, the
message, zeros. The envelopes are compared with a template, not parsed.
"""

from __future__ import annotations

from healthpass._typed import typed
from healthpass.errors import FormatError
from healthpass.formats.template import Template

QUERY_BLOCK_SIZE = 640
"""Bytes of what is sealed in a query. The longest signed query has 557."""
ANSWER_BLOCK_SIZE = 352
"""Bytes of what is sealed in an answer. The longest signed answer has 313."""
SEAL_SIZE = 48
_LENGTH_SIZE = 2

_QUERY = Template(
    b"\x84\x01\x58\x20",
    ("region", 32),
    b"\x58\x20",
    ("sealing_key", 32),
    b"\x59" + (QUERY_BLOCK_SIZE + SEAL_SIZE).to_bytes(2, "big"),
    ("sealed", QUERY_BLOCK_SIZE + SEAL_SIZE),
)
_ANSWER = Template(
    b"\x82\x01\x59" + (ANSWER_BLOCK_SIZE + SEAL_SIZE).to_bytes(2, "big"), ("sealed", ANSWER_BLOCK_SIZE + SEAL_SIZE)
)
QUERY_SIZE, ANSWER_SIZE = _QUERY.size, _ANSWER.size
"""Bytes of every query, and of every answer, as they travel."""


@typed
class QueryEnvelope:
    """A sealed query.

    Attributes:
        region: whom to bring it to: the region's public key, 32 bytes.
        sealing_key: which of the region's sealing keys opens it, 32 bytes.
        sealed: 688 bytes.
    """

    __slots__ = ("region", "sealed", "sealing_key")

    def __init__(self, region: bytes, sealing_key: bytes, sealed: bytes) -> None:
        self.region = region
        self.sealing_key = sealing_key
        self.sealed = sealed

    def __repr__(self) -> str:
        return "QueryEnvelope(...)"


@typed
def encode_query_envelope(envelope: QueryEnvelope) -> bytes:
    """The 761 bytes. Raises `FormatError` if a field has another size."""
    return _QUERY.fill(region=envelope.region, sealing_key=envelope.sealing_key, sealed=envelope.sealed)


@typed
def parse_query_envelope(data: bytes) -> QueryEnvelope:
    """The fields of a query's envelope. Raises `FormatError` if these are not its 761 bytes."""
    if not _QUERY.matches(data):
        raise FormatError(f"not an assisted query: that has {QUERY_SIZE} bytes")
    return QueryEnvelope(*(data[_QUERY.fields[name]] for name in ("region", "sealing_key", "sealed")))


@typed
def encode_answer_envelope(sealed: bytes) -> bytes:
    """The 405 bytes. Raises `FormatError` if `sealed` has not 400."""
    return _ANSWER.fill(sealed=sealed)


@typed
def parse_answer_envelope(data: bytes) -> bytes:
    """What is sealed in an answer's envelope, 400 bytes. Raises `FormatError` if these are not its 405 bytes."""
    if not _ANSWER.matches(data):
        raise FormatError(f"not an assisted answer: that has {ANSWER_SIZE} bytes")
    return data[_ANSWER.fields["sealed"]]


@typed
def pad(message: bytes, size: int) -> bytes:
    """The block of `size` bytes with this message in it. Raises `FormatError` if it is too long for it."""
    if len(message) > size - _LENGTH_SIZE:
        raise FormatError(f"a message of at most {size - _LENGTH_SIZE} bytes fits an envelope of this kind")
    return (len(message).to_bytes(_LENGTH_SIZE, "big") + message).ljust(size, b"\x00")


@typed
def unpad(block: bytes, size: int) -> bytes:
    """The message in a block of `size` bytes. Raises `FormatError` unless all behind it is zero."""
    end = _LENGTH_SIZE + int.from_bytes(block[:_LENGTH_SIZE], "big")
    if len(block) != size or end > size or any(block[end:]):
        raise FormatError("what is sealed is not a message and zeros behind it")
    return block[_LENGTH_SIZE:end]
