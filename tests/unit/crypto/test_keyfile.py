"""Key files: what is written is read again, by other programs too, and nothing else is read at all."""

from __future__ import annotations

import re
import shutil
import subprocess
from base64 import b64decode, b64encode
from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthpass.crypto import ed25519
from healthpass.crypto.keyfile import (
    MAX_SIZE,
    encode_document_key,
    encode_private_key,
    encode_public_key,
    encode_roots,
    encode_sealing_key,
    encode_sealing_public_key,
    is_sealed_key,
    parse_document_key,
    parse_private_key,
    parse_public_key,
    parse_roots,
    parse_sealing_key,
    parse_sealing_public_key,
)
from healthpass.crypto.passphrase import INTERACTIVE, PassphraseBox
from healthpass.crypto.sealing import SealingKey
from healthpass.crypto.signer import SoftwareSigner
from healthpass.errors import FormatError, KeyFileError
from healthpass.formats.window import RootSet
from tests.raising import raises, raises_one_of

# Example of RFC 8410 section 10.3, and its public key of section 10.1.
RFC_PRIVATE = (
    "-----BEGIN PRIVATE KEY-----\n"
    "MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n"
    "-----END PRIVATE KEY-----\n"
)
RFC_PUBLIC = (
    "-----BEGIN PUBLIC KEY-----\n"
    "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n"
    "-----END PUBLIC KEY-----\n"
)
SIGNER = SoftwareSigner(bytes(range(32)))
PASSPHRASE = "correct horse"
PRIVATE, PUBLIC = encode_private_key(SIGNER), encode_public_key(SIGNER.public_key)
SEALED = encode_private_key(SIGNER, PASSPHRASE, INTERACTIVE)
ROOTS = RootSet(2, tuple(SoftwareSigner(bytes((n,)) * 32).public_key for n in range(3)))
ROOTS_FILE = encode_roots(ROOTS)
OPENSSL = shutil.which("openssl")
needs_openssl = pytest.mark.skipif(OPENSSL is None, reason="there is no openssl on this machine")


def pem(label: str, data: bytes) -> str:
    return f"-----BEGIN {label}-----\n{b64encode(data).decode()}\n-----END {label}-----\n"


def openssl(*arguments: str, text: str = "") -> bytes:
    assert OPENSSL is not None
    return subprocess.run([OPENSSL, *arguments], input=text.encode(), capture_output=True, check=True).stdout


def test_the_example_of_rfc_8410() -> None:
    signer = parse_private_key(RFC_PRIVATE)
    assert signer.public_key == parse_public_key(RFC_PUBLIC)
    assert (encode_private_key(signer), encode_public_key(signer.public_key)) == (RFC_PRIVATE, RFC_PUBLIC)


@given(st.binary(min_size=32, max_size=32))
def test_every_key_comes_back(seed: bytes) -> None:
    signer = SoftwareSigner(seed)
    assert parse_private_key(encode_private_key(signer)).seed == seed
    assert parse_public_key(encode_public_key(signer.public_key)) == signer.public_key


def test_a_sealed_key_comes_back_and_is_never_the_same_twice() -> None:
    assert parse_private_key(SEALED, PASSPHRASE).seed == SIGNER.seed
    assert encode_private_key(SIGNER, PASSPHRASE, INTERACTIVE) != SEALED
    assert [is_sealed_key(text) for text in (SEALED, PRIVATE, PUBLIC, "")] == [True, False, False, False]
    assert b64encode(SIGNER.seed).decode()[4:-4] not in SEALED


@pytest.mark.parametrize("passphrase", [None, "", "Correct horse", "correct horse "])
def test_a_sealed_key_without_its_passphrase(passphrase: str | None) -> None:
    with pytest.raises(KeyFileError) as caught:
        parse_private_key(SEALED, passphrase)
    assert caught.value.code == "passphrase"


def test_a_damaged_sealed_key() -> None:
    _, data = PassphraseBox.open(PassphraseBox(PASSPHRASE, INTERACTIVE).seal(bytes(31)), PASSPHRASE)
    short = PassphraseBox(PASSPHRASE, INTERACTIVE).seal(data)
    whole = PassphraseBox(PASSPHRASE, INTERACTIVE).seal(SIGNER.seed)
    flipped = whole[:-1] + bytes((whole[-1] ^ 1,))
    for damaged, code in ((short, "not-ours"), (flipped, "passphrase"), (whole[:45], "passphrase")):
        with pytest.raises(KeyFileError) as caught:
            parse_private_key(pem("HEALTHPASS SEALED PRIVATE KEY", damaged), PASSPHRASE)
        assert caught.value.code == code


@pytest.mark.parametrize("head", [b"", b"HPS", b"HPS1", b"HPS1\x03" + bytes(80), b"XPS1" + bytes(80)])
def test_what_is_not_sealed(head: bytes) -> None:
    with pytest.raises(KeyFileError) as caught:
        parse_private_key(pem("HEALTHPASS SEALED PRIVATE KEY", head), PASSPHRASE)
    assert caught.value.code == "not-ours"


