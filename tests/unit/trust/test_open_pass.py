"""A pass that comes as an answer: to a document alone, under a window that is open, as the window allows."""

from __future__ import annotations

from typing import Any

import pytest

from healthpass.errors import StationRefused
from healthpass.formats.claim import Binding
from healthpass.formats.window import Window
from healthpass.trust.assisted import open_pass
from tests.making import ISSUER, NOW, STRANGER, WINDOW, claim_of, make_claim, make_trust_list, sign_claim

LIST = make_trust_list()
PASS = make_claim(binding=Binding.DOCUMENT)


def window(**more: Any) -> Window:
    """Today's window but for that; of which the parts are all public."""
    names = ("kid", "key", "valid_from", "expires", "capacity", "bindings", "document_key_id")
    return Window(**{**{name: getattr(WINDOW, name) for name in names}, **more})


def assert_not_taken(data: bytes, code: str, *, listed: Window = WINDOW, now: int = NOW) -> None:
    with pytest.raises(StationRefused) as caught:
        open_pass(data, make_trust_list(windows=(listed,)), now)
    assert caught.value.code == code


def test_it_is_taken() -> None:
    claim, under = open_pass(PASS, LIST, NOW)
    assert claim == claim_of(binding=Binding.DOCUMENT)
    assert under is LIST.windows[b"kid0"]


@pytest.mark.parametrize("binding", [Binding.DEVICE, Binding.BOTH])
def test_bound_to_a_phone_it_is_no_paper_pass(binding: Binding) -> None:
    """The window allows every binding, and the signature holds: it is the binding alone that is wrong."""
    assert_not_taken(make_claim(binding=binding), "not-a-paper-pass")


def test_the_seconds_of_its_window() -> None:
    for now in (WINDOW.valid_from, WINDOW.expires - 1):
        open_pass(PASS, LIST, now)
    for now in (WINDOW.valid_from - 1, WINDOW.expires):
        assert_not_taken(PASS, "window-not-open", now=now)


def test_a_window_that_nobody_lists() -> None:
    assert_not_taken(PASS, "unknown-window", listed=window(kid=b"none"))


@pytest.mark.parametrize("expires", [WINDOW.expires - 1, WINDOW.expires + 1])
def test_another_expiry_than_its_windows(expires: int) -> None:
    assert_not_taken(PASS, "not-allowed", listed=window(expires=expires))


def test_the_last_slot_and_the_first_beyond() -> None:
    last = make_claim(WINDOW.capacity - 1, Binding.DOCUMENT)
    assert open_pass(last, LIST, NOW)[0].slot == WINDOW.capacity - 1
    assert_not_taken(make_claim(WINDOW.capacity, Binding.DOCUMENT), "not-allowed")


@pytest.mark.parametrize("bindings", [Binding.DEVICE, Binding.BOTH, Binding.DEVICE | Binding.BOTH])
def test_a_window_for_no_paper(bindings: int) -> None:
    assert_not_taken(PASS, "not-allowed", listed=window(bindings=bindings))


def test_signed_by_somebody_else() -> None:
    assert_not_taken(sign_claim(claim_of(binding=Binding.DOCUMENT), STRANGER), "bad-claim-signature")
    assert_not_taken(PASS, "bad-claim-signature", listed=window(key=STRANGER.public_key))
    assert sign_claim(claim_of(binding=Binding.DOCUMENT), ISSUER) == PASS
