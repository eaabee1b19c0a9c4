"""COSE envelopes (RFC 9052) for everything that is not a pass: COSE_Sign1 by one key, COSE_Sign by several.

Every message says what it is in a `typ` header (16, RFC 9596), so one can never be taken for another, and names its
signer by the whole public key in `kid`: 32 bytes, so that no two keys share an id. The protected headers have one
form each, which is compared, not parsed.
"""

from __future__ import annotations

from healthpass._typed import typed
from healthpass.errors import FormatError
from healthpass.formats.cbor import read_bytes, read_head

TYPE_PREFIX = "application/vnd.healthpass."
TRUST_LIST = TYPE_PREFIX + "trust-list"
ATTESTATION = TYPE_PREFIX + "attestation"
PLACE = TYPE_PREFIX + "place"
AREA_TABLE = TYPE_PREFIX + "area-table"
SNAPSHOT = TYPE_PREFIX + "revocation-snapshot"
DELTA = TYPE_PREFIX + "revocation-delta"
REVOCATION_NOTICE = TYPE_PREFIX + "revocation-notice"
DOCUMENT_KEYS = TYPE_PREFIX + "document-keys"
STATION = TYPE_PREFIX + "station"
STATION_ATTESTATION = TYPE_PREFIX + "station-attestation"
REGION = TYPE_PREFIX + "region"
SEALING_KEY = TYPE_PREFIX + "sealing-key"
ASSISTED_QUERY = TYPE_PREFIX + "assisted-query"
ASSISTED_ANSWER = TYPE_PREFIX + "assisted-answer"

MAX_SIGNERS = 16
_SIGN1_HEAD = b"\xd2\x84"
_SIGN_HEAD = b"\xd8\x62\x84"
_ALG_KID = b"\x01\x32\x04\x58\x20"
"""Map entries {1 (alg): -19 (Ed25519, RFC 9864), 4 (kid): 32 bytes}, up to the key itself."""


def _text(value: str) -> bytes:
    """A text of 24 to 255 bytes in CBOR; every type name of ours is."""
    return b"\x78" + bytes((len(value),)) + value.encode("ascii")


@typed
def byte_string(data: bytes) -> bytes:
    """`data` as a CBOR byte string."""
    size = len(data)
    if size < 24:
        return bytes((0x40 + size,)) + data
    for head, width in ((0x58, 1), (0x59, 2), (0x5A, 4)):
        if size < 1 << 8 * width:
            return bytes((head,)) + size.to_bytes(width, "big") + data
    raise FormatError("a message is too long")


def _sign1_protected(typ: str, key: bytes) -> bytes:
    return b"\xa3" + _ALG_KID + key + b"\x10" + _text(typ)


@typed
class Sign1:
    """A COSE_Sign1 taken apart; nothing in it is believed until `signature` over `signed` holds for `key`.

    Attributes:
        key: the signer's public key as the message names it, 32 bytes.
        payload: the content, bytes of CBOR.
        signed: the Sig_structure.
        signature: 64 bytes.
    """

    __slots__ = ("key", "payload", "signature", "signed")

    def __init__(self, key: bytes, payload: bytes, signed: bytes, signature: bytes) -> None:
        self.key = key
        self.payload = payload
        self.signed = signed
        self.signature = signature

    def __repr__(self) -> str:
        return "Sign1(...)"


@typed
def sign1_signed_part(typ: str, key: bytes, payload: bytes) -> bytes:
    """The Sig_structure (RFC 9052 section 4.4) that `key` signs for a message of type `typ`."""
    protected = byte_string(_sign1_protected(typ, key))
    return b"\x84\x6aSignature1" + protected + b"\x40" + byte_string(payload)


@typed
def encode_sign1(typ: str, key: bytes, payload: bytes, signature: bytes) -> bytes:
    """The tagged COSE_Sign1."""
    protected = byte_string(_sign1_protected(typ, key))
    return _SIGN1_HEAD + protected + b"\xa0" + byte_string(payload) + b"\x58\x40" + signature


