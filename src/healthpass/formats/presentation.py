"""A presentation: what the holder's key signs when a pass is shown. A COSE_Sign1 with the claim in `kcwt` (label 13).

Its shape is decided by four things alone: the claim's binding (device or both), an audience or none, a nonce or none,
and how many further people of a family are shown (0 to 7, only where the claim is bound to a document too). Each
combination is one byte template and no two have the same length, so the length names the template.

    device 226 bytes, with audience 245, with nonce 246, with both 264; "both" binding 8 more; a group of three 393,
    with audience and nonce 430
"""

from __future__ import annotations

from healthpass._typed import hold, typed
from healthpass.errors import FormatError
from healthpass.formats.claim import (
    BOTH,
    DEVICE,
    MIN_TIME,
    NO_AAD,
    SIG_CONTEXT,
    TEMPLATES,
    Claim,
    parse_claim,
    read_fields,
)
from healthpass.formats.template import Template

MAX_PEOPLE = 8
NONCE_SIZE = 16
IAT_STEP = 15
"""A showing's time is a multiple of 15 s: a finer clock would be a device's fingerprint."""

_CLAIM_AT = 8
_SIGNATURE_SIZE = 66
_HEX_DIGITS = b"0123456789abcdef"

Shape = tuple[int, bool, bool, int]
"""Binding of the claim, has an audience, has a nonce, number of further members."""


def template_of(shape: Shape) -> Template:
    """The byte template of one combination.

    Raises:
        FormatError: no presentation has this combination.
    """
    if type(shape) is not tuple:
        hold(template_of, shape)
    template = _CACHE.get(shape)
    if template is None:
        if shape not in _SHAPES:
            hold(template_of, shape)
            raise FormatError("no presentation has this shape")
        template = _CACHE[shape] = _build(shape)
    return template


def _build(shape: Shape) -> Template:
    binding, audience, nonce, members = shape
    claim = TEMPLATES[binding]
    # The map {3 (aud), 6 (iat), 39 (nonce), -65539 (members)}: only iat is always there.
    shown: list[bytes | tuple[str, int]] = [bytes((0xA1 + audience + nonce + (members > 0),))]
    if audience:
        shown += [b"\x03\x70", ("aud", 16)]
    shown += [b"\x06\x1a", ("iat", 4)]
    if nonce:
        shown += [b"\x18\x27\x50", ("nonce", NONCE_SIZE)]
    if members:
        shown.append(b"\x3a\x00\x01\x00\x02" + bytes((0x80 + members,)))
    for n in range(1, members + 1):
        shown += [b"\x84\x44", (f"cti{n}", 4), (f"color{n}", 1), b"\x42", (f"tag{n}", 2)]
        shown += [b"\x58\x40", (f"signature{n}", 64)]
    return Template(
        b"\xd2\x84\x58" + bytes((claim.size + 4,)) + b"\xa2\x01\x32\x0d",
        *claim.parts,
        b"\xa0" + _byte_string_head(_shown_size(shape)),
        *shown,
        b"\x58\x40",
        ("holder_signature", 64),
    )


def _shown_size(shape: Shape) -> int:
    _, audience, nonce, members = shape
    return 7 + 18 * audience + 19 * nonce + (6 + 76 * members if members else 0)


def _byte_string_head(size: int) -> bytes:
    if size < 24:
        return bytes((0x40 + size,))
    return bytes((0x58, size)) if size < 256 else b"\x59" + size.to_bytes(2, "big")


def _size(shape: Shape) -> int:
    shown = _shown_size(shape)
    return _CLAIM_AT + TEMPLATES[shape[0]].size + 1 + len(_byte_string_head(shown)) + shown + _SIGNATURE_SIZE


_SHAPES: list[Shape] = [
    (binding, audience, nonce, members)
    for binding in (DEVICE, BOTH)
    for audience in (False, True)
    for nonce in (False, True)
    for members in range(MAX_PEOPLE if binding == BOTH else 1)
]
SHAPE_BY_SIZE: dict[int, Shape] = {_size(shape): shape for shape in _SHAPES}
"""By total length, all 36. A test says that no two share a length."""
_CACHE: dict[Shape, Template] = {}
MAX_SIZE = max(SHAPE_BY_SIZE)


class Presentation:
    """What a presentation says, before any of it is believed. Its `repr` shows nothing of it.

    Attributes:
        claims: the claims' fields, the one in `kcwt` first (1 to 8).
        claim_bytes: the claims as the issuer signed them, in the same order; members' are rebuilt.
        iat: when it was shown, in seconds since 1970 UTC, a multiple of 15.
        audience: the place id that it was made for, 16 lower-case hexadecimal digits, or None.
        nonce: the 16 bytes of the scanner's challenge, or None.
        signed: the Sig_structure that the holder's key signed.
        signature: the holder's signature, 64 bytes.
    """

    __slots__ = ("audience", "claim_bytes", "claims", "iat", "nonce", "signature", "signed")

    def __init__(
        self,
        claims: list[Claim],
        claim_bytes: list[bytes],
        iat: int,
        audience: str | None,
        nonce: bytes | None,
        signed: bytes,
        signature: bytes,
    ) -> None:
        if (
            type(claims) is not list
            or type(claim_bytes) is not list
            or type(iat) is not int
            or (audience is not None and type(audience) is not str)
            or (nonce is not None and type(nonce) is not bytes)
            or type(signed) is not bytes
            or type(signature) is not bytes
            or not {Claim}.issuperset(map(type, claims))
            or not {bytes}.issuperset(map(type, claim_bytes))
        ):
            hold(Presentation.__init__, self, claims, claim_bytes, iat, audience, nonce, signed, signature)
        self.claims = claims
        self.claim_bytes = claim_bytes
        self.iat = iat
        self.audience = audience
        self.nonce = nonce
        self.signed = signed
        self.signature = signature

    def __repr__(self) -> str:
        return "Presentation(...)"


