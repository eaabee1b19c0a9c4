"""A platform's ledger: the room under each kid, what regions and stations have left, and publications."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from healthpass.cli.context import read_text
from healthpass.cli.doctor.findings import SOON, WELL, WRONG, Finding, Round, wrong
from healthpass.cli.output import Moment
from healthpass.cli.platform import LEDGER_FILE, POSTGRES_FILE, second_place
from healthpass.issuer.ledger.look import Seen, look_at_postgres, look_at_sqlite

if TYPE_CHECKING:
    from healthpass.formats.window import Window
    from healthpass.issuer.recognition import RecognitionRules
    from healthpass.trust.station_list import StationList

_FEW = 10
"""Of a hundred: with less left than that, a kid or a quota runs out soon."""
_UNDER_WAY = 600
"""Seconds after which a publication that is not finished was cut off."""


def seen_ledger(platform: Path) -> Seen | None:
    """What the ledger has; None without one, where nothing was issued yet.

    Raises:
        click.ClickException: it needs psycopg, which is not there.
        LedgerError: it cannot be looked at.
    """
    marks, path = second_place(platform), platform / LEDGER_FILE
    if (platform / POSTGRES_FILE).exists():
        return _in_postgres(read_text(platform / POSTGRES_FILE).strip(), marks)
    return look_at_sqlite(path, marks) if path.exists() else None


def _in_postgres(conninfo: str, marks: Path) -> Seen:
    try:
        return look_at_postgres(conninfo, marks)
    except ImportError:
        raise click.ClickException("it needs psycopg: pip install 'healthpass[postgres]'") from None


def ledger_findings(
    path: Path, seen: Seen, live: list[Window], rules: RecognitionRules, stations: StationList, doctor: Round
) -> Iterator[Finding]:
    """Of what was seen, for the windows that are not over."""
    if seen.problem is not None:
        yield wrong("ledger", path, f"{seen.problem} ({seen.problem.code})", "`healthpass recover`")
    for window in sorted(live, key=lambda each: each.capacity - seen.issued.get(each.kid, 0)):
        given = seen.issued.get(window.kid, 0)
        what = f"room under kid {window.kid.hex()}"
        to_do = "add kids for later days: `healthpass windows --spares`; a larger --capacity for days to come"
        yield _left(what, path, given, window.capacity, to_do, until=window.expires)
    yield from _quotas(path, seen, live, rules, stations, doctor)
    yield from _unfinished(path, seen, doctor)


def _left(what: str, path: Path, used: int, most: int, to_do: str, until: int | None = None) -> Finding:
    left = max(0, most - used)
    says = f"{left} of {most} left"
    if not left:
        return Finding(what, path, WRONG, says, to_do, until)
    if 100 * left < _FEW * most:
        return Finding(what, path, SOON, says, to_do, until)
    return Finding(what, path, WELL, says, None, until)


def _quotas(
    path: Path, seen: Seen, live: list[Window], rules: RecognitionRules, stations: StationList, doctor: Round
) -> Iterator[Finding]:
    """Of each region, and of the stations, in the period in which they have the least left."""
    periods: dict[tuple[int, int], list[Window]] = {}
    for window in live:
        periods.setdefault((window.valid_from, window.expires), []).append(window)
    if not periods:
        return
    for rule in rules:
        name = b"region " + rule.key
        used = [
            (_given(seen, name, windows), rules.quota(rule, sum(each.capacity for each in windows)), end)
            for (_, end), windows in periods.items()
        ]
        given, most, end = max(used, key=lambda each: each[0] / each[1])
        to_do = "is it right that they ask for so many? then `claims_per_period` in rules.toml, or more kids"
        yield _left(f"quota of region {rule.region}", path, given, most, to_do, until=end)
    (_, end), windows = min(periods.items())
    limits = [(f"quota of station {each.name}", b"station id " + bytes.fromhex(each.id)) for each in stations]
    to_do = "is it right that they ask for so many? then [passes] in stations.toml"
    for what, name in limits:
        found = _left(what, path, _given(seen, name, windows), stations.passes.per_station, to_do, until=end)
        if found.state != WELL:
            yield found
    if len(stations):
        used_by_all = _given(seen, b"stations", windows)
        yield _left("quota of all stations", path, used_by_all, stations.passes.in_all, to_do, until=end)


def _given(seen: Seen, name: bytes, windows: list[Window]) -> int:
    return sum(seen.counts.get((name, each.kid), 0) for each in windows)


def _unfinished(path: Path, seen: Seen, doctor: Round) -> Iterator[Finding]:
    """The newest publication of each key, if it was begun and nobody told the ledger that it is out."""
    for row in {row.key: row for row in seen.publications}.values():
        if not row.done and doctor.has_come(row.issued + _UNDER_WAY):
            said = f"number {row.version} was begun at {Moment(row.issued)}, and not finished"
            yield wrong("publication", path, said, "run `healthpass snapshot` again: it finishes it, or takes it back")
