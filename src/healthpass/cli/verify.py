"""`healthpass verify`: a scanner in the terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import click

from healthpass import Decision, RefusalCode, Verdict
from healthpass._values import DocumentCheck
from healthpass.cli import exits
from healthpass.cli.bundle import take_bundle
from healthpass.cli.context import (
    FOLDER,
    IN_FILE,
    about,
    clock,
    hex_bytes,
    json_option,
    now_option,
    parsed,
    parsed_text,
    read_poster,
    read_roots,
    read_text,
)
from healthpass.cli.documents import document_option, read_documents
from healthpass.cli.memory import memory_option, open_memory, say_what_is_remembered
from healthpass.cli.output import Fields, Moment, echo, say, when
from healthpass.cli.pictures import file_named, is_text_file, picture_options, read_image, the_pass
from healthpass.crypto.keyfile import parse_sealing_key
from healthpass.verifier import Outcome, Sentences, TrustStore, Verifier, readings

EXIT_CODES = {
    Decision.ADMIT: exits.DONE,
    Decision.REFUSE: exits.REFUSED,
    Decision.ASSIST: exits.ASSIST,
    Decision.NO_CHECK: exits.NO_CHECK,
    Decision.ASK: exits.ASK,
}
"""Of one pass; 2 is misuse or an interruption."""
_NO_PLACE = "This scanner was given no place: name the file with the text of its poster (--place)."
_NOT_COMPARED = "This pass belongs to an identity document, which was not compared: look at the document."
_COMPARED = "The number of the document fits this pass: look whether the document is this person's."


@click.command()
@click.argument("source")
@click.option("--roots", "roots_file", type=IN_FILE, required=True, help="The file of pinned roots.")
@click.option("--state", type=FOLDER, help="The scanner's folder. Without it, nothing is kept.")
@click.option("--bundle", type=IN_FILE, help="A bundle to take first; its place is the scanner's, if it has one.")
@click.option("--trust-list", type=IN_FILE, help="A trust list to take first.")
@click.option("--place", type=IN_FILE, help="This scanner's place: the text of its poster, in a file.")
@click.option("--area-table", type=IN_FILE, help="An area table to take first.")
@click.option("--revocation", type=IN_FILE, multiple=True, help="Snapshots and deltas to take first, in this order.")
@click.option(
    "--pieces", type=FOLDER, help="Where the filters of snapshots are, DIGEST.filter; by default beside the snapshot."
)
@click.option("--audience", help="Instead of a place, its id: 16 lower-case hexadecimal digits.")
@click.option("--sealing-key", type=IN_FILE, help="This scanner's private sealing key, to compare documents.")
@click.option("--document-keys", type=IN_FILE, help="A delivery of document keys to take first.")
@document_option
@click.option("--nonce", help="The challenge that must be answered, 32 hexadecimal digits.")
@click.option("--language", type=click.Choice(("en", "zh")), default="en", help="Of what is said to people.")
@click.option("--sentences", "sentences_file", type=IN_FILE, help="Instead: what to say, in a file of your own.")
@picture_options
@now_option
@memory_option
@json_option
@click.pass_context
def verify(
    ctx: click.Context,
    source: str,
    roots_file: Path,
    state: Path | None,
    bundle: Path | None,
    trust_list: Path | None,
    place: Path | None,
    area_table: Path | None,
    revocation: tuple[Path, ...],
    pieces: Path | None,
    audience: str | None,
    sealing_key: Path | None,
    document_keys: Path | None,
    types: tuple[str, ...],
    nonce: str | None,
    language: str,
    sentences_file: Path | None,
    picture_seconds: int,
    picture_memory: int,
    fixed: int | None,
    require_memory: bool,
    as_json: bool,
) -> None:
    """Verify SOURCE: the text of a QR code, a picture of one, a text file with one, or - for lines.

    A file that is there is read, whatever its name looks like.

    Standard input is what a keyboard-wedge or serial scanner types: a line for each code. What it types around a code
    is taken off; `healthpass scanner-test` helps to set one up. Printed is what happens at the gate, and why: the
    colours, or the name of the refusal. What to say goes to standard error.

    Exits 0 for ADMIT, 1 for REFUSE, 3 for ASSIST, 4 for NO_CHECK, 5 for ASK, and 2 on misuse or an interruption. For
    standard input: 0 if all are ADMIT or NO_CHECK, else 1 if any is REFUSE, else 3; 2 if there was no line.

    With --state, what was shown a moment ago is refused also by the next process: it is remembered in RAM (Linux).

    A picture is PNG, JPEG, WebP, BMP, GIF or TIFF. Codes in it whose text does not begin with HP do not count, nor does
    a place's poster beside a pass; two different passes are an error. It is read in a process of its own, with limits.

    With --document, SOURCE is a text or an image. The documents may be in any order of people.
    """
    if types and (source == "-" or sealing_key is None):
        raise click.UsageError("--document goes with --sealing-key, and with a SOURCE that is not -")
    roots = read_roots(roots_file)
    opener = None if sealing_key is None else parsed_text(sealing_key, parse_sealing_key)
    store = TrustStore(roots, None if state is None else str(state), sealing_key=opener)
    certificate = None if bundle is None else take_bundle(store, bundle, clock(fixed))
    if trust_list is not None:
        parsed(trust_list, lambda data: store.update_trust_list(data, now=clock(fixed)))
    if area_table is not None:
        parsed(area_table, lambda data: store.update_area_table(data, now=clock(fixed)))
    if document_keys is not None:
        parsed(document_keys, lambda data: store.update_document_keys(data, now=clock(fixed)))
    for path in revocation:
        parsed(path, partial(store.update_revocation, now=clock(fixed), fetch=pieces or path.parent))
    replay, memory = open_memory(state, require_memory, clock(fixed), source == "-")
    poster = read_poster(place) if place is not None else None if audience is not None else certificate
    verifier = Verifier(store, place=poster, audience=audience, replay=replay)
    challenge = None if nonce is None else parse_nonce(nonce)
    documents = read_documents(types, ctx.with_resource(ExitStack()))
    words = Sentences.shipped(language) if sentences_file is None else parsed_text(sentences_file, Sentences.from_toml)
    decisions = set()
    for text in _texts(source, picture_seconds, picture_memory):
        outcome = verifier.decide(text, now=clock(fixed), nonce=challenge, documents=documents)
        decisions.add(outcome.decision)
        _print(outcome, words, memory, as_json)
        placeless = outcome.refusal is not None and outcome.refusal.code is RefusalCode.PLACE_NOT_CERTIFIED
        if placeless and poster is None and not as_json:
            echo(_NO_PLACE, err=True)
    if not decisions:
        raise click.UsageError("there was nothing to verify")
    say_what_is_remembered(memory, as_json)
    ctx.exit(_exit_code(decisions) if source == "-" else EXIT_CODES[decisions.pop()])


def _exit_code(decisions: set[Decision]) -> int:
    """Of a stream: whether somebody was turned away, or at least not let in, or neither."""
    if decisions <= {Decision.ADMIT, Decision.NO_CHECK}:
        return EXIT_CODES[Decision.ADMIT]
    return EXIT_CODES[Decision.REFUSE if Decision.REFUSE in decisions else Decision.ASSIST]


def _texts(source: str, seconds: int, memory: int) -> Iterator[str | bytes]:
    if source == "-":
        yield from readings(sys.stdin)
    elif (path := file_named(source)) is None:
        yield source
    elif is_text_file(path):
        yield read_text(path).strip()
    else:
        with about(path, picture=True):
            text = the_pass(read_image(path, seconds=seconds, memory=memory))
        yield text


def parse_nonce(text: str) -> bytes:
    """The 16 bytes of a nonce in hexadecimal digits, or a usage error."""
    nonce = hex_bytes(text, 16)
    if nonce is None:
        raise click.UsageError("a nonce is 32 hexadecimal digits")
    return nonce


def look_at(verdict: Verdict | None) -> str | None:
    """What whoever stands at the gate does with the documents that an accepted pass belongs to; None without any."""
    checks = () if verdict is None else verdict.documents
    if DocumentCheck.NOT_COMPARED in checks:
        return _NOT_COMPARED
    return _COMPARED if DocumentCheck.COMPARED in checks else None


def _print(outcome: Outcome, words: Sentences, memory: str, as_json: bool) -> None:
    sentence = outcome.sentence(words)
    if as_json:
        say({**_fields(outcome), "sentence": sentence, "memory": memory}, True)
        return
    echo(f"{outcome.decision.name}: {_why(outcome)}{' (again)' if outcome.repeated else ''}")
    if outcome.decision is not Decision.ADMIT:
        echo(sentence, err=True)
    remark = look_at(outcome.verdict)
    if remark is not None:
        echo(remark, err=True)


def _fields(outcome: Outcome) -> Fields:
    verdict, refusal = outcome.verdict, outcome.refusal
    return {
        "decision": outcome.decision.name,
        "repeated": outcome.repeated,
        "colors": None if verdict is None else verdict.colors,
        "expires": None if verdict is None else Moment(verdict.expires),
        "stale": None if verdict is None else verdict.stale,
        "documents": None if verdict is None else verdict.documents,
        "look_at": look_at(verdict),
        "code": None if refusal is None else refusal.code,
        "number": None if refusal is None else refusal.code.value,
        "index": None if refusal is None else refusal.index,
    }


def _why(outcome: Outcome) -> str:
    verdict, refusal = outcome.verdict, outcome.refusal
    if verdict is not None:
        stale = " (trust data is past its time)" if verdict.stale else ""
        return f"{' '.join(color.name for color in verdict.colors)} until {when(verdict.expires)}{stale}"
    if refusal is not None:
        return refusal.code.name + ("" if refusal.index is None else f" (person {refusal.index + 1})")
    return "nothing shown"
