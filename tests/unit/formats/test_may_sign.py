"""May this window's key sign this claim: one answer, for whoever asks."""

from __future__ import annotations

from itertools import product

import pytest

from healthpass import Color
from healthpass.errors import PaperRefused, RefusalCode, Refused, StationRefused
from healthpass.formats.claim import Binding, Claim, signed_part, unsigned_claim, with_signature
from healthpass.formats.window import Window
from healthpass.paper import passes_of
from healthpass.trust.assisted import open_pass
from healthpass.verifier.steps import check_issuer
from tests.making import ISSUER, NOW, make_trust_list
from tests.raising import raises

FROM, TO, CAPACITY = NOW - 60, NOW + 3600, 16
KINDS = tuple(Binding)
KEY, TAG = bytes(range(32)), b"tt"


def window(bindings: int) -> Window:
    return Window(b"kid0", ISSUER.public_key, FROM, TO, CAPACITY, bindings, b"doc0")


def claim(binding: Binding, exp: int = TO, slot: int = 0) -> Claim:
    return Claim(
        b"kid0",
        exp,
        slot,
        Color.GREEN,
        None if binding == Binding.DOCUMENT else KEY,
        None if binding == Binding.DEVICE else TAG,
    )


@pytest.mark.parametrize("bindings", range(1, 8))
def test_what_a_key_may_sign(bindings: int) -> None:
    for binding, exp, slot in product(KINDS, (TO - 1, TO, TO + 1), (0, CAPACITY - 1, CAPACITY, 2**32 - 1)):
        asked = claim(binding, exp, slot)
        kind = bool(bindings & binding)
        assert window(bindings).takes(asked) is (exp == TO and kind)
        assert window(bindings).may_sign(asked) is (exp == TO and kind and slot < CAPACITY)


@pytest.mark.parametrize(
    ("bindings", "exp", "slot"),
    [(Binding.DOCUMENT, TO - 1, 0), (Binding.DOCUMENT, TO, CAPACITY), (Binding.DEVICE | Binding.BOTH, TO, 0)],
)
def test_everybody_refuses_the_same(bindings: int, exp: int, slot: int) -> None:
    asked = claim(Binding.DOCUMENT, exp, slot)
    data = unsigned_claim(asked)
    data = with_signature(data, ISSUER.sign(signed_part(data)))
    trust_list = make_trust_list(windows=[window(bindings)])
    with pytest.raises(Refused) as caught:
        check_issuer(trust_list, [asked], NOW, 60)
    assert caught.value.code is RefusalCode.ISSUER_NOT_ALLOWED
    said = "the pass says something that its window's key may not sign; do not use it"
    with raises(StationRefused, "not-allowed", said):
        open_pass(data, trust_list, NOW)
    said = "a claim says something that its window's key may not sign; have the batch sent again"
    with raises(PaperRefused, "not-allowed", said):
        passes_of([data], trust_list.windows, now=NOW)
