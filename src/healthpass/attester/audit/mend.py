"""What a power cut leaves at the end of an audit log is mended; what else may stand there is left as it is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from healthpass.attester.audit.entry import CLOCK, KINDS, Chain, check_key, damaged, head_content, is_whole

if TYPE_CHECKING:
    from healthpass.attester.audit.file import LogFile

_DIGITS, _HEX = b"0123456789", b"0123456789abcdef"
_MAX_TIME_DIGITS = 10


def mend(file: LogFile, chain: Chain, key: bytes) -> int:
    """Give the last line its newline if it lacks nothing else, or take away what is left of one whose writing was cut
    off. Whatever is not of this log stays where it is.

    Args:
        file: of the log.
        chain: that has read it to its end, and has what is behind the last complete line in `chain.rest`.
        key: the audit key, 32 bytes.

    Returns:
        How many bytes were taken away.

    Raises:
        AuditError: "audit-key": it is another log's; "damaged": no line of this log, cut off in its writing, leaves
            what is there. Nothing has changed.
        OSError: as the system gives it.
    """
    rest, chain.rest = chain.rest, b""
    written = rest.rstrip(b"\x00")
    if is_whole(written):
        chain.take(written)
        check_key(chain, key)
        file.cut(chain.end - 1)
        file.append(b"\n")
        return 0
    if not rest:
        file.sync()
        return 0
    if not is_torn(rest, chain, key):
        raise damaged("behind its last line is something that is not the beginning of the next one")
    file.cut(chain.end)
    return len(rest)


def is_torn(rest: bytes, chain: Chain, key: bytes) -> bool:
    """Whether this can be what is left of the next line of that log, which its writing was cut off in: a beginning of
    it, shorter than the line, or with NUL bytes in place of blocks that were not written."""
    lines = _entries(chain.size + 1) if chain.end else [[bytes((each,)) for each in chain.line(head_content(key))]]
    return any(_fits(rest, [*line, b"\n"]) for line in lines)


def _fits(rest: bytes, line: list[bytes]) -> bool:
    unwritten = len(rest) < len(line) or b"\x00" in rest
    return len(rest) <= len(line) and unwritten and all(map(_may_be, rest, line))


def _may_be(byte: int, possible: bytes) -> bool:
    return not byte or byte in possible


def _entries(number: int) -> Iterator[list[bytes]]:
    """Which bytes may stand where in the line of that entry, for each number of digits of its time and each kind."""
    for digits in range(1, _MAX_TIME_DIGITS + 1):
        for kind in (*KINDS, CLOCK):
            line = [*_exactly(f"{number} "), *[_DIGITS] * digits, *_exactly(" "), *[_HEX] * 16]
            yield [*line, *_exactly(f" {kind} "), *[_HEX] * 32, *_exactly(" "), *[_HEX] * 64]


def _exactly(text: str) -> list[bytes]:
    return [each.encode("ascii") for each in text]
