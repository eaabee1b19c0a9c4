"""Where a refusal may be the fault of a scanner, a clock or a poster, and not of who stands at the gate.

A person is then helped and not turned away. Nothing here lets anybody in: what is believed of a text is at most what
the steps before the refusal have verified.
"""

from __future__ import annotations

from healthpass.errors import FormatError, RefusalCode
from healthpass.formats import base45
from healthpass.formats.claim import BINDING_BY_SIZE
from healthpass.formats.presentation import SHAPE_BY_SIZE
from healthpass.formats.text import PASS_PREFIX, decode_text
from healthpass.verifier.decision import DAY
from healthpass.verifier.steps import parse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from healthpass.formats.trust_list import TrustList

_ALPHABET = frozenset(base45.ALPHABET)
_HEADS = ("HP1", "HP&", "HP+", "HP!", "\u0420\u04171", "P1:")
"""How `HP1:` begins on keyboards of other layouts, French, Czech and Russian among them, where its colon may be
anything; and without the character that was lost while a field got the focus."""
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
        return now < parse(decode_text(text))[0][0].exp + DAY
    if code is RefusalCode.WRONG_AUDIENCE:  # the holder's signature has held
        presentation = parse(decode_text(text))[2]
        return presentation is not None and presentation.audience is None
    return False


def looks_garbled(text: str | bytes) -> bool:
    """Whether a text that is no pass looks like one that was read or typed wrongly.

    1. It begins like `HP1:`, but for lower case, full-width characters, what scanners type before it, the layout of
       a keyboard, or a cut. Nothing at all is a cut too.
    2. Or it begins with `HP1:` and goes on with characters that no pass has.
    3. Or it begins as a pass does, and ends too soon.

    What has the length of a pass and is none was not garbled but made so.
    """
    if not isinstance(text, str):
        text = bytes(text[: base45.MAX_CHARS]).decode("utf-8", "replace")
    if not text.startswith(PASS_PREFIX):  # 1
        start = text[: base45.MAX_CHARS].lstrip(_BEFORE)
        start = start[3:] if start.startswith("]") else start
        head = "".join(_plain(each) for each in start[:4]).upper()
        return PASS_PREFIX.startswith(head) or (head.startswith(_HEADS) and not head[3:].isdigit())
    body = text[len(PASS_PREFIX) : base45.MAX_CHARS]
    return not set(body) <= _ALPHABET or _is_cut(body)  # 2, 3


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
