"""`healthpass station ask`: a station's desk asks a region, and waits for the answer."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from healthpass.cli import qr
from healthpass.cli.clocks import acts
from healthpass.cli.context import IN_FILE, OUT_FILE, checked, clock, json_option, read, read_signer, write
from healthpass.cli.describe_documents import region_fields, station_fields
from healthpass.cli.describe_station import daily_key_fields
from healthpass.cli.documents import document_number
from healthpass.cli.exits import ASSIST
from healthpass.cli.output import Fields, Moment, echo, say, when
from healthpass.cli.trust_options import TrustOptions, trust_options
from healthpass.errors import BadInput, FormatError
from healthpass.formats.assisted import MAX_SEALING_KEY_SIZE
from healthpass.formats.assisted_envelope import ANSWER_SIZE
from healthpass.formats.claim import Claim, parse_claim
from healthpass.formats.document import TYPES, Document
from healthpass.formats.station import MAX_SIZE as MAX_CERTIFICATE
from healthpass.formats.text import decode_text
from healthpass.station import Desk, Question
from healthpass.verifier import TrustStore

PASS, NOT_KNOWN, NO_ANSWER = "pass", "not-known", "none"
_MAX_LINE = 4096
_NO_ANSWER_CAME = (
    "No answer came. The region's key of the day may have changed meanwhile: fetch its newest and ask again; or fill in"
    " the survey with the person."
)

key_option = click.option("--key", type=IN_FILE, required=True, help="The station's private key file.")
certificate_option = click.option("--certificate", type=IN_FILE, required=True, help="The station's certificate.")
region_option = click.option("--region", type=IN_FILE, required=True, help="The certificate of the region to ask.")
region_key_option = click.option(
    "--region-sealing-key", "region_key", type=OUT_FILE, required=True, help="What that region has published today."
)
png_option = click.option("--png", type=OUT_FILE, help="Also write the pass's code as an image.")
document_option = click.option(
    "--document",
    "kind",
    type=click.Choice(TYPES),
    required=True,
    help="The type of the person's document. The number is typed unseen, or is a line of standard input.",
)


@click.command("ask")
@key_option
@certificate_option
@region_option
@region_key_option
@document_option
@click.option("--consent", is_flag=True, help="The person has said yes. Without it, this is asked on the terminal.")
@click.option("--out", type=OUT_FILE, required=True, help="Where to write the query, for the platform to relay.")
@png_option
@trust_options(document_keys=True)
@acts(key="key")
@json_option
@click.pass_context
def ask_command(
    ctx: click.Context,
    key: Path,
    certificate: Path,
    region: Path,
    region_key: Path,
    kind: str,
    consent: bool,
    out: Path,
    png: Path | None,
    trust: TrustOptions,
    fixed: int | None,
    as_json: bool,
) -> None:
    """Ask a region for a person's pass, and wait for the answer: a line with the name of the file that it is in.

    The key that opens the answer is in memory alone, so this command runs until the answer is here. An empty line, or
    the end of standard input, means that none came. Without --sealing-key the pass is not compared with the document:
    the scanner at the gate does that. Exits with 3 if there is no pass.
    """
    if not (consent or consents()):
        echo("no consent: nothing was asked", err=True)
        ctx.exit(ASSIST)
    store = trust.open(clock(fixed))
    desk = open_desk(key, certificate, store, compare=trust.sealing_key is not None)
    with (
        Document(kind, document_number(kind)) as document,
        ask(desk, document, region, region_key, out, clock(fixed)) as question,
    ):
        answered, text = wait_for_answer(question, fixed)
    if text is None:
        say(_fields(answered), as_json)
        ctx.exit(ASSIST)
    else:
        show(text, png, as_json)


def line(prompt: str) -> str:
    """What somebody types, or a program writes, on a line; nothing at the end of standard input."""
    echo(prompt, err=True, nl=False)
    try:
        return sys.stdin.readline(_MAX_LINE).strip()
    except UnicodeDecodeError:
        raise FormatError("standard input has a line that is not text") from None


def consents() -> bool:
    """Whether the person says yes to this very query: the whole word, typed."""
    question = "Does the person agree that their region is asked about them, now, by this desk? Type yes: "
    return line(question) == "yes"


def open_desk(key: Path, certificate: Path, store: TrustStore, *, compare: bool) -> Desk:
    """The desk with its key and certificate."""
    certified = checked(certificate, station_fields, MAX_CERTIFICATE)
    return Desk(read_signer(key), certified, store, compare_documents=compare)


def ask(desk: Desk, document: Document, region: Path, region_key: Path, out: Path, now: int) -> Question:
    """The question, with its query in a file. Only to be called once the person has consented."""
    published = checked(region_key, daily_key_fields, MAX_SEALING_KEY_SIZE)
    certificate = checked(region, region_fields, MAX_CERTIFICATE)
    question = desk.ask(document, certificate, published, consent=True, now=now)
    try:
        write(out, question.envelope)
    except OSError:
        question.close()
        raise
    echo(f"waiting for the answer to {out}", err=True)
    return question


def wait_for_answer(question: Question, fixed: int | None) -> tuple[str, str | None]:
    """What kind of answer came, and the text of the pass if it is one. A file that is no answer is said to be none,
    and the next is waited for."""
    while name := line("File with the answer (empty: none came): "):
        try:
            text = question.answer(read(Path(name), ANSWER_SIZE), now=clock(fixed))
        except BadInput as error:
            echo(f"not taken ({error.code}): {error}", err=True)
        except (click.ClickException, OSError, ValueError):
            echo("not taken: there is no file of that name that can be read", err=True)
        else:
            return (NOT_KNOWN, None) if text is None else (PASS, text)
    echo(_NO_ANSWER_CAME, err=True)
    return NO_ANSWER, None


def show(text: str, png: Path | None, as_json: bool) -> None:
    """Print a pass: as a QR code and the text behind it, or as JSON."""
    claim = parse_claim(decode_text(text))
    if png is not None:
        write(png, qr.png(text))
    if as_json:
        say(_fields(PASS, text, claim), True)
        return
    qr.show(text)
    echo(f"{claim.color.name} until {when(claim.exp)}, with the document alone", err=True)


def _fields(answered: str, text: str | None = None, claim: Claim | None = None) -> Fields:
    color, expires = (None, None) if claim is None else (claim.color, Moment(claim.exp))
    return {"answer": answered, "text": text, "color": color, "expires": expires}
