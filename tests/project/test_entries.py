"""The list of entries that the benchmark measures is whole, and each reads its honest messages."""

from __future__ import annotations

import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from healthpass.errors import HealthpassError
from tests.entries import interface
from tests.entries.entry import Entry
from tests.entries.hostile import BYTES, MEGABYTE, TEXT, TOML, worst
from tests.entries.listed import ENTRIES

FOLDER = Path(interface.__file__).parent
BY_NAME = {each.name: each for each in ENTRIES}
QUICK = [each for each in ENTRIES if not each.work and not each.name.endswith(("snapshot", "delta"))]
"""Those that need no filter of a megabyte; `tests.hostile` has the others."""

TAKEN = [
    "scanner: trust list",
    "scanner: area table",
    "format: a delta",
    "format: hand-in",
    "format: a wallet's answer",
    "format: a wallet's opening",
    "format: an issue request",
    "format: what was sealed during enrolment",
    "sealed box: what was sealed during enrolment",
    "region: attest a wallet's answer",
    "region: a request of its own",
    "region: a recovery code",
    "platform: a recovery code",
    "platform: a station's attestation",
    "platform: issue",
    "platform: sealing keys",
    "station: its attestation",
    "station: the pass that it has vouched for",
    "wallet: answer an offer",
]


def table(name: str) -> dict[str, Any]:
    return tomllib.loads((FOLDER / name).read_text(encoding="utf-8"))


def twice(names: list[str]) -> list[str]:
    return [name for name, count in Counter(names).items() if count > 1]


def test_every_public_function_that_takes_bytes_or_text_is_an_entry_or_has_a_reason() -> None:
    """A new one fails here until it stands in the list, or in `others.toml` with the reason why it is no entry."""
    others = [name for group in table("others.toml")["group"] for name in group["names"]]
    measured = {name for each in ENTRIES for name in each.of if not name.startswith("cli.")}
    assert measured | set(others) == interface.public_functions()
    assert not measured & set(others)
    assert not twice(others)
    assert all(group["why"] for group in table("others.toml")["group"])


def test_every_file_that_a_command_reads_is_an_entrys() -> None:
    """A new argument fails here until it is said which entry reads its file."""
    listed = table("files.toml")
    files = [file for each in listed["entry"] + listed["none"] for file in each["files"]]
    assert set(files) == interface.command_files()
    assert not twice(files)
    assert {each["name"] for each in listed["entry"]} <= BY_NAME.keys()
    assert all(each["why"] for each in listed["none"])


def test_names_are_not_there_twice() -> None:
    assert not twice([each.name for each in ENTRIES])


@pytest.mark.parametrize("kind", [BYTES, TEXT, TOML])
def test_inputs_are_as_large_as_they_say(kind: str) -> None:
    names = [name for name, _ in worst(kind, MEGABYTE)]
    assert len(names) > 20
    assert not twice(names)
    sizes = {name: len(data) for name, data in worst(kind, MEGABYTE)}
    assert sum(size > MEGABYTE // 4 for size in sizes.values()) > len(sizes) // 2


@pytest.mark.parametrize("entry", QUICK, ids=lambda entry: entry.name)
def test_what_is_refused_is_refused_with_an_error_of_ours(entry: Entry) -> None:
    """The first inputs of each kind; `tests.hostile` gives it many more."""
    for _, data in list(worst(entry.kind, 4096))[:3]:
        step = entry.given(data)
        try:
            step()
        except HealthpassError:
            continue


def test_honest_messages_are_taken() -> None:
    """Or else the benchmark would measure how fast they are refused."""
    for name in TAKEN:
        honest = BY_NAME[name].honest()
        assert honest
        for data in honest.values():
            BY_NAME[name].given(data)()
