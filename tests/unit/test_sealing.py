"""Sealed boxes: for one recipient, the same from every libsodium, and refused when a single bit is not as it was."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nacl.bindings import crypto_box_seal
from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, PublicKey, SealedBox

import healthpass
from healthpass.crypto import backends, sealing, x25519
from healthpass.crypto import box as box_of_libsodium
from healthpass.crypto.box import OVERHEAD, load_box
from healthpass.crypto.sealing import SealingKey, seal
from healthpass.errors import BadInput, FormatError
from tests.assisting import frames_of
from tests.raising import raises

SECRET = bytes(range(1, 33))
KEY, OTHER = SealingKey(SECRET), SealingKey(bytes(range(2, 34)))
SMALL_ORDER = [
    bytes(32),
    b"\x01" + bytes(31),
    bytes.fromhex("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"),
    bytes.fromhex("5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157"),
    b"\xec" + b"\xff" * 30 + b"\x7f",
]


@pytest.fixture(params=backends.NAMES)
def box(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Opening on that libsodium, for one test."""
    try:
        loaded = load_box(request.param)
    except ImportError:
        pytest.skip(f"no {request.param} libsodium on this machine")
    monkeypatch.setattr(box_of_libsodium, "_loaded", loaded)
    return str(request.param)


@pytest.mark.parametrize("add", [0, 2**255 - 19, 2**255])
@pytest.mark.parametrize("u", sorted(x25519._SMALL_ORDER_U))
def test_the_keys_of_small_order_are_those_of_libsodium(u: int, add: int) -> None:
    """Each as it is, with p added where that fits, and with the bit that is not looked at."""
    if add == 2**255 - 19 and u > 18:
        return
    key = (u + add).to_bytes(32, "little")
    assert sealing.is_weak(key)
    with pytest.raises(CryptoError):
        crypto_box_seal(b"", key)


def test_no_other_key_is_weak() -> None:
    assert all(map(sealing.is_weak, SMALL_ORDER))
    for u in [2, 9, 2**255 - 21, *(each + 1 for each in x25519._ORDER_8)]:
        key = u.to_bytes(32, "little")
        assert not sealing.is_weak(key)
        assert crypto_box_seal(b"", key)


def test_a_key_has_one_way_of_being_written() -> None:
    p = 2**255 - 19
    for u, canonical in ((9, True), (p - 2, True), (p + 9, False), (9 + 2**255, False), (p - 1, False), (p, False)):
        assert x25519.is_canonical(u.to_bytes(32, "little")) == canonical
    assert not any(map(x25519.is_canonical, SMALL_ORDER))


