"""`healthpass inspect`: the reader of a message is chosen by how it begins, and says what is wrong with it."""

from __future__ import annotations

import random

import pytest

from healthpass.cli.inspect.describe import BY_TYPE, describe
from healthpass.crypto.keyfile import encode_private_key, encode_public_key, encode_sealing_key
from healthpass.crypto.sealing import SealingKey
from healthpass.errors import BadInput, FormatError, KeyFileError
from healthpass.formats import cose
from healthpass.formats.padding import BLOCK
from tests.making import make_trust_list, sign_trust_list, signer
from tests.placing import make_place
from tests.raising import raises

NONE_OF_OURS = "none of our messages, or a damaged one"
TYPES = {value for name, value in vars(cose).items() if name.isupper() and str(value).startswith(cose.TYPE_PREFIX)}


def test_every_type_has_a_reader_but_for_what_travels_sealed() -> None:
    assert TYPES - BY_TYPE.keys() == {cose.TYPE_PREFIX, cose.ASSISTED_QUERY, cose.ASSISTED_ANSWER}
    assert BY_TYPE.keys() <= TYPES


@pytest.mark.parametrize("typ", sorted(BY_TYPE))
def test_a_damaged_message_is_answered_by_its_own_reader(typ: str) -> None:
    """In the words that this reader has for it, and not as something that nobody knows."""
    for data in (
        cose.encode_sign1(typ, bytes(32), b"\xff", bytes(64)),
        cose.encode_sign(typ, b"\xff", {bytes(32): bytes(64)}),
    ):
        with pytest.raises(FormatError) as by_its_reader:
            BY_TYPE[typ](data)
        with raises(FormatError, "malformed", str(by_its_reader.value)):
            describe(data)
        assert str(by_its_reader.value) != NONE_OF_OURS


def test_a_message_that_is_cut_short() -> None:
    with raises(FormatError, "malformed", "CBOR: cut short"):
        describe(sign_trust_list(make_trust_list())[:-1])
    with raises(FormatError, "malformed", "CBOR: cut short"):
        describe(make_place()[:-1])


def test_a_damaged_key_file() -> None:
    text = encode_public_key(signer(3).public_key)
    with raises(KeyFileError, "not-ours", "not a key file; name the right file"):
        describe(text.replace("-----END", "-----EN").encode())
    foreign = text.replace("PUBLIC", "RSA PUBLIC")
    with raises(KeyFileError, "not-ours", "not a document key file; name the right file"):
        describe(foreign.encode())


def test_key_files_of_both_kinds() -> None:
    key = SealingKey(bytes(range(32)))
    assert describe(encode_private_key(signer(3)).encode())["kind"] == "private key file"
    assert describe(encode_sealing_key(key).encode())["kind"] == "private sealing key file"
    assert describe(b"\xef\xbb\xbf" + encode_public_key(signer(3).public_key).encode())["kind"] == "public key file"


@pytest.mark.parametrize("first", range(256))
def test_what_begins_with_any_byte_is_told_by_its_size(first: int) -> None:
    rest = random.Random(first).randbytes(48 + BLOCK - 1)
    assert describe(bytes((first,)) + rest)["kind"] == "sealed batch, by its size"
    assert describe(bytes((first,)) + rest[:95])["kind"] == "root's signature on a draft"
    with raises(FormatError, "malformed", NONE_OF_OURS):
        describe(bytes((first,)) + rest[:94])


@pytest.mark.parametrize(
    "data", [b"", b"\x84", b"\x84\x01", b"\x84\x01\x58", b"\xd2", b"\xd2\x84", b"\xd8\x62\x84", b"HP"]
)
def test_hardly_anything(data: bytes) -> None:
    with raises(FormatError, "malformed", NONE_OF_OURS):
        describe(data)
    assert issubclass(KeyFileError, BadInput)
