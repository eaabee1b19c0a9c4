"""`healthpass paper`: passes for people without a phone, as a card or a sheet to print."""

from __future__ import annotations

from pathlib import Path

import click

from healthpass.cli.context import IN_FILE, OUT_FILE, clock, json_option, now_option, parsed, parsed_text, read, write
from healthpass.cli.output import say
from healthpass.cli.trust_options import list_in_force
from healthpass.paper import SHIPPED, Language, card, parse_zone, passes_of, sheet, to_pdf, to_svg
from healthpass.paper.fonts import MAX_FONT_BYTES

_SUFFIXES = (".pdf", ".svg")


@click.command()
@click.argument("claims", type=IN_FILE)
@click.option("--trust-list", type=IN_FILE, required=True, help="Where the windows of the claims are listed.")
@click.option("--roots", "roots_file", type=IN_FILE, required=True, help="The file of pinned roots.")
@click.option("--language", default="en", show_default=True, help="en, zh, or a file with the words of another.")
@click.option("--zone", required=True, help="The time zone of what is printed: Asia/Shanghai, or +08:00.")
@click.option("--card", "kind", flag_value="card", help="One pass, of the size of a bank card.")
@click.option("--sheet", "kind", flag_value="sheet", help="Up to fourteen one-day passes to cut out, on A4.")
@click.option(
    "--font", type=IN_FILE, help="A TrueType font to embed, instead of one of the system that has all letters."
)
@click.option("--out", type=OUT_FILE, required=True, help="What to write: FILE.pdf or FILE.svg.")
@now_option
@json_option
def paper(
    claims: Path,
    trust_list: Path,
    roots_file: Path,
    language: str,
    zone: str,
    kind: str | None,
    font: Path | None,
    out: Path,
    fixed: int | None,
    as_json: bool,
) -> None:
    """Print the document-bound passes of CLAIMS, a batch as `healthpass issue` writes it, for somebody without a phone.

    Each claim is verified first, and none is printed whose window is over. The colour is in the code alone and in no
    word. Print a PDF at 100 %, not "fit to page".

    What Helvetica cannot write is set in a font of the system that has all of it, and embedded. Where there is none,
    nothing is written, and the error names a package to install; nor is it for scripts such as Arabic or Devanagari.
    """
    if kind is None:
        raise click.UsageError("one of --card and --sheet says what to print")
    if out.suffix.lower() not in _SUFFIXES:
        raise click.UsageError("--out is a name that ends in .pdf or .svg")
    now = clock(fixed)
    content = list_in_force(trust_list, roots_file, now)
    passes = parsed(claims, lambda data: passes_of(data, content.windows, now=now))
    words = Language.shipped(language) if language in SHIPPED else parsed_text(_file(language), Language.from_toml)
    embedded = None if font is None else read(font, MAX_FONT_BYTES)
    page = (card if kind == "card" else sheet)(passes, words, parse_zone(zone), font=embedded)
    write(out, to_pdf(page) if out.suffix.lower() == ".pdf" else to_svg(page))
    say({"passes": len(passes), "kind": kind, "written": [out]}, as_json)


def _file(language: str) -> Path:
    path = Path(language)
    if not path.is_file():
        raise click.UsageError(f"--language is one of {', '.join(SHIPPED)}, or a file with the words of another")
    return path
