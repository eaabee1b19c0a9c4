"""The way from the pinned roots to those of today: the trust lists that changed the roots, in order."""

from __future__ import annotations

from healthpass.errors import BadInput, TrustListRefused
from healthpass.formats import cbor, cose, fields
from healthpass.trust.signed import open_trust_list
from healthpass.verifier.state import MAX_ROTATIONS_SIZE, State

TYPE_CHECKING = False
if TYPE_CHECKING:
    from healthpass.formats.cbor import Value
    from healthpass.formats.trust_list import TrustList

MAX_ROTATIONS = 64


def longer(state: State, content: TrustList, data: bytes) -> State:
    """The state after an accepted list that changes the roots.

    Raises:
        TrustListRefused: "too-many-rotations": the way could not be read again.
    """
    rotations = (*state.rotations, data)
    if len(rotations) > MAX_ROTATIONS or len(encode_rotations(rotations)) > MAX_ROTATIONS_SIZE:
        raise TrustListRefused("too-many-rotations", "the roots have changed too often: pin those of today")
    return state.changed(roots=content.roots, rotations=rotations, rotated=content.version)


def follow_all(state: State, data: bytes) -> State:
    """Follow the lists of a file from the pinned roots on, as far as each is signed as it was when it came.

    Returns:
        The state with the roots at their end; or as it was, if that is not further than it has come.
    """
    if data == encode_rotations(state.rotations):
        return state
    way = State(state.pinned)
    try:
        for each in fields.array(cbor.decode(data, cbor.FEW_ITEMS), "rotations", _list, MAX_ROTATIONS):
            content = open_trust_list(each, way.roots)
            if content.roots != way.roots:
                way = longer(way, content, each)
    except BadInput:
        pass
    if way.rotated <= state.rotated:
        return state
    return state.changed(roots=way.roots, rotations=way.rotations, rotated=way.rotated)


def encode_rotations(rotations: tuple[bytes, ...]) -> bytes:
    """The lists in a CBOR array; nothing at all for the pinned roots."""
    if not rotations:
        return b""
    return cbor.array_head(len(rotations)) + b"".join(map(cose.byte_string, rotations))


def _list(value: Value, name: str) -> bytes:
    return value if isinstance(value, bytes) else b""
