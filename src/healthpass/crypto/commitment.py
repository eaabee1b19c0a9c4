"""What a wallet commits to towards the region, and the kid that chance decides: both of SHA-512 (FIPS 180-4)."""

from __future__ import annotations

from healthpass._frames import guarded
from healthpass.crypto import ed25519

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

COMMITMENT_SIZE = 32
_COMMITMENT_LABEL = b"healthpass key commitment v1\x00"
_KID_LABEL = b"healthpass kid v1\x00"


@guarded
def commitment(offer: bytes, opening: bytes) -> bytes:
    """The first 32 bytes of SHA-512 of both under a label. The opening has a blinder, so that nobody who guesses a key
    can test it.

    Args:
        offer: its bytes, as `healthpass.formats.enrolment.encode_offer` makes them.
        opening: its bytes, as `encode_opening` makes them.
    """
    return ed25519.sha512(_COMMITMENT_LABEL + offer + opening)[:COMMITMENT_SIZE]


@guarded
def drawn_kid(blinder: bytes, kids: Iterable[bytes]) -> bytes:
    """Of the platform's kids for a period, the one under which a batch with this blinder is issued: that with the
    largest SHA-512(label || blinder || kid). Neither region nor platform can choose it, and the wallet checks it.

    Raises:
        ValueError: no kids.
    """
    return max(kids, key=lambda kid: ed25519.sha512(_KID_LABEL + blinder + kid))
