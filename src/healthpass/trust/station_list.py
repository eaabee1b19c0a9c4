"""The list of the stations that a platform, or a region, serves, and how much they may have.

A registrar's certificate says that a key is a station's. It does not by itself make anybody serve it: else whoever has
stolen one registrar's key could certify as many stations as they like. So the platform and each region have a list of
their own as well, in a TOML file that people read and review:

    [passes]                  # of a platform: for each period, a day by default
    per_station = 50
    per_registrar = 2000      # of the stations that one registrar has certified, together
    in_all = 2000

    [queries]                 # of a region: within any hour
    per_station = 60

    [[station]]
    name = "City hospital, east entrance"
    id = "…16 hexadecimal digits…"
    key = "…64 hexadecimal digits…"
    suspended = false

Only `name`, `id` and `key` of each station must be there. The limits of a station are 50 and 60 by default; those of
a registrar, and of all together, are as much for each station of the list. A registrar has no lower limit by default,
since in most countries one certifies all stations, and a lower one would turn away people at honest desks; where there
are several, give each what its largest needs.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from healthpass._followed import Followed
from healthpass._texts import text_of
from healthpass._toml import content_of, tables_in
from healthpass._typed import WrongType, typed
from healthpass.errors import FormatError, StationRefused
from healthpass.formats import fields
from healthpass.formats.words import word

if TYPE_CHECKING:
    from typing import Self

    from healthpass.formats.station import Station

PASSES_PER_STATION = 50
QUERIES_PER_STATION = 60
MAX_FILE_SIZE = 16_777_216
"""Characters of a file: some 80,000 stations."""
MAX_NAME_CHARS = 64
_BYTES_A_CHARACTER = 4
_WHAT = "list of stations"
_LIMITS = frozenset(("per_station", "per_registrar", "in_all"))
_REQUIRED = frozenset(("name", "id", "key"))
_OPTIONAL = frozenset(("suspended",))


class Most(NamedTuple):
    """How much one station may have, those of one registrar together, and all of them together."""

    per_station: int
    per_registrar: int
    in_all: int


@typed
@dataclass(frozen=True, slots=True)
class StationLimits:
    """How much stations may have: passes for each period, or queries within any hour.

    Attributes:
        per_station: of one id, whatever its keys, and with one key, whatever its ids.
        per_registrar: of the stations that one registrar has certified, together; None: `per_station` for each station
            of the list.
        in_all: of all stations together; None: the same.

    Raises:
        FormatError: one of these is not an integer from 1 to 2^32 - 1.
    """

    per_station: int
    per_registrar: int | None = None
    in_all: int | None = None

    def __post_init__(self) -> None:
        fields.uint(self.per_station, "per_station", least=1)
        for name, value in (("per_registrar", self.per_registrar), ("in_all", self.in_all)):
            if value is not None:
                fields.uint(value, name, least=1)

    def of(self, stations: int) -> Most:
        """The same for a list of so many stations, with what nobody has set."""
        usual = self.per_station * stations
        registrar = usual if self.per_registrar is None else self.per_registrar
        return Most(self.per_station, registrar, usual if self.in_all is None else self.in_all)


@typed
@dataclass(frozen=True, slots=True, repr=False)
class ListedStation:
    """A station of the list.

    Attributes:
        name: for people; 1 to 64 characters that can be printed.
        id: in its certificate, 16 lower-case hexadecimal digits.
        key: its public key, 32 bytes.
        suspended: whether it is served nothing at present.

    Raises:
        FormatError: any of these has not its form.
    """

    name: str
    id: str
    key: bytes
    suspended: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", word(self.name, "name", MAX_NAME_CHARS))
        if not self.name.isprintable():
            raise FormatError("name: a character that cannot be printed")
        if type(self.id) is not str or not fields.is_id(self.id):
            raise FormatError("id: not 16 lower-case hexadecimal digits")
        fields.byte_string(self.key, "key: 64 hexadecimal digits, so", 32)
        if type(self.suspended) is not bool:
            raise FormatError("suspended: neither true nor false")

    def __repr__(self) -> str:
        return f"ListedStation(name={self.name!r})"


@typed
class StationList:
    """The stations that somebody serves. It does not change: who adds one has a new list.

    An id may be there with several keys, while a station changes its key; they count together.

    Args:
        stations: in any order.
        passes: how many passes they may have for each period.
        queries: how many of their queries are answered within any hour.

    Raises:
        FormatError: one key twice.
    """

    def __init__(
        self,
        stations: Iterable[ListedStation] = (),
        *,
        passes: StationLimits = StationLimits(PASSES_PER_STATION),
        queries: StationLimits = StationLimits(QUERIES_PER_STATION),
    ) -> None:
        self._stations = tuple(stations)
        fields.distinct([each.key for each in self._stations], "station keys")
        self._by_key = {each.key: each for each in self._stations}
        self._limits = passes, queries
        count = len({each.id for each in self._stations})
        self.passes, self.queries = passes.of(count), queries.of(count)

    def __len__(self) -> int:
        """How many entries it has."""
        return len(self._stations)

    def __iter__(self) -> Iterator[ListedStation]:
        return iter(self._stations)

    def __contains__(self, key: bytes) -> bool:
        """Whether a station with this public key is listed, suspended or not."""
        return key in self._by_key

    def check(self, station: Station) -> None:
        """Whether a certified station is served at present: its key is listed, under the id of its certificate.

        Raises:
            StationRefused: "not-listed" or "suspended".
        """
        listed = self._by_key.get(station.key)
        if listed is None or listed.id != station.id:
            raise StationRefused(
                "not-listed",
                "this station, with this key, is not on the list of those served here; check the id, or have it added",
            )
        if listed.suspended:
            raise StationRefused("suspended", "this station is served nothing at present; ask why")

    def added(self, station: ListedStation) -> Self:
        """The list with one more. An entry with the same key is replaced."""
        return self._with(*(each for each in self if each.key != station.key), station)

    def removed(self, station_id: str, key: bytes | None = None) -> Self:
        """The list without a station, whatever its keys; or without this one key of it.

        Raises:
            StationRefused: "not-listed".
        """
        kept = [each for each in self if each.id != station_id or key not in (None, each.key)]
        if len(kept) == len(self):
            raise StationRefused(
                "not-listed", "no station of the list has this id, or not with this key; check the id, or have it added"
            )
        return self._with(*kept)

    @classmethod
    def from_toml(cls, text: str) -> StationList:
        """The list of a file, at most 16,777,216 characters.

        Raises:
            FormatError: not TOML, or a field missing, unknown or out of range; says in which station.
        """
        content = content_of(text, _WHAT, MAX_FILE_SIZE)
        if not content.keys() <= {"passes", "queries", "station"}:
            raise FormatError(f"{_WHAT}: [passes], [queries], [[station]] and nothing else")
        return cls(
            tables_in(content, _WHAT, "station", _station) if "station" in content else (),
            passes=_limits(content.get("passes", {}), "passes", PASSES_PER_STATION),
            queries=_limits(content.get("queries", {}), "queries", QUERIES_PER_STATION),
        )

    def to_toml(self) -> str:
        """The file of this list. Limits that nobody has set are left out, so that they go on following the list."""
        lines = []
        for name, limits, usual in zip(
            ("passes", "queries"), self._limits, (PASSES_PER_STATION, QUERIES_PER_STATION), strict=True
        ):
            if limits != StationLimits(usual):
                lines += [f"[{name}]", f"per_station = {limits.per_station}"]
                others = ("per_registrar", limits.per_registrar), ("in_all", limits.in_all)
                lines += [f"{other} = {value}" for other, value in others if value is not None] + [""]
        for each in self:
            # Strings of JSON are strings of TOML, as long as all of it can be printed.
            name, suspended = json.dumps(each.name, ensure_ascii=False), str(each.suspended).lower()
            lines += ["[[station]]", f"name = {name}", f'id = "{each.id}"', f'key = "{each.key.hex()}"']
            lines += [f"suspended = {suspended}", ""]
        return "\n".join(lines)

    def _with(self, *stations: ListedStation) -> Self:
        passes, queries = self._limits
        return type(self)(stations, passes=passes, queries=queries)

    def __repr__(self) -> str:
        return f"StationList({len(self)} stations)"


def follow_stations(path: str | os.PathLike[str]) -> Followed[StationList]:
    """The list in a file, `follow_stations(path).now()`, as it is at any time; empty while there is no such file."""
    return Followed(path, _BYTES_A_CHARACTER * MAX_FILE_SIZE, parse_stations, StationList())


def parse_stations(data: bytes) -> StationList:
    """The list of a file's bytes. Raises `FormatError`, as `StationList.from_toml`."""
    return StationList.from_toml(text_of(data, _WHAT))


def _station(entry: Any) -> ListedStation:
    if not isinstance(entry, dict) or not _REQUIRED <= entry.keys() <= _REQUIRED | _OPTIONAL:
        raise FormatError("name, id and key must be there, and no field that is not known")
    try:
        key = bytes.fromhex(entry["key"])
    except (ValueError, TypeError):
        key = b""
    return ListedStation(entry["name"], entry["id"], key, entry.get("suspended", False))


def _limits(table: Any, name: str, usual: int) -> StationLimits:
    if not isinstance(table, dict) or not table.keys() <= _LIMITS:
        raise FormatError(f"{_WHAT}, {name}: per_station, per_registrar and in_all, and no field that is not known")
    try:
        return StationLimits(**{"per_station": usual, **table})
    except (FormatError, WrongType) as error:
        raise FormatError(f"{_WHAT}, {name}: {error}") from None
