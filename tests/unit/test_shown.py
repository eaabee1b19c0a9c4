"""What people compare: groups of four digits, 128 bits at least, and never fewer of something longer."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest

from healthpass._shown import COMPARED, compared, digest_of, groups, shown

SOURCE = Path(__file__).parents[2] / "src" / "healthpass"
KEY = bytes(range(32))


def test_at_least_128_bits() -> None:
    assert COMPARED * 8 >= 128


def test_groups_of_four_digits() -> None:
    assert compared(KEY) == "0001 0203 0405 0607 0809 0a0b 0c0d 0e0f"
    assert groups(KEY) == f"{compared(KEY)} 1011 1213 1415 1617 1819 1a1b 1c1d 1e1f"
    assert (groups(b""), groups(b"\x01"), groups(b"\x01\x02\x03")) == ("", "01", "0102 03")


@pytest.mark.parametrize("size", [0, 1, 4, 8, 9, 16, 32])
def test_an_id_in_one_piece_and_anything_longer_in_groups(size: int) -> None:
    said = shown(KEY[:size])
    assert bytes.fromhex(said) == KEY[:size]
    assert (" " in said) is (size > 8)


def test_a_digest_is_what_sha512sum_says() -> None:
    assert digest_of(b"windows").hex() == hashlib.sha512(b"windows").hexdigest()[:32]


def test_nothing_else_cuts_hexadecimal_digits_short() -> None:
    """The names of a scanner's file and of a key's clock file are not for people; nothing else is cut short."""
    found = [
        (path.relative_to(SOURCE).as_posix(), line.strip())
        for path in SOURCE.rglob("*.py")
        for line in path.read_text(encoding="utf-8").splitlines()
        if re.search(r"hex\(\)\[|hexdigest\(\)\[", line)
    ]
    assert [path for path, _ in found] == ["cli/clocks.py", "verifier/revocation_stream.py"], found


PROGRAMS = {"cli/output.py", "cli/vectors/cases.py"}
"""What makes JSON: the one place, and the lines for answering programs."""
DOCTOR = {"cli/doctor/ledger.py", "cli/doctor/published.py"}
"""Kids of four bytes, and names of files."""


def test_every_command_hands_over_bytes_and_leaves_the_digits_to_one_place() -> None:
    """But for the digits of a file that only programs read, and those that are the name of a filter's file."""
    found = {
        path.relative_to(SOURCE).as_posix()
        for path in (SOURCE / "cli").rglob("*.py")
        if ".hex()" in path.read_text(encoding="utf-8")
    }
    assert found == {"cli/audit.py", "cli/inspect/revocation.py", *PROGRAMS, *DOCTOR}
