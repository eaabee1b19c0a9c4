"""What a station signs for the platform after a survey by hand: one person, one document, one period. A COSE_Sign1; its
payload is the map below. It has no room for a holder key, a second period or a second person.

    1 format   2 reference   3 issued   4 colour   5 [from, to]   6 seed   7 digest of the grounds   8 certificate

The grounds are the survey as it was filled in. They stay with the station; the digest, made with a salt that stays
there too, lets somebody who is shown them see that they are those of this very attestation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from healthpass._values import Color
from healthpass.errors import FormatError
from healthpass.formats import cbor, fields
from healthpass.formats.attestation import SEED_SIZE
from healthpass.formats.claim import MIN_TIME
from healthpass.formats.enrolment import REFERENCE_SIZE
from healthpass.formats.station import MAX_SIZE as MAX_CERTIFICATE_SIZE

if TYPE_CHECKING:
    from healthpass.formats.cbor import Value

FORMAT = 1
MAX_SIZE = 1024
"""Bytes of the whole message."""
GROUNDS_SIZE = 32


@dataclass(frozen=True, slots=True, repr=False)
class StationAttestation:
    """What a station vouches for. It names no person.

    Attributes:
        reference: 16 random bytes; with the station's key, the name of this attestation.
        issued: seconds since 1970 UTC.
        color: of the unified scale: a station has none of its own.
        valid_from, expires: the bounds of the period asked for, in seconds since 1970 UTC.
        seed: of the document in that period, 32 bytes; see `healthpass.crypto.document_tag`.
        grounds: digest of the survey, 32 bytes.
        certificate: the station's, as the registrar signed it.

    Raises:
        FormatError: any of that does not hold.
    """

    reference: bytes
    issued: int
    color: Color
    valid_from: int
    expires: int
    seed: bytes
    grounds: bytes
    certificate: bytes

    def __post_init__(self) -> None:
        fields.byte_string(self.reference, "reference", REFERENCE_SIZE)
        fields.uint(self.issued, "issued", least=MIN_TIME)
        if not isinstance(self.color, Color):
            raise FormatError("colour: not one of the three")
        fields.uint(self.valid_from, "beginning of the period", least=MIN_TIME)
        fields.uint(self.expires, "end of the period", least=self.valid_from + 1)
        fields.byte_string(self.seed, "seed", SEED_SIZE)
        fields.byte_string(self.grounds, "digest of the grounds", GROUNDS_SIZE)
        if type(self.certificate) is not bytes or not 1 <= len(self.certificate) <= MAX_CERTIFICATE_SIZE:
            raise FormatError(f"certificate: not 1 to {MAX_CERTIFICATE_SIZE} bytes")

    def __repr__(self) -> str:
        return "StationAttestation(...)"


def encode_station_attestation(attestation: StationAttestation) -> bytes:
    """The payload's bytes, deterministic."""
    return cbor.encode(
        {
            1: FORMAT,
            2: attestation.reference,
            3: attestation.issued,
            4: int(attestation.color),
            5: [attestation.valid_from, attestation.expires],
            6: attestation.seed,
            7: attestation.grounds,
            8: attestation.certificate,
        }
    )


def parse_station_attestation(payload: bytes) -> StationAttestation:
    """The content of a payload. Raises `FormatError` if anything in it is not as above."""
    content = fields.labelled(
        cbor.decode(payload, cbor.FEW_ITEMS), "station attestation", frozenset(range(1, 9)), additions=False
    )
    fields.uint(content[1], "format", least=FORMAT, most=FORMAT)
    certificate = content[8]
    valid_from, expires = fields.record(content[5], "period", 2)
    if type(certificate) is not bytes:
        raise FormatError("certificate: not a byte string")
    return StationAttestation(
        reference=fields.byte_string(content[2], "reference", REFERENCE_SIZE),
        issued=fields.uint(content[3], "issued"),
        color=_color(content[4]),
        valid_from=fields.uint(valid_from, "beginning of the period"),
        expires=fields.uint(expires, "end of the period"),
        seed=fields.byte_string(content[6], "seed", SEED_SIZE),
        grounds=fields.byte_string(content[7], "digest of the grounds", GROUNDS_SIZE),
        certificate=certificate,
    )


def _color(value: Value) -> Color:
    try:
        return Color(fields.uint(value, "colour"))
    except ValueError:
        raise FormatError("colour: none that a pass can have") from None
