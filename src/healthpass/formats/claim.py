"""A claim: what the issuer signs. A CWT (RFC 8392) in a COSE_Sign1 (RFC 9052), one of three fixed byte templates.

    device    143 bytes   bound to a one-time holder key (`cnf`, RFC 8747)
    document  108 bytes   bound to an identity document (a two-byte tag); what a paper pass carries
    both      151 bytes   bound to a holder key and a document: a relative's phone, a family

There is no field for anything else, and no way to add one: another length or another byte is another message.
"""

from __future__ import annotations

from healthpass._typed import hold, typed
from healthpass._values import Color
from healthpass.errors import FormatError
from healthpass.formats.template import Template

DEVICE = 1
DOCUMENT = 2
BOTH = 4
"""The binding kinds, as bits: a window and a recognition rule allow a set of them."""

MIN_TIME = 0x10000
"""Times are four-byte CBOR integers in shortest form, so none is below 65,536."""

# COSE_Sign1, tag 18: an array of four; then the protected header {1 (alg): -19 (Ed25519), 4 (kid): 4 bytes}.
_HEAD = (b"\xd2\x84\x49\xa2\x01\x32\x04\x44", ("kid", 4), b"\xa0")
# Claims 4 (exp) and 7 (cti); the map's head comes before them, for it counts what follows.
_EXP_CTI = (b"\x04\x1a", ("exp", 4), b"\x07\x44", ("cti", 4))
# Claim 8 (cnf): {1 (COSE_Key): {1 (kty): 1 (OKP), -1 (crv): 6 (Ed25519), -2 (x): 32 bytes}}.
_CNF = (b"\x08\xa1\x01\xa3\x01\x01\x20\x06\x21\x58\x20", ("key", 32))
_COLOR = (b"\x3a\x00\x01\x00\x00", ("color", 1))
_TAG = (b"\x3a\x00\x01\x00\x01\x42", ("tag", 2))
_SIGNATURE = (b"\x58\x40", ("signature", 64))

TEMPLATES: dict[int, Template] = {
    DEVICE: Template(*_HEAD, b"\x58\x3e\xa4", *_EXP_CTI, *_CNF, *_COLOR, *_SIGNATURE),
    DOCUMENT: Template(*_HEAD, b"\x58\x1b\xa4", *_EXP_CTI, *_COLOR, *_TAG, *_SIGNATURE),
    BOTH: Template(*_HEAD, b"\x58\x46\xa5", *_EXP_CTI, *_CNF, *_COLOR, *_TAG, *_SIGNATURE),
}
BINDING_BY_SIZE: dict[int, int] = {template.size: binding for binding, template in TEMPLATES.items()}

# Sig_structure of a COSE_Sign1 (RFC 9052 section 4.4): ["Signature1", protected, h'', payload].
SIG_CONTEXT = b"\x84\x6aSignature1"
NO_AAD = b"\x40"
_COLOR_BY_NUMBER = {int(color): color for color in Color}
# The holes, looked up once. The first three are at one place in all three templates.
_KID, _EXP, _CTI = (TEMPLATES[DEVICE].fields[name] for name in ("kid", "exp", "cti"))
_COLOR_KEY_TAG = {
    binding: (template.fields["color"].start, template.fields.get("key"), template.fields.get("tag"))
    for binding, template in TEMPLATES.items()
}
_PROTECTED = slice(2, 12)
_SIGNATURE_SIZE = 66
_PAYLOAD_AT = 13


class Claim:
    """The fields of a claim. Compares by value; its `repr` shows none of them.

    Attributes:
        kid: the issuer's window key id, 4 bytes.
        exp: end of the window, in seconds since 1970 UTC (65,536 to 2^32 - 1).
        slot: the claim's number in its window (`cti`), 0 to 2^32 - 1.
        color: what the pass says.
        key: the holder's one-time public key, 32 bytes, or None for a paper pass.
        tag: the document tag, 2 bytes, or None for a device pass.
    """

    __slots__ = ("color", "exp", "key", "kid", "slot", "tag")

    def __init__(
        self, kid: bytes, exp: int, slot: int, color: Color, key: bytes | None = None, tag: bytes | None = None
    ) -> None:
        if (
            type(kid) is not bytes
            or type(exp) is not int
            or type(slot) is not int
            or type(color) is not Color
            or (key is not None and type(key) is not bytes)
            or (tag is not None and type(tag) is not bytes)
        ):
            hold(Claim.__init__, self, kid, exp, slot, color, key, tag)
        self.kid = kid
        self.exp = exp
        self.slot = slot
        self.color = color
        self.key = key
        self.tag = tag

    @property
    def binding(self) -> int:
        """`DEVICE`, `DOCUMENT` or `BOTH`.

        Raises:
            FormatError: bound to nothing.
        """
        if self.key is not None:
            return DEVICE if self.tag is None else BOTH
        if self.tag is None:
            raise FormatError("a claim is bound to a key, a document, or both")
        return DOCUMENT

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Claim):
            return NotImplemented
        return all(getattr(self, name) == getattr(other, name) for name in self.__slots__)

    def __hash__(self) -> int:
        return hash((self.kid, self.slot))

    def __repr__(self) -> str:
        return "Claim(...)"


