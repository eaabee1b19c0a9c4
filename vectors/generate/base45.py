"""Texts: prefixes, line ends, and every kind of base45 that is not canonical."""

from __future__ import annotations

from collections.abc import Iterator

from vectors.generate.case import Case, accepted, cases, refused, show
from vectors.generate.passes import ALPHABET, base45, text
from vectors.generate.world import EXPIRES, NOW, PASSPORT, live, paper

OK = accepted([1], expires=EXPIRES)
ON_PAPER = accepted([1], documents="compared", expires=EXPIRES)
LIVE = text(live().data())
PAPER = text(paper().data())
LONGEST = 4296


def one(what: str, shown: str | bytes, expect: dict[str, object]) -> Case:
    documents = [PASSPORT] if expect is ON_PAPER else []
    return Case(f"base45-{what}", what.replace("-", " "), [show(shown, NOW, expect, documents=documents)], "plain")


@cases("base45")
def line_ends() -> Iterator[Case]:
    for name, whole in (("live", LIVE), ("paper", PAPER)):
        good = OK if name == "live" else ON_PAPER
        ends = {"no-line-end": "", "cr": "\r", "lf": "\n", "cr-lf": "\r\n"}
        bad = {
            "lf-cr": "\n\r",
            "two-lf": "\n\n",
            "two-cr": "\r\r",
            "cr-lf-lf": "\r\n\n",
            "cr-cr-lf": "\r\r\n",
            "tab": "\t",
            "nul": "\0",
            "nel": "\x85",
            "line-separator": "\u2028",
            "form-feed": "\f",
        }
        for what, end in ends.items():
            yield one(f"{name}-{what}", whole + end, good)
            yield one(f"{name}-{what}-in-bytes", (whole + end).encode(), good)
        for what, end in bad.items():
            yield one(f"{name}-ends-with-{what}", whole + end, refused(3, "text", excused=True))
        # a space is a character of base45: one more is a length that no byte string has
        yield one(f"{name}-ends-with-space", whole + " ", refused(3, "text", excused=True))


@cases("base45")
def characters() -> Iterator[Case]:
    outside = [chr(n) for n in range(128) if chr(n) not in ALPHABET] + ["\xe4", "\uff11", "\u0131", "\U0001f600"]
    for n, char in enumerate(outside):
        at = 4 + 7 * n % (len(LIVE) - 5)
        name = f"u{ord(char):04x}"
        yield one(f"character-{name}", LIVE[:at] + char + LIVE[at + 1 :], refused(3, "text", excused=True))
    for raw in (b"\x80", b"\xff", b"\xc3\x28"):
        yield one(f"raw-{raw.hex()}", LIVE.encode()[:40] + raw + LIVE.encode()[41:], refused(3, "text", excused=True))
    for at, where in ((4, "first"), (len(LIVE) - 1, "last")):
        yield one(f"lower-case-{where}", LIVE[:at] + "a" + LIVE[at + 1 :], refused(3, "text", excused=True))


