"""Wallets, offers and batches for tests. The region and the platform are played by hand, from `tests.making`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random

import pytest

from healthpass import Color
from healthpass.crypto.passphrase import INTERACTIVE
from healthpass.formats import cose
from healthpass.formats.batch import encode_batch
from healthpass.formats.claim import DEVICE, Claim
from healthpass.formats.enrolment import Offer, encode_offer, parse_key_request
from healthpass.formats.presentation import Presentation, parse_presentation
from healthpass.formats.text import decode_text
from healthpass.formats.window import Window
from healthpass.holder import Wallet
from healthpass.holder.stored import encode_state
from tests.making import (
    ISSUER,
    ISSUER_TOMORROW,
    NOW,
    ROOTS,
    TAG,
    TOMORROW,
    WINDOW,
    make_trust_list,
    sign_claim,
    sign_trust_list,
    signer,
)

SEED = bytes(range(32))
PASSPHRASE = "correct horse"
REGION = signer(70)
ISSUERS = {WINDOW.kid: ISSUER, TOMORROW.kid: ISSUER_TOMORROW}
WINDOWS = {WINDOW.kid: WINDOW, TOMORROW.kid: TOMORROW}
TRUST_LIST = sign_trust_list(make_trust_list())


def make_offer(*wanted: tuple[Window, int], reference: int = 0) -> Offer:
    """A region's offer; by default four keys in today's window."""
    pairs = tuple((window.kid, count) for window, count in wanted or ((WINDOW, 4),))
    return Offer(REGION.public_key, reference.to_bytes(16, "big"), pairs)


def keys_of(answer: bytes) -> list[bytes]:
    """The holder keys of a wallet's answer."""
    return [cose.decode_sign1(proof, cose.HOLDER_PROOF, 512).key for proof in parse_key_request(answer).proofs]


def claims_for(
    answer: bytes, colors: Sequence[Color] = (Color.GREEN,), binding: int = DEVICE, seed: int = 0
) -> list[Claim]:
    """The fields of the claims that the platform would sign for an answer, grant by grant, with slots in no order."""
    keys, kids = keys_of(answer), parse_key_request(answer).offer.kids
    slots = Random(seed).sample(range(WINDOW.capacity), len(keys) * len(colors))
    tag = None if binding == DEVICE else TAG
    return [
        Claim(kid, WINDOWS[kid].expires, slots.pop(), color, key, tag)
        for key, kid in zip(keys, kids, strict=True)
        for color in colors
    ]


def sign_batch(claims: Sequence[Claim]) -> bytes:
    """The batch message, each claim signed by its window's key."""
    return encode_batch([sign_claim(claim, ISSUERS[claim.kid]) for claim in claims])


def make_batch(answer: bytes, colors: Sequence[Color] = (Color.GREEN,), binding: int = DEVICE, seed: int = 0) -> bytes:
    """What the platform would return for an answer."""
    return sign_batch(claims_for(answer, colors, binding, seed))


def make_wallet(path: Path | None = None) -> Wallet:
    """A wallet that has today's trust list: in memory, or in a file under `PASSPHRASE`."""
    if path is None:
        wallet = Wallet(ROOTS, seed=SEED)
    else:
        wallet = Wallet.create(path, PASSPHRASE, roots=ROOTS, seed=SEED, level=INTERACTIVE)
    wallet.update_trust_list(TRUST_LIST, now=NOW)
    return wallet


def fill(
    wallet: Wallet,
    offer: Offer | None = None,
    name: str = "me",
    colors: Sequence[Color] = (Color.GREEN,),
    binding: int = DEVICE,
    seed: int = 0,
) -> bytes:
    """Answer an offer and accept what comes of it, which is also returned."""
    answer = wallet.answer(encode_offer(offer or make_offer()), name=name)
    batch = make_batch(answer, colors, binding, seed)
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