@pytest.mark.parametrize("key", [bytes(32), bytes(31), b"\x01" + bytes(31)])
def test_what_cannot_be_sealed_is_not_in_the_frames(key: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    for weak in (sealing.is_weak, lambda key: False):  # also where only libsodium finds it
        monkeypatch.setattr(sealing, "is_weak", weak)
        with raises(FormatError, "malformed", "a public sealing key is 32 bytes, and not of small order") as caught:
            seal(key, b" ".join((b"11010519491231002X",)))
        name = "test_what_cannot_be_sealed_is_not_in_the_frames"
        assert "11010519491231002X" not in frames_of(caught.value, beyond=name)


@given(st.binary(max_size=700))
def test_what_is_sealed_is_opened_by_its_recipient_alone(data: bytes) -> None:
    sealed = seal(KEY.public_key, data)
    assert len(sealed) == len(data) + OVERHEAD
    assert KEY.open(sealed) == data
    with pytest.raises(BadInput) as caught:
        OTHER.open(sealed)
    assert caught.value.code == "not-for-us"


@pytest.mark.parametrize("size", [0, 1, 36, 576])
def test_every_libsodium_opens_the_same(box: str, size: int) -> None:
    data = bytes(range(256))[:size] if size <= 256 else bytes(size)
    key = SealingKey(SECRET)
    assert key.public_key == bytes(PrivateKey(SECRET).public_key)
    assert key.open(bytes(SealedBox(PublicKey(key.public_key)).encrypt(data))) == data
    with raises(
        BadInput, "not-for-us", "sealed to another key, or changed on the way; have it sent again, to the right key"
    ):
        OTHER.open(seal(key.public_key, data))


def test_every_bit_and_every_length_counts(box: str) -> None:
    sealed = seal(KEY.public_key, b"document key")
    changed = [sealed[:n] + bytes((sealed[n] ^ 1 << n % 8,)) + sealed[n + 1 :] for n in range(len(sealed))]
    cut = [sealed[:n] for n in range(len(sealed))]
    for each in (*changed, *cut, sealed + b"\x00", b"\x00" + sealed, b"", bytes(OVERHEAD), bytes(99)):
        with pytest.raises(BadInput) as caught:
            KEY.open(each)
        assert caught.value.code == "not-for-us"
    assert KEY.open(sealed) == b"document key"


def test_another_implementation_opens_ours_and_we_open_its() -> None:
    assert SealedBox(PrivateKey(SECRET)).decrypt(seal(KEY.public_key, b"ours")) == b"ours"
    assert KEY.open(SealedBox(PublicKey(KEY.public_key)).encrypt(b"theirs")) == b"theirs"


@pytest.mark.parametrize("public", SMALL_ORDER, ids=range(len(SMALL_ORDER)))
def test_a_key_for_which_anybody_could_open(public: bytes, box: str) -> None:
    with pytest.raises(FormatError, match="small order") as caught:
        seal(public, b"data")
    assert caught.value.__cause__ is None
    with raises(
        BadInput, "not-for-us", "sealed to another key, or changed on the way; have it sent again, to the right key"
    ):  # the other way round: a box made with such a one-time key
        KEY.open(public + seal(KEY.public_key, b"data")[32:])


@pytest.mark.parametrize("public", [b"", bytes(31), bytes(33)], ids=repr)
def test_no_public_key(public: bytes) -> None:
    with raises(FormatError, "malformed", "a public sealing key is 32 bytes, and not of small order"):
        seal(public, b"data")


@pytest.mark.parametrize("secret", [b"", SECRET[:31], SECRET + b"\x00", bytes(32)], ids=repr)
def test_no_private_key(secret: bytes) -> None:
    with raises(FormatError, "malformed", "a sealing key is 32 bytes, not all zero"):
        SealingKey(secret)


def test_fresh_keys_differ() -> None:
    one, other = SealingKey(), SealingKey()
    assert one.public_key != other.public_key
    assert one.open(seal(one.public_key, b"x")) == b"x"
    assert SealingKey(one.secret).public_key == one.public_key


def test_an_erased_key_opens_nothing() -> None:
    key = SealingKey(SECRET)
    sealed, held = seal(key.public_key, b"yesterday"), key._secret
    key.erase()
    assert held == bytearray(32)
    with pytest.raises(ValueError, match="erased"):
        key.open(sealed)
    with pytest.raises(ValueError, match="erased"):
        key.secret  # noqa: B018
    assert key.public_key == KEY.public_key


def test_it_is_not_shown_copied_or_pickled() -> None:
    assert repr(KEY) == "SealingKey(...)"
    for copied in (copy.copy, copy.deepcopy, pickle.dumps):
        with pytest.raises(TypeError, match="not copied"):
            copied(KEY)


def test_no_libsodium_of_that_name() -> None:
    with pytest.raises(ImportError, match="libsodium"):
        load_box("openssl")


WITHOUT_PYNACL = f"""
import sys
sys.path.insert(0, {str(Path(healthpass.__file__).parents[1])!r})
for name in ("nacl", "_cffi_backend", "cffi"):
    sys.modules[name] = None
from healthpass.crypto.sealing import SealingKey
key = SealingKey({SECRET!r})
print(key.public_key.hex(), key.open(bytes.fromhex(sys.stdin.read())).hex())
"""


def test_without_pynacl_the_systems_libsodium_opens() -> None:
    try:
        load_box("system")
    except ImportError:
        pytest.skip("this machine has no libsodium of its own")
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", WITHOUT_PYNACL],
        input=seal(KEY.public_key, b"key").hex(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [KEY.public_key.hex(), b"key".hex()]