@typed
def unsigned_presentation(
    claims: list[bytes], iat: int, audience: str | None = None, nonce: bytes | None = None
) -> bytes:
    """A presentation with 64 zeros where the holder's signature goes.

    Args:
        claims: one device or both-bound claim; or 2 to 8 both-bound claims of one family: of the same kid, expiry and
            holder key, with distinct slots.
        iat: the time of the showing, a multiple of 15 seconds.
        audience: a place id, 16 lower-case hexadecimal digits.
        nonce: the scanner's challenge, 16 bytes.

    Raises:
        FormatError: any of that does not hold.
    """
    fields = [parse_claim(claim) for claim in claims]
    if not fields:
        raise FormatError("a presentation needs a claim")
    _check_group(fields)
    template = template_of((fields[0].binding, audience is not None, nonce is not None, len(claims) - 1))
    values = {name: claims[0][where] for name, where in TEMPLATES[fields[0].binding].fields.items()}
    values["iat"] = _iat_bytes(iat)
    values["holder_signature"] = bytes(64)
    if audience is not None:
        values["aud"] = check_audience(audience)
    if nonce is not None:
        values["nonce"] = nonce
    for n, claim in enumerate(claims[1:], 1):
        for name in ("cti", "color", "tag", "signature"):
            values[f"{name}{n}"] = claim[TEMPLATES[BOTH].fields[name]]
    return template.fill(**values)


def signed_part(data: bytes) -> bytes:
    """The Sig_structure (RFC 9052 section 4.4) of a presentation that `unsigned_presentation` gave."""
    if type(data) is not bytes:
        hold(signed_part, data)
    end = _CLAIM_AT + data[3] - 4
    return SIG_CONTEXT + data[2:end] + NO_AAD + data[end + 1 : -_SIGNATURE_SIZE]


def parse_presentation(data: bytes) -> Presentation:
    """The fields of a presentation of one of the 36 templates. Says nothing about its signatures.

    Raises:
        FormatError: not exactly one of the templates, or a field is out of range.
    """
    if type(data) is not bytes:
        hold(parse_presentation, data)
    shape = SHAPE_BY_SIZE.get(len(data))
    if shape is None or not (template := template_of(shape)).matches(data):
        raise FormatError("not a presentation")
    where = template.fields
    end = _CLAIM_AT + TEMPLATES[shape[0]].size
    claim_bytes = [data[_CLAIM_AT:end]]
    claims = [read_fields(claim_bytes[0], shape[0])]
    for n in range(1, shape[3] + 1):
        claim_bytes.append(_rebuild(claim_bytes[0], data, where, n))
        claims.append(read_fields(claim_bytes[n], BOTH))
    if shape[3]:
        _check_group(claims)
    iat = int.from_bytes(data[where["iat"]], "big")
    if iat % IAT_STEP or iat < MIN_TIME:
        raise FormatError("the time of a showing is a multiple of 15 s")
    audience = _audience_text(data[where["aud"]]) if shape[1] else None
    nonce = data[where["nonce"]] if shape[2] else None
    signed = SIG_CONTEXT + data[2:end] + NO_AAD + data[end + 1 : -_SIGNATURE_SIZE]
    return Presentation(claims, claim_bytes, iat, audience, nonce, signed, data[-64:])


def _rebuild(first: bytes, data: bytes, where: dict[str, slice], n: int) -> bytes:
    """The n-th further member's claim: the first one's bytes with the four fields that differ put in their place."""
    claim = bytearray(first)
    for name in ("cti", "color", "tag", "signature"):
        claim[TEMPLATES[BOTH].fields[name]] = data[where[f"{name}{n}"]]
    return bytes(claim)


def _check_group(claims: list[Claim]) -> None:
    """One window, one holder key, all slots distinct: otherwise one claim could stand for several people."""
    first = claims[0]
    if any((c.kid, c.exp, c.key) != (first.kid, first.exp, first.key) for c in claims):
        raise FormatError("the claims of a group share kid, expiry and holder key")
    if len({c.slot for c in claims}) != len(claims):
        raise FormatError("the claims of a group are distinct")


def _iat_bytes(iat: int) -> bytes:
    if iat % IAT_STEP or not MIN_TIME <= iat <= 0xFFFFFFFF:
        raise FormatError("the time of a showing is a multiple of 15 s that fits four bytes")
    return iat.to_bytes(4, "big")


@typed
def check_audience(audience: str) -> bytes:
    """The bytes of a place id. Raises `FormatError` unless it is 16 lower-case hexadecimal digits."""
    data = audience.encode("utf-8", "replace")
    _audience_text(data)
    return data


def _audience_text(data: bytes) -> str:
    if len(data) != 16 or data.strip(_HEX_DIGITS):
        raise FormatError("a place id is 16 lower-case hexadecimal digits")
    return data.decode("ascii")
