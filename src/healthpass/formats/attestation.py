"""An attestation: what a region signs for the platform. A COSE_Sign1; its payload is the map below.

    1 format   2 reference   3 issued   4 local colours, one per person   5 grants   6 recovery hash or null

A grant asks for one claim per person, under one kid: [kid, holder key or null, document tags (one per person) or null].
All grants of an attestation bind in the same way. Several people need a document tag each: otherwise one person could
be vouched for as a family.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from healthpass.errors import FormatError
from healthpass.formats import cbor, fields
from healthpass.formats.claim import BOTH, DEVICE, DOCUMENT, MIN_TIME
from healthpass.formats.presentation import MAX_PEOPLE

if TYPE_CHECKING:
    from healthpass.formats.cbor import Value

FORMAT = 1
MAX_SIZE = 524_288
"""Bytes of the whole message."""
MAX_GRANTS = 4096
MAX_CLAIMS = 8192
REFERENCE_SIZE = 16
RECOVERY_HASH_SIZE = 32
MAX_COLOR_CHARS = 64


@dataclass(frozen=True, slots=True, repr=False)
class Grant:
    """One place in the batch: under `kid`, for `holder_key`, a claim per person.

    Attributes:
        kid: the window asked for, 4 bytes.
        holder_key: a one-time public key, 32 bytes, or None for paper.
        tags: one 2-byte document tag per person, made for this kid and key, or None for a device-bound claim.
    """

    kid: bytes
    holder_key: bytes | None
    tags: tuple[bytes, ...] | None

    def __post_init__(self) -> None:
        fields.byte_string(self.kid, "kid", 4)
        if self.holder_key is not None:
            fields.byte_string(self.holder_key, "holder key", 32)
        for tag in self.tags or ():
            fields.byte_string(tag, "document tag", 2)

    @property
    def binding(self) -> int:
        """`DEVICE`, `DOCUMENT` or `BOTH`. Raises `FormatError` if bound to nothing."""
        if self.holder_key is not None:
            return DEVICE if self.tags is None else BOTH
        if self.tags is None:
            raise FormatError("a grant is bound to a key, a document, or both")
        return DOCUMENT

    def __repr__(self) -> str:
        return "Grant(...)"


@dataclass(frozen=True, slots=True, repr=False)
class Attestation:
    """What a region vouches for. It names no person.

    Attributes:
        reference: 16 random bytes; with the attester's key, the name of this attestation.
        issued: seconds since 1970 UTC.
        colors: the region's own words for what each person is, 1 to 8 of them, in the order of the people.
        grants: the batch: distinct holder keys, of one binding, grouped by kid in the order of the message.
        recovery_hash: 32 bytes; who knows the code behind it may revoke. None if there is no code.

    Raises:
        FormatError: any of that does not hold.
    """

    reference: bytes
    issued: int
    colors: tuple[str, ...]
    grants: tuple[Grant, ...]
    recovery_hash: bytes | None = field(default=None)

    def __post_init__(self) -> None:
        fields.byte_string(self.reference, "reference", REFERENCE_SIZE)
        fields.uint(self.issued, "issued", least=MIN_TIME)
        if not 1 <= len(self.colors) <= MAX_PEOPLE:
            raise FormatError(f"an attestation is for 1 to {MAX_PEOPLE} people")
        for color in self.colors:
            fields.text(color, "local colour", MAX_COLOR_CHARS)
        if self.recovery_hash is not None:
            fields.byte_string(self.recovery_hash, "recovery hash", RECOVERY_HASH_SIZE)
        self._check_grants()

    def _check_grants(self) -> None:
        if not 1 <= len(self.grants) <= MAX_GRANTS or len(self.grants) * len(self.colors) > MAX_CLAIMS:
            raise FormatError(f"an attestation has 1 to {MAX_GRANTS} grants and at most {MAX_CLAIMS} claims")
        bindings = {grant.binding for grant in self.grants}
        if len(bindings) != 1:
            raise FormatError("the grants of an attestation all bind in the same way")
        people = len(self.colors)
        if people > 1 and bindings != {BOTH}:
            raise FormatError("several people under one holder key need a document tag each")
        if any(grant.tags is not None and len(grant.tags) != people for grant in self.grants):
            raise FormatError("document tags: one for each person")
        keys = [grant.holder_key for grant in self.grants if grant.holder_key is not None]
        fields.distinct(keys, "holder keys")
        if not keys:
            fields.distinct([grant.kid for grant in self.grants], "kids of a paper pass")
        runs = [grant.kid for n, grant in enumerate(self.grants) if not n or self.grants[n - 1].kid != grant.kid]
        fields.distinct(runs, "groups of one kid")

    @property
    def binding(self) -> int:
        """How its claims are bound: `DEVICE`, `DOCUMENT` or `BOTH`."""
        return self.grants[0].binding

    @property
    def kids(self) -> tuple[bytes, ...]:
        """The windows asked for, each once, in the order of the grants."""
        return tuple(dict.fromkeys(grant.kid for grant in self.grants))

    def claims_by_kid(self) -> dict[bytes, int]:
        """How many claims it asks for under each of `kids`."""
        counts = dict.fromkeys(self.kids, 0)
        for grant in self.grants:
            counts[grant.kid] += len(self.colors)
        return counts

    def __repr__(self) -> str:
        return f"Attestation(people={len(self.colors)}, grants={len(self.grants)})"


def encode_attestation(attestation: Attestation) -> bytes:
    """The payload's bytes, deterministic."""
    grants: list[Value] = [
        [grant.kid, grant.holder_key, None if grant.tags is None else list(grant.tags)] for grant in attestation.grants
    ]
    return cbor.encode(
        {
            1: FORMAT,
            2: attestation.reference,
            3: attestation.issued,
            4: list(attestation.colors),
            5: grants,
            6: attestation.recovery_hash,
        }
    )


def parse_attestation(payload: bytes) -> Attestation:
    """The content of an attestation's payload.

    Raises:
        FormatError: not deterministic CBOR, a field missing, unknown and critical, or out of range.
    """
    content = fields.labelled(cbor.decode(payload), "attestation", required=frozenset(range(1, 7)), additions=False)
    fields.uint(content[1], "format", least=FORMAT, most=FORMAT)
    recovery_hash = content[6]
    return Attestation(
        reference=fields.byte_string(content[2], "reference", REFERENCE_SIZE),
        issued=fields.uint(content[3], "issued"),
        colors=tuple(fields.array(content[4], "local colours", _color, MAX_PEOPLE)),
        grants=tuple(fields.array(content[5], "grants", _grant, MAX_GRANTS)),
        recovery_hash=None
        if recovery_hash is None
        else fields.byte_string(recovery_hash, "recovery hash", RECOVERY_HASH_SIZE),
    )


def _color(value: Value, name: str) -> str:
    return fields.text(value, name, MAX_COLOR_CHARS)


def _tag(value: Value, name: str) -> bytes:
    return fields.byte_string(value, name, 2)


def _grant(value: Value, name: str) -> Grant:
    kid, key, tags = fields.record(value, name, 3)
    return Grant(
        kid=fields.byte_string(kid, "kid", 4),
        holder_key=None if key is None else fields.byte_string(key, "holder key", 32),
        tags=None if tags is None else tuple(fields.array(tags, "document tags", _tag, MAX_PEOPLE, 1)),
    )
