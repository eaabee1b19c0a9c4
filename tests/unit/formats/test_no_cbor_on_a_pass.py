"""No general CBOR reader is reachable from a QR code: with a poisoned one, every pass has the verdict that it had."""

from __future__ import annotations

from random import Random

import cbor2
import pytest

from healthpass import Refused
from healthpass.formats import cbor, cose
from healthpass.formats.claim import Binding
from healthpass.formats.text import encode_text
from healthpass.verifier import Verifier
from tests.making import NONCE, NOW, PLACE, SHAPES, make_claim, make_store, present_shape
from tests.placing import everywhere, make_place, placed_list

READER = ("decode", "read_head", "read_bytes", "_item", "_array", "_map", "_text")


def texts() -> list[str]:
    """Every shape and a paper pass, and of each some that are cut, altered, or open more CBOR."""
    random = Random(45)
    honest = [present_shape(shape) for shape in SHAPES] + [
        make_claim(binding=Binding.DOCUMENT),
        make_claim(binding=Binding.BOTH),
    ]
    altered = []
    for data in honest:
        at = random.randrange(len(data))
        altered += [
            data[:at] + bytes((byte,)) + data[at + 1 :] for byte in (0x9F, 0xBF, 0xFF, 0xC2, 0xFB, data[at] ^ 1)
        ]
        wrapped = cbor2.dumps(cbor2.CBORTag(18, [b"", {}, data, b""]))
        altered += [data[:at], data + b"\x00", b"\x81" * len(data), wrapped]
    return [encode_text(data) for data in honest + altered]


def placed(audience: str | None) -> Verifier:
    """A scanner at a place that showings are made for or not. It has read its certificate, before any pass."""
    store = make_store(placed_list(policy=everywhere(audience=audience is not None)))
    made = Verifier(store, place=make_place(place_id=audience or "f" * 16))
    made.policy(now=NOW)
    return made


def scanner(like: Verifier) -> Verifier:
    """Another one at that place, which has seen nothing."""
    made = Verifier(like._store)
    made._gate = like._gate
    return made


def answers(listed: list[str], scanners: dict[str | None, Verifier]) -> list[str]:
    """What a new scanner says to each, with and without a place and a question."""
    given = []
    for text in listed:
        for audience, nonce in ((None, None), (PLACE, None), (None, NONCE), (PLACE, NONCE)):
            try:
                given.append(repr(scanner(scanners[audience]).verify(text, now=NOW, nonce=nonce)))
            except Refused as refusal:
                given.append(f"{refusal.code.name} {refusal.index}")
    return given


def test_verdicts_with_and_without_a_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    listed = texts()
    scanners = {audience: placed(audience) for audience in (None, PLACE)}
    expected = answers(listed, scanners)
    assert sum(answer.startswith("Verdict") for answer in expected) >= len(SHAPES)
    assert sum(answer.startswith("MALFORMED") for answer in expected) > 100

    def poison(*args: object) -> None:
        raise AssertionError("a CBOR reader was called")

    for module, names in ((cbor, READER), (cose, ("read_head", "read_bytes"))):
        for name in names:
            monkeypatch.setattr(module, name, poison)
    with pytest.raises(AssertionError, match="reader"):
        cbor.decode(b"")
    assert answers(listed, scanners) == expected
