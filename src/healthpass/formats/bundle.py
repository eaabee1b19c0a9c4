"""A bundle: one file with what a scanner without a network needs, for a cable, a stick or an SD card. An array of 8:

    1 (the format)
    [trust lists that changed the roots, oldest first]
    trust list
    area table, or null
    [place certificates]
    [[snapshot, delta or null]]
    [[digest, padding, filter]]   digests ascending, the first 32 bytes of the filter's SHA-512
    [document keys, each sealed to a scanner]

Each part is a byte string. The padding is as few zero bytes (0 to 3) as put the filter on a multiple of 4 from the
bundle's start, so that firmware uses it in place. Nothing in a bundle is believed for being in it.
"""

from __future__ import annotations

from healthpass._typed import typed
from healthpass.errors import FormatError
from healthpass.formats import cbor, cose, fields

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from healthpass.formats.cbor import Value

FORMAT = 1
DIGEST_SIZE = 32
MAX_SIZE = 16_777_216
"""Bytes, unless the caller allows more."""
_NULL = b"\xf6"


@typed
class Bundle:
    """The parts, as bytes; none of them is looked into.

    Attributes:
        rotations: the trust lists that changed the roots, oldest first.
        trust_list: the newest.
        area_table: or None.
        places: place certificates.
        revocations: snapshots, each with its delta or None.
        filters: by digest, 32 bytes.
        document_keys: deliveries, each for one scanner.
    """

    __slots__ = ("area_table", "document_keys", "filters", "places", "revocations", "rotations", "trust_list")

    def __init__(
        self,
        trust_list: bytes,
        rotations: Sequence[bytes] = (),
        area_table: bytes | None = None,
        places: Sequence[bytes] = (),
        revocations: Sequence[tuple[bytes, bytes | None]] = (),
        filters: dict[bytes, bytes] | None = None,
        document_keys: Sequence[bytes] = (),
    ) -> None:
        self.trust_list = trust_list
        self.rotations = tuple(rotations)
        self.area_table = area_table
        self.places = tuple(places)
        self.revocations = tuple(revocations)
        self.filters = dict(filters or {})
        self.document_keys = tuple(document_keys)

    def __repr__(self) -> str:
        return f"Bundle(filters={len(self.filters)})"


@typed
def encode_bundle(bundle: Bundle) -> bytes:
    """The bytes of a bundle: for the same parts always the same.

    Raises:
        FormatError: a part is empty, or there are more than `parse_bundle` would read.
    """
    data = bytearray(b"\x88\x01")
    data += _array(bundle.rotations) + _part(bundle.trust_list)
    data += _NULL if bundle.area_table is None else _part(bundle.area_table)
    data += _array(bundle.places) + cbor.array_head(len(bundle.revocations))
    for snapshot, delta in bundle.revocations:
        data += b"\x82" + _part(snapshot) + (_NULL if delta is None else _part(delta))
    data += cbor.array_head(len(bundle.filters))
    for digest, piece in sorted(bundle.filters.items()):
        data += b"\x83" + cose.byte_string(fields.byte_string(digest, "digest", DIGEST_SIZE))
        held = _part(piece)
        data += cose.byte_string(bytes(-(len(data) + 1 + len(held) - len(piece)) % 4)) + held
    return bytes(data + _array(bundle.document_keys))


@typed
def parse_bundle(data: bytes, most: int = MAX_SIZE) -> Bundle:
    """The parts of a bundle.

    Args:
        data: the whole file.
        most: bytes; a longer one is not looked at.

    Raises:
        FormatError: longer, or not exactly what `encode_bundle` makes of some parts.
    """
    if len(data) > most:
        raise FormatError(f"a bundle of over {most} bytes: allow more, or make a smaller one")
    content = fields.record(cbor.decode(data), "bundle", 8)
    number, rotations, trust_list, area_table, places, revocations, filters, document_keys = content
    fields.uint(number, "format", least=FORMAT, most=FORMAT)
    bundle = Bundle(
        _bytes(trust_list, "trust list"),
        _parts(rotations, "rotations"),
        None if area_table is None else _bytes(area_table, "area table"),
        _parts(places, "places"),
        fields.array(revocations, "revocations", _revocation, cbor.MAX_ITEMS),
        dict(fields.array(filters, "filters", _filter, cbor.MAX_ITEMS)),
        _parts(document_keys, "document keys"),
    )
    if encode_bundle(bundle) != data:  # padding, and the order and number of digests
        raise FormatError("bundle: filters out of order, repeated or not where they belong")
    return bundle


def _part(part: bytes) -> bytes:
    return cose.byte_string(_bytes(part, "a part"))


def _array(parts: Sequence[bytes]) -> bytes:
    return cbor.array_head(len(parts)) + b"".join(map(_part, parts))


def _parts(value: Value, name: str) -> list[bytes]:
    return fields.array(value, name, _bytes, cbor.MAX_ITEMS)


def _revocation(value: Value, name: str) -> tuple[bytes, bytes | None]:
    snapshot, delta = fields.record(value, name, 2)
    return _bytes(snapshot, name), None if delta is None else _bytes(delta, name)


def _filter(value: Value, name: str) -> tuple[bytes, bytes]:
    digest, padding, piece = fields.record(value, name, 3)
    if type(padding) is not bytes or len(padding) > 3 or any(padding):
        raise FormatError("bundle: padding is at most three zero bytes")
    return fields.byte_string(digest, "digest", DIGEST_SIZE), _bytes(piece, name)


def _bytes(value: Value, name: str) -> bytes:
    if type(value) is not bytes or not value:
        raise FormatError(f"bundle: {name}: not bytes, or none")
    return value
