"""Keys as text files that other programs read too: PEM (RFC 7468) of Ed25519 and X25519 keys (RFC 8410).

A private key may be sealed with a passphrase; that file is ours alone (see `healthpass.crypto.passphrase`), and so is
that of a document key. Each form has one fixed length and fixed leading bytes, which are compared, not parsed.
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from binascii import Error as Base64Error

from healthpass._frames import guarded
from healthpass._texts import tidy
from healthpass._typed import typed
from healthpass.crypto.passphrase import MODERATE, PassphraseBox
from healthpass.crypto.sealing import SealingKey
from healthpass.crypto.signer import SoftwareSigner
from healthpass.errors import KeyFileError
from healthpass.formats.window import MAX_ROOTS, RootSet

MAX_SIZE = 65_536
_PUBLIC, _PRIVATE, _SEALED = "PUBLIC KEY", "PRIVATE KEY", "HEALTHPASS SEALED PRIVATE KEY"
_DOCUMENT = "HEALTHPASS DOCUMENT KEY"
_DOCUMENT_KEY_ID_SIZE = 4
_PUBLIC_HEAD = bytes.fromhex("302a300506032b6570032100")  # SubjectPublicKeyInfo, up to the 32 bytes
_PRIVATE_HEAD = bytes.fromhex("302e020100300506032b657004220420")  # OneAsymmetricKey, up to the 32 bytes
_SEALING_PUBLIC_HEAD = bytes.fromhex("302a300506032b656e032100")  # the same for X25519
_SEALING_PRIVATE_HEAD = bytes.fromhex("302e020100300506032b656e04220420")
_BLOCK = re.compile(r"-----BEGIN ([A-Z ]{1,40})-----\n([A-Za-z0-9+/=\n]{1,4096}?)\n-----END \1-----\n?")
_THRESHOLD = re.compile(r"threshold: ([1-9][0-9]?)\n")


@typed
@guarded
def encode_private_key(signer: SoftwareSigner, passphrase: str | None = None, level: int = MODERATE) -> str:
    """The text of a private key file, sealed if there is a passphrase."""
    if passphrase is None:
        return _pem(_PRIVATE, _PRIVATE_HEAD + signer.seed)
    return _pem(_SEALED, PassphraseBox(passphrase, level).seal(signer.seed))


@typed
def is_sealed_key(text: str) -> bool:
    """Whether this private key file needs a passphrase."""
    return text.startswith(f"-----BEGIN {_SEALED}-----")


@typed
@guarded
def parse_private_key(text: str, passphrase: str | None = None) -> SoftwareSigner:
    """The key of a private key file.

    Raises:
        KeyFileError: "not-ours", "memory" (the system has too little), or "passphrase": wrong, missing, or the file is
            damaged.
    """
    label, data = _only_block(text)
    if label == _SEALED:
        _, data = PassphraseBox.open(data, passphrase or "")
        data = _PRIVATE_HEAD + data
    elif label != _PRIVATE:
        raise KeyFileError("not-ours", "not a private key file; name the right file")
    return SoftwareSigner(_after(_PRIVATE_HEAD, data))


@typed
def encode_public_key(key: bytes) -> str:
    """The text of a public key file. `key` is 32 bytes."""
    return _pem(_PUBLIC, _PUBLIC_HEAD + key)


@typed
@guarded
def parse_public_key(text: str) -> bytes:
    """The 32 bytes of a public key file. Raises `KeyFileError` if it is not one."""
    label, data = _only_block(text)
    if label != _PUBLIC:
        raise KeyFileError("not-ours", "not a public key file; name the right file")
    return _after(_PUBLIC_HEAD, data)


@typed
@guarded
def encode_sealing_key(key: SealingKey) -> str:
    """The text of a file of a private sealing key. Raises `ValueError` if it was erased."""
    return _pem(_PRIVATE, _SEALING_PRIVATE_HEAD + key.secret)


@typed
@guarded
def parse_sealing_key(text: str) -> SealingKey:
    """The key of a file of a private sealing key. Raises `KeyFileError` or `FormatError` if it is not one."""
    label, data = _only_block(text)
    if label != _PRIVATE:
        raise KeyFileError("not-ours", "not a file of a private sealing key; name the right file")
    return SealingKey(_after(_SEALING_PRIVATE_HEAD, data, "an X25519"))


@typed
def encode_sealing_public_key(key: bytes) -> str:
    """The text of a file of a public sealing key. `key` is 32 bytes."""
    return _pem(_PUBLIC, _SEALING_PUBLIC_HEAD + key)


@typed
@guarded
def parse_sealing_public_key(text: str) -> bytes:
    """The 32 bytes of a file of a public sealing key. Raises `KeyFileError` if it is not one."""
    label, data = _only_block(text)
    if label != _PUBLIC:
        raise KeyFileError("not-ours", "not a file of a public sealing key; name the right file")
    return _after(_SEALING_PUBLIC_HEAD, data, "an X25519")


@typed
@guarded
def encode_document_key(key_id: bytes, key: bytes) -> str:
    """The text of a document key file: its id, 4 bytes, and the key, 32 bytes."""
    return _pem(_DOCUMENT, key_id + key)


@typed
@guarded
def parse_document_key(text: str) -> tuple[bytes, bytes]:
    """The id and the key of a document key file. Raises `KeyFileError` if it is not one."""
    label, data = _only_block(text)
    if label != _DOCUMENT or len(data) != _DOCUMENT_KEY_ID_SIZE + 32:
        raise KeyFileError("not-ours", "not a document key file; name the right file")
    return data[:_DOCUMENT_KEY_ID_SIZE], data[_DOCUMENT_KEY_ID_SIZE:]


@typed
def encode_roots(roots: RootSet) -> str:
    """The text of a file of pinned roots: the threshold, and a public key block for each root."""
    return f"threshold: {roots.threshold}\n" + "".join(encode_public_key(key) for key in roots.keys)


@typed
@guarded
def parse_roots(text: str) -> RootSet:
    """The pinned roots of a file. Raises `KeyFileError` or `FormatError` if it is not one."""
    text = tidy(text) if len(text) <= MAX_SIZE else ""
    head = _THRESHOLD.match(text)
    if head is None:
        raise KeyFileError("not-ours", "not a file of roots: its first line is 'threshold: ' and a number")
    at = head.end()
    keys: list[bytes] = []
    while at < len(text) and len(keys) <= MAX_ROOTS:
        label, data, at = _block(text, at)
        if label != _PUBLIC:
            raise KeyFileError("not-ours", "a file of roots has public keys and nothing else; name the right file")
        keys.append(_after(_PUBLIC_HEAD, data))
    return RootSet(int(head[1]), tuple(keys))


def _pem(label: str, data: bytes) -> str:
    text = b64encode(data).decode()
    lines = "\n".join(text[at : at + 64] for at in range(0, len(text), 64))
    return f"-----BEGIN {label}-----\n{lines}\n-----END {label}-----\n"


def _only_block(text: str) -> tuple[str, bytes]:
    if len(text) > MAX_SIZE:
        raise KeyFileError("not-ours", f"a key file has at most {MAX_SIZE} characters")
    text = tidy(text)
    label, data, end = _block(text, 0)
    if end != len(text):
        raise KeyFileError("not-ours", "a key file holds one key and nothing else; name the right file")
    return label, data


def _block(text: str, at: int) -> tuple[str, bytes, int]:
    match = _BLOCK.match(text, at)
    if match is None:
        raise KeyFileError("not-ours", "not a key file; name the right file")
    try:
        return match[1], b64decode(match[2].replace("\n", ""), validate=True), match.end()
    except Base64Error:
        raise KeyFileError("not-ours", "not a key file; name the right file") from None


def _after(head: bytes, data: bytes, kind: str = "an Ed25519") -> bytes:
    if len(data) != len(head) + 32 or not data.startswith(head):
        raise KeyFileError("not-ours", f"not {kind} key file")
    return data[len(head) :]
