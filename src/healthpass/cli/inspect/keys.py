"""What is in key files, and in a file of pinned roots."""

from __future__ import annotations

from healthpass._shown import digest_of
from healthpass._texts import text_of
from healthpass.cli.output import NOT_SHOWN, Fields
from healthpass.crypto.keyfile import (
    is_sealed_key,
    parse_document_key,
    parse_private_key,
    parse_public_key,
    parse_roots,
    parse_sealing_key,
    parse_sealing_public_key,
)
from healthpass.errors import KeyFileError


def key_file_fields(data: bytes) -> Fields:
    """A key file; of a secret one what is not secret. Raises `BadInput` if it is none."""
    text = text_of(data)
    if is_sealed_key(text):
        return {"kind": "private key file", "secret": NOT_SHOWN, "sealed": True}
    if text.startswith("-----BEGIN PRIVATE KEY-----"):
        return _private_key(text)
    if text.startswith("-----BEGIN PUBLIC KEY-----"):
        return _public_key(text)
    key_id, _ = parse_document_key(text)
    return {"kind": "document key file", "secret": NOT_SHOWN, "document_key_id": key_id}


def roots_fields(data: bytes) -> Fields:
    """Pinned roots. Raises `BadInput` if it is no file of them."""
    roots = parse_roots(text_of(data))
    return {"kind": "pinned roots", "threshold": roots.threshold, "roots": list(roots.keys), "digest": digest_of(data)}


def _private_key(text: str) -> Fields:
    """To sign with, or to open what is sealed."""
    try:
        parse_private_key(text)
    except KeyFileError:
        return {"kind": "private sealing key file", "secret": NOT_SHOWN, "key": parse_sealing_key(text).public_key}
    return {"kind": "private key file", "secret": NOT_SHOWN, "sealed": False}


def _public_key(text: str) -> Fields:
    try:
        return {"kind": "public key file", "key": parse_public_key(text)}
    except KeyFileError:
        return {"kind": "public sealing key file", "key": parse_sealing_public_key(text)}
