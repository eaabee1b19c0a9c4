"""What the tests are made of: keys, windows, claims, presentations, trust lists and a scanner, from fixed seeds.

Built from `healthpass.formats` and `SoftwareSigner` alone, without the roles, so that a mistake in a role cannot hide a
mistake in a format. Everything takes what a test wants to be different and is honest otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path

import pytest

from healthpass import Color, RefusalCode, Refused
from healthpass.crypto.sealing import SealingKey
from healthpass.crypto.signer import Signer, SoftwareSigner
from healthpass.formats import claim as claim_format
from healthpass.formats import cose
from healthpass.formats import presentation as presentation_format
from healthpass.formats.claim import ANY_BINDING, Binding, Claim
from healthpass.formats.platform import Platform, SealingKeyEntry
from healthpass.formats.presentation import Shape
from healthpass.formats.text import encode_text
from healthpass.formats.trust_list import TrustList, encode_trust_list
from healthpass.formats.window import RootSet, Window
from healthpass.verifier import TrustStore, Verifier
from healthpass.verifier.replay import ReplayMemory

NOW = 1_800_000_000
"""A multiple of 15, so that it is also a time of showing."""
DAY = 86_400
PLACE = "0123456789abcdef"
OTHER_PLACE = "fedcba9876543210"
NONCE = bytes(range(16))
TAG = b"\x12\x34"

SHAPES: list[Shape] = [
    (binding, audience, nonce, members)
    for binding, most in ((Binding.DEVICE, 0), (Binding.BOTH, 7))
    for audience in (False, True)
    for nonce in (False, True)
    for members in range(most + 1)
]
"""All 36 shapes of a presentation: binding, audience or none, nonce or none, further members."""


@lru_cache(maxsize=64)
def signer(number: int) -> SoftwareSigner:
    """The key pair of that number: the same in every run."""
    return SoftwareSigner(number.to_bytes(32, "big"))


ROOT = signer(1)
ISSUER = signer(2)
"""Signs claims in the window of today."""
ISSUER_TOMORROW = signer(3)
HOLDER = signer(4)
STRANGER = signer(5)
"""Has no role."""
ROOTS = RootSet(1, (ROOT.public_key,))

WINDOW = Window(b"kid0", ISSUER.public_key, NOW - 3600, NOW + DAY - 3600, 4**10, ANY_BINDING, document_key_id=b"doc0")
TOMORROW = Window(
    b"kid1",
    ISSUER_TOMORROW.public_key,
    WINDOW.expires,
    WINDOW.expires + DAY,
    4**10,
    ANY_BINDING,
    document_key_id=b"doc0",
)

PLATFORM = "country"
"""The name of the platform."""


def sealing_key() -> SealingKey:
    """The secret side of the platform's sealing key: the same in every run."""
    return SealingKey(bytes(range(100, 132)))


SEALING = SealingKeyEntry(sealing_key().public_key, NOW - 3600, NOW + 4 * DAY - 3600)