@pytest.mark.parametrize("text", [PUBLIC, SEALED, ROOTS_FILE], ids=["public", "sealed", "roots"])
def test_a_passphrase_or_another_file_is_no_private_key(text: str) -> None:
    with raises_one_of("not-ours", "passphrase"):
        parse_private_key(text)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (PRIVATE, "not a public key file; name the right file"),
        (SEALED, "not a public key file; name the right file"),
        (ROOTS_FILE, "not a key file; name the right file"),
    ],
    ids=["private", "sealed", "roots"],
)
def test_another_file_is_no_public_key(text: str, sentence: str) -> None:
    with raises(KeyFileError, "not-ours", sentence):
        parse_public_key(text)


NOT_ED25519 = [
    pem("PRIVATE KEY", bytes.fromhex("302e020100300506032b657004220420") + bytes(31)),
    pem("PRIVATE KEY", bytes.fromhex("302e020100300506032b657004220420") + bytes(33)),
    pem("PRIVATE KEY", bytes.fromhex("302e020100300506032b656e04220420") + bytes(32)),  # X25519
    pem("PRIVATE KEY", b""),
    PRIVATE + PRIVATE,
    "\n" + PRIVATE,
    PRIVATE.replace("END PRIVATE", "END PUBLIC"),
    PRIVATE.replace("=", "").replace("MC4", "MC"),
    PRIVATE.replace("MC4", "MC-"),
    PRIVATE.replace("MC4", "MC4 "),
    PRIVATE + "#" * MAX_SIZE,
]


@pytest.mark.parametrize("text", NOT_ED25519)
def test_what_is_no_private_key(text: str) -> None:
    with pytest.raises(KeyFileError) as caught:
        parse_private_key(text)
    assert caught.value.code == "not-ours"


@pytest.mark.parametrize("text", [PRIVATE, PUBLIC, SEALED], ids=["private", "public", "sealed"])
def test_files_cut_short(text: str) -> None:
    """All but the last line's end are needed."""
    for size in range(len(text) - 1):
        for parse in (lambda cut: parse_private_key(cut, PASSPHRASE), parse_public_key):
            with raises(KeyFileError, "not-ours", "not a key file; name the right file"):
                parse(text[:size])


def test_a_roots_file_comes_back() -> None:
    assert ROOTS_FILE.startswith("threshold: 2\n-----BEGIN PUBLIC KEY-----\n")
    assert parse_roots(ROOTS_FILE) == ROOTS
    sixteen = RootSet(16, tuple(SoftwareSigner(bytes((n,)) * 32).public_key for n in range(16)))
    assert parse_roots(encode_roots(sixteen)) == sixteen


def test_roots_in_any_order() -> None:
    head, *blocks = ROOTS_FILE.split("-----BEGIN")
    assert parse_roots("-----BEGIN".join([head, *blocks[::-1]])) == ROOTS


def test_a_roots_file_cut_short() -> None:
    """A cut after a whole key leaves a file of fewer roots; nobody can tell, unless the threshold is higher."""
    ends = [at + 25 for at in range(len(ROOTS_FILE)) if ROOTS_FILE.startswith("-----END PUBLIC KEY-----\n", at)]
    for size in set(range(len(ROOTS_FILE) - 1)) - {end - less for end in ends[1:] for less in (0, 1)}:
        with raises_one_of("malformed", "not-ours"):
            parse_roots(ROOTS_FILE[:size])


BAD_ROOTS = {
    "no threshold": (
        ROOTS_FILE.removeprefix("threshold: 2\n"),
        "not a file of roots: its first line is 'threshold: ' and a number",
    ),
    "threshold 0": (
        ROOTS_FILE.replace("2", "0", 1),
        "not a file of roots: its first line is 'threshold: ' and a number",
    ),
    "threshold 02": (
        ROOTS_FILE.replace("2", "02", 1),
        "not a file of roots: its first line is 'threshold: ' and a number",
    ),
    "threshold above the number": (
        ROOTS_FILE.replace("2", "4", 1),
        "roots: 1 to 16 distinct keys, and a threshold from 1 to their number",
    ),
    "threshold of three digits": (
        ROOTS_FILE.replace("2", "100", 1),
        "not a file of roots: its first line is 'threshold: ' and a number",
    ),
    "another digit": (
        ROOTS_FILE.replace("2", "٢", 1),
        "not a file of roots: its first line is 'threshold: ' and a number",
    ),
    "no roots": ("threshold: 1\n", "roots: 1 to 16 distinct keys, and a threshold from 1 to their number"),
    "a root twice": (
        ROOTS_FILE + PUBLIC + PUBLIC,
        "roots: 1 to 16 distinct keys, and a threshold from 1 to their number",
    ),
    "a private key": (ROOTS_FILE + PRIVATE, "a file of roots has public keys and nothing else; name the right file"),
    "a remark": (ROOTS_FILE + "# mine\n", "not a key file; name the right file"),
    "17 roots": (
        "threshold: 1\n" + "".join(encode_public_key(bytes((n,)) * 32) for n in range(17)),
        "roots: 1 to 16 distinct keys, and a threshold from 1 to their number",
    ),
    "too long": ("threshold: 1\n" + PUBLIC * 1000, "not a file of roots: its first line is 'threshold: ' and a number"),
}


