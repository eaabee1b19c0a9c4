"""The document tag: two bytes that tie a claim to an identity document, for those who have the document key.

It is made in two steps, so that the region never needs the claim and the platform never sees the number: the region
makes a *seed* of document, key and period; the platform makes a *tag* of seed, kid and slot; a scanner does both.

Two bytes on purpose: an impostor passes once in 65,536, and a captured pass plus a stolen document key still leaves
tens of thousands of candidates for the number. Without the key the tag says nothing.
"""

from __future__ import annotations

import hmac

from healthpass._frames import guarded
from healthpass._typed import typed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from healthpass.formats.document import Document

SEED_SIZE = 32
TAG_SIZE = 2
KEY_SIZE = 32
_LABEL = b"healthpass document tag v2\x00"


@typed
@guarded
def document_seed(
    document_key: bytes, valid_from: int, expires: int, document_type: str, number: str | bytes | bytearray
) -> bytes:
    """The seed of a document for one period: the first 32 bytes of an HMAC-SHA-512 (RFC 2104).

    Args:
        document_key: 32 bytes, given to regions and enrolled scanners.
        valid_from, expires: the bounds of the period, in seconds since 1970 UTC.
        document_type: ASCII, without a NUL.
        number: the normalised document number, in UTF-8 or as text. The message that is made of it here is wiped;
            of a text, Python makes a copy that nobody can wipe, so what has a `Document` gives its bytes.

    Raises:
        ValueError: the key has another size, a bound does not fit 32 bits, the type has a NUL, or the number has half
            a surrogate pair.
    """
    if len(document_key) != KEY_SIZE:
        raise ValueError("a document key is 32 bytes")
    if not 0 <= valid_from < expires <= 0xFFFFFFFF:
        raise ValueError("the bounds of a period are seconds since 1970, of 32 bits, the first before the second")
    if not document_type or not number or not document_type.isascii() or "\x00" in document_type:
        raise ValueError("a document has a type, ASCII without NUL, and a number")
    if isinstance(number, str):
        if any("\ud800" <= each <= "\udfff" for each in number):  # str.encode's own error would carry the number
            raise ValueError("a document number is Unicode text")
        number = number.encode()
    period = valid_from.to_bytes(4, "big") + expires.to_bytes(4, "big")
    message = bytearray(_LABEL + period + document_type.encode() + b"\x00")
    message += number
    try:
        return hmac.digest(document_key, message, "sha512")[:SEED_SIZE]
    finally:
        message[:] = bytes(len(message))


@typed
@guarded
def seed_of(document: Document, document_key: bytes, valid_from: int, expires: int) -> bytes:
    """The seed of `document`: see `document_seed`. Raises `ValueError` also if the document was wiped."""
    return document_seed(document_key, valid_from, expires, document.type, document.number)


@typed
@guarded
def document_tag(seed: bytes, kid: bytes, slot: int) -> bytes:
    """The tag of one claim: the first 2 bytes of HMAC-SHA-512(seed, kid || cti).

    Args:
        seed: 32 bytes, of the document and the period of the claim's window.
        kid: of the claim, 4 bytes.
        slot: of the claim, below 2^32; `cti` is this number in 4 bytes, big-endian.

    Raises:
        ValueError: the seed or the kid has another size, or the slot does not fit.
    """
    if len(seed) != SEED_SIZE or len(kid) != 4 or not 0 <= slot <= 0xFFFFFFFF:
        raise ValueError("a seed is 32 bytes, a kid 4, and a slot fits 4")
    return hmac.digest(seed, kid + slot.to_bytes(4, "big"), "sha512")[:TAG_SIZE]
