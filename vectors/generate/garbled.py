"""Texts that look garbled, so that nobody is turned away for them; and texts that do not."""

from __future__ import annotations

from collections.abc import Iterator

from vectors.generate.case import Case, cases, refused, show
from vectors.generate.passes import text
from vectors.generate.world import NOW, live, paper

LIVE = text(live().data())
BODY = LIVE[4:]


def fullwidth(plain: str) -> str:
    return "".join(chr(ord(each) + 0xFEE0) if "!" <= each <= "~" else each for each in plain)


@cases("garbled")
def heads() -> Iterator[Case]:
    garbled = {
        "full-width": (fullwidth("HP1:") + BODY, 1),
        "full-width-head-part": ("\uff28P1:" + BODY, 1),
        "full-width-lower": (fullwidth("hp1:") + BODY, 1),
        "stx": ("\x02" + LIVE, 1),
        "byte-order-mark": ("\ufeff" + LIVE, 1),
        "symbology": ("]Q1" + LIVE, 1),
        "symbology-c": ("]C0" + LIVE, 1),
        "stx-symbology": ("\x02]Q1" + LIVE, 1),
        "french": ("HP&M" + BODY, 1),
        "czech": ("HP+:" + BODY, 1),
        "other-shift": ("HP!:" + BODY, 1),
        "colon-lost": ("HP1" + BODY, 1),
        "colon-is-semicolon": ("HP1;" + BODY, 1),
        "colon-is-letter": ("HP1M" + BODY, 1),
        "russian": ("\u0420\u04171\u0416" + BODY, 1),
        "serbian": ("\u0425\u041f1\u0427" + BODY, 1),
        "greek": ("\u0397\u03a11\u00a8" + BODY, 1),
        "arabic": ("\u0623\u061b1:" + BODY, 1),
        "thai": ("\u0e47\u0e0d\u0e45\u0e0b" + BODY, 1),
        "dvorak": ("DL1S" + BODY, 1),
        "colemak": ("H:1O" + BODY, 1),
        "first-lost": ("P1:" + BODY, 1),
        "lower-first-lost": ("p1:" + BODY, 1),
        "h-alone": ("H", 1),
        "hp-alone": ("HP", 1),
        "hp1-alone": ("HP1", 1),
        "lower-h": ("h", 1),
    }
    for what, (shown, code) in garbled.items():
        yield Case(
            f"garbled-{what}",
            "looks garbled: helped, not turned away",
            [show(shown, NOW, refused(code, excused=True))],
            "plain",
        )
    plain = {
        "dvorak-cut": "DL1",
        "dvorak-colon": "DL1:" + BODY,
        "colemak-colon": "H:1:" + BODY,
        "russian-digit": "\u0420\u041717" + BODY,
        "russian-cut": "\u0420\u04171",
        "digit-for-colon": "HP17" + BODY,
        "plus-and-digit": "HP+2:" + BODY,
        "two-lost": "1:" + BODY,
        "p-alone": "P",
        "hx": "HX1:" + BODY,
        "hp2-colon-lost": "HP2" + BODY,
        "hq": "HQ1:" + BODY,
        "hc1": "HC1:" + BODY,
        "symbology-alone": "]Q1X",
        "etx-before": "\x03" + LIVE,
        "quote-before": '"' + LIVE,
    }
    for what, shown in plain.items():
        yield Case(f"garbled-not-{what}", "some other text", [show(shown, NOW, refused(1))], "plain")


@cases("garbled")
def cuts() -> Iterator[Case]:
    """Cut after a byte: excused unless what is left has the length of a pass."""
    both = live().data()
    claim = paper().data()
    for name, data, sizes in (("live", both, (5, 50, 100, 200, 224)), ("paper", claim, (5, 50, 100, 106))):
        for size in sizes:
            expect = refused(3, "template", excused=True)
            yield Case(
                f"garbled-cut-{name}-{size}", "the beginning of a pass", [show(text(data[:size]), NOW, expect)], "plain"
            )
    for size in (108, 143, 151, 226, 234, 245, 811):
        made = (b"\xd2\x84\x58" + bytes(811))[:size]
        expect = refused(3, "template", excused=size < 226)
        yield Case(
            f"garbled-{size}-bytes",
            "begins as a presentation, and has the length of a pass",
            [show(text(made), NOW, expect)],
            "plain",
        )
    for head in ("d28459", "d28449", "d28458", "d284", "d2", "d3", "d183", "d29558"):
        data = bytes.fromhex(head) + bytes(20)
        expect = refused(3, "template", excused=head in ("d28449", "d28458"))
        yield Case(f"garbled-head-{head}", "how a pass begins, or not", [show(text(data), NOW, expect)], "plain")
        bare = bytes.fromhex(head)
        expect = refused(3, "template", excused=head not in ("d183", "d29558"))
        yield Case(f"garbled-head-{head}-alone", "how a pass begins, or not", [show(text(bare), NOW, expect)], "plain")
    for size in (151, 152, 200):  # longer than any claim
        data = b"\xd2\x84\x49" + bytes(size - 3)
        expect = refused(3, "template")
        yield Case(f"garbled-not-claim-{size}", "too long for a claim", [show(text(data), NOW, expect)], "plain")
