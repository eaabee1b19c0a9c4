"""`healthpass station add`, `remove` and `list`: which stations a platform, or a region, serves."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click

from healthpass._files import make_folder
from healthpass.cli.context import IN_FILE, OUT_FILE, json_option, parsed, rewrite
from healthpass.cli.locks import alone_in
from healthpass.cli.output import Moment, Told, say
from healthpass.formats import cose
from healthpass.formats.station import MAX_SIZE, parse_station
from healthpass.trust.signed import open_signed
from healthpass.trust.station_list import ListedStation, StationList, follow_stations

_HEAD = """\
# The stations that are served here. `healthpass station add` and `remove` keep this file, and leave out other comments.
# [passes] and [queries] come before the stations: per_station, per_registrar, in_all.

"""


def read_stations(path: Path) -> StationList:
    """The list in a file; an empty one if there is no file yet."""
    return follow_stations(path).now()


def change(file: Path, how: Callable[[StationList], StationList]) -> StationList:
    """Write the list of a file anew, one command at a time, so that none undoes what another has done. Returns it."""
    make_folder(str(file.parent))
    with alone_in(file.parent):
        listed = how(read_stations(file))
        rewrite(file, _HEAD + listed.to_toml())
    return listed


@click.command("add")
@click.argument("file", type=OUT_FILE)
@click.option(
    "--certificate", type=IN_FILE, required=True, help="The station's certificate: its id and key are listed."
)
@click.option("--name", required=True, help="What it is called, for people.")
@json_option
def add_command(file: Path, certificate: Path, name: str, as_json: bool) -> None:
    """Serve a station: write it into FILE, such as platform/stations.toml, which is made if it is not there.

    Whoever has stolen a registrar's key can make certificates. So first have somebody whom you know at the station read
    its key to you, and compare it with what is printed here. The same key again replaces its entry; another key of a
    station that is there stands beside the old one, until `remove`.
    """
    message = parsed(certificate, lambda data: open_signed(data, cose.STATION, MAX_SIZE), MAX_SIZE)
    station = parse_station(message.payload)
    listed = change(file, lambda before: before.added(ListedStation(name, station.id, station.key)))
    say(
        {
            "station_id": station.id,
            "key": station.key,
            "registrar": message.key,
            "expires": Moment(station.expires),
            "listed": len(listed),
        },
        as_json,
    )


@click.command("remove")
@click.argument("file", type=IN_FILE)
@click.argument("station_id", metavar="ID")
@click.option("--key", help="Only this key of the station, 64 hexadecimal digits: it has another one now.")
@json_option
def remove_command(file: Path, station_id: str, key: str | None, as_json: bool) -> None:
    """Serve a station no more, whatever its keys: take it out of FILE. It holds from the next call on."""
    only = None if key is None else _key(key)
    listed = change(file, lambda before: before.removed(station_id, only))
    say({"listed": len(listed)}, as_json)


@click.command("list")
@click.argument("file", type=IN_FILE)
@json_option
def list_command(file: Path, as_json: bool) -> None:
    """Show the stations of FILE, and how much they may have."""
    listed = read_stations(file)
    stations = [
        {"name": each.name, "station_id": each.id, "key": each.key, "suspended": each.suspended} for each in listed
    ]
    passes, queries = listed.passes, listed.queries
    say({"passes": _shown(passes, "a period"), "queries": _shown(queries, "an hour"), "stations": stations}, as_json)


def _shown(most: tuple[int, int, int], span: str) -> Told:
    fields = dict(zip(("per_station", "per_registrar", "in_all"), most, strict=True))
    return Told(fields, "{} a station, {} a registrar, {} in all, ".format(*most) + span)


def _key(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise click.BadParameter("a key is 64 hexadecimal digits", param_hint="--key") from None
