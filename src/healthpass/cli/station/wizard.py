"""`healthpass station desk`: all that a station can do for one person, step by step in one terminal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import click

from healthpass.cli.clocks import acts
from healthpass.cli.context import FOLDER, clock, json_option, parsed, read_text, write
from healthpass.cli.documents import document_number
from healthpass.cli.exits import ASSIST
from healthpass.cli.output import echo
from healthpass.cli.station.ask import (
    ask,
    certificate_option,
    consents,
    key_option,
    line,
    open_desk,
    png_option,
    region_key_option,
    region_option,
    show,
    wait_for_answer,
)
from healthpass.cli.station.survey import form_option, language_option, take_survey
from healthpass.cli.station.vouch import COLORS, open_voucher, platform_option
from healthpass.cli.trust_options import TrustOptions, trust_options
from healthpass.errors import BadInput, FormatError, HealthpassError
from healthpass.formats.batch import encode_batch
from healthpass.formats.document import TYPES, Document
from healthpass.formats.text import decode_text
from healthpass.station import Voucher
from healthpass.station.survey import MAX_FILE as MAX_ANSWERS
from healthpass.station.survey import grounds_digest, parse_answers_file
from healthpass.verifier import TrustStore

QUERY_FILE, ANSWERS_FILE, ATTESTATION_FILE = "query.cbor", "answers.txt", "attestation.cbor"


@dataclass(frozen=True, slots=True, repr=False)
class _Person:
    """Everything that the steps share for the person at the counter."""

    key: Path
    certificate: Path
    store: TrustStore
    platform_name: str | None
    folder: Path
    new_document: Callable[[], Document]
    fixed: int | None


@click.command("desk")
@key_option
@certificate_option
@region_option
@region_key_option
@platform_option
@form_option
@language_option
@click.option(
    "--folder", type=FOLDER, required=True, help="Where the files of this visit are kept; a new folder for each person."
)
@png_option
@trust_options(document_keys=True)
@acts(key="key")
@json_option
@click.pass_context
def desk_command(
    ctx: click.Context,
    key: Path,
    certificate: Path,
    region: Path,
    region_key: Path,
    platform_name: str | None,
    file: Path | None,
    language: str,
    folder: Path,
    png: Path | None,
    trust: TrustOptions,
    fixed: int | None,
    as_json: bool,
) -> None:
    """Help one person who has no pass: ask the region, else fill in the survey and vouch.

    Each step can be declined; whoever declines one is offered the next. FOLDER gets query.cbor and attestation.cbor,
    for the platform, and answers.txt, which stays here. Exits with 3 if there is no pass at the end: then the person is
    helped on the spot (ASSIST).
    """
    if trust.sealing_key is None:
        raise click.UsageError("--sealing-key: a desk that vouches for people compares passes with their documents")
    if (folder / ANSWERS_FILE).exists():  # before anybody is asked anything
        raise click.UsageError(f"{folder} has somebody's answers already: --folder names a new one for each person")
    store = trust.open(clock(fixed))
    number = _typed_document()
    text = None
    if number is not None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        person = _Person(key, certificate, store, platform_name, folder, lambda: Document(*number), fixed)
        text = _ask_region(person, region, region_key) or _survey(person, file, language)
    if text is None:
        echo("No pass. Do not turn the person away: help them on the spot (ASSIST).", err=True)
        ctx.exit(ASSIST)
    else:
        show(text, png, as_json)


def _typed_document() -> tuple[str, str] | None:
    """The type and number of the person's document, which no error repeats; None without one."""
    while kind := line(f"The person's document ({', '.join(TYPES)}; empty: none): "):
        if kind not in TYPES:
            continue
        number = document_number(kind)
        if not number:
            return None
        try:
            with Document(kind, number):
                return kind, number
        except FormatError as error:
            echo(f"!! {error}", err=True)
    return None


def _ask_region(person: _Person, region: Path, region_key: Path) -> str | None:
    """The pass that the region has; None if it was not asked or gives none."""
    if not consents():
        echo("The region is not asked.", err=True)
        return None
    try:
        desk = open_desk(person.key, person.certificate, person.store, compare=True)
        out, now = person.folder / QUERY_FILE, clock(person.fixed)
        with (
            person.new_document() as document,
            ask(desk, document, region, region_key, out, now) as question,
        ):
            answered, text = wait_for_answer(question, person.fixed)
    except (BadInput, click.ClickException) as error:  # yesterday's sealing key, say: the survey is still there
        echo(f"The region cannot be asked: {error}", err=True)
        return None
    if text is None:
        echo(f"The region's answer: {answered}.", err=True)
    return text


def _survey(person: _Person, form: Path | None, language: str) -> str | None:
    """The pass that the platform issues for a survey by hand; None if it comes to none."""
    if line("Fill in the survey with the person? Type yes: ") != "yes":
        return None
    answers, now = person.folder / ANSWERS_FILE, clock(person.fixed)
    voucher = open_voucher(person.key, person.certificate, person.store, person.platform_name)
    voucher.check(now=now)  # before anybody answers for nothing
    take_survey(form, language, answers, now)
    color = _color()
    if color is None:
        return None
    grounds = grounds_digest(*parsed(answers, parse_answers_file, MAX_ANSWERS))
    with person.new_document() as document:
        attestation = voucher.vouch(document, COLORS[color], grounds, now=clock(person.fixed))
    write(person.folder / ATTESTATION_FILE, attestation)
    echo(f"for the platform: {person.folder / ATTESTATION_FILE}", err=True)
    return _wait_for_pass(voucher, attestation, person.fixed)


def _color() -> str | None:
    """What the person at the desk decides; None if they do not vouch."""
    while color := line(f"By the survey, which colour? You decide ({', '.join(COLORS)}; empty: do not vouch): "):
        if color in COLORS:
            return color
    return None


def _wait_for_pass(voucher: Voucher, attestation: bytes, fixed: int | None) -> str | None:
    while name := line("File with the pass (empty: none came): "):
        try:
            claim = decode_text(read_text(Path(name)).strip())
            return voucher.accept(attestation, encode_batch([claim]), now=clock(fixed))
        except HealthpassError as error:
            echo(f"not taken: {error}", err=True)
        except (click.ClickException, OSError, ValueError):
            echo("not taken: there is no file of that name that can be read", err=True)
    return None
