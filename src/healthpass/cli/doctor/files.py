"""Any file of ours by itself: who may read it, how long it counts, and whether its making was cut off."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from healthpass._files import read_capped
from healthpass.attester.audit.check import check_log
from healthpass.cli.clocks import KEY_SUFFIX, record_beside
from healthpass.cli.context import MAX_FILE
from healthpass.cli.doctor.disk import secret_findings
from healthpass.cli.doctor.findings import WELL, Finding, Round, wrong
from healthpass.cli.doctor.records import audit_clock, record_finding
from healthpass.cli.doctor.signed import signed_findings
from healthpass.cli.doctor.wallet import wallet_findings
from healthpass.crypto.passphrase import is_sealed
from healthpass.errors import BadInput
from healthpass.trust.station_list import parse_stations

_SKIPPED = (".filter", ".png", ".pdf", ".svg", ".jpg", ".sqlite", ".sqlite-wal", ".sqlite-shm", ".mark", ".given")
_PRIVATE = (b"-----BEGIN PRIVATE KEY-----", b"-----BEGIN HEALTHPASS SEALED PRIVATE KEY-----")
_AUDIT_LOG, _AUDIT_KEY = b"healthpass audit log 1 ", b"healthpass audit key 1\n"
_DOCUMENT_KEY = b"-----BEGIN HEALTHPASS DOCUMENT KEY-----"
STATIONS_FILE = "stations.toml"


def file_findings(path: Path, doctor: Round) -> Iterator[Finding]:
    """Of a file, if it is one of ours; else nothing. Raises `OSError`."""
    if path.name.endswith((*_SKIPPED, KEY_SUFFIX)):
        return
    data = read_capped(str(path), MAX_FILE)
    if not data:
        return
    if data.startswith(_PRIVATE):
        yield from secret_findings("private key", path)
        yield from _key_findings(path, data, doctor)
    elif data.startswith(_AUDIT_LOG):
        yield from _audit_findings(path, doctor)
    elif data.startswith((_AUDIT_KEY, _DOCUMENT_KEY)):
        yield from secret_findings("secret key", path)
    elif is_sealed(data):
        yield from wallet_findings(path, doctor)
    elif path.name == STATIONS_FILE:
        yield from _station_findings(path, data)
    else:
        yield from signed_findings(path, data, doctor)


def _key_findings(path: Path, data: bytes, doctor: Round) -> Iterator[Finding]:
    """The public half is written last; and beside a key is when it was used."""
    if not path.with_name(path.name + ".pub").exists():
        said = "its public half is not beside it: was `keygen` interrupted?"
        yield wrong("private key", path, said, "the same `healthpass keygen` again adds it, and keeps the key")
    record = record_beside(path)
    if record.exists():
        yield record_finding(record, doctor, daily=False)


def _audit_findings(path: Path, doctor: Round) -> Iterator[Finding]:
    yield from secret_findings("audit log", path)
    report = check_log(path)
    for problem in report.problems:
        half = problem.code == "unfinished"
        to_do = "the next `healthpass station answer` takes it away" if half else "keep the file as evidence"
        said = f"{problem.message} ({problem.code})"
        yield wrong("audit log", path, said, to_do)
    yield from audit_clock(path, doctor)
    if report.sound:
        yield Finding("audit log", path, WELL, f"{report.size} entries follow from each other")


def _station_findings(path: Path, data: bytes) -> Iterator[Finding]:
    try:
        listed = parse_stations(data)
    except BadInput as error:
        yield wrong("list of stations", path, str(error), "mend it: until then no station is served")
        return
    suspended = sum(each.suspended for each in listed)
    yield Finding("list of stations", path, WELL, f"{len(listed)} are listed, {suspended} of them suspended")
