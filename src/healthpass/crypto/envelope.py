"""What is sealed during enrolment: a padded content in a sealed box (libsodium's `crypto_box_seal`)."""

from __future__ import annotations

from healthpass._frames import guarded
from healthpass.crypto.sealing import seal
from healthpass.formats.padding import pad, unpad

TYPE_CHECKING = False
if TYPE_CHECKING:
    from healthpass.crypto.sealing import Opener


@guarded
def seal_padded(public_key: bytes, content: bytes) -> bytes:
    """A sealed box with the content, padded to a multiple of 1,024 bytes; 48 bytes longer than that.

    Args:
        public_key: X25519, 32 bytes.
        content: any bytes.

    Raises:
        FormatError: not a public key, or one of small order.
    """
    return seal(public_key, pad(content))


@guarded
def open_padded(opener: Opener, sealed: bytes) -> bytes:
    """The content of what `seal_padded` made.

    Raises:
        BadInput: "not-for-us": sealed to another key, or changed on the way.
        FormatError: what is in it is not padded in the one way.
    """
    return unpad(opener.open(sealed))
