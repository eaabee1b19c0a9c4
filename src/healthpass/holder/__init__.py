"""A wallet: it makes keys and seals them to the platform, takes the claims that come back sealed to it, and shows each
once. The region in between reads neither.

    offer ──answer──► key request ──► region ──► platform
                                                    │
    QR code ◄──present── stored claims ◄──accept── batch

`wallet` is the public class (with `base`); `trust` says whom it believes, and whether a pass may be shown at a place;
`drawing` is a pass as it is shown. Everything that a wallet holds is one immutable value (`state`); each method works
out the next value with pure functions (`enrolling`, `codes`, `keys`, `batch_check`, `showings`, `trust`), writes it as
a whole (`stored` to bytes, `sealed_file` to disk), and only then goes on with it. So what is refused, or cannot be
written, changes nothing.
"""

from __future__ import annotations

from healthpass.formats.window import RootSet
from healthpass.holder.drawing import Showing
from healthpass.holder.trust import Visit
from healthpass.holder.wallet import Wallet

__all__ = ["RootSet", "Showing", "Visit", "Wallet"]
