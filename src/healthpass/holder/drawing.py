"""A pass as it is shown: the text of its code, and the same pass once more when that is no longer fresh."""

from __future__ import annotations

from dataclasses import dataclass, replace

from healthpass._frames import guarded
from healthpass._typed import typed
from healthpass._values import seconds
from healthpass.crypto.signer import SoftwareSigner
from healthpass.errors import WalletError
from healthpass.formats.claim import with_signature
from healthpass.formats.presentation import IAT_STEP, signed_part, unsigned_presentation
from healthpass.formats.text import encode_text
from healthpass.trust.updates import CLOCK_SKEW

TYPE_CHECKING = False
if TYPE_CHECKING:
    from healthpass._values import Time

REDRAW_FOR = 600
"""Seconds for which one claim may be drawn again and again: a queue, and no longer."""


@dataclass(frozen=True, slots=True, repr=False)
class Drawing:
    """All that a text is made of, but for the time.

    Attributes:
        claims: person by person, of one holder key.
        signer: that key.
        audience, nonce: what the showing is for.
        begun: when it was drawn first, in seconds since 1970 UTC.
        expires: of the claims.
    """

    claims: tuple[bytes, ...]
    signer: SoftwareSigner
    audience: str | None
    nonce: bytes | None
    begun: int
    expires: int

    def text(self, now: int) -> str:
        """The presentation as it is at `now`, signed by the holder key."""
        data = unsigned_presentation(list(self.claims), now - now % IAT_STEP, self.audience, self.nonce)
        return encode_text(with_signature(data, self.signer.sign(signed_part(data))))

    def __repr__(self) -> str:
        return "Drawing(...)"


@typed
@dataclass(frozen=True, slots=True, repr=False)
class Showing:
    """A pass as it is shown, once. Its `repr` shows none of it.

    Attributes:
        text: for the QR code, `HP1:...`.
        fresh_until: when to draw it again, in seconds since 1970 UTC: at most 15 s after it was drawn. (Scanners take a
            text for a minute longer, which is for clocks that differ.)
        reused: whether these claims were shown before: whoever saw both showings can tell that they are of one person.
        unused: how many showings are left after this one, in the windows open now.
        expires: when the pass stops being accepted, in seconds since 1970 UTC.
        stale: by how many seconds the wallet's trust list is past its expiry; 0 while it is fresh.
    """

    text: str
    fresh_until: int
    reused: bool
    unused: int
    expires: int
    stale: int
    _drawing: Drawing

    @guarded
    def redraw(self, now: Time) -> Showing:
        """A fresh text of the very same claims, for the same place and challenge: for who still waits to be scanned.

        It uses nothing up, needs no wallet, and can be repeated for ten minutes after the pass was shown first. For
        another place, and once this one has been scanned, show the next pass: `Wallet.present`.

        Args:
            now: seconds since 1970 UTC, or an aware `datetime`.

        Raises:
            WalletError: "redraw-over": ten minutes are over, or the pass has expired; "clock-behind": by a clock that
                has been set back since.
        """
        time, drawing = seconds(now), self._drawing
        if time < drawing.begun - CLOCK_SKEW:
            raise WalletError("clock-behind", "the clock has been set back since this pass was shown: show another")
        if time >= drawing.begun + REDRAW_FOR or time >= drawing.expires + CLOCK_SKEW:
            raise WalletError("redraw-over", "this pass was drawn for ten minutes, or has expired: show another")
        return replace(self, text=drawing.text(time), fresh_until=fresh_until(time))

    def __repr__(self) -> str:
        return f"Showing(reused={self.reused})"


def fresh_until(now: int) -> int:
    """Until when a text that is drawn at `now` need not be drawn again."""
    return now - now % IAT_STEP + IAT_STEP
