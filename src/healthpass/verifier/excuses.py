"""Where a refusal may be the fault of a scanner, a clock or a poster, and not of who stands at the gate.

A person is then helped and not turned away. Nothing here lets anybody in: what is believed of a text is at most what
the steps before the refusal have verified.
"""

from __future__ import annotations

from healthpass.errors import FormatError, RefusalCode
from healthpass.formats import base45
from healthpass.formats.claim import BINDING_BY_SIZE
from healthpass.formats.presentation import SHAPE_BY_SIZE
from healthpass.formats.text import PASS_PREFIX
from healthpass.verifier.outcome import DAY
from healthpass.verifier.steps import decoded, parse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from healthpass.formats.trust_list import TrustList

_ALPHABET = frozenset(base45.ALPHABET)
_HEADS = (
    "HP1",
    "HP&",
    "HP+",
    "HP!",
    "\u0420\u04171",
    "\u0425\u041f1",
    "\u0397\u03a11",
    "\u0623\u061b1",
    "\u0e47\u0e0d\u0e45",
)
"""How `HP1:` begins on keyboards of other layouts, where its colon may be anything: Latin ones (French, Czech and with
Shift Lock among them), Russian, Serbian, Greek, Arabic and Thai."""
_DIGITS = "0123456789"
_WHOLE_HEADS = ("DL1S", "H:1O")
"""And on those where every letter is elsewhere, Dvorak's and Colemak's: the colon too, for others begin so as well."""
_CUT_HEAD = "P1:"
"""Without the character that was lost while a field got the focus."""
_BEFORE = " \t\r\n\x02\ufeff"
"""What scanners type before a code, if they are set so; and a symbology identifier, such as ]Q1."""
_CLAIM_HEAD, _SHOWN_HEAD = b"\xd2\x84\x49", b"\xd2\x84\x58"
"""How claims and presentations begin."""


def is_excused(code: RefusalCode, text: str | bytes, trust_list: TrustList, now: int) -> bool:
    """Whether this refusal of this text may be nobody's fault at the gate.

        1, 3  the text looks garbled: see `looks_garbled`
        6     the trust list is over a day old: the key may be in a newer one
        10    the pass has expired less than a day ago: the clock may be wrong
        15    the showing was made for no place at all: there was no poster

    Args:
        code: any refusal.
        text: what was refused.
        trust_list: by which it was.
        now: seconds since 1970 UTC.
    """
    if code is RefusalCode.NOT_A_PASS or code is RefusalCode.MALFORMED:
        return looks_garbled(text)
    if code is RefusalCode.UNKNOWN_ISSUER_KEY:
        return now > trust_list.issued + DAY
    if code is RefusalCode.EXPIRED:  # signature and window have held: the expiry is the window's
        return now < parse(decoded(text))[0][0].exp + DAY
    if code is RefusalCode.WRONG_AUDIENCE:  # the holder's signature has held
        presentation = parse(decoded(text))[2]
        return presentation is not None and presentation.audience is None
    return False


def looks_garbled(text: str | bytes) -> bool:
    """Whether a text that is no pass looks like one that was read or typed wrongly.

    1. It was typed wrongly, see `is_typed_wrongly`.
    2. Or it begins like `HP1:` and is cut off there, or lacks its first character. Nothing at all is a cut too.
    3. Or it begins as a pass does, and ends too soon.

    What has the length of a pass and is none was not garbled but made so.
    """
    if is_typed_wrongly(text):  # 1
        return True
    text = _as_text(text)
    if not text.startswith(PASS_PREFIX):  # 2
        head = _head(text)
        return PASS_PREFIX.startswith(head) or head.startswith(_CUT_HEAD)
    return _is_cut(text[len(PASS_PREFIX) :])  # 3


def is_typed_wrongly(text: str | bytes) -> bool:
    """Whether a text that is no pass looks like one that a scanner types as it is not set up to.

    1. It begins like `HP1:`, but for lower case (Caps Lock), full-width characters, the layout of a keyboard, or what
       scanners type before it, which `healthpass.verifier.reading` takes off.
    2. Or it begins with `HP1:` and goes on with characters that no pass has.
    """
    text = _as_text(text)
    if text.startswith(PASS_PREFIX):  # 2
        return not set(text[len(PASS_PREFIX) :]) <= _ALPHABET
    head = _head(text)  # 1
    if head.startswith(_WHOLE_HEADS):
        return True
    return len(head) > 3 and head.startswith(_HEADS) and head[3] not in _DIGITS


def typed_wrongly(code: RefusalCode, text: str | bytes) -> bool:
    """Whether this refusal of this text is for how the scanner is set up."""
    return code in (RefusalCode.NOT_A_PASS, RefusalCode.MALFORMED) and is_typed_wrongly(text)


def _as_text(text: str | bytes) -> str:
    """As many characters as a pass can have."""
    return (text if isinstance(text, str) else bytes(text[: base45.MAX_CHARS]).decode("utf-8", "replace"))[
        : base45.MAX_CHARS
    ]


def _head(text: str) -> str:
    """The first four characters after what scanners type before a code, in upper case."""
    start = text.lstrip(_BEFORE)
    start = start[3:] if start.startswith("]") else start
    return "".join(_plain(each) for each in start[:4]).upper()


def _plain(char: str) -> str:
    """A full-width character (U+FF01 to U+FF5E) as the plain one that it stands for; any other as it is."""
    return chr(ord(char) - 0xFEE0) if "\uff01" <= char <= "\uff5e" else char


def _is_cut(body: str) -> bool:
    """Whether this is the beginning of a pass, as far as its first bytes say, and not all of it."""
    triples, rest = divmod(len(body), 3)
    try:
        data = base45.decode(body[: 3 * triples])
    except FormatError:
        return False
    size = len(data) + (rest == 2)
    for head, sizes in ((_CLAIM_HEAD, BINDING_BY_SIZE), (_SHOWN_HEAD, SHAPE_BY_SIZE)):
        if head.startswith(data[: len(head)]):
            return size < max(sizes) and (rest == 1 or size not in sizes)
    return False
