"""A folder that everybody fetches from: is what is in it fresh, whole, and readable; and was its making cut off?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from healthpass.cli.doctor.disk import public_findings
from healthpass.cli.doctor.findings import Finding, Round, wrong
from healthpass.cli.doctor.signed import enrolment_finding, parse_list
from healthpass.crypto import ed25519
from healthpass.errors import BadInput
from healthpass.formats import cose
from healthpass.formats.revocation.messages import (
    DIGEST_SIZE,
    MAX_DELTA_SIZE,
    MAX_SNAPSHOT_SIZE,
    Delta,
    Snapshot,
    parse_delta,
    parse_snapshot,
)
from healthpass.issuer import PublishedFolder
from healthpass.issuer.published_folder import DELTA_FILE, PIECE_SUFFIX, SNAPSHOT_FILE

LIST_FILE = "trust-list.cbor"
_PUBLIC = re.compile(r"(?:(?:trust-list|rotation|dated-ahead)(?:-\d+)?|area-table|snapshot|delta)\.cbor|.*\.filter")
_ARCHIVED = re.compile(r"(?:trust-list|rotation|dated-ahead)-\d+\.cbor")
_VERSION = re.compile(r"trust-list-(\d+)\.cbor")
_AGAIN = "run `healthpass snapshot` again, without --delta"


def is_published(names: set[str]) -> bool:
    """Whether a folder with files of these names is one that `snapshot` or `root publish` has filled."""
    return bool(names & {SNAPSHOT_FILE, DELTA_FILE}) or any(map(_VERSION.fullmatch, names))


def is_archived(name: str) -> bool:
    """Whether a file of this name is kept in such a folder for good, and may be over; or is looked at with others."""
    return name in (SNAPSHOT_FILE, DELTA_FILE) or _ARCHIVED.fullmatch(name) is not None


def published_findings(folder: Path, doctor: Round) -> Iterator[Finding]:
    """All of the folder but what every folder may have, and what each signed file says by itself."""
    yield from public_findings(folder)
    for path in sorted(folder.iterdir()):
        if _PUBLIC.fullmatch(path.name):
            yield from public_findings(path)
    yield from _list(folder, doctor)
    published = PublishedFolder(folder)
    snapshot, delta = _snapshot(published), _delta(published)
    fits = snapshot is not None and delta is not None and delta.base == snapshot.version
    if snapshot is None:
        if (folder / SNAPSHOT_FILE).exists() or (folder / DELTA_FILE).exists():
            yield wrong("snapshot", folder / SNAPSHOT_FILE, "is not there, or is damaged", _AGAIN)
        return
    if (folder / DELTA_FILE).exists() and not fits:
        said = "adds to another snapshot, or is damaged: a publication was cut off, or an older file was put back"
        yield wrong("delta", folder / DELTA_FILE, said, _AGAIN)
    newest: Snapshot | Delta = delta if fits and delta is not None else snapshot
    to_do = "`healthpass snapshot --delta`, every 15 minutes; a snapshot each day"
    yield doctor.dated("revocation data", folder / (DELTA_FILE if fits else SNAPSHOT_FILE), newest, to_do)
    yield from _filters(folder, published, snapshot)


def _list(folder: Path, doctor: Round) -> Iterator[Finding]:
    """The newest list comes last, so one of a higher version beside it was being published."""
    try:
        content = parse_list((folder / LIST_FILE).read_bytes())
    except FileNotFoundError:
        return
    except BadInput:
        yield wrong("trust list", folder / LIST_FILE, "is damaged", "`healthpass root publish` the newest list again")
        return
    yield enrolment_finding(folder / LIST_FILE, content, doctor)
    found = [int(each[1]) for path in folder.iterdir() if (each := _VERSION.fullmatch(path.name))]
    if max(found, default=0) > content.version:
        said = f"is of version {content.version}, and {max(found)} is in the folder: its publication was cut off"
        yield wrong("trust list", folder / LIST_FILE, said, "`healthpass root publish` that list again")


def _filters(folder: Path, published: PublishedFolder, snapshot: Snapshot) -> Iterator[Finding]:
    bad = 0
    for digest, length in snapshot.filters.values():
        data = published.filter(digest.hex())
        bad += data is None or len(data) != length or ed25519.sha512(data)[:DIGEST_SIZE] != digest
    if bad:
        said = f"{bad} that the snapshot names are not there, or are damaged: scanners do not take the snapshot"
        yield wrong("filters", folder / f"*{PIECE_SUFFIX}", said, _AGAIN)


def _snapshot(published: PublishedFolder) -> Snapshot | None:
    data = published.snapshot() or b""
    try:
        return parse_snapshot(cose.decode_sign1(data, cose.SNAPSHOT, MAX_SNAPSHOT_SIZE).payload)
    except BadInput:
        return None


def _delta(published: PublishedFolder) -> Delta | None:
    data = published.delta() or b""
    try:
        return parse_delta(cose.decode_sign1(data, cose.DELTA, MAX_DELTA_SIZE).payload)
    except BadInput:
        return None
