"""What may be printed: claims that are bound to a document, genuine, each under a window that is in the trust list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from healthpass._typed import typed
from healthpass._values import seconds
from healthpass.crypto import ed25519
from healthpass.errors import PaperRefused
from healthpass.formats.batch import parse_batch
from healthpass.formats.claim import DOCUMENT, Claim, parse_claim, signed_part
from healthpass.formats.text import encode_text
from healthpass.formats.window import Window

if TYPE_CHECKING:
    from healthpass._values import Time


@typed
class PaperPass:
    """A pass that was checked and can be printed. Its `repr` shows nothing of it.

    Attributes:
        text: of the QR code, 166 characters.
        valid_from: when it begins to be accepted, in seconds since 1970 UTC.
        expires: when it ends.
    """

    __slots__ = ("expires", "text", "valid_from")

    def __init__(self, text: str, valid_from: int, expires: int) -> None:
        self.text = text
        self.valid_from = valid_from
        self.expires = expires

    def __repr__(self) -> str:
        return "PaperPass(...)"


@typed
def passes_of(batch: bytes | Sequence[bytes], windows: Mapping[bytes, Window], *, now: Time) -> list[PaperPass]:
    """The passes of a batch, the earliest first. Nothing is printed that no scanner would ever accept.

    1. Each is a claim of one of the three templates, bound to a document alone, and none is there twice.
    2. Its window is known, and may sign it.
    3. The signature of the window's key holds.
    4. The window is not over. That it has not begun is no fault: passes are printed for days to come.

    Args:
        batch: as the platform returned it for `Attester.attest_paper` or a station; or the claims of several.
        windows: by their kids: `TrustList.windows` of a trust list that `open_trust_list` has opened, and that is not
            past its grace time.
        now: seconds since 1970 UTC, or an aware `datetime`.

    Raises:
        FormatError: not a batch; or 1: not a claim.
        PaperRefused: 1 ("not-for-paper", "repeated-slot"), 2 ("unknown-window", "not-allowed"), 3
            ("bad-claim-signature") or 4 ("window-over").
        TypeError, ValueError: `now` is not such a time.
    """
    time = seconds(now)
    claims = parse_batch(batch) if isinstance(batch, bytes) else batch
    parsed = [(parse_claim(data), data) for data in claims]
    if any(claim.binding != DOCUMENT for claim, _ in parsed):  # 1
        raise PaperRefused("not-for-paper", "a claim is bound to a phone: on paper it would be worth nothing")
    if len({(claim.kid, claim.slot) for claim, _ in parsed}) < len(parsed):
        raise PaperRefused("repeated-slot", "a claim is there twice; give each once")
    passes = [_checked(claim, data, windows.get(claim.kid), time) for claim, data in parsed]
    return sorted(passes, key=lambda each: each.valid_from)


def _checked(claim: Claim, data: bytes, window: Window | None, now: int) -> PaperPass:
    if window is None:  # 2
        raise PaperRefused(
            "unknown-window", "a claim is under a window that the trust list does not have; fetch the newest trust list"
        )
    if claim.exp != window.expires or not window.bindings & DOCUMENT or claim.slot >= window.capacity:
        raise PaperRefused(
            "not-allowed", "a claim says something that its window's key may not sign; have the batch sent again"
        )
    if not ed25519.verify(window.key, signed_part(data), data[-64:]):  # 3
        raise PaperRefused("bad-claim-signature", "a claim is not signed by the platform; have the batch sent again")
    if window.expires <= now:  # 4
        raise PaperRefused("window-over", "a pass is over: every scanner refuses it. Ask the platform for new ones")
    return PaperPass(encode_text(data), window.valid_from, window.expires)
