"""Wallets, offers and batches for tests. The region and the platform are played by hand, from `tests.making`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random

import pytest

from healthpass import Color
from healthpass.crypto.commitment import drawn_kid
from healthpass.crypto.envelope import open_padded, seal_padded
from healthpass.crypto.passphrase import INTERACTIVE
from healthpass.formats.batch import encode_batch
from healthpass.formats.claim import Binding, Claim
from healthpass.formats.enrolment import Offer, Opening, encode_offer, parse_key_request, parse_offer, parse_opening
from healthpass.formats.period import Period
from healthpass.formats.presentation import Presentation, parse_presentation
from healthpass.formats.text import decode_text
from healthpass.formats.window import Window
from healthpass.holder import Wallet
from healthpass.holder.stored import encode_state
from tests.making import (
    ISSUER,
    ISSUER_TOMORROW,
    NOW,
    PLATFORM,
    ROOTS,
    TAG,
    TOMORROW,
    WINDOW,
    make_trust_list,
    sealing_key,
    sign_claim,
    sign_trust_list,
    signer,
)

PASSPHRASE = "correct horse"
REGION = signer(70)
ISSUERS = {WINDOW.kid: ISSUER, TOMORROW.kid: ISSUER_TOMORROW}
WINDOWS = {WINDOW.kid: WINDOW, TOMORROW.kid: TOMORROW}
TRUST_LIST = sign_trust_list(make_trust_list())
KEYS = 8
"""The fewest that a wallet takes in a period."""


def randomness(seed: int = 0) -> Callable[[int], bytes]:
    """Random bytes that are the same in every run."""
    return Random(seed).randbytes


def make_offer(
    *wanted: tuple[Window, int],
    reference: int = 0,
    people: int = 1,
    binding: Binding = Binding.DEVICE,
    platform: str = PLATFORM,
    attester: bytes = REGION.public_key,
) -> bytes:
    """A region's offer; by default for one person, with eight keys in today's window."""
    pairs = wanted or ((WINDOW, KEYS),)
    periods = tuple(Period(window.valid_from, window.expires, count) for window, count in pairs)
    return encode_offer(Offer(attester, reference.to_bytes(16, "big"), platform, binding, people, periods))


def opening_of(answer: bytes) -> Opening:
    """What the platform reads in a wallet's answer."""
    return parse_opening(open_padded(sealing_key(), parse_key_request(answer).sealed_opening))


def offer_of(answer: bytes) -> Offer:
    """The offer that an answer is for."""
    return parse_offer(parse_key_request(answer).offer)


def keys_of(answer: bytes) -> list[bytes]:
    """The holder keys of a wallet's answer."""
    return opening_of(answer).all_keys


def drawn(answer: bytes, period: Period) -> Window:
    """The window that chance decides for, of those in `WINDOWS`."""
    bounds = (period.valid_from, period.expires)
    kids = [kid for kid, window in WINDOWS.items() if (window.valid_from, window.expires) == bounds]
    return WINDOWS[drawn_kid(opening_of(answer).blinder, kids)]


def claims_for(answer: bytes, colors: Sequence[Color] = (Color.GREEN,), seed: int = 0) -> list[Claim]:
    """The fields of the claims that the platform would sign for an answer, by key and then by person, with slots in no
    order."""
    opening, offer = opening_of(answer), offer_of(answer)
    slots = Random(seed).sample(range(WINDOW.capacity), offer.keys * len(colors))
    tag = None if offer.binding == Binding.DEVICE else TAG
    return [
        Claim(window.kid, window.expires, slots.pop(), color, key, tag)
        for period, keys in zip(offer.periods, opening.keys, strict=True)
        for window in [drawn(answer, period)]
        for key in keys
        for color in colors
    ]


def sealed_batch(answer: bytes, content: bytes) -> bytes:
    """Anything, sealed to the wallet that gave this answer."""
    return seal_padded(opening_of(answer).answer_key, content)


def sign_batch(answer: bytes, claims: Sequence[Claim]) -> bytes:
    """The batch message, each claim signed by its window's key."""
    return sealed_batch(answer, encode_batch([sign_claim(claim, ISSUERS[claim.kid]) for claim in claims]))


def make_batch(answer: bytes, colors: Sequence[Color] = (Color.GREEN,), seed: int = 0) -> bytes:
    """What the platform would return for an answer."""
    return sign_batch(answer, claims_for(answer, colors, seed))


def make_wallet(path: Path | None = None, seed: int = 0, trust_list: bytes = TRUST_LIST) -> Wallet:
    """A wallet that has today's trust list: in memory, or in a file under `PASSPHRASE`. Its secrets are of the seed."""
    if path is None:
        wallet = Wallet(ROOTS, random=randomness(seed))
    else:
        wallet = Wallet.create(path, PASSPHRASE, roots=ROOTS, random=randomness(seed), level=INTERACTIVE)
    wallet.update_trust_list(trust_list, now=NOW)
    return wallet


def fill(
    wallet: Wallet,
    offer: bytes | None = None,
    name: str = "me",
    colors: Sequence[Color] = (Color.GREEN,),
    binding: Binding = Binding.DEVICE,
    seed: int = 0,
) -> bytes:
    """Answer an offer and accept what comes of it, which is also returned."""
    answer = wallet.answer(offer or make_offer(people=len(colors), binding=binding), now=NOW, name=name)
    batch = make_batch(answer, colors, seed)
    wallet.accept(batch, now=NOW)
    return batch


def content(wallet: Wallet) -> bytes:
    """All that the wallet holds."""
    return encode_state(wallet._kept._state)


def parsed(text: str) -> Presentation:
    """What a scanner reads from a showing."""
    return parse_presentation(decode_text(text))


def code_of(error: type[Exception], call: Callable[[], object]) -> str:
    """The code of the error that the call ends with."""
    with pytest.raises(error) as caught:
        call()
    return str(getattr(caught.value, "code", ""))
