"""Signed messages by themselves: trust lists, area tables, certificates, keys of the day, deliveries. How long each
counts; no signature is checked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from healthpass.authority.rules import check_covered
from healthpass.cli.doctor.findings import SOON, Finding, Round, wrong
from healthpass.errors import BadInput, TrustListRefused
from healthpass.formats import cose
from healthpass.formats.area_table import parse_area_table
from healthpass.formats.assisted import parse_daily_key
from healthpass.formats.bundle import parse_bundle
from healthpass.formats.document_keys import parse_delivery
from healthpass.formats.place import parse_place
from healthpass.formats.revocation.messages import parse_delta, parse_snapshot
from healthpass.formats.station import parse_region, parse_station
from healthpass.formats.text import PLACE_PREFIX, decode_place_text
from healthpass.formats.trust_list import MAX_SIZE as MAX_LIST_SIZE
from healthpass.formats.trust_list import TrustList, parse_trust_list
from healthpass.holder.enrolling import MAX_LIST_AGE

if TYPE_CHECKING:
    from healthpass.cli.doctor.findings import Signed

NEW_LIST = "fetch the newest trust list; where there is none yet, the roots sign one: `healthpass root draft`"
_MAX_SIZE = 1_048_576
_HOUR = 3600
_KINDS: tuple[tuple[str, str, Callable[[bytes], Signed], str], ...] = (
    (cose.AREA_TABLE, "area table", parse_area_table, "fetch the newest; the risk office: `healthpass place table`"),
    (cose.PLACE, "place certificate", parse_place, "the registrar certifies it anew: `healthpass place certify`"),
    (cose.STATION, "station certificate", parse_station, "the registrar: `healthpass station certify --renew ID`"),
    (cose.REGION, "region certificate", parse_region, "the registrar: `healthpass station certify-region`"),
    (cose.SNAPSHOT, "revocation data", parse_snapshot, "fetch the newest"),
    (cose.DELTA, "revocation data", parse_delta, "fetch the newest"),
    (cose.DOCUMENT_KEYS, "document keys", parse_delivery, "the registrar: `healthpass document-key deliver`"),
)


def signed_findings(path: Path, data: bytes, doctor: Round) -> Iterator[Finding]:
    """Of a file, if it is one of these, or a bundle of them; else nothing."""
    if data.startswith(PLACE_PREFIX.encode()):
        try:
            data = decode_place_text(data.decode("ascii").strip())
        except (BadInput, UnicodeDecodeError):
            return
    try:
        parts = parse_bundle(data)
    except BadInput:
        yield from _single(path, data, doctor)
        return
    snapshots = (delta or snapshot for snapshot, delta in parts.revocations)
    tables = () if parts.area_table is None else (parts.area_table,)
    for part in (parts.trust_list, *tables, *parts.places, *snapshots):
        yield from _single(path, part, doctor)


def _single(path: Path, data: bytes, doctor: Round) -> Iterator[Finding]:
    try:
        yield from list_findings(path, parse_list(data), doctor)
        return
    except BadInput:
        pass
    for typ, what, parse, to_do in _KINDS:
        try:
            content = parse(cose.decode_sign1(data, typ, _MAX_SIZE).payload)
        except BadInput:
            continue
        yield doctor.dated(what, path, content, to_do)
        return
    yield from _key_of_a_day(path, data, doctor)


def parse_list(data: bytes) -> TrustList:
    """The content of a trust list, whoever has signed it. Raises `FormatError`."""
    return parse_trust_list(cose.decode_sign(data, cose.TRUST_LIST, MAX_LIST_SIZE).payload)


def list_findings(path: Path, content: TrustList, doctor: Round) -> Iterator[Finding]:
    """Of a trust list: how long it serves, and whether its windows and sealing keys do as long."""
    yield doctor.dated("trust list", path, content, NEW_LIST, content.grace)
    try:
        check_covered(content)
    except TrustListRefused as error:
        said = f"does not cover what it serves for ({error.code})"
        yield Finding("trust list", path, SOON, said, "`healthpass windows`, then the roots' next list")
    bare = content.unrevocable() if content.revocation_keys else []
    if bare:
        said = f"{len(bare)} stand under no revocation key: scanners refuse what is under them"
        to_do = "the next list: `healthpass root draft --windows FILE --revoked-by KEY`"
        yield wrong("windows in the list", path, said, to_do)


def enrolment_finding(path: Path, content: TrustList, doctor: Round) -> Finding:
    """Of a list by which wallets enrol: they want one of the last 48 hours."""
    until = content.issued + MAX_LIST_AGE
    return doctor.lasts("enrolment by this list", path, until, MAX_LIST_AGE, NEW_LIST, "wallets answer offers")


def _key_of_a_day(path: Path, data: bytes, doctor: Round) -> Iterator[Finding]:
    """The next one is published in the last hour of a day, and not before."""
    try:
        content = parse_daily_key(cose.decode_sign1(data, cose.SEALING_KEY, _MAX_SIZE).payload)
    except BadInput:
        return
    to_do = "fetch the region's newest; the region keeps `healthpass station answer` running, with a line each hour"
    yield doctor.lasts("sealing key of the day", path, content.expires, 2 * _HOUR, to_do)
