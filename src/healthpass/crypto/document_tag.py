"""The document tag: two bytes that tie a claim to an identity document, for those who have the document key.

Two bytes on purpose: an impostor passes once in 65,536, and a captured pass plus a stolen document key still leaves
tens of thousands of candidates for the number. Without the key the tag says nothing.
"""

from __future__ import annotations

import hmac

from healthpass._frames import guarded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from healthpass.formats.document import Document

TAG_SIZE = 2
KEY_SIZE = 32
_LABEL = b"healthpass document tag v1\x00"


@guarded
def document_tag(
    document_key: bytes, kid: bytes, holder_key: bytes | None, document_type: str, number: str | bytes | bytearray
) -> bytes:
    """The tag of a document for one claim: the first 2 bytes of an HMAC-SHA-512 (RFC 2104).

    Args:
        document_key: 32 bytes, given to regions and enrolled scanners.
        kid: the window of the claim, 4 bytes.
        holder_key: the claim's holder key, 32 bytes, or None for a paper pass.
        document_type: ASCII, without a NUL.
        number: the normalised document number, in UTF-8 or as text. The message that is made of it here is wiped;
            of a text, Python makes a copy that nobody can wipe, so what has a `Document` gives its bytes.

    Raises:
        ValueError: the key, kid or holder key has another size, the type has a NUL, or the number has half a surrogate
            pair.
    """
    if len(document_key) != KEY_SIZE or len(kid) != 4 or len(bytes(32) if holder_key is None else holder_key) != 32:
        raise ValueError("a document key and a holder key are 32 bytes, a kid is 4")
    if not document_type or not number or not document_type.isascii() or "\x00" in document_type:
        raise ValueError("a document has a type, ASCII without NUL, and a number")
    if isinstance(number, str):
        if any("\ud800" <= each <= "\udfff" for each in number):  # str.encode's own error would carry the number
            raise ValueError("a document number is Unicode text")
        number = number.encode()
    message = bytearray(_LABEL + kid + (holder_key or b"") + document_type.encode() + b"\x00")
    message += number
    try:
        return hmac.digest(document_key, message, "sha512")[:TAG_SIZE]
    finally:
        message[:] = bytes(len(message))


@guarded
def tag_of(document: Document, document_key: bytes, kid: bytes, holder_key: bytes | None) -> bytes:
    """The tag of `document`: see `document_tag`. Raises `ValueError` also if the document was wiped."""
    return document_tag(document_key, kid, holder_key, document.type, document.number)
