"""`healthpass scanner-test`: what a keyboard-wedge or serial scanner types, and what to set."""

from __future__ import annotations

import sys
from io import BytesIO
from pathlib import Path

import click

from healthpass.cli import qr
from healthpass.cli.context import OUT_FILE, json_option, publish
from healthpass.cli.output import Told, say
from healthpass.verifier import readings
from healthpass.verifier.excuses import is_typed_wrongly

SET_UP_TEXT = "HP1:SET-UP 0123456789 ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
"""Begins as a pass does, has every character that one can have, and is none: a gate refuses it."""
_OTHER_LAYOUTS = {
    "\u00d6": "German, Swedish or Finnish",
    "M": "French or Belgian",
    "\u00d1": "Spanish",
    "\u00c7": "Portuguese",
    "\u00e7": "Italian",
    "\u00c6": "Danish",
    "\u00d8": "Norwegian",
    "\u00c9": "Hungarian",
    "\u015e": "Turkish",
    "\u010c": "Croatian or Slovenian",
    "\u0416": "Russian or Ukrainian",
    "+": "Japanese",
    '"': "Czech",
}
"""By what becomes of the colon, which a scanner for a keyboard of the United States types with the key after L."""
_RIGHT = "nothing: it is right"
_CAPS = "capitals and small letters are exchanged: turn Caps Lock off, and what changes case in the scanner's settings"
_FULL = "the characters are full-width ones: turn the input method off, or set it to plain letters"
_LAYOUT = "the keyboard layout: set the scanner to this computer's layout{}, or this computer to the scanner's"
_CUT = "the first characters are missing: let the scanner wait before it types, and keep the field in focus"
_LOST = "characters are missing or changed: let the scanner type more slowly"
_OTHER = "nothing is known: this is another code, or it was not read; scan the code of the set-up page"


@click.command("scanner-test")
@click.option("--svg", type=OUT_FILE, help="Instead: write the code to scan, as a picture.")
@json_option
def scanner_test(svg: Path | None, as_json: bool) -> None:
    """Say how a scanner is set up, from what it types when it scans the code of the set-up page (or of --svg).

    Each line of standard input is held to what it should be, until one is right. What a scanner types around a code
    does no harm. Exits 0 once a line is right, and 2 if none was.
    """
    if svg is not None:
        publish(svg, svg_of_code())
        say({"written": [svg]}, as_json)
        return
    for text in readings(sys.stdin):
        wrong = what_to_set(text)
        say({"arrived": text[:80], "to_set": Told(wrong, wrong or _RIGHT)}, as_json)
        if wrong is None:
            return
    raise click.UsageError("no line was right: set what is said, and scan the code again")


def svg_of_code() -> str:
    """The code to scan, as an SVG picture."""
    out = BytesIO()
    qr.draw(SET_UP_TEXT).save(out, kind="svg", scale=4, border=qr.QUIET_ZONE, light="#fff", xmldecl=False)
    return out.getvalue().decode()


def what_to_set(text: str) -> str | None:
    """What is set wrongly, from what `healthpass.verifier.reading` has made of a scan; None if nothing is."""
    if text == SET_UP_TEXT:
        return None
    if text == SET_UP_TEXT.lower():
        return _CAPS
    if any("\uff01" <= each <= "\uff5e" for each in text):
        return _FULL
    if is_typed_wrongly(text):
        of = _OTHER_LAYOUTS.get(text[3:4])
        return _LAYOUT.format("" if of is None else f" ({of}, it seems)")
    if len(text) >= len(SET_UP_TEXT) // 2 and SET_UP_TEXT.endswith(text):
        return _CUT
    return _LOST if text.startswith("HP1:") else _OTHER
