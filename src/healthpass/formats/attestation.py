"""An attestation: what a region signs for the platform. A COSE_Sign1; its payload is the map below.

    1 format   2 reference   3 issued   4 local colours, one for each person   5 binding   6 periods   7 seeds or null
    8 commitment or null   9 recovery hash or null   10 platform

It names neither a person nor a key. Seeds (`healthpass.crypto.document_tag`) are for each person one for each period,
null exactly if the passes are bound to a phone alone. The commitment is that of the wallet's key request, null exactly
on paper, where nobody has keys. Several people need documents: otherwise one person could be vouched for as a family.

    issue request   [1, attestation, sealing key or null, sealed opening or null]

is what goes to the platform: the attestation as it is signed, and the wallet's opening, which the region cannot read.
"""

from __future__ import annotations

from dataclasses import dataclass

from healthpass._typed import typed
from healthpass.errors import FormatError
from healthpass.formats import cbor, fields
from healthpass.formats.claim import BOTH, DEVICE, DOCUMENT, MIN_TIME
from healthpass.formats.enrolment import (
    COMMITMENT_SIZE,
    MAX_SEALED_OPENING,
    RECOVERY_HASH_SIZE,
    REFERENCE_SIZE,
    Offer,
    check_shape,
    optional_hash,
    some_bytes,
)
from healthpass.formats.enrolment import MAX_SIZE as MAX_REQUEST_SIZE
from healthpass.formats.period import MAX_PERIODS, Period, parse_periods, period_values
from healthpass.formats.platform import check_platform_name
from healthpass.formats.presentation import MAX_PEOPLE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from healthpass.formats.cbor import Value

FORMAT = 1
MAX_SIZE = 32_768
"""Bytes of the whole signed message."""
MAX_COLOR_CHARS = 64
SEED_SIZE = 32

Seeds = tuple[tuple[bytes, ...], ...]
"""[person][period]: 32 bytes each."""


@typed
@dataclass(frozen=True, slots=True, repr=False)
class Attestation:
    """What a region vouches for. It names no person.

    Attributes:
        reference: 16 random bytes; with the attester's key, the name of this attestation.
        issued: seconds since 1970 UTC.
        colors: the region's own words for what each person is, 1 to 8 of them, in the order of the people.
        binding: `DEVICE`, `DOCUMENT` or `BOTH`.
        periods: for which passes are asked.
        seeds: of document tags, for each person one for each period; None exactly if bound to a phone alone.
        commitment: to the wallet's offer and opening, 32 bytes; None exactly on paper.
        recovery_hash: 32 bytes, of a code that the person has from the region; None if there is none.
        platform: which is to issue, by its name in the trust list.

    Raises:
        FormatError: any of that does not hold.
    """

    reference: bytes
    issued: int
    colors: tuple[str, ...]
    binding: int
    periods: tuple[Period, ...]
    seeds: Seeds | None
    commitment: bytes | None
    recovery_hash: bytes | None
    platform: str

    def __post_init__(self) -> None:
        fields.byte_string(self.reference, "reference", REFERENCE_SIZE)
        fields.uint(self.issued, "issued", least=MIN_TIME)
        for color in self.colors:
            fields.text(color, "local colour", MAX_COLOR_CHARS)
        if self.binding not in (DEVICE, DOCUMENT, BOTH):
            raise FormatError("binding: none of the three")
        check_shape(self.binding, len(self.colors), self.periods)
        self._check_seeds()
        self._check_paper()
        if self.recovery_hash is not None:
            fields.byte_string(self.recovery_hash, "recovery hash", RECOVERY_HASH_SIZE)
        check_platform_name(self.platform)

    def _check_seeds(self) -> None:
        if (self.seeds is None) != (self.binding == DEVICE):
            raise FormatError("seeds: there exactly if passes are bound to documents")
        for seeds in self.seeds or ():
            if len(seeds) != len(self.periods):
                raise FormatError("seeds: one for each period")
            for seed in seeds:
                fields.byte_string(seed, "seed", SEED_SIZE)
        if self.seeds is not None and len(self.seeds) != len(self.colors):
            raise FormatError("seeds: some for each person")

    def _check_paper(self) -> None:
        if (self.commitment is None) != (self.binding == DOCUMENT):
            raise FormatError("commitment: there exactly if passes are for a phone")
        if self.commitment is not None:
            fields.byte_string(self.commitment, "commitment", COMMITMENT_SIZE)
        elif any(period.count != 1 for period in self.periods):
            raise FormatError("on paper there is one pass for each period")

    @property
    def has_same_document(self) -> bool:
        """Whether two of the people have the same document: their seeds of some period are equal."""
        return any(len(set(of_period)) != len(of_period) for of_period in zip(*self.seeds or (), strict=True))

    @property
    def claims(self) -> int:
        """How many claims it asks for."""
        return len(self.colors) * sum(period.count for period in self.periods)

    def offer(self, attester: bytes) -> Offer:
        """The offer that the wallet must have answered.

        Args:
            attester: who signed this, 32 bytes.

        Raises:
            FormatError: it is for paper.
        """
        return Offer(attester, self.reference, self.platform, self.binding, len(self.colors), self.periods)

    def __repr__(self) -> str:
        return f"Attestation(people={len(self.colors)}, periods={len(self.periods)})"


