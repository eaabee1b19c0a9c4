"""`--json`: every command prints objects of one shape, and docs/json.md lists their fields."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import pytest

from healthpass import Color
from healthpass.cli import memory
from healthpass.cli.inspect.describe import describe
from healthpass.cli.main import main
from healthpass.cli.output import Moment, Told, plain
from healthpass.formats.attestation import parse_issue_request
from healthpass.formats.batch import parse_batch
from healthpass.formats.text import decode_place_text, decode_text
from tests.faults_of_commands.bench import Bench
from tests.faults_of_commands.rows import ROWS, Row
from tests.faults_of_commands.test_faults_of_commands import commands
from tests.faults_of_commands.world import build

PAGE = Path(__file__).parents[2] / "docs/json.md"
_ROW = re.compile(r"^\| `([a-z -]+)` \| (.+?) \|", re.MULTILINE)
_NAME = re.compile("[a-z][a-z0-9]*(_[a-z0-9]+)*")
_TIMES = {"expires", "issued", "valid_from", "covered_until", "fresh_until", "before", "time", "shown"}
_LIFE = range(1_790_000_000, 1_900_000_000)
_DISPLAYED = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d UTC")


@pytest.fixture(scope="module", autouse=True)
def no_ram() -> Iterator[None]:
    """`verify` remembers nothing from one row to the next."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(memory, "ram_folders", lambda runtime: ())
        yield


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return Bench(build(tmp_path_factory.mktemp("country")), tmp_path_factory.mktemp("scratch"))


def results(bench: Bench, row: Row) -> list[dict[str, Any]]:
    """The objects that a command prints, one on each line and nothing else."""
    bench.restore()
    ran = bench.run(replace(row, words=("--json", *row.words)))
    assert ran.code in (0, 1), ran.errors
    found = [json.loads(line) for line in ran.out.splitlines()]
    assert found
    assert all(isinstance(each, dict) for each in found)
    return found


def inside(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Every plain value in an object, with its name."""
    if isinstance(value, dict):
        for key, each in value.items():
            assert _NAME.fullmatch(key), key
            yield from inside(each, key)
    elif isinstance(value, list):
        for each in value:
            yield from inside(each, name)
    else:
        yield name, value


def documented() -> dict[str, list[str]]:
    """From a command to its fields, as the page lists them."""
    text = PAGE.read_text(encoding="utf-8")
    listed = {}
    for command, fields in _ROW.findall(text):
        listed[command] = [*dict.fromkeys(re.findall("`([a-z_]+)`", re.sub(r"\(.*?\)", "", fields)))]
    return listed


def test_every_command_has_the_option() -> None:
    found: click.Command
    for name in commands(main):
        found = main
        for word in name.split():
            assert isinstance(found, click.Group)
            found = found.commands[word]
        assert any("--json" in each.opts for each in found.params), name


def test_the_page_lists_every_command() -> None:
    assert sorted(documented()) == sorted(commands(main))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: re.sub("[^a-z]+", "-", row.name))
def test_fields(bench: Bench, row: Row) -> None:
    listed = documented()[row.command]
    for result in results(bench, row):
        if row.command == "inspect":  # what it shows depends on the file: `test_inspect`
            assert ([*result][:1], [*result][-1:]) == (["kind"], ["signatures"])
        else:
            assert set(result) <= set(listed), row.command
            assert row.command == "station answer" or [*result] == [each for each in listed if each in result]
        for name, value in inside(result):
            if name in _TIMES and value is not None:
                assert value in _LIFE, (name, value)
            if row.command not in ("demo", "root sign", "root draft", "root check"):  # sentences for people
                assert not _DISPLAYED.search(str(value)), (name, value)


def test_every_documented_field_is_printed(bench: Bench) -> None:
    printed: dict[str, set[str]] = {}
    for row in ROWS:
        for result in results(bench, row):
            printed.setdefault(row.command, set()).update(result)
    for command, fields in documented().items():
        if command not in ("inspect", "recover", "scanner-test"):  # the last two have another result with an option
            assert set(fields) == printed[command], command


def test_values() -> None:
    told = {
        "time": Moment(1_800_000_000),
        "color": Color.GREEN,
        "key": b"\x01\xff",
        "file": Path("a/b"),
        "sound": Told(False, "NOT SOUND"),
        "list": (1, None, True),
    }
    assert plain(told) == {
        "time": 1_800_000_000,
        "color": "GREEN",
        "key": "01ff",
        "file": "a/b",
        "sound": False,
        "list": [1, None, True],
    }
    assert type(plain(told)["time"]) is int
    with pytest.raises(TypeError, match="float has no form in JSON"):
        plain({"x": 1.5})


def shown_files(bench: Bench) -> Iterator[bytes]:
    """Something of each kind that `inspect` knows."""
    bench.restore()
    for path in sorted(bench.folder.rglob("*")):
        if path.is_file():
            yield path.read_bytes()
    made = {row.name: row for row in ROWS}
    for name in ("snapshot, --delta", "station ask", "attest sign", "bundle"):
        bench.run(made[name])
    for name in ("published/delta.cbor", "query.cbor", "answer.cbor", "new.bundle"):
        yield (bench.folder / name).read_bytes()
    yield parse_issue_request((bench.folder / "new.request").read_bytes()).attestation
    yield parse_batch((bench.folder / "paper.batch").read_bytes())[0]
    yield decode_text(bench_text(bench))


def bench_text(bench: Bench) -> str:
    """The text of a showing."""
    row = next(row for row in ROWS if row.command == "present")
    return str(results(bench, row)[0]["text"])


def test_inspect(bench: Bench) -> None:
    listed = {
        kind: re.findall("`([a-z_]+)`", re.sub(r"\(.*?\)", "", fields))
        for kind, fields in re.findall(r"^\| ([a-z', -]+) \| (`.+) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    }
    found = {}
    for data in shown_files(bench):
        try:
            fields = plain(describe(decode_place_text(data.decode()) if data.startswith(b"HPL1:") else data))
        except ValueError:
            continue  # a passphrase's file, a picture, a ledger
        kind = fields.pop("kind")
        found[kind] = [*fields]
        for name, value in inside(fields):
            assert name not in _TIMES or value in _LIFE
            assert not _DISPLAYED.search(str(value))
    assert found == listed
