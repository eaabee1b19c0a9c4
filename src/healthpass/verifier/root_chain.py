"""The way from the pinned roots to those of today: the trust lists that changed the roots, in order."""

from __future__ import annotations

from healthpass.errors import BadInput, TrustListRefused
from healthpass.formats import cbor, cose, fields
from healthpass.trust.signed import open_trust_list

TYPE_CHECKING = False
if TYPE_CHECKING:
    from healthpass.formats.cbor import Value
    from healthpass.formats.window import RootSet

MAX_ROTATIONS = 64


def longer(rotations: tuple[bytes, ...], data: bytes, most: int) -> tuple[bytes, ...]:
    """The way with one more list. `most`: bytes that the file of all of them may have.

    Raises:
        TrustListRefused: "too-many-rotations": the way could not be read again.
    """
    rotations = (*rotations, data)
    if len(rotations) > MAX_ROTATIONS or len(encode_rotations(rotations)) > most:
        raise TrustListRefused("too-many-rotations", "the roots have changed too often: pin those of today")
    return rotations


def follow_all(pinned: RootSet, data: bytes, most: int) -> tuple[RootSet, tuple[bytes, ...], int]:
    """Follow the lists of a file from the pinned roots on, as far as each is signed as it was when it came.

    Returns:
        The roots at their end, the lists that led there, and the version of the last; 0 for none.
    """
    roots, rotated = pinned, 0
    rotations: tuple[bytes, ...] = ()
    try:
        for each in fields.array(cbor.decode(data, cbor.FEW_ITEMS), "rotations", _list, MAX_ROTATIONS):
            content = open_trust_list(each, roots)
            if content.roots != roots:
                roots, rotations, rotated = content.roots, longer(rotations, each, most), content.version
    except BadInput:
        pass
    return roots, rotations, rotated


def encode_rotations(rotations: tuple[bytes, ...]) -> bytes:
    """The lists in a CBOR array; nothing at all for the pinned roots."""
    if not rotations:
        return b""
    return cbor.array_head(len(rotations)) + b"".join(map(cose.byte_string, rotations))


def _list(value: Value, name: str) -> bytes:
    return value if isinstance(value, bytes) else b""
