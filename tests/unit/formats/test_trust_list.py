"""The payload of a trust list: each rule of its form, broken by itself."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from typing import Any

import pytest

from healthpass.errors import FormatError
from healthpass.formats import cbor
from healthpass.formats.check_policy import default_policy
from healthpass.formats.trust_list import (
    MAX_KEYS,
    MAX_SIZE,
    MAX_WINDOWS,
    TrustList,
    encode_trust_list,
    parse_trust_list,
)
from healthpass.formats.window import RootSet, Window
from tests.making import DAY, NOW, PLATFORM, ROOT, SEALING, TOMORROW, WINDOW, make_trust_list, signer
from tests.raising import raises

REVOKER, REGISTRAR, RISK = (signer(n).public_key for n in (20, 21, 22))
Content = dict[int, Any]


def full() -> TrustList:
    """A list with something in every field."""
    return make_trust_list(
        roots=RootSet(2, tuple(signer(n).public_key for n in (1, 30, 31))),
        revocation_keys={REVOKER: (WINDOW.kid, TOMORROW.kid)},
        registrar_keys=(REGISTRAR,),
        risk_keys=(RISK,),
        policy=default_policy(),
        grace=3 * DAY,
    )


def content() -> Content:
    return cbor.decode(encode_trust_list(full()))  # type: ignore[return-value]  # a map of integers


def put(*path: int, value: object) -> Callable[[Content], None]:
    """Sets what is at that path."""

    def change(target: Any) -> None:
        for step in path[:-1]:
            target = target[step]
        target[path[-1]] = value

    return change


def changed(*path: int, by: Callable[[Any], object]) -> Callable[[Content], None]:
    """Replaces what is at that path by a function of it."""

    def change(target: Any) -> None:
        for step in path[:-1]:
            target = target[step]
        target[path[-1]] = by(target[path[-1]])

    return change


def without(label: int) -> Callable[[Content], None]:
    def change(target: Content) -> None:
        del target[label]

    return change


# A window's fields: 0 kid, 1 key, 2 valid from, 3 expires, 4 capacity, 5 bindings, 6 document key id.
BROKEN: dict[str, tuple[Callable[[Content], None], str]] = {
    **{
        f"field {label} missing": (without(label), "trust list: a field is missing")
        for label in (1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12)
    },
    "unknown critical field": (
        put(13, value=0),
        "trust list: an unknown critical field; a newer version of the software may know it",
    ),
    "unknown critical field 0": (
        put(0, value=0),
        "trust list: an unknown critical field; a newer version of the software may know it",
    ),
    "unknown text field": (
        lambda target: target.update({"note": 0}),  # type: ignore[dict-item]  # that is the fault
        "trust list: an unknown critical field; a newer version of the software may know it",
    ),
    "another format": (put(1, value=2), "format: not an integer from 1 to 1"),
    "version 0": (put(2, value=0), "version: not an integer from 1 to 4294967295"),
    "version over 32 bits": (put(2, value=2**32), "version: not an integer from 0 to 4294967295"),
    "version as text": (put(2, value="1"), "version: not an integer from 0 to 4294967295"),
    "issued at 0": (put(3, value=0), "issued: not an integer from 65536 to 4294967295"),
    "issued over 32 bits": (put(3, value=2**32), "issued: not an integer from 0 to 4294967295"),
    "expires when issued": (changed(4, by=lambda _: NOW - 60), "expires: not an integer from 1799999941 to 4294967295"),
    "expires over 32 bits": (put(4, value=2**32), "expires: not an integer from 0 to 4294967295"),
    "threshold 0": (put(5, 0, value=0), "roots: 1 to 16 distinct keys, and a threshold from 1 to their number"),
    "threshold above the number of roots": (
        put(5, 0, value=4),
        "roots: 1 to 16 distinct keys, and a threshold from 1 to their number",
    ),
    "negative threshold": (put(5, 0, value=-1), "threshold: not an integer from 0 to 4294967295"),
    "no roots": (put(5, value=[0, []]), "roots: 1 to 16 distinct keys, and a threshold from 1 to their number"),
    "17 roots": (
        put(5, value=[1, sorted(signer(n).public_key for n in range(40, 57))]),
        "roots: 1 to 16 distinct keys, and a threshold from 1 to their number",
    ),
    "root twice": (changed(5, 1, by=lambda keys: sorted([*keys, keys[0]])), "root keys: out of order or repeated"),
    "roots out of order": (changed(5, 1, by=lambda keys: keys[::-1]), "root keys: out of order or repeated"),
    "root key of 31 bytes": (changed(5, 1, by=lambda keys: [keys[0][:31], *keys[1:]]), "root keys: not 32 bytes"),
    "roots with a third item": (changed(5, by=lambda roots: [*roots, 0]), "roots: not an array of 2 items"),
    "kid twice": (
        changed(6, by=lambda windows: [windows[0], [windows[0][0], *windows[1][1:]]]),
        "kids: out of order or repeated",
    ),
    "kids out of order": (changed(6, by=lambda windows: windows[::-1]), "kids: out of order or repeated"),
    "kid of 3 bytes": (put(6, 0, 0, value=b"kid"), "kid: not 4 bytes"),
    "kid as text": (put(6, 0, 0, value="kid0"), "kid: not 4 bytes"),
    "window key of 33 bytes": (changed(6, 0, 1, by=lambda key: key + b"\x00"), "window key: not 32 bytes"),
    "window key null": (put(6, 0, 1, value=None), "window key: not 32 bytes"),
    "window from 0": (put(6, 0, 2, value=0), "valid from: not an integer from 65536 to 4294967295"),
    "window that ends when it begins": (
        put(6, 0, 3, value=WINDOW.valid_from),
        "expires: not an integer from 1799996401 to 4294967295",
    ),
    "window that ends before it begins": (
        put(6, 0, 3, value=WINDOW.valid_from - 1),
        "expires: not an integer from 1799996401 to 4294967295",
    ),
    "window beyond 32 bits": (put(6, 0, 3, value=2**32), "expires: not an integer from 0 to 4294967295"),
    **{
        f"capacity {size}": (put(6, 0, 4, value=size), "capacity: not a power of four from 4 to 2^32")
        for size in (0, 1, 2, 3, 8, 2**31, 4**10 - 1, 4**17, -4)
    },
    "no binding kinds": (put(6, 0, 5, value=0), "binding kinds: not an integer from 1 to 7"),
    "an unknown binding kind": (put(6, 0, 5, value=8), "binding kinds: not an integer from 1 to 7"),
    "document binding without a document key": (
        put(6, 0, 6, value=None),
        "a window that binds to documents names their key",
    ),
    "document key id of 5 bytes": (put(6, 0, 6, value=b"doc00"), "document key id: not 4 bytes"),
    "window with an eighth field": (changed(6, 0, by=lambda window: [*window, 0]), "window: not an array of 7 items"),
    "window with six fields": (changed(6, 0, by=lambda window: window[:6]), "window: not an array of 7 items"),
    "windows as a map": (put(6, value={}), "windows: not an array of 0 to 2048 items"),
    "revocation for an unlisted kid": (
        put(7, 0, 1, value=[b"none"]),
        "a revocation key is for a kid that is not listed",
    ),
    "revocation for no kid": (put(7, 0, 1, value=[]), "revocation kids: not an array of 1 to 2048 items"),
    "revocation kids out of order": (
        changed(7, 0, 1, by=lambda kids: kids[::-1]),
        "revocation kids: out of order or repeated",
    ),
    "revocation kid twice": (
        changed(7, 0, 1, by=lambda kids: [kids[0], kids[0]]),
        "revocation kids: out of order or repeated",
    ),
    "two revocation keys for one kid": (
        changed(7, by=lambda keys: sorted([*keys, [REGISTRAR[::-1], [WINDOW.kid]]])),
        "revocation kids: the same item twice",
    ),
    "revocation key twice": (
        put(7, value=[[REVOKER, [WINDOW.kid]], [REVOKER, [TOMORROW.kid]]]),
        "revocation keys: out of order or repeated",
    ),
    "registrar twice": (put(8, value=[REGISTRAR, REGISTRAR]), "registrar keys: out of order or repeated"),
    "registrars out of order": (
        put(8, value=sorted([REGISTRAR, signer(23).public_key])[::-1]),
        "registrar keys: out of order or repeated",
    ),
    "risk key of 0 bytes": (put(9, value=[b""]), "risk keys: not 32 bytes"),
    "257 registrars": (
        put(8, value=sorted(n.to_bytes(32, "big") for n in range(257))),
        "registrar keys: not an array of 0 to 256 items",
    ),
    "root as issuer": (put(6, 0, 1, value=ROOT.public_key), "keys of all roles: the same item twice"),
    "one key in two windows": (put(6, 0, 1, value=TOMORROW.key), "keys of all roles: the same item twice"),
    "issuer as revoker": (put(7, 0, 0, value=WINDOW.key), "keys of all roles: the same item twice"),
    "revoker as registrar": (put(8, value=[REVOKER]), "keys of all roles: the same item twice"),
    "registrar as risk office": (put(9, value=[REGISTRAR]), "keys of all roles: the same item twice"),
    "risk office as root": (put(5, value=[1, [RISK]]), "keys of all roles: the same item twice"),
    "sealing key as issuer": (put(12, 0, 2, 0, 0, value=WINDOW.key), "keys of all roles: the same item twice"),
    "no platform": (put(12, value=[]), "each window is one platform's, and a platform's kids are listed"),
    "platforms as a map": (put(12, value={}), "platforms: not an array of 0 to 256 items"),
    "257 platforms": (
        put(12, value=[[f"{n:03}", [], []] for n in range(257)]),
        "platforms: not an array of 0 to 256 items",
    ),
    "a window of no platform": (
        put(12, 0, 1, value=[WINDOW.kid]),
        "each window is one platform's, and a platform's kids are listed",
    ),
    "a kid of a platform that is not listed": (
        changed(12, 0, 1, by=lambda kids: [*kids, b"kid2"]),
        "each window is one platform's, and a platform's kids are listed",
    ),
    "a kid of two platforms": (
        changed(12, by=lambda platforms: [*platforms, ["north", [WINDOW.kid], []]]),
        "kids of platforms: the same item twice",
    ),
    "a platform twice": (
        changed(12, by=lambda platforms: [*platforms, [PLATFORM, [], []]]),
        "platforms: out of order or repeated",
    ),
    "platforms out of order": (
        changed(12, by=lambda platforms: [*platforms, ["a", [], []]]),
        "platforms: out of order or repeated",
    ),
    "kids of a platform out of order": (
        changed(12, 0, 1, by=lambda kids: kids[::-1]),
        "platform: kids or sealing keys out of order",
    ),
    "kid of a platform of 3 bytes": (put(12, 0, 1, 0, value=b"kid"), "kids of a platform: not 4 bytes"),
    "a platform without a name": (put(12, 0, 0, value=""), "platform: not a text of 1 to 32 characters"),
    "a platform whose name is too long": (put(12, 0, 0, value="北" * 11), "platform: not 1 to 32 bytes of UTF-8"),
    "a platform with a fourth field": (changed(12, 0, by=lambda each: [*each, 0]), "platform: not an array of 3 items"),
    "sealing key of 31 bytes": (put(12, 0, 2, 0, 0, value=bytes(31)), "sealing keys: not 32 bytes"),
    "sealing key from 0": (put(12, 0, 2, 0, 1, value=0), "valid from: not an integer from 65536 to 4294967295"),
    "sealing key that ends when it begins": (
        put(12, 0, 2, 0, 2, value=SEALING.valid_from),
        "expires: not an integer from 1799996401 to 4294967295",
    ),
    "sealing key twice": (
        changed(12, 0, 2, by=lambda keys: [*keys, *keys]),
        "sealing keys: the same item twice",
    ),
    "sealing keys out of order": (
        changed(12, 0, 2, by=lambda keys: [*keys, [bytes(32), NOW - DAY, NOW]]),
        "platform: kids or sealing keys out of order",
    ),
    "33 sealing keys": (
        put(12, 0, 2, value=[[n.to_bytes(32, "big"), NOW, NOW + 1] for n in range(33)]),
        "sealing keys: not an array of 0 to 32 items",
    ),
    "a policy of null": (put(10, value=None), "check policy: not an array of 0 to 69 items"),
    "no staleness limit": (put(11, value=[]), "staleness limits: not an array of 1 items"),
    "two staleness limits": (put(11, value=[0, 0]), "staleness limits: not an array of 1 items"),
    "negative grace": (put(11, value=[-1]), "grace: not an integer from 0 to 4294967295"),
    "grace over 32 bits": (put(11, value=[2**32]), "grace: not an integer from 0 to 4294967295"),
}


def encoded(target: Content) -> bytes:
    return cbor.encode(target)  # type: ignore[arg-type]  # whatever the test has put in


@pytest.mark.parametrize(("change", "sentence"), BROKEN.values(), ids=BROKEN.keys())
def test_broken(change: Callable[[Content], None], sentence: str) -> None:
    target = content()
    assert encode_trust_list(parse_trust_list(encoded(target))) == encoded(target)
    change(target)
    with raises(FormatError, "malformed", sentence) as caught:
        parse_trust_list(encoded(target))
    assert caught.value.code == "malformed"


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "CBOR: cut short"),
        (b"\xa0", "trust list: a field is missing"),
        (b"\x80", "trust list: not a map"),
        (b"\xf6", "trust list: not a map"),
        (b"\x00", "trust list: not a map"),
        (bytes(100), "CBOR: bytes after the end"),
    ],
    ids=repr,
)
def test_no_map_at_all(data: bytes, sentence: str) -> None:
    with raises(FormatError, "malformed", sentence):
        parse_trust_list(data)


def test_cut_or_longer() -> None:
    data = encode_trust_list(full())
    for altered in [*(data[:size] for size in range(len(data))), data + b"\x00"]:
        with raises(FormatError, "malformed", "CBOR: bytes after the end", "CBOR: cut short"):
            parse_trust_list(altered)


def test_a_negative_label_is_an_addition_that_may_be_ignored() -> None:
    target = content()
    target[-1] = {"new": [1, 2]}
    assert encode_trust_list(parse_trust_list(encoded(target))) == encoded(content())


def test_every_field_comes_back() -> None:
    trust_list, again = full(), parse_trust_list(encode_trust_list(full()))
    for name in TrustList.__slots__:
        assert getattr(again, name) == getattr(trust_list, name), name


def test_a_list_without_a_policy() -> None:
    assert parse_trust_list(encode_trust_list(make_trust_list())).policy is None
    assert 10 not in cbor.decode(encode_trust_list(make_trust_list()))  # type: ignore[operator]  # a map


@pytest.mark.parametrize("capacity", [4**n for n in range(1, 17)])
def test_capacities(capacity: int) -> None:
    target = content()
    target[6][0][4] = capacity
    assert parse_trust_list(encoded(target)).windows[WINDOW.kid].capacity == capacity


def test_a_device_window_needs_no_document_key() -> None:
    target = content()
    target[6][0][5:] = [1, None]
    assert parse_trust_list(encoded(target)).windows[WINDOW.kid].document_key_id is None


def test_repr_shows_no_key() -> None:
    for value in (full(), WINDOW, full().roots):
        assert WINDOW.kid.decode() not in repr(value)
        assert not any(key.hex()[:8] in repr(value) or repr(key)[2:10] in repr(value) for key in full().all_keys())


def test_roots_and_windows_compare_by_value() -> None:
    one, other = (signer(n).public_key for n in (1, 2))
    assert RootSet(1, (one, other)) == RootSet(1, (other, one))
    assert hash(RootSet(1, (one, other))) == hash(RootSet(1, (other, one)))
    assert RootSet(1, (one, other)) != RootSet(2, (one, other))
    assert RootSet(1, (one,)) != WINDOW
    assert Window(*WINDOW.values()) == WINDOW != TOMORROW  # type: ignore[arg-type]  # in the order of its arguments
    assert len({Window(*WINDOW.values()), WINDOW}) == 1  # type: ignore[arg-type]  # the same


def test_the_largest_list_is_read() -> None:
    """As many windows, and keys of each kind, as a list may have, each window under a revocation key."""
    windows = [
        Window(n.to_bytes(4, "big"), sha256(b"window %d" % n).digest(), NOW + n, NOW + n + 1, 4, 1)
        for n in range(MAX_WINDOWS)
    ]
    keys = [tuple(sha256(b"%d %d" % (role, n)).digest() for n in range(MAX_KEYS)) for role in range(3)]
    kids = [tuple(each.kid for each in windows[n::MAX_KEYS]) for n in range(MAX_KEYS)]
    revocation = dict(zip(keys[0], kids, strict=True))
    roots = RootSet(16, tuple(sha256(b"root %d" % n).digest() for n in range(16)))
    largest = make_trust_list(
        windows=windows, roots=roots, revocation_keys=revocation, registrar_keys=keys[1], risk_keys=keys[2]
    )
    payload = encode_trust_list(largest)
    assert encode_trust_list(parse_trust_list(payload)) == payload
    assert len(payload) < MAX_SIZE
