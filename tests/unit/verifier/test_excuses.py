"""What looks garbled, and which refusals may be nobody's fault at the gate."""

from __future__ import annotations

import pytest

from healthpass import Color, RefusalCode
from healthpass.formats.claim import Binding
from healthpass.formats.presentation import SHAPE_BY_SIZE, Shape
from healthpass.formats.text import encode_text
from healthpass.verifier.excuses import is_excused, looks_garbled
from tests.making import DAY, NOW, PLACE, SHAPES, WINDOW, family, make_claim, make_trust_list, present_shape, show

PASS = show(make_claim(), audience=PLACE)
PAPER = encode_text(make_claim(binding=Binding.DOCUMENT))


@pytest.mark.parametrize(
    "text",
    [
        PASS.lower(),
        PASS.swapcase(),
        " " + PASS,
        "\t" + PASS,
        "\ufeff" + PASS,
        "]Q1" + PASS,
        "\x02" + PASS + "\x03",
        "".join(chr(ord(each) + 0xFEE0) for each in PASS),
        "HP1" + "\uff1a" + PASS[4:],
        PASS.replace(":", "Ö"),
        PASS.replace("HP1:", "HP&M"),
        PASS.replace("HP1:", 'HP+"'),
        PASS.replace("HP1:", "\u0420\u04171\u0416"),
        PASS[1:],
        "HP1:" + PASS[4:].lower(),
        PASS + "\t",
        "",
        "H",
        "HP",
        "HP1",
        "hp1",
        "HP1:",
        "HP1:6",
    ],
)
def test_what_was_read_or_typed_wrongly(text: str) -> None:
    assert looks_garbled(text)
    assert looks_garbled(text.encode())


@pytest.mark.parametrize(
    "text",
    [
        "HC1:NCFOXN",
        "https://example.org/",
        "HELLO",
        "HPL1:" + PASS[4:],
        "HP12",
        "HPLASERJET",
        "P2:ABC",
        "0123456789",
        "HP1:" + "ABCDEF" * 20,
        "HP1:" + "::::::",
        encode_text(b"junk"),
        encode_text(bytes(143)),
        encode_text(bytes(226)),
        "HP1:" + "A" * 4292,
    ],
)
def test_what_was_made_so(text: str) -> None:
    assert not looks_garbled(text)
    assert not looks_garbled(text.encode())


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_wherever_a_pass_is_cut(shape: Shape) -> None:
    """But where what is left has the length of another pass."""
    text = encode_text(present_shape(shape))
    for end in range(len(text)):
        triples, rest = divmod(max(end - 4, 0), 3)
        has_a_length = rest != 1 and 2 * triples + (rest == 2) in SHAPE_BY_SIZE
        assert looks_garbled(text[:end]) != has_a_length, end


@pytest.mark.parametrize("binding", [Binding.DEVICE, Binding.DOCUMENT, Binding.BOTH])
def test_wherever_a_claim_is_cut(binding: Binding) -> None:
    text = encode_text(make_claim(binding=binding))
    kept = [end for end in range(len(text)) if not looks_garbled(text[:end])]
    assert len(kept) <= 2


def test_a_pass_with_another_byte_was_not_garbled() -> None:
    data = bytearray(make_claim())
    data[3] ^= 1
    assert not looks_garbled(encode_text(bytes(data)))


def test_bytes_of_no_encoding() -> None:
    assert looks_garbled(b"HP1:\xff\xfe")
    assert not looks_garbled(b"\xff\xfe\x00")


# ---- Which refusals -----------------------------------------------------------------------------------------------

LIST = make_trust_list(issued=NOW)
FOR_NO_PLACE, FOR_ANOTHER = show(make_claim()), PASS


@pytest.mark.parametrize(
    ("code", "text", "now", "excused"),
    [
        (RefusalCode.NOT_A_PASS, "HC1:", NOW, False),
        (RefusalCode.NOT_A_PASS, "HP1", NOW, True),
        (RefusalCode.MALFORMED, PASS[:100], NOW, True),
        (RefusalCode.MALFORMED, encode_text(bytes(143)), NOW, False),
        (RefusalCode.UNKNOWN_ISSUER_KEY, PASS, NOW + DAY, False),
        (RefusalCode.UNKNOWN_ISSUER_KEY, PASS, NOW + DAY + 1, True),
        (RefusalCode.EXPIRED, PASS, WINDOW.expires + DAY - 1, True),
        (RefusalCode.EXPIRED, PASS, WINDOW.expires + DAY, False),
        (RefusalCode.EXPIRED, PAPER, WINDOW.expires, True),
        (RefusalCode.EXPIRED, PAPER, WINDOW.expires + DAY, False),
        (RefusalCode.EXPIRED, show(family(range(3))), WINDOW.expires, True),
        (RefusalCode.WRONG_AUDIENCE, FOR_NO_PLACE, NOW, True),
        (RefusalCode.WRONG_AUDIENCE, FOR_ANOTHER, NOW, False),
    ],
)
def test_excused(code: RefusalCode, text: str, now: int, excused: bool) -> None:
    for given in (text, text.encode()):
        assert is_excused(code, given, LIST, now) is excused


def test_nothing_else_is() -> None:
    others = set(RefusalCode) - {1, 3, 6, 10, 15}
    assert len(others) == 19
    for code in others:
        assert not is_excused(RefusalCode(code), "HP1", LIST, NOW + 400 * DAY)


def test_a_colour_excuses_nothing() -> None:
    for color in Color:
        assert is_excused(RefusalCode.EXPIRED, show(make_claim(color=color)), LIST, WINDOW.expires)
