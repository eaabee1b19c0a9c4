"""A revocation notice: a region takes back what it vouched for. A COSE_Sign1; its payload is the map

    1 format   2 reference   3 issued   4 whether the holder wished it: 1, or 0

with the reference of the attestation. What is revoked at a holder's wish hides nobody else: an attacker could wish it
for passes of their own, so the platform does not count it when it hides who is in a delta.

Only the key that signed the attestation can take it back, so the notice need not say which region's it was: that is who
signs.
"""

from __future__ import annotations

from dataclasses import dataclass

from healthpass._typed import typed
from healthpass.formats import cbor, fields
from healthpass.formats.claim import MIN_TIME
from healthpass.formats.enrolment import REFERENCE_SIZE

FORMAT = 1
MAX_SIZE = 512
"""Bytes of the whole message."""


@typed
@dataclass(frozen=True, slots=True, repr=False)
class Notice:
    """What a region takes back.

    Attributes:
        reference: of the attestation, 16 bytes.
        issued: seconds since 1970 UTC.
        at_wish: whether the holder wished it (a lost phone), rather than the region (another result).

    Raises:
        FormatError: any of that does not hold.
    """

    reference: bytes
    issued: int
    at_wish: bool

    def __post_init__(self) -> None:
        fields.byte_string(self.reference, "reference", REFERENCE_SIZE)
        fields.uint(self.issued, "issued", least=MIN_TIME)

    def __repr__(self) -> str:
        return "Notice(...)"


@typed
def encode_notice(notice: Notice) -> bytes:
    """The payload's bytes, deterministic."""
    return cbor.encode({1: FORMAT, 2: notice.reference, 3: notice.issued, 4: int(notice.at_wish)})


@typed
def parse_notice(payload: bytes) -> Notice:
    """The content of a payload. Raises `FormatError` if anything in it is not as above."""
    content = fields.labelled(cbor.decode(payload, cbor.FEW_ITEMS), "notice", frozenset((1, 2, 3, 4)))
    fields.uint(content[1], "format", least=FORMAT, most=FORMAT)
    return Notice(
        fields.byte_string(content[2], "reference", REFERENCE_SIZE),
        fields.uint(content[3], "issued", least=MIN_TIME),
        bool(fields.uint(content[4], "wish", most=1)),
    )
