"""A platform's folder: its keys, the list that it holds, what it handed in, its rules, its ledger, its clock."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TypeVar

import click

from healthpass._files import read_secret
from healthpass.authority.rules import covered_until, serves_until
from healthpass.cli.clocks import PLATFORM_FILE
from healthpass.cli.context import read
from healthpass.cli.doctor.disk import folder_findings, secret_findings
from healthpass.cli.doctor.findings import DAY, SOON, WELL, Finding, Round, wrong
from healthpass.cli.doctor.ledger import ledger_findings, seen_ledger
from healthpass.cli.doctor.records import record_finding
from healthpass.cli.doctor.signed import enrolment_finding, list_findings
from healthpass.cli.platform import (
    LEDGER_FILE,
    POSTGRES_FILE,
    PUBLIC_FILE,
    held_list,
    read_window_keys,
    second_place,
)
from healthpass.errors import BadInput, FormatError
from healthpass.formats.hand_in import MAX_SIZE as MAX_HAND_IN
from healthpass.formats.hand_in import parse_hand_in
from healthpass.formats.platform import SealingKeyEntry
from healthpass.formats.trust_list import TrustList
from healthpass.formats.window import Window
from healthpass.issuer import RecognitionRules, SealingKeys, StationList, WindowKeys
from healthpass.issuer.platform import KEYS_FILE, RULES_FILE, SEALING_FILE, STATIONS_FILE, TRUST_LIST_FILE
from healthpass.issuer.recognition import MAX_FILE_SIZE as MAX_RULES
from healthpass.issuer.sealing_keys import MAX_FILE_SIZE as MAX_SEALING
from healthpass.issuer.sealing_keys import parse_sealing_keys
from healthpass.trust.station_list import follow_stations

_SECRET = (KEYS_FILE, SEALING_FILE, LEDGER_FILE, f"{LEDGER_FILE}-wal", POSTGRES_FILE)
_AHEAD = 10 * DAY
"""How far windows and sealing keys are to reach where there is no list to tell: its usual life and grace."""
_MAKE = "`healthpass windows PLATFORM --days 14`, and the roots' next list with what it hands in"
T = TypeVar("T")


def is_platform(names: set[str]) -> bool:
    """Whether a folder with files of these names is a platform's."""
    return bool(names & {KEYS_FILE, SEALING_FILE, RULES_FILE, LEDGER_FILE, POSTGRES_FILE})


def platform_findings(folder: Path, doctor: Round) -> Iterator[Finding]:
    """All of the folder but what every folder may have."""
    for name in _SECRET:
        if (folder / name).exists():
            yield from secret_findings(name, folder / name)
    problems: list[Finding] = []

    def readable(name: str, read_it: Callable[[], T], instead: T) -> T:
        try:
            return read_it()
        except (BadInput, click.ClickException) as error:
            said = error.message if isinstance(error, click.ClickException) else str(error)
            by_hand = "correct it, as `healthpass issue --help` shows it" if name == RULES_FILE else None
            problems.append(wrong(name, folder / name, said, by_hand or "put the file back as it was, from a backup"))
            return instead

    windows = readable(KEYS_FILE, lambda: read_window_keys(folder), WindowKeys([]))
    sealing = readable(SEALING_FILE, lambda: _sealing(folder), SealingKeys.new())
    held = readable(TRUST_LIST_FILE, lambda: held_list(folder), None)
    rules = readable(RULES_FILE, lambda: _rules(folder), RecognitionRules([]))
    stations = readable(STATIONS_FILE, lambda: follow_stations(folder / STATIONS_FILE).now(), StationList())
    live = [key.window for key in windows.live(doctor.now)]
    yield from problems
    yield from _ahead(folder, live, sealing, held, doctor)
    yield from _held(folder, windows, sealing, held, doctor)
    yield from _handed_in(folder, live, sealing, doctor)
    if not len(rules) and not any(each.what == RULES_FILE for each in problems):
        said, to_do = "recognises no region: nothing is issued", "write the rule of each region into it"
        yield wrong("rules of recognition", folder / RULES_FILE, said, to_do)
    if (folder / PLATFORM_FILE).exists():
        yield record_finding(folder / PLATFORM_FILE, doctor, daily=True)
    yield from _ledger(folder, live, rules, stations, doctor)


def _rules(folder: Path) -> RecognitionRules:
    path = folder / RULES_FILE
    if not path.exists():
        return RecognitionRules([])
    try:
        return RecognitionRules.from_toml(read(path, MAX_RULES).decode("utf-8"))
    except UnicodeDecodeError:
        raise FormatError("not a text file") from None


def _sealing(folder: Path) -> SealingKeys:
    data = read_secret(str(folder / SEALING_FILE), MAX_SEALING)
    return SealingKeys.new() if data is None else parse_sealing_keys(data)


