"""What is sealed during enrolment: the length in four bytes, the content, and zeros up to a multiple of 1,024 of all
of it, so that the size tells little of what is in it."""

from __future__ import annotations

from healthpass.errors import FormatError

BLOCK = 1024
_LENGTH_SIZE = 4


def pad(content: bytes) -> bytes:
    """The content, padded: 1,024 bytes or a multiple of that."""
    size = _LENGTH_SIZE + len(content)
    return (len(content).to_bytes(_LENGTH_SIZE, "big") + content).ljust(size + -size % BLOCK, b"\x00")


def unpad(padded: bytes) -> bytes:
    """The content. Raises `FormatError` unless these are the very bytes that `pad` makes."""
    end = _LENGTH_SIZE + int.from_bytes(padded[:_LENGTH_SIZE], "big")
    if not padded or len(padded) != end + -end % BLOCK or any(padded[end:]):
        raise FormatError("what is sealed is not a length, a content and as few zeros as fill the block")
    return padded[_LENGTH_SIZE:end]
