"""Whether a command's file is whole, by what it is for; and what is in it, as far as that is the same each time."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from hashlib import blake2b
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree

from PIL import Image

from healthpass.attester.audit.log import check_log
from healthpass.attester.query_log import _counted
from healthpass.cli.audit import parse_audit_key
from healthpass.cli.inspect.describe import describe
from healthpass.cli.station.listing import read_stations
from healthpass.crypto import ed25519
from healthpass.crypto.keyfile import is_sealed_key, parse_document_key, parse_private_key, parse_roots
from healthpass.formats.text import PLACE_PREFIX, decode_place_text, decode_text
from healthpass.holder import Wallet
from healthpass.issuer import SQLiteLedger
from healthpass.issuer.sealing_keys import parse_sealing_keys
from healthpass.station.survey import parse_answers_file
from healthpass.verifier.replay_note import NOTE, parse_note
from healthpass.verifier.state_folder import parse_floors
from tests.cli.terminal import NOW

PASSPHRASE = "grandmother's tea"


def content(path: Path, unfinished: bool = False) -> object:
    """What is in a file, without what is another each time. Fails if the file is not whole.

    Args:
        path: where it is.
        unfinished: a log may end in half a line, which the next program that opens it takes away; and of a note that is
            written in its place there may be a part, which counts for nothing.
    """
    if unfinished and path.name.endswith((".log", "queries.txt")):
        data = path.read_bytes()
        whole = data[: data.rfind(b"\n") + 1]
        if not whole:  # it was only just made
            return 0
        path.write_bytes(whole)
    if unfinished and path.name.endswith(NOTE) and parse_note(path.read_bytes()) is None:
        return "no note"
    for ending, reader in _BY_NAME.items():
        if path.name.endswith(ending):
            return reader(path)
    data = path.read_bytes()
    if data.startswith(b"HP"):
        text = data.decode("ascii").removesuffix("\n")
        return len(decode_place_text(text) if text.startswith(PLACE_PREFIX) else decode_text(text))
    return describe(data)["kind"], len(data)


def _wallet(path: Path) -> object:
    wallet = Wallet.open(path, PASSPHRASE)
    return wallet.unused(now=NOW) if "me" in wallet.names else 0


def _ledger(path: Path) -> object:
    with SQLiteLedger(path):
        pass
    database = sqlite3.connect(path)
    try:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        tables = [name for (name,) in database.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        return {name: database.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in sorted(tables)}
    finally:
        database.close()


def _png(path: Path) -> object:
    with Image.open(BytesIO(path.read_bytes())) as image:
        image.verify()
    return None


def _pdf(path: Path) -> object:
    data = path.read_bytes()
    assert (data[:5], data.rstrip()[-5:]) == (b"%PDF-", b"%%EOF")
    return None


def _svg(path: Path) -> object:
    return ElementTree.parse(path).getroot().tag


def _stations(path: Path) -> object:
    return [each.name for each in read_stations(path)]


def _log(path: Path) -> object:
    report = check_log(path)
    assert report.sound
    return report.size


def _queries(path: Path) -> object:
    return len([_counted(line) for line in path.read_bytes().split(b"\n")[:-1]])


def _key(path: Path) -> object:
    text = path.read_text()
    return "sealed" if is_sealed_key(text) else type(parse_private_key(text, None)).__name__


def _signature(path: Path) -> object:
    size = path.stat().st_size
    assert size == 96
    return size


def _floors(path: Path) -> object:
    floors = parse_floors(path.read_bytes())
    assert floors
    return len(floors)


def _replay_note(path: Path) -> object:
    """Where the memory is, and its id, are others each time."""
    note = parse_note(path.read_bytes())
    assert note is not None
    return note.boot


def _text(parse: Callable[[str], object]) -> Callable[[Path], object]:
    def check(path: Path) -> object:
        parse(path.read_text())
        return None

    return check


def _note(path: Path) -> object:
    lines = path.read_text().split("\n")
    assert (lines[3], lines[-1]) == ("", "")
    return lines[1]


def _filter(path: Path) -> object:
    assert path.name.endswith(ed25519.sha512(path.read_bytes())[:32].hex() + ".filter")
    return None


def _clock(path: Path) -> object:
    first, time = path.read_bytes().split(b"\n", 1)
    assert first == b"healthpass clock 1"
    assert time.removesuffix(b"\n").isdigit()
    return None


def _generation(path: Path) -> object:
    """Another one each time; a scanner that cannot read it looks at all its files."""
    assert path.read_bytes().strip()
    return None


def _mark(path: Path) -> object:
    text, _, checksum = path.read_bytes().rpartition(b" ")
    assert checksum == blake2b(text, digest_size=8).hexdigest().encode() + b"\n"
    return None


def _sealing_keys(path: Path) -> object:
    """The keys are others each time."""
    keys = parse_sealing_keys(path.read_bytes())
    return keys.name, [(entry.valid_from, entry.expires) for entry in keys.entries]


def _empty(path: Path) -> object:
    assert os.stat(path).st_size == 0
    return None


_BY_NAME: dict[str, Callable[[Path], object]] = {
    ".wallet": _wallet,
    "ledger.sqlite": _ledger,
    "ledger.sqlite-publishing": _empty,
    "ledger.sqlite-wal": lambda path: None,
    "ledger.sqlite-shm": lambda path: None,
    ".given": _mark,
    ".mark": _mark,
    ".filter": _filter,
    ".png": _png,
    ".pdf": _pdf,
    ".svg": _svg,
    "stations.toml": _stations,
    ".log": _log,
    ".clock": _clock,
    "clock.txt": _clock,
    "queries.txt": _queries,
    "lock": _empty,
    ".sig": _signature,
    "floors.txt": _floors,
    NOTE: _replay_note,
    ".audit": _text(parse_audit_key),
    ".document": _text(parse_document_key),
    "roots.txt": _text(parse_roots),
    ".answers": lambda path: len(parse_answers_file(path.read_bytes())) and None,
    "answers.txt": lambda path: len(parse_answers_file(path.read_bytes())) and None,
    "generation.txt": _generation,
    "checkpoint-2": _note,
    "new.key": _key,
    "sealing.keys": _sealing_keys,
}
"""By how the name of a file ends; every other file is one that `healthpass inspect` knows."""
