"""`healthpass station answer`: a region's side of the green channel, to try it out with a small register."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from healthpass._files import PUBLIC_FOLDER, make_folder, remove
from healthpass._toml import tables_of
from healthpass.attester import DailyKeys, Document, DocumentSeeds, Person, QueryAnswerer, QueryMemory
from healthpass.attester.audit.log import AuditLog
from healthpass.cli.audit import parse_audit_key
from healthpass.cli.clocks import acts, keep, record_beside
from healthpass.cli.clocks import begin as begin_at
from healthpass.cli.context import (
    FOLDER,
    IN_FILE,
    OUT_FILE,
    clock,
    json_option,
    parsed_text,
    publish,
    read,
    read_signer,
    write,
)
from healthpass.cli.output import echo, say
from healthpass.cli.platform import open_issuer
from healthpass.cli.trust_options import TrustOptions, trust_options
from healthpass.errors import BadInput, FormatError
from healthpass.formats.assisted_envelope import QUERY_SIZE
from healthpass.formats.words import word
from healthpass.trust.station_list import follow_stations

SEALING_KEY_FILE = "sealing-key.cbor"
NEXT_FILE = "next-sealing-key.cbor"
ANSWER_SUFFIX = ".answer"
QUERIES_FOLDER = "queries"
MAX_PEOPLE = 65_536
"""Characters of a register: about a thousand people. It is for trying out."""
_MAX_LINE = 4096

Register = Mapping[tuple[str, bytes], str]
"""From a document's type and number to the region's own word for its owner's colour."""


@click.command("answer")
@click.option("--key", type=IN_FILE, required=True, help="The region's private key file.")
@click.option("--people", type=IN_FILE, required=True, help="A small register for trying out: a TOML file.")
@click.option("--platform", type=FOLDER, required=True, help="The platform's folder, which issues.")
@click.option("--stations", type=IN_FILE, required=True, help="The region's own list of stations, by `station add`.")
@click.option("--audit", type=OUT_FILE, required=True, help="The audit log; it is made if it is not there.")
@click.option("--audit-key", type=IN_FILE, required=True, help="The key file that `audit key` made.")
@click.option("--out", type=FOLDER, required=True, help="The folder where the sealing key is published.")
@trust_options(document_keys=True)
@acts(platform="platform", key="key")
@json_option
def answer_command(
    key: Path,
    people: Path,
    platform: Path,
    stations: Path,
    audit: Path,
    audit_key: Path,
    out: Path,
    trust: TrustOptions,
    fixed: int | None,
    as_json: bool,
) -> None:
    """As a region: answer the queries of stations, for as long as standard input goes on.

    Only stations of the list STATIONS get answers: as it is when the query comes, whoever changes it meanwhile.

    Publishes OUT/sealing-key.cbor, and in the hour before the next day OUT/next-sealing-key.cbor. Then each line of
    standard input is the path of a query, and FILE.answer is written beside it; an empty line only renews the keys, and
    should come at least once an hour. The keys are in memory alone: at the end they are erased and the files removed.
    Why a query is refused is told on standard error, to the region alone: the station and the relay get no answer.

    STATE/queries counts the queries of the last hour, across restarts too. One process at a time has it; another is
    refused at its start.

    This is for trying out. A real region connects its own register with healthpass.attester.QueryAnswerer.
    """
    if trust.state is None:
        raise click.UsageError("--state names the region's folder: there the queries of the hour are counted")
    signer, store = read_signer(key), trust.open(clock(fixed))
    known = parsed_text(people, parse_people)
    log_key = parsed_text(audit_key, parse_audit_key)
    with (
        closing(QueryMemory(trust.state / QUERIES_FOLDER)) as memory,
        open_issuer(platform) as issuer,
        AuditLog.open(audit, key=log_key) as log,
    ):
        name = issuer.state.sealing.name
        if not len(DocumentSeeds.of_store(store, now=clock(fixed), platform=name)):
            raise click.UsageError("no document key of a period is here: --sealing-key and --document-keys bring them")
        keys = DailyKeys(signer, memory)
        desk = QueryAnswerer(
            signer,
            keys,
            store,
            look_up=LookUp(known, lambda: DocumentSeeds.of_store(store, now=clock(fixed), platform=name)),
            issue=lambda request: issuer.issue(request, now=clock(fixed)),
            audit=log,
            stations=follow_stations(stations),
            platform=name,
        )
        try:
            _serve(desk, keys, out, (record_beside(key), fixed), as_json)
        finally:  # on time, by whatever clock: nothing that was sealed to them is opened any more
            keys.erase()
            for name in (SEALING_KEY_FILE, NEXT_FILE):
                remove(str(out / name))


def parse_people(text: str) -> Register:
    """The register of a TOML file with `[[person]]` tables of `type`, `number` and `color`.

    Raises:
        FormatError: not such a file, no such number, or a document that is there twice; says which table, not what is
            in it.
    """
    found: dict[tuple[str, bytes], str] = {}

    def person(table: Any) -> None:
        if not isinstance(table, dict) or table.keys() != {"type", "number", "color"}:
            raise FormatError("a person has a type, a number and a color, and nothing else")
        with Document(table["type"], table["number"]) as document:
            name = document.type, bytes(document.number)
        if name in found:
            raise FormatError("this document is there already")
        found[name] = word(table["color"], "color", 64)

    tables_of(text, "people", "person", MAX_PEOPLE, person)
    return found


@dataclass(frozen=True, slots=True, repr=False)
class LookUp:
    """Finds people in a register, for `QueryAnswerer`; `seeds` gives those of the trust list of now."""

    register: Register
    seeds: Callable[[], DocumentSeeds]

    def __call__(self, document: Document) -> Person | None:
        color = self.register.get((document.type, bytes(document.number)))
        return None if color is None else Person(color, self.seeds().of(document))


def _serve(desk: QueryAnswerer, keys: DailyKeys, out: Path, time: tuple[Path, int | None], as_json: bool) -> None:
    """As long as standard input goes on, and the clock does not jump: its record and the fixed time are `time`."""
    record, fixed = time
    make_folder(str(out), PUBLIC_FOLDER)
    _publish(keys, out, clock(fixed))
    say({"written": [out / SEALING_KEY_FILE]}, as_json)
    while line := sys.stdin.buffer.readline(_MAX_LINE):
        begin_at(record, clock(fixed), False)
        keep([record], clock(fixed))
        _publish(keys, out, clock(fixed))
        name = line.rstrip(b"\r\n").decode("utf-8", "replace")
        if name:
            answered = _answer(desk, name, clock(fixed))
            say({"query": name, "written": [name + ANSWER_SUFFIX] if answered else []}, as_json)


def _publish(keys: DailyKeys, out: Path, now: int) -> None:
    messages = keys.rotate(now=now)
    publish(out / SEALING_KEY_FILE, messages[0])
    if len(messages) > 1:
        publish(out / NEXT_FILE, messages[1])
    else:
        remove(str(out / NEXT_FILE))


def _answer(desk: QueryAnswerer, name: str, now: int) -> bool:
    """Whether the query of this file was answered; if not, standard error has the reason."""
    try:
        query = read(Path(name), QUERY_SIZE)
    except (click.ClickException, OSError, ValueError):  # ValueError: too long, or a name with a NUL in it
        echo("refused: there is no query that can be read", err=True)
        return False
    try:
        answer = desk.answer(query, now=now)
    except BadInput as error:
        echo(f"refused ({error.code}): {error}", err=True)
        return False
    write(Path(name + ANSWER_SUFFIX), answer)
    return True