@pytest.mark.parametrize(("text", "sentence"), BAD_ROOTS.values(), ids=BAD_ROOTS.keys())
def test_what_is_no_file_of_roots(text: str, sentence: str) -> None:
    with pytest.raises((KeyFileError, FormatError), match=f"^{re.escape(sentence)}$"):
        parse_roots(text)


PIECES = st.sampled_from([*PRIVATE.splitlines(True), *PUBLIC.splitlines(True), *ROOTS_FILE.splitlines(True), "\n", "="])


@given(st.text() | st.lists(PIECES | st.text(max_size=3), max_size=12).map("".join))
def test_any_text_is_a_key_or_an_error_of_ours(text: str) -> None:
    results: list[object] = []
    for parse in (parse_private_key, parse_public_key, parse_roots):
        with suppress(KeyFileError, FormatError):
            results.append(parse(text))
    assert len(results) <= 1


@needs_openssl
def test_openssl_reads_our_keys_and_signs_alike() -> None:
    assert openssl("pkey", "-pubout", text=PRIVATE).decode() == PUBLIC
    assert openssl("pkey", text=PRIVATE).decode() == PRIVATE
    assert openssl("pkey", "-pubin", "-outform", "DER", text=PUBLIC)[-32:] == SIGNER.public_key


@needs_openssl
def test_we_read_the_keys_of_openssl() -> None:
    text = openssl("genpkey", "-algorithm", "ed25519").decode()
    signer = parse_private_key(text)
    assert parse_public_key(openssl("pkey", "-pubout", text=text).decode()) == signer.public_key
    assert ed25519.verify(signer.public_key, b"message", signer.sign(b"message"))
    with raises(KeyFileError, "not-ours", "not an Ed25519 key file"):
        parse_private_key(openssl("genpkey", "-algorithm", "x25519").decode())


# ---- Sealing keys and document keys -------------------------------------------------------------------------------

SEALING = SealingKey(bytes(range(1, 33)))
SEALING_PRIVATE = """-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VuBCIEIAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8g
-----END PRIVATE KEY-----
"""
DOCUMENT_FILE = encode_document_key(b"doc0", bytes(range(32)))


def test_a_sealing_key_in_the_form_of_rfc_8410() -> None:
    """The object identifier of X25519 is 1.3.101.110, and all else is as for Ed25519."""
    assert encode_sealing_key(SEALING) == SEALING_PRIVATE
    assert parse_sealing_key(SEALING_PRIVATE).secret == SEALING.secret
    public = encode_sealing_public_key(SEALING.public_key)
    assert parse_sealing_public_key(public) == SEALING.public_key
    der = b64decode("".join(public.splitlines()[1:-1]))
    assert der == bytes.fromhex("302a300506032b656e032100") + SEALING.public_key


def test_a_document_key_file() -> None:
    assert DOCUMENT_FILE.startswith("-----BEGIN HEALTHPASS DOCUMENT KEY-----\n")
    assert parse_document_key(DOCUMENT_FILE) == (b"doc0", bytes(range(32)))


FILES = {
    "private": (SEALING_PRIVATE, parse_sealing_key),
    "public": (encode_sealing_public_key(SEALING.public_key), parse_sealing_public_key),
    "document": (DOCUMENT_FILE, parse_document_key),
    "Ed25519 private": (encode_private_key(SoftwareSigner(bytes(32))), parse_private_key),
    "Ed25519 public": (encode_public_key(bytes(32)), parse_public_key),
}


@pytest.mark.parametrize(("text", "own"), FILES.values(), ids=FILES)
def test_a_file_that_went_through_windows(text: str, own: Callable[[str], object]) -> None:
    changed = own("\ufeff" + text.replace("\n", " \r\n") + "\r\n")
    assert getattr(changed, "public_key", changed) == getattr(own(text), "public_key", own(text))


@pytest.mark.parametrize(("text", "own"), FILES.values(), ids=FILES)
def test_each_kind_is_read_as_itself_alone(text: str, own: Callable[[str], object]) -> None:
    own(text)
    for _, other in FILES.values():
        if other is not own:
            with raises_one_of("not-ours"):
                other(text)
    for wrong in (text[:-2], text + text, text + "x\n", " " + text, text.replace("A", "!")):
        with raises(
            KeyFileError,
            "not-ours",
            "a key file holds one key and nothing else; name the right file",
            "not a key file; name the right file",
        ):
            own(wrong)
    for at in range(len(text) - 1):  # cut; the last line's end may be missing
        with raises(KeyFileError, "not-ours", "not a key file; name the right file"):
            own(text[:at])


def test_an_erased_key_is_not_written() -> None:
    key = SealingKey()
    key.erase()
    with pytest.raises(ValueError, match="erased"):
        encode_sealing_key(key)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl on this machine")
def test_openssl_reads_a_sealing_key() -> None:
    done = subprocess.run(
        ["openssl", "pkey", "-pubout"], input=SEALING_PRIVATE, capture_output=True, text=True, check=True
    )
    assert done.stdout == encode_sealing_public_key(SEALING.public_key)
