"""A batch: the claims that the platform returns for an attestation, as one message. Each claim is signed by itself.

They come by holder key and, for each key, by person. A wallet's batch is padded and sealed to its answer key
(`healthpass.crypto.envelope`); on paper it is plain, for who prints the passes sees them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from healthpass._typed import typed
from healthpass.errors import FormatError
from healthpass.formats import cbor, fields
from healthpass.formats.claim import parse_claim
from healthpass.formats.enrolment import MAX_CLAIMS

if TYPE_CHECKING:
    from healthpass.formats.cbor import Value

FORMAT = 1
MAX_SIZE = 2_097_152
"""Bytes, sealed and as it is."""


@typed
def encode_batch(claims: list[bytes]) -> bytes:
    """The claims in one message. Raises `FormatError` if one of them is none, or there are more than 8,192."""
    data = cbor.encode([FORMAT, claims])
    parse_batch(data)
    return data


@typed
def parse_batch(data: bytes) -> list[bytes]:
    """The claims of a message of at most 2,097,152 bytes.

    Raises:
        FormatError: too long, or not an array of claims of the three templates. Signatures are not looked at.
    """
    if len(data) > MAX_SIZE:
        raise FormatError(f"a batch has at most {MAX_SIZE} bytes")
    version, claims = fields.record(cbor.decode(data, MAX_CLAIMS + cbor.FEW_ITEMS), "batch", 2)
    fields.uint(version, "format", least=FORMAT, most=FORMAT)
    return fields.array(claims, "batch", _claim, MAX_CLAIMS, 1)


def _claim(value: Value, name: str) -> bytes:
    if not isinstance(value, bytes):
        raise FormatError(f"{name}: not a byte string")
    parse_claim(value)
    return value
