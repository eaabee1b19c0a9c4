"""Revoking: on a region's notice, or by the recovery code of somebody whose phone is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from healthpass._frames import guarded
from healthpass._values import seconds
from healthpass.crypto.recovery import recovery_hash
from healthpass.crypto.signer import open_message
from healthpass.errors import AttestationRefused
from healthpass.formats import cose
from healthpass.formats.notice import MAX_SIZE, Notice, parse_notice
from healthpass.issuer.recognition import CLOCK_SKEW

if TYPE_CHECKING:
    from healthpass._values import Time
    from healthpass.issuer.ledger import Ledger


def revoke(ledger: Ledger, notice: bytes, *, now: Time) -> int:
    """Revoke what a region takes back. Repeating it changes nothing. No rule is asked: a region that is suspended, or
    recognised no more, can still take back what it vouched for.

    Args:
        ledger: where it was issued.
        notice: what `Attester.revoke` made, at most 512 bytes.
        now: seconds since 1970 UTC, or an aware `datetime`.

    Returns:
        How many claims are revoked by it.

    Raises:
        FormatError: not a notice.
        BadInput: "bad-signature".
        AttestationRefused: "from-the-future"; or "unknown-attestation": it is not known, not this region's, or of
            windows that are all over.
    """
    attester, content = open_notice(notice, seconds(now))
    return ledger.revoke(attester, content.reference, now=seconds(now), at_wish=content.at_wish)


@guarded
def revoke_by_code(ledger: Ledger, code: str, *, now: Time) -> int:
    """Revoke what was issued to the phone that showed this recovery code. Repeating it changes nothing.

    Returns:
        How many claims are revoked by it.

    Raises:
        FormatError: not a recovery code, or one with a slip of the pen in it.
        AttestationRefused: "unknown-attestation": nothing was issued with this code, or its windows are all over.
    """
    return ledger.revoke_by_recovery(recovery_hash(code), now=seconds(now))


def open_notice(data: bytes, now: int) -> tuple[bytes, Notice]:
    """Who signed a notice (32 bytes), and what it says. Raises what `revoke` does of the form."""
    attester, payload = open_message(data, cose.REVOCATION_NOTICE, MAX_SIZE)
    notice = parse_notice(payload)
    if notice.issued > now + CLOCK_SKEW:
        raise AttestationRefused("from-the-future", "the notice is dated in the future: is the clock right?")
    return attester, notice


def unknown_attestation() -> AttestationRefused:
    """The one refusal for everything that is not there to be revoked: it tells a stranger nothing."""
    return AttestationRefused("unknown-attestation", "there is nothing here that this could revoke")
