"""`healthpass station form`, `survey` and `check`: the survey by hand, on paper, in the terminal, and long after."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from nacl.utils import random

from healthpass._texts import text_of
from healthpass.cli.context import IN_FILE, OUT_FILE, clock, json_option, now_option, parsed, read, write, write_new
from healthpass.cli.exits import REFUSED
from healthpass.cli.output import Moment, Told, clean, echo, say
from healthpass.crypto.signer import open_message
from healthpass.formats import cose
from healthpass.formats.station_attestation import MAX_SIZE as MAX_ATTESTATION
from healthpass.formats.station_attestation import parse_station_attestation
from healthpass.paper.fonts import MAX_FONT_BYTES
from healthpass.paper.form import form_pdf
from healthpass.station.survey import (
    MAX_FILE,
    SALT_SIZE,
    Answer,
    AnswerRefused,
    answer,
    answers_file,
    check_grounds,
    encode_answers,
    grounds_digest,
    parse_answers,
    parse_answers_file,
)
from healthpass.station.survey_form import (
    CHOICE,
    HEADING,
    MAX_FILE_SIZE,
    Field,
    Form,
    form_from_toml,
    shipped_form,
)
from healthpass.station.survey_words import words

form_option = click.option(
    "--form", "file", type=IN_FILE, help="A TOML file of fields, instead of the epidemiological survey."
)
language_option = click.option(
    "--language", default="en", show_default=True, help="One of the form's languages; the shipped one has en and zh."
)


@click.command("form")
@form_option
@language_option
@click.option("--font", type=IN_FILE, help="A TrueType font to embed, instead of one of the system.")
@click.option("--out", type=OUT_FILE, required=True, help="Where to write the PDF.")
@json_option
def form_command(file: Path | None, language: str, font: Path | None, out: Path, as_json: bool) -> None:
    """Print a survey's form: an A4 PDF to fill in by hand."""
    try:
        write(out, form_pdf(_form(file), language, None if font is None else read(font, MAX_FONT_BYTES)))
    except ImportError as error:
        raise click.ClickException(str(error)) from None
    say({"written": [out]}, as_json)


@click.command("survey")
@form_option
@language_option
@click.option("--out", type=OUT_FILE, required=True, help="Where to write the answers, readable by their owner alone.")
@now_option
@json_option
def survey_command(file: Path | None, language: str, out: Path, fixed: int | None, as_json: bool) -> None:
    """Ask a survey's questions, and keep the answers in a file that stays with the station.

    Prints the digest of the grounds, for the station's attestation; nothing else of the answers leaves.
    """
    say(take_survey(file, language, out, clock(fixed)), as_json)


def take_survey(file: Path | None, language: str, out: Path, now: int) -> dict[str, Any]:
    """Ask the questions of a form, and keep the answers once all are given.

    Args:
        file: the form; None for the shipped one.
        language: one of the form's.
        out: where to write the answers; no file may be there.
        now: seconds since 1970 UTC.

    Returns:
        How many answers, the file, and the digest of the grounds.

    Raises:
        FormatError: the form cannot be used, or has not that language.
        click.ClickException: the file of answers is there already.
        click.Abort: somebody gave up. Nothing is kept.
    """
    form = _form(file)
    form.check_language(language)
    if out.exists():  # before anybody has answered
        raise click.ClickException(f"{out} exists already; it is not overwritten")
    answers: dict[str, Answer] = {}
    number = 0
    for field in form.fields:
        if field.kind == HEADING:
            _tell(f"\n== {field.label[language]} ==", field.help.get(language, ""))
            continue
        number += 1
        given = _ask(field, number, language)
        if given is not None:
            answers[field.id] = given
    data, salt = encode_answers(form, answers, language, now), random(SALT_SIZE)
    write_new(out, answers_file(data, salt))
    return {"answers": len(answers), "grounds": grounds_digest(data, salt), "written": [out]}


@click.command("check")
@click.argument("answers", type=IN_FILE)
@form_option
@click.option("--attestation", type=IN_FILE, required=True, help="What the station signed when it vouched.")
@json_option
def check_command(answers: Path, file: Path | None, attestation: Path, as_json: bool) -> None:
    """Tell whether ANSWERS is the very file on whose grounds a station vouched. Exits with 0 if it is, and 1 if not.

    The attestation's own signature is verified. Whether a registrar certified that station is not asked: that was for
    the platform, at the time. Nothing of the answers is printed.
    """
    form, data = _form(file), read(answers, MAX_FILE)
    key, payload = parsed(
        attestation,
        lambda data: open_message(data, cose.STATION_ATTESTATION, MAX_ATTESTATION),
        MAX_ATTESTATION,
    )
    vouched = parse_station_attestation(payload)
    same = check_grounds(data, vouched.grounds)
    if same:  # else the answers may be to any form
        parse_answers(form, parse_answers_file(data)[0])
    grounds = Told(same, "these answers" if same else "NOT THESE ANSWERS")
    say({"grounds_fit": grounds, "issued": Moment(vouched.issued), "key": key}, as_json)
    if not same:
        click.get_current_context().exit(REFUSED)


def _form(file: Path | None) -> Form:
    if file is None:
        return form_from_toml(shipped_form())
    return parsed(file, lambda data: form_from_toml(text_of(data)), 4 * MAX_FILE_SIZE)


def _ask(field: Field, number: int, language: str) -> Answer | None:
    """Ask until the answer can be taken."""
    said = words(language)
    _tell(f"\n{number}. {field.label[language]}" + (" *" if field.required else ""), field.help.get(language, ""))
    for place, texts in enumerate(field.options.values(), 1):
        _tell(f"   {place}  {texts[language]}")
    asked = said["ask-many" if field.kind == CHOICE and field.many else f"ask-{field.kind}"]
    asked += f" [{field.unit}]" if field.unit else ""
    asked += "" if field.required else f" ({said['may-skip']})"
    while True:
        text = click.prompt(clean(asked), default="", show_default=False, err=True)
        try:
            return answer(field, text, language)
        except AnswerRefused as error:
            _tell(f"!! {error}")


def _tell(*lines: str) -> None:
    for text in filter(None, lines):
        for line in text.split("\n"):
            echo(line, err=True)