def sealing_entries(days: int = 8, start: int = NOW - 3600) -> tuple[SealingKeyEntry, ...]:
    """Public sealing keys of a platform, one that begins on each day and lives four; with eight, a list of the ordinary
    life and grace can be drafted. Not `SEALING`, which `sealing_key` opens; the key of a day is always the same."""
    keys = [SealingKey((start // DAY + n).to_bytes(32, "big")).public_key for n in range(days)]
    return tuple(SealingKeyEntry(key, start + n * DAY, start + (n + 4) * DAY) for n, key in enumerate(keys))


def claim_of(
    slot: int = 1,
    binding: Binding = Binding.DEVICE,
    color: Color = Color.GREEN,
    window: Window = WINDOW,
    holder: Signer = HOLDER,
) -> Claim:
    """The fields of a claim under `window`."""
    return Claim(
        kid=window.kid,
        exp=window.expires,
        slot=slot,
        color=color,
        key=None if binding == Binding.DOCUMENT else holder.public_key,
        tag=None if binding == Binding.DEVICE else TAG,
    )


def sign_claim(claim: Claim, issuer: Signer = ISSUER) -> bytes:
    """The claim's bytes, signed."""
    data = claim_format.unsigned_claim(claim)
    return claim_format.with_signature(data, issuer.sign(claim_format.signed_part(data)))


def make_claim(
    slot: int = 1,
    binding: Binding = Binding.DEVICE,
    color: Color = Color.GREEN,
    window: Window = WINDOW,
    issuer: Signer = ISSUER,
    holder: Signer = HOLDER,
) -> bytes:
    """A signed claim of today's window."""
    return sign_claim(claim_of(slot, binding, color, window, holder), issuer)


def family(slots: Iterable[int], colors: Sequence[Color] = (Color.GREEN,)) -> list[bytes]:
    """Claims of several people under one holder key; the colours repeat as needed."""
    return [make_claim(slot, Binding.BOTH, colors[n % len(colors)]) for n, slot in enumerate(slots)]


def present(
    claims: bytes | list[bytes],
    iat: int = NOW,
    audience: str | None = None,
    nonce: bytes | None = None,
    holder: Signer = HOLDER,
) -> bytes:
    """A presentation, signed by the holder."""
    listed = [claims] if isinstance(claims, bytes) else claims
    data = presentation_format.unsigned_presentation(listed, iat, audience, nonce)
    return claim_format.with_signature(data, holder.sign(presentation_format.signed_part(data)))


def present_shape(shape: Shape) -> bytes:
    """A presentation of that shape, for `PLACE` and `NONCE` where it has any."""
    binding, audience, nonce, members = shape
    claims = [make_claim()] if binding == Binding.DEVICE else family(range(members + 1))
    return present(claims, audience=PLACE if audience else None, nonce=NONCE if nonce else None)


def show(
    claims: bytes | list[bytes],
    iat: int = NOW,
    audience: str | None = None,
    nonce: bytes | None = None,
    holder: Signer = HOLDER,
) -> str:
    """A presentation as the text of a QR code."""
    return encode_text(present(claims, iat, audience, nonce, holder))


def show_own(slot: int, iat: int = NOW, audience: str | None = None, nonce: bytes | None = None) -> str:
    """The text of a claim that has a holder key of its own, as each of a batch has."""
    holder = signer(1000 + slot)
    return show(make_claim(slot, holder=holder), iat, audience, nonce, holder)


def make_trust_list(
    version: int = 1,
    issued: int = NOW - 60,
    expires: int = NOW + 7 * DAY,
    windows: Sequence[Window] = (WINDOW, TOMORROW),
    roots: RootSet = ROOTS,
    **more: object,
) -> TrustList:
    """The content of a trust list of one platform; `more` is for its other fields."""
    by_kid = {window.kid: window for window in windows}
    more = {"platforms": [Platform(PLATFORM, tuple(by_kid), (SEALING,))], **more}
    return TrustList(version=version, issued=issued, expires=expires, roots=roots, windows=by_kid, **more)  # type: ignore[arg-type]  # whatever the test wants


def sign_payload(payload: bytes, roots: Sequence[Signer] = (ROOT,)) -> bytes:
    """A trust list's message with this payload, whatever it is, signed by each of `roots`."""
    signatures = {
        root.public_key: root.sign(cose.sign_signed_part(cose.TRUST_LIST, root.public_key, payload)) for root in roots
    }
    return cose.encode_sign(cose.TRUST_LIST, payload, signatures)


def signature_by(payload: bytes, signer: Signer) -> bytes:
    """What a root hands in for a draft, by whoever it is: a thief does not ask whether this is a root's key."""
    return signer.public_key + signer.sign(cose.sign_signed_part(cose.TRUST_LIST, signer.public_key, payload))


def sign_trust_list(trust_list: TrustList, roots: Sequence[Signer] = (ROOT,)) -> bytes:
    """The trust list as it is published."""
    return sign_payload(encode_trust_list(trust_list), roots)


def make_store(trust_list: TrustList | None = None, now: int = NOW) -> TrustStore:
    """A store in memory that holds one list."""
    store = TrustStore(ROOTS)
    store.update_trust_list(sign_trust_list(trust_list or make_trust_list()), now=now)
    return store


def make_verifier(
    trust_list: TrustList | None = None,
    audience: str | None = None,
    replay_capacity: int | None = None,
    since: int | None = None,
) -> Verifier:
    """A scanner that holds one list. By default it is at the place `audience`, or at one that nothing is made for, and
    its rules ask for no documents: those are a matter of other tests."""
    if trust_list is not None:
        return Verifier(make_store(trust_list), audience=audience, replay_capacity=replay_capacity, since=since)
    from tests.placing import everywhere, make_place, placed_list  # which are made of what is here

    listed = placed_list(policy=everywhere(audience=audience is not None))
    place = make_place(place_id=audience or "f" * 16, issued=NOW - DAY, expires=NOW + 29 * DAY)
    return Verifier(make_store(listed), place=place, replay_capacity=replay_capacity, since=since)


def files(folder: Path) -> dict[str, bytes]:
    """What is in the files of a folder, by name."""
    return {each.name: each.read_bytes() for each in folder.iterdir() if each.is_file()}


def remembered(verifier: Verifier) -> int:
    """How many showings the scanner remembers."""
    assert isinstance(verifier._replay, ReplayMemory)
    return len(verifier._replay)


def assert_refused(
    verifier: Verifier,
    text: str | bytes,
    code: RefusalCode,
    index: int | None = None,
    now: int = NOW,
    nonce: bytes | None = None,
) -> None:
    """It is refused with exactly this code and index, and the scanner remembers nothing of it."""
    before = remembered(verifier)
    with pytest.raises(Refused) as caught:
        verifier.verify(text, now=now, nonce=nonce)
    assert (caught.value.code.name, caught.value.index) == (code.name, index)
    assert remembered(verifier) == before
