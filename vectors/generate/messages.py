"""The signed messages that are not a pass: COSE envelopes and what is in them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from vectors.generate.cbor import Raw, Value, encode, head
from vectors.generate.keys import Key

TYPE = "application/vnd.healthpass."


def sign1(kind: str, key: Key, payload: bytes, signature: bytes | None = None) -> bytes:
    """A COSE_Sign1 by one key."""
    protected = encode({1: -19, 4: key.public, 16: TYPE + kind})
    if signature is None:
        signature = key.sign(encode(["Signature1", protected, b"", payload]))
    return b"\xd2" + encode([protected, Raw(b"\xa0"), payload, signature])


def signed_by_roots(
    payload: bytes, signers: Sequence[Key], kind: str = "trust-list", wrong: Sequence[Key] = (), in_order: bool = True
) -> bytes:
    """A COSE_Sign by several keys; the signatures of those in `wrong` do not hold."""
    body = encode({16: TYPE + kind})
    signatures = []
    for key in sorted(signers, key=lambda each: each.public) if in_order else signers:
        protected = encode({1: -19, 4: key.public})
        signature = key.sign(encode(["Signature", body, protected, b"", payload]))
        if key in wrong:
            signature = bytes((signature[0] ^ 1,)) + signature[1:]
        signatures.append([protected, Raw(b"\xa0"), signature])
    return b"\xd8\x62" + encode([body, Raw(b"\xa0"), payload, signatures])


def area_table(
    key: Key,
    version: int,
    issued: int,
    expires: int,
    medium: Sequence[int] = (),
    high: Sequence[int] = (),
    **more: Value,
) -> bytes:
    """An area table by a risk office. `more` has other values of labels, as `label_7=...`."""
    content: dict[int | str, Value] = {
        1: 1,
        2: version,
        3: issued,
        4: expires,
        5: packed(medium),
        6: packed(high),
        **labels(more),
    }
    return sign1("area-table", key, encode({label: value for label, value in content.items() if value is not ABSENT}))


def place(
    key: Key, id: bytes, place_class: int, area: int, issued: int, expires: int, signature: bytes | None = None
) -> bytes:
    """A place certificate by a registrar: 179 bytes."""
    times = b"\x05\x1a" + issued.to_bytes(4, "big") + b"\x06\x1a" + expires.to_bytes(4, "big")
    payload = b"\xa6\x01\x01\x02\x48" + id + b"\x03" + bytes((place_class,)) + b"\x04\x44" + area.to_bytes(4, "big")
    return sign1("place", key, payload + times, signature)


ABSENT = Raw(b"\xff")
"""In place of a field: it is left out."""


def labelled(label: int, value: Value) -> dict[str, Any]:
    """A keyword for one label, as `labels` reads it."""
    return {f"label_{label}".replace("-", "minus_"): value}


def labels(more: dict[str, Value]) -> dict[int | str, Value]:
    """`label_7=...` as {7: ...}, and `label_minus_1=...` as {-1: ...}."""
    return {int(name.removeprefix("label_").replace("minus_", "-")): value for name, value in more.items()}


def packed(numbers: Sequence[int]) -> bytes:
    """4 bytes each, as they come."""
    return b"".join(number.to_bytes(4, "big") for number in numbers)


def snapshot(key: Key, version: int, issued: int, expires: int, filters: Value, **more: Value) -> bytes:
    """A revocation snapshot; `filters` is [[kid, digest, length]]."""
    content = {1: 1, 2: version, 3: issued, 4: expires, 5: filters, **labels(more)}
    payload = encode({label: value for label, value in content.items() if value is not ABSENT})
    return sign1("revocation-snapshot", key, payload)


def delta(key: Key, version: int, issued: int, expires: int, base: int, slots: Value, **more: Value) -> bytes:
    """A revocation delta; `slots` is [[kid, slots in one byte string]]."""
    content = {1: 1, 2: version, 3: issued, 4: expires, 5: base, 6: slots, **labels(more)}
    payload = encode({label: value for label, value in content.items() if value is not ABSENT})
    return sign1("revocation-delta", key, payload)


def bundle(
    trust_list: Value,
    *,
    rotations: Value = (),
    area_table: Value = None,
    places: Value = (),
    revocations: Value = (),
    filters: Sequence[tuple[Value, Value]] = (),
    document_keys: Value = (),
    head_of_all: bytes = b"\x88\x01",
) -> bytes:
    """A bundle; the filters are pairs of digest and bytes, in the order in which they are given."""
    data = head_of_all + b"".join(map(encode, (rotations, trust_list, area_table, places, revocations)))
    data += head(4, len(filters))
    for digest, filter_ in filters:
        held = encode(filter_)
        content = len(filter_) if isinstance(filter_, bytes) else 0
        data += b"\x83" + encode(digest)
        data += encode(bytes(-(len(data) + 1 + len(held) - content) % 4)) + held
    return data + encode(document_keys)