def fields_of(claim: Claim) -> dict[str, bytes]:
    """The bytes for a template's holes, without the signature.

    Raises:
        FormatError: a field is out of range or of the wrong size.
    """
    if type(claim) is not Claim:
        hold(fields_of, claim)
    if not MIN_TIME <= claim.exp <= 0xFFFFFFFF:
        raise FormatError("exp must be a time that fits four bytes")
    if not 0 <= claim.slot <= 0xFFFFFFFF:
        raise FormatError("slot must fit four bytes")
    if claim.color not in _COLOR_BY_NUMBER:
        raise FormatError("colour must be green, yellow or red")
    values = {
        "kid": claim.kid,
        "exp": claim.exp.to_bytes(4, "big"),
        "cti": claim.slot.to_bytes(4, "big"),
        "color": bytes((claim.color,)),
    }
    if claim.key is not None:
        values["key"] = claim.key
    if claim.tag is not None:
        values["tag"] = claim.tag
    return values


@typed
def unsigned_claim(claim: Claim) -> bytes:
    """The claim's bytes with 64 zeros where the signature goes; see `signed_part` and `with_signature`.

    Raises:
        FormatError: a field is out of range or of the wrong size.
    """
    return TEMPLATES[claim.binding].fill(signature=bytes(64), **fields_of(claim))


def signed_part(data: bytes) -> bytes:
    """The Sig_structure (RFC 9052 section 4.4) of a claim that `parse_claim` or `unsigned_claim` gave."""
    if type(data) is not bytes:
        hold(signed_part, data)
    return SIG_CONTEXT + data[_PROTECTED] + NO_AAD + data[_PAYLOAD_AT:-_SIGNATURE_SIZE]


def with_signature(data: bytes, signature: bytes) -> bytes:
    """The claim with its signature (64 bytes) in place of what stood there.

    Raises:
        FormatError: the signature is not 64 bytes.
    """
    if type(data) is not bytes or type(signature) is not bytes:
        hold(with_signature, data, signature)
    if len(signature) != 64:
        raise FormatError("signature must be 64 bytes")
    return data[:-64] + signature


def parse_claim(data: bytes) -> Claim:
    """The fields of a claim of one of the three templates. Says nothing about its signature.

    Raises:
        FormatError: not exactly one of the templates, or a field is out of range.
    """
    if type(data) is not bytes:
        hold(parse_claim, data)
    binding = BINDING_BY_SIZE.get(len(data))
    if binding is None or not TEMPLATES[binding].matches(data):
        raise FormatError("not a claim of any of the three templates")
    return read_fields(data, binding)


def read_fields(data: bytes, binding: int) -> Claim:
    """The fields of a claim whose constant bytes have been compared with the template of `binding`, alone or within a
    presentation.

    Raises:
        FormatError: a field is out of range.
    """
    if type(data) is not bytes or type(binding) is not int:
        hold(read_fields, data, binding)
    if BINDING_BY_SIZE.get(len(data)) != binding:
        raise FormatError("not a claim of any of the three templates")
    at, key, tag = _COLOR_KEY_TAG[binding]
    exp = int.from_bytes(data[_EXP], "big")
    color = _COLOR_BY_NUMBER.get(data[at])
    if exp < MIN_TIME or color is None:
        raise FormatError("not a claim of any of the three templates")
    slot = int.from_bytes(data[_CTI], "big")
    return Claim(data[_KID], exp, slot, color, key and data[key], tag and data[tag])
