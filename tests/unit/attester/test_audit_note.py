"""Checkpoints are the signed notes of C2SP, and their root is that of RFC 6962."""

from __future__ import annotations

from base64 import b64decode, b64encode
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthpass.attester.audit.entry import AuditError
from healthpass.attester.audit.note import MAX_NOTE, Checkpoint, key_id, open_checkpoint, sign_checkpoint
from healthpass.attester.audit.tree import Tree
from healthpass.crypto import ed25519
from tests.auditing import ORIGIN, SIGNER
from tests.making import signer
from tests.raising import raises_one_of

PUBLIC = SIGNER.public_key
CHECKPOINT = Checkpoint(ORIGIN, 20852163, bytes(range(32)))
NOTE = sign_checkpoint(CHECKPOINT, SIGNER)
LEAVES = [
    bytes.fromhex(leaf)
    for leaf in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
"""The trees that implementations of Certificate Transparency are tested with."""
GO_NOTE = (
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n",
    "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=",
)
"""A note that Go's implementation is tested with: its text, its key and its signature."""


def test_published_trees() -> None:
    tree = Tree()
    assert tree.root().hex() == ROOTS[0]
    for size, leaf in enumerate(LEAVES, 1):
        tree.add(leaf)
        assert (tree.size, tree.root().hex()) == (size, ROOTS[size])


def mth(leaves: list[bytes]) -> bytes:
    """RFC 6962 section 2.1, word for word."""
    if len(leaves) == 0:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return sha256(b"\x00" + leaves[0]).digest()
    k = 1
    while 2 * k < len(leaves):
        k *= 2
    return sha256(b"\x01" + mth(leaves[:k]) + mth(leaves[k:])).digest()


def test_trees_of_every_size_up_to_130() -> None:
    tree = Tree()
    leaves = [b"%d" % n for n in range(130)]
    for size in range(131):
        assert tree.root() == mth(leaves[:size])
        tree.add(b"%d" % size)


def test_the_note_of_another_implementation() -> None:
    text, verifier, signature = GO_NOTE
    name, stated, encoded = verifier.split("+", 2)
    key = b64decode(encoded)[1:]
    assert key_id(name, key).hex() == stated
    assert b64decode(signature)[:4].hex() == stated
    assert ed25519.verify(key, text.encode(), b64decode(signature)[4:])


def test_the_form_of_a_checkpoint() -> None:
    text, _, line = NOTE.partition("\n\n")
    assert text == f"{ORIGIN}\n20852163\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
    dash, name, signature = line.removesuffix("\n").split(" ")
    assert (dash, name) == ("—", ORIGIN)
    data = b64decode(signature)
    assert data[:4] == sha256(ORIGIN.encode() + b"\n\x01" + PUBLIC).digest()[:4]
    assert ed25519.verify(PUBLIC, (text + "\n").encode(), data[4:])


def test_it_is_read_back() -> None:
    assert open_checkpoint(NOTE, PUBLIC) == open_checkpoint(NOTE.encode(), PUBLIC) == CHECKPOINT
    empty = Checkpoint("o", 0, bytes(32))
    assert open_checkpoint(sign_checkpoint(empty, SIGNER), PUBLIC) == empty


def test_others_may_sign_too() -> None:
    other = sign_checkpoint(CHECKPOINT, signer(72)).splitlines(keepends=True)[-1]
    witness = f"— witness.example {b64encode(bytes(80)).decode()}\n"
    for note in (NOTE + other + witness, NOTE.replace("\n\n", "\n\n" + witness + other)):
        assert open_checkpoint(note, PUBLIC) == CHECKPOINT
    assert open_checkpoint(NOTE + 15 * witness, PUBLIC) == CHECKPOINT


def test_lines_after_the_third() -> None:
    text = f"{ORIGIN}\n1\n{b64encode(bytes(32)).decode()}\nanything at all\n"
    signature = b64encode(key_id(ORIGIN, PUBLIC) + SIGNER.sign(text.encode())).decode()
    assert open_checkpoint(f"{text}\n— {ORIGIN} {signature}\n", PUBLIC) == Checkpoint(ORIGIN, 1, bytes(32))


@pytest.mark.parametrize("origin", ["", "a b", "a+b", "a\u3000b", "a\nb", "a\u2028b", "x" * 201, "\ud800"])
def test_names_that_cannot_be_signed(origin: str) -> None:
    with pytest.raises(AuditError) as caught:
        sign_checkpoint(Checkpoint(origin, 1, bytes(32)), SIGNER)
    assert caught.value.code == "origin"


def signed(text: str) -> str:
    name = text.split("\n")[0]
    return f"{text}\n— {name} {b64encode(key_id(name, PUBLIC) + SIGNER.sign(text.encode())).decode()}\n"


ROOT = b64encode(bytes(32)).decode()


@pytest.mark.parametrize(
    "note",
    [
        "",
        "\n\n",
        ORIGIN,
        NOTE.replace("— ", "- "),
        NOTE.replace("\n\n", "\n"),
        NOTE.replace("=\n\n", "\n\n"),
        NOTE.replace("8=\n\n", "9=\n\n"),
        NOTE.replace(f"— {ORIGIN}", "— a\u3000b"),
        NOTE + 64 * "— x AAAA\n",
        NOTE + "— x AAA\n",
        signed(f"{ORIGIN}\n1\n"),
        signed(f"{ORIGIN}\n01\n{ROOT}\n"),
        signed(f"{ORIGIN}\n-1\n{ROOT}\n"),
        signed(f"{ORIGIN}\n10000000000\n{ROOT}\n"),
        signed(f"{ORIGIN}\n1\n{b64encode(bytes(31)).decode()}\n"),
        signed(f"{ORIGIN}\n1\n{ROOT}\n\nmore\n"),
        signed(f"{ORIGIN}\n1\n{ROOT}\n\x07\n"),
        signed(f"a b\n1\n{ROOT}\n"),
        signed(f"{ORIGIN}\r\n1\n{ROOT}\n"),
        "\ud800" + NOTE,
        "x" * (MAX_NOTE + 1),
    ],
)
def test_what_is_no_checkpoint(note: str) -> None:
    with pytest.raises(AuditError) as caught:
        open_checkpoint(note, PUBLIC)
    assert caught.value.code == "not-a-checkpoint"


def test_bytes_that_are_no_text() -> None:
    with pytest.raises(AuditError) as caught:
        open_checkpoint(b"\xff" + NOTE.encode(), PUBLIC)
    assert caught.value.code == "not-a-checkpoint"


def test_another_signer_and_another_name() -> None:
    renamed = sign_checkpoint(Checkpoint("other", 1, bytes(32)), SIGNER).replace("other\n1", "another\n1")
    for note, key in ((NOTE, signer(72).public_key), (renamed, PUBLIC), (NOTE, b"")):
        with pytest.raises(AuditError) as caught:
            open_checkpoint(note, key)
        assert caught.value.code == "other-signer"


def test_a_signature_by_our_key_that_does_not_hold() -> None:
    data = b64decode(NOTE.split(" ")[-1])
    bad = b64encode(data[:4] + bytes(64)).decode()
    for note in (
        NOTE.replace("20852163", "20852164"),
        NOTE + f"— {ORIGIN} {bad}\n",
        f"{NOTE.partition('— ')[0]}— {ORIGIN} {b64encode(data[:67]).decode()}\n",
    ):
        with pytest.raises(AuditError) as caught:
            open_checkpoint(note, PUBLIC)
        assert caught.value.code == "bad-signature"


def test_every_flip_of_a_bit() -> None:
    data = NOTE.encode()
    for at in range(len(data)):
        for bit in range(8):
            with raises_one_of("bad-signature", "not-a-checkpoint", "other-signer"):
                open_checkpoint(data[:at] + bytes((data[at] ^ 1 << bit,)) + data[at + 1 :], PUBLIC)


@given(st.text())
def test_any_text(text: str) -> None:
    for note in (text, text + "\n\n— " + text + " AAAA\n", NOTE + text):
        try:
            assert open_checkpoint(note, PUBLIC) == CHECKPOINT
            assert note.startswith(NOTE)
        except AuditError:
            continue