def _ahead(
    folder: Path, live: list[Window], sealing: SealingKeys, held: TrustList | None, doctor: Round
) -> Iterator[Finding]:
    """How far the keys reach: the roots refuse a list that serves for longer."""
    wanted = _AHEAD if held is None else serves_until(held) - held.issued
    for what, name, spans in (
        ("window keys", KEYS_FILE, live),
        ("sealing keys", SEALING_FILE, sealing.live(doctor.now)),
    ):
        end = covered_until(spans, doctor.now)
        found = doctor.lasts(what, folder / name, end, 0, _MAKE, "they follow one another")
        if doctor.days is None and found.state == WELL and doctor.has_come(end - wanted):
            said = "they end before the next trust list does: the roots cannot draft it"
            found = Finding(what, folder / name, SOON, said, _MAKE, end)
        yield found
    kept = len(sealing) - len(sealing.erased(doctor.now))
    if kept:
        said = f"{kept} private halves are kept whose time is over: they open what was sealed to them"
        yield wrong("sealing keys", folder / SEALING_FILE, said, "`healthpass windows PLATFORM` erases them")


def _held(
    folder: Path, windows: WindowKeys, sealing: SealingKeys, held: TrustList | None, doctor: Round
) -> Iterator[Finding]:
    """The list that the platform goes by, and whether it has the keys that this names."""
    path = folder / TRUST_LIST_FILE
    to_do = "`healthpass hold PLATFORM` with the newest list"
    if held is None:
        if not path.exists():
            yield wrong("trust list", path, "the platform holds none, and issues nothing without", to_do)
        return
    yield from list_findings(path, held, doctor)
    yield enrolment_finding(path, held, doctor)
    finished = windows.finished(held)
    if finished:
        said = f"{len(finished)} are kept whose windows the list says are over"
        yield Finding("window keys", folder / KEYS_FILE, SOON, said, "`healthpass windows PLATFORM` deletes them")
    own = held.platform(sealing.name)
    listed = [] if own is None else [held.windows[kid] for kid in own.kids]
    known = {key.window.kid for key in windows}
    yield from _missing(KEYS_FILE, folder, doctor, listed, {each.kid for each in listed} - known, "kid")
    keys = () if own is None else own.sealing_keys
    lost = {each.key for each in keys} - {each.key for each in sealing.entries}
    yield from _missing(SEALING_FILE, folder, doctor, keys, lost, "key")


def _missing(
    name: str, folder: Path, doctor: Round, listed: Iterable[Window | SealingKeyEntry], lost: set[bytes], by: str
) -> Iterator[Finding]:
    """Keys that the list names and the platform has not, in the time in which they matter."""
    gone = [each for each in listed if getattr(each, by) in lost and not doctor.has_come(each.expires)]
    if gone:
        said = f"{len(gone)} that the trust list names are not here, or were given up"
        to_do = "find the newest file; if they are lost or stolen: `--drop`, and the roots' next list without them"
        yield wrong(name, folder / name, said, to_do)


def _handed_in(folder: Path, live: list[Window], sealing: SealingKeys, doctor: Round) -> Iterator[Finding]:
    """Whether the public file has what the secret ones have: `windows` and `sealing` write it last."""
    path = folder / PUBLIC_FILE
    to_do = "run the same `healthpass windows` or `healthpass sealing` again: it was interrupted"
    if not live and not len(sealing):
        return
    try:
        content = parse_hand_in(read(path, MAX_HAND_IN))
    except (BadInput, click.ClickException):
        yield wrong("what is handed in", path, "is not there, or is damaged", to_do)
        return
    handed_in = {each for each in content.windows if not each.is_over(doctor.now)}
    keys = {each for each in content.sealing_keys if not doctor.has_come(each.expires)}
    own = set(live), set(sealing.live(doctor.now)), sealing.name
    if (handed_in, keys, content.name) != own:
        yield wrong("what is handed in", path, "is not what the platform has", to_do)


def _ledger(
    folder: Path, live: list[Window], rules: RecognitionRules, stations: StationList, doctor: Round
) -> Iterator[Finding]:
    path = folder / (POSTGRES_FILE if (folder / POSTGRES_FILE).exists() else LEDGER_FILE)
    try:
        seen = seen_ledger(folder)
        marks = second_place(folder)
    except (BadInput, click.ClickException) as error:
        said = error.message if isinstance(error, click.ClickException) else str(error)
        yield wrong("ledger", path, said, "see the page on a ledger from a backup; `healthpass recover`")
        return
    if seen is not None:
        yield from ledger_findings(path, seen, live, rules, stations, doctor)
        if marks.is_dir():
            yield from folder_findings(marks)
