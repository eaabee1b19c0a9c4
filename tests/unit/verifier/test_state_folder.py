"""The two copies of the floors: written in one form, and not a single byte of them may change."""

from __future__ import annotations

from hashlib import sha512
from pathlib import Path

import pytest

from healthpass.trust.updates import Floor, Floors
from healthpass.verifier.state_folder import StateFolder, encode_floors, parse_floors

KEY, OTHER = bytes(range(32)), bytes(range(32, 64))
FLOORS = Floors(
    Floor(7, 1_800_000_000, "aa" * 32),
    areas={OTHER: Floor(3, 1_800_000_001, "bb" * 32), KEY: Floor(4, 1_800_000_002, "cc" * 32)},
    documents={KEY: Floor(5, 1_800_000_003, "dd" * 32)},
    revocations={KEY: Floor(6, 1_800_000_004)},
    snapshots={KEY: Floor(6, 1_800_000_005, "ee" * 32)},
)
LINES = [
    "healthpass floors 2",
    "generation 12",
    f"roots 7 1800000000 {'aa' * 32}",
    f"areas {KEY.hex()} 4 1800000002 {'cc' * 32}",
    f"areas {OTHER.hex()} 3 1800000001 {'bb' * 32}",
    f"documents {KEY.hex()} 5 1800000003 {'dd' * 32}",
    f"revocations {KEY.hex()} 6 1800000004 -",
    f"snapshots {KEY.hex()} 6 1800000005 {'ee' * 32}",
]
ABOVE = "".join(f"{line}\n" for line in LINES).encode()
TEXT = ABOVE + sha512(ABOVE).digest()[:16].hex().encode() + b"\n"


def content(floors: Floors) -> tuple[object, ...]:
    return floors.roots, floors.areas, floors.documents, floors.revocations, floors.snapshots


def test_the_one_form() -> None:
    """The checksum is of what stands above it, by another implementation of SHA-512."""
    assert encode_floors(FLOORS, 12) == TEXT
    found = parse_floors(TEXT)
    assert found is not None
    assert (content(found[0]), found[1]) == (content(FLOORS), 12)


def test_floors_of_nobody() -> None:
    found = parse_floors(encode_floors(Floors(), 0))
    assert found is not None
    assert (content(found[0]), found[1]) == (content(Floors()), 0)


def test_every_other_byte_and_every_cut() -> None:
    """A digit that becomes another leaves a file that could be read: the checksum alone tells."""
    for at, byte in enumerate(TEXT):
        for other in {byte ^ 1, byte ^ 16, *b"019 -\n"} - {byte}:
            assert parse_floors(TEXT[:at] + bytes((other,)) + TEXT[at + 1 :]) is None
        assert parse_floors(TEXT[:at]) is None
        assert parse_floors(TEXT[:at] + TEXT[at + 1 :]) is None
    assert parse_floors(TEXT + b"\n") is None


@pytest.mark.parametrize(("was", "now"), [("generation 12", "generation 13"), (" 7 1800000000 ", " 6 1700000000 ")])
def test_a_checksum_is_not_that_of_another_file(was: str, now: str) -> None:
    changed = TEXT.replace(was.encode(), now.encode())
    assert len(changed) == len(TEXT)
    assert parse_floors(changed) is None


@pytest.mark.parametrize("line", range(len(LINES)))
def test_a_line_too_few_or_twice(line: int) -> None:
    """Also where the checksum is right: there is one form."""
    for kept in ([*LINES[:line], *LINES[line + 1 :]], [*LINES[: line + 1], *LINES[line:]]):
        above = "".join(f"{each}\n" for each in kept).encode()
        found = parse_floors(above + sha512(above).digest()[:16].hex().encode() + b"\n")
        assert found is None or (len(kept) < len(LINES) and line > 2), "a signer that is not named has no floor"


def test_of_two_copies_the_newest_of_each_part(tmp_path: Path) -> None:
    """The newest of the two copies counts, part by part, and the higher number; one that is damaged says nothing."""
    folder = StateFolder(str(tmp_path))
    newer = FLOORS.changed("areas", KEY, Floor(9, 1_800_000_009, "ff" * 32))
    (tmp_path / "floors.txt").write_bytes(encode_floors(FLOORS, 13))
    (tmp_path / "generation.txt").write_bytes(encode_floors(newer, 12))
    found, number = folder.floors()
    assert found is not None
    assert (content(found), number) == (content(newer), 13)
    (tmp_path / "generation.txt").write_bytes(encode_floors(newer, 12)[:-1])
    found, number = folder.floors()
    assert found is not None
    assert (content(found), number) == (content(FLOORS), 13)
    (tmp_path / "floors.txt").write_bytes(b"")
    assert folder.floors() == (None, 0)