@cases("base45")
def values() -> Iterator[Case]:
    """Triples above 65,535 and pairs above 255: each would decode, to bytes that another text stands for."""

    def group(number: int, size: int) -> str:
        return "".join(ALPHABET[number // 45**n % 45] for n in range(size))

    triples = 4 + 3 * (len(LIVE[4:]) // 3)
    for number in (65_536, 65_537, 80_000, 91_124):
        for where, at in (("first", 4), ("middle", 4 + 3 * 40), ("last", triples - 3)):
            yield one(f"triple-{number}-{where}", LIVE[:at] + group(number, 3) + LIVE[at + 3 :], refused(3, "text"))
    odd = base45(live(slot=6).data()[:-1])
    assert len(odd) % 3 == 2
    for number in (256, 257, 2024):
        yield one(f"pair-{number}", "HP1:" + odd[:-2] + group(number, 2), refused(3, "text", excused=True))
    yield one("triple-65535", "HP1:" + group(65_535, 3) * 113, refused(3, "template"))
    yield one("pair-255", "HP1:" + group(65_535, 3) * 112 + group(255, 2), refused(3, "template"))
    slot = 0  # of a pass that ends with a number so low that 65,536 more still fits in three characters
    while (end := int.from_bytes(live(slot).data()[-2:], "big") + 65_536) >= 45**3:
        slot += 1
    shown = text(live(slot).data())
    yield one("before-an-overflow", shown, OK)
    yield one("the-same-bytes-by-an-overflow", shown[:-3] + group(end, 3), refused(3, "text"))


@cases("base45")
def lengths() -> Iterator[Case]:
    data = live().data()
    # One character is left over after the triples
    yield one("one-character-over", "HP1:" + base45(data) + "0", refused(3, "text", excused=True))
    yield one("one-character-alone", "HP1:0", refused(3, "text", excused=True))
    yield one("nothing", "HP1:", refused(3, "template", excused=True))
    yield one("one-zero-byte", text(b"\0"), refused(3, "template", excused=True))
    for size in (1, 2, 3, 4, 107, 109, 142, 144, 150, 152, 225, 227, 810):
        excused = size < 811  # begins as a pass, ends too soon
        yield one(f"a-cut-of-{size}-bytes", text((data + data * 4)[:size]), refused(3, "template", excused=excused))
    yield one("812-bytes", text(data + bytes(812 - len(data))), refused(3, "template"))
    for size in (331, 415, 434, 435, 453):
        yield one(f"reserved-{size}", text(data + bytes(size - len(data))), refused(3, "template", excused=True))
        yield one(f"reserved-{size}-zeros", text(bytes(size)), refused(3, "template"))
    for extra, name in ((0, "longest"), (1, "one-more")):
        # 4,292 characters after the prefix: 1,430 triples and a pair
        body = "0" * (LONGEST - 4 + extra)
        yield one(f"{name}-text", "HP1:" + body, refused(3, "text" if extra else "template"))
    yield one("longest-text-and-line-end", "HP1:" + "0" * (LONGEST - 4) + "\r\n", refused(3, "template"))
    yield one("twice-the-pass", LIVE + LIVE[4:], refused(3, "template", excused=True))
    for n in (1, 2, 3):
        cut = LIVE[:-n]
        excused = True
        layer = "text" if len(cut[4:]) % 3 == 1 else None
        yield one(f"last-{n}-lost", cut, refused(3, layer or _layer(cut), excused=excused))


def _layer(cut: str) -> str:
    """Whether what is left is base45: a last pair may be above 255."""
    body = cut[4:]
    if len(body) % 3 == 2:
        return "text" if ALPHABET.index(body[-2]) + 45 * ALPHABET.index(body[-1]) > 255 else "template"
    return "template"


@cases("base45")
def prefixes() -> Iterator[Case]:
    body = LIVE[4:]
    for version in ("2", "3", "9", "10", "99", "100", "999", "1000", "9999", "11"):
        yield one(f"version-{version}", f"HP{version}:{body}", refused(2))
        yield one(f"version-{version}-bare", f"HP{version}:", refused(2))
    for what, start in {
        "version-0": "HP0:",
        "version-01": "HP01:",
        "version-00002": "HP00002:",
        "version-10000": "HP10000:",
        "no-colon": "HP2",
        "empty-version": "HP:",
        "negative": "HP-1:",
        "plus": "HP+2:",
        "letters": "HPA:",
        "mixed": "HP1A:",
    }.items():
        yield one(f"prefix-{what}", start + body, refused(1, excused=what == "mixed"))
    # Ours, but for upper case and white space: malformed. Whether it looks garbled decides what happens.
    folded = {
        "lower-case": "hp1:",
        "mixed-case": "Hp1:",
        "mixed-case-2": "hP1:",
        "space-before": " HP1:",
        "tab-before": "\tHP1:",
        "lf-before": "\nHP1:",
        "cr-lf-before": "\r\nHP1:",
    }
    for what, start in folded.items():
        yield one(f"prefix-{what}", start + body, refused(3, "text", excused=True))
    for what, start in {"version-2-lower-case": "hp2:", "version-2-space-before": " HP2:"}.items():
        yield one(f"prefix-{what}", start + body, refused(3, "text"))
    # of a poster
    for what, start in {
        "poster": "HPL1:",
        "poster-lower-case": "hpl1:",
        "poster-space": " HPL1:",
        "poster-2": "HPL2:",
        "poster-bare": "HPL",
    }.items():
        yield one(f"prefix-{what}", start + body, refused(3, "text"))


@cases("base45")
def other_texts() -> Iterator[Case]:
    for what, other in {
        "web-address": "https://example.org/HP1:",
        "digital-certificate": "HC1:NCFOXN",
        "digits": "4006381333931",
        "words": "hello",
        "wifi": "WIFI:T:WPA;S:x;P:y;;",
        "letter": "X",
        "zero": "0",
        "reversed": LIVE[::-1],
    }.items():
        yield one(f"other-{what}", other, refused(1))
    yield one("empty", "", refused(1, excused=True))
    yield one("empty-bytes", b"", refused(1, excused=True))
    yield one("line-end-alone", "\r\n", refused(1, excused=True))