@typed
def encode_attestation(attestation: Attestation) -> bytes:
    """The payload's bytes, deterministic."""
    seeds = None if attestation.seeds is None else [list(each) for each in attestation.seeds]
    return cbor.encode(
        {
            1: FORMAT,
            2: attestation.reference,
            3: attestation.issued,
            4: list(attestation.colors),
            5: attestation.binding,
            6: period_values(attestation.periods),
            7: seeds,
            8: attestation.commitment,
            9: attestation.recovery_hash,
            10: attestation.platform,
        }
    )


@typed
def parse_attestation(payload: bytes) -> Attestation:
    """The content of an attestation's payload.

    Raises:
        FormatError: not deterministic CBOR, a field missing, unknown and critical, or out of range.
    """
    decoded = cbor.decode(payload, cbor.FEW_ITEMS)
    content = fields.labelled(decoded, "attestation", required=frozenset(range(1, 11)), additions=False)
    fields.uint(content[1], "format", least=FORMAT, most=FORMAT)
    seeds, commitment = content[7], content[8]
    return Attestation(
        reference=fields.byte_string(content[2], "reference", REFERENCE_SIZE),
        issued=fields.uint(content[3], "issued"),
        colors=tuple(fields.array(content[4], "local colours", _color, MAX_PEOPLE)),
        binding=fields.uint(content[5], "binding"),
        periods=parse_periods(content[6], "periods"),
        seeds=None if seeds is None else tuple(fields.array(seeds, "seeds", _seeds, MAX_PEOPLE, 1)),
        commitment=None if commitment is None else fields.byte_string(commitment, "commitment", COMMITMENT_SIZE),
        recovery_hash=optional_hash(content[9]),
        platform=check_platform_name(content[10]),
    )


def _color(value: Value, name: str) -> str:
    return fields.text(value, name, MAX_COLOR_CHARS)


def _seeds(value: Value, name: str) -> tuple[bytes, ...]:
    return tuple(fields.array(value, name, lambda seed, name: fields.byte_string(seed, name, 32), MAX_PERIODS, 1))


@typed
@dataclass(frozen=True, slots=True, repr=False)
class IssueRequest:
    """What a region sends to the platform.

    Attributes:
        attestation: the signed message, at most 32,768 bytes.
        sealing_key: the platform's public key that the opening is sealed to, 32 bytes; None exactly on paper.
        sealed_opening: as the wallet sealed it, at most 262,144 bytes; None exactly on paper.

    Raises:
        FormatError: any of that does not hold.
    """

    attestation: bytes
    sealing_key: bytes | None = None
    sealed_opening: bytes | None = None

    def __post_init__(self) -> None:
        some_bytes(self.attestation, "attestation", MAX_SIZE)
        if (self.sealing_key is None) != (self.sealed_opening is None):
            raise FormatError("an issue request has a sealing key and a sealed opening, or neither")
        if self.sealing_key is not None:
            fields.byte_string(self.sealing_key, "sealing key", 32)
            some_bytes(self.sealed_opening, "sealed opening", MAX_SEALED_OPENING)

    def __repr__(self) -> str:
        return "IssueRequest(...)"


@typed
def encode_issue_request(request: IssueRequest) -> bytes:
    """The request's bytes, deterministic."""
    return cbor.encode([FORMAT, request.attestation, request.sealing_key, request.sealed_opening])


@typed
def parse_issue_request(data: bytes) -> IssueRequest:
    """A request from its bytes, at most 300,000. Raises `FormatError` if it is not one."""
    if len(data) > MAX_REQUEST_SIZE:
        raise FormatError(f"an issue request has at most {MAX_REQUEST_SIZE} bytes")
    content = fields.record(cbor.decode(data, cbor.FEW_ITEMS), "issue request", 4)
    version, attestation, sealing_key, sealed_opening = content
    fields.uint(version, "format", least=FORMAT, most=FORMAT)
    return IssueRequest(
        attestation=some_bytes(attestation, "attestation", MAX_SIZE),
        sealing_key=None if sealing_key is None else fields.byte_string(sealing_key, "sealing key", 32),
        sealed_opening=None
        if sealed_opening is None
        else some_bytes(sealed_opening, "sealed opening", MAX_SEALED_OPENING),
    )