@typed
def decode_sign1(data: bytes, typ: str, max_size: int) -> Sign1:
    """Take a COSE_Sign1 of type `typ` apart.

    Raises:
        FormatError: larger than `max_size` bytes, another type, or not exactly of the form that `encode_sign1` gives.
    """
    _check_size(data, max_size)
    if data[:2] != _SIGN1_HEAD:
        raise FormatError("not a COSE_Sign1")
    protected, at = read_bytes(data, 2)
    key = protected[6:38]
    if protected != _sign1_protected(typ, key) or len(key) != 32:
        raise FormatError("a message of another type, or with other headers")
    if data[at : at + 1] != b"\xa0":
        raise FormatError("a message with unprotected headers")
    payload, at = read_bytes(data, at + 1)
    signature, at = read_bytes(data, at)
    if len(signature) != 64 or at != len(data):
        raise FormatError("not a COSE_Sign1")
    return Sign1(key, payload, sign1_signed_part(typ, key, payload), signature)


@typed
def is_sign1(data: bytes, typ: str) -> bool:
    """Whether these bytes begin as a COSE_Sign1 of type `typ`. Nothing else of them is looked at."""
    head = _SIGN1_HEAD + byte_string(_sign1_protected(typ, bytes(32)))
    at = head.index(bytes(32))
    return data[:at] == head[:at] and data[at + 32 : len(head)] == head[at + 32 :]


@typed
class Sign:
    """A COSE_Sign taken apart.

    Attributes:
        payload: the content, bytes of CBOR.
        signatures: signer's public key (32 bytes) and signature (64 bytes), in ascending order of keys, all distinct.
    """

    __slots__ = ("payload", "signatures")

    def __init__(self, payload: bytes, signatures: list[tuple[bytes, bytes]]) -> None:
        self.payload = payload
        self.signatures = signatures

    def __repr__(self) -> str:
        return "Sign(...)"


def _sign_body(typ: str) -> bytes:
    return byte_string(b"\xa1\x10" + _text(typ))


@typed
def sign_signed_part(typ: str, key: bytes, payload: bytes) -> bytes:
    """The Sig_structure (RFC 9052 section 4.4) that `key`, one of several, signs for a message of type `typ`."""
    signer = byte_string(b"\xa2" + _ALG_KID + key)
    return b"\x85\x69Signature" + _sign_body(typ) + signer + b"\x40" + byte_string(payload)


@typed
def encode_sign(typ: str, payload: bytes, signatures: dict[bytes, bytes]) -> bytes:
    """The tagged COSE_Sign, signers in ascending order of their keys.

    Args:
        typ: the message's type.
        payload: the content, bytes of CBOR.
        signatures: public key (32 bytes) -> signature (64 bytes), 1 to 16.

    Raises:
        FormatError: no signature, or too many.
    """
    if not 1 <= len(signatures) <= MAX_SIGNERS:
        raise FormatError(f"a message has 1 to {MAX_SIGNERS} signatures")
    parts = [_SIGN_HEAD, _sign_body(typ), b"\xa0", byte_string(payload), bytes((0x80 + len(signatures),))]
    for key in sorted(signatures):
        parts += [b"\x83", byte_string(b"\xa2" + _ALG_KID + key), b"\xa0\x58\x40", signatures[key]]
    return b"".join(parts)


@typed
def decode_sign(data: bytes, typ: str, max_size: int) -> Sign:
    """Take a COSE_Sign of type `typ` apart.

    Raises:
        FormatError: larger than `max_size` bytes, another type, a signer twice or out of order, more than 16 signers,
            or not exactly of the form that `encode_sign` gives.
    """
    _check_size(data, max_size)
    start = _SIGN_HEAD + _sign_body(typ) + b"\xa0"
    if not data.startswith(start):
        raise FormatError("a message of another type, or with other headers")
    payload, at = read_bytes(data, len(start))
    major, count, at = read_head(data, at)
    if major != 4 or not 1 <= count <= MAX_SIGNERS:
        raise FormatError(f"a message has 1 to {MAX_SIGNERS} signatures")
    signatures = []
    for _ in range(count):
        if data[at : at + 1] != b"\x83":
            raise FormatError("not a COSE_Signature")
        protected, at = read_bytes(data, at + 1)
        if protected[:6] != b"\xa2" + _ALG_KID or len(protected) != 38 or data[at : at + 1] != b"\xa0":
            raise FormatError("a signature with other headers")
        signature, at = read_bytes(data, at + 1)
        if len(signature) != 64:
            raise FormatError("a signature is 64 bytes")
        signatures.append((protected[6:], signature))
    keys = [key for key, _ in signatures]
    if at != len(data) or keys != sorted(set(keys)):
        raise FormatError("signers out of order or repeated, or bytes after the end")
    return Sign(payload, signatures)


def _check_size(data: bytes, max_size: int) -> None:
    if len(data) > max_size:
        raise FormatError(f"a message of this type has at most {max_size} bytes")
