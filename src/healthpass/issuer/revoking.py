"""Revoking: on the notice of a region or station, or by the recovery code of somebody whose phone is lost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from healthpass._frames import guarded
from healthpass._typed import typed
from healthpass._values import seconds
from healthpass.crypto.recovery import recovery_hashes
from healthpass.crypto.signer import open_message
from healthpass.errors import AttestationRefused
from healthpass.formats import cose
from healthpass.formats.notice import MAX_SIZE, Notice, parse_notice
from healthpass.issuer.recognition import CLOCK_SKEW

if TYPE_CHECKING:
    from healthpass._values import Time
    from healthpass.issuer.ledger import Ledger
    from healthpass.issuer.platform import PlatformState


@typed
@dataclass(frozen=True, slots=True)
class Revocation:
    """What a notice or a code has done.

    Attributes:
        answer: "revoked": there were claims, and they are revoked; or "kept": none has been issued so far. Should what
            it takes back come, it is refused with `revoked-before`, so nobody will have a pass by it.
        claims: how many are revoked by it, also if they were before; 0 if it is kept.
    """

    answer: str
    claims: int

    def __bool__(self) -> bool:
        raise TypeError("a revocation is neither true nor false: see its answer")


@typed
def revoke(ledger: Ledger, notice: bytes, state: PlatformState, *, now: Time) -> Revocation:
    """Revoke what a region, or a station, takes back. Repeating it changes nothing.

    A notice may come before its attestation, which is still on its way, or held back by somebody. It is kept until none
    of the windows that the platform has now is left, for the attestation can ask for no others; at most 100,000 of one
    author. Whether it may vouch at present is not asked: one that is suspended can still take back. Of an author that
    the platform does not know nothing is kept, for nothing of it could be issued; what was, is revoked all the same.

    Args:
        ledger: where it was issued, or would be.
        notice: what `Attester.revoke` or `Voucher.revoke` made, at most 512 bytes.
        state: the platform's windows, rules and stations; see `Issuer.state`.
        now: seconds since 1970 UTC, or an aware `datetime`.

    Raises:
        FormatError: not a notice.
        BadInput: "bad-signature".
        AttestationRefused: "from-the-future"; "unknown-attestation": nothing was issued for it, or its windows are all
            over, and its author is nobody's whose attestation could come; or "too-many-notices".
    """
    attester, content = open_notice(notice, seconds(now))
    until = expected_until(attester, state)
    return _done(ledger.revoke(attester, content.reference, now=seconds(now), at_wish=content.at_wish, until=until))


@typed
@guarded
def revoke_by_code(ledger: Ledger, code: str, *, now: Time) -> Revocation:
    """Revoke everything that was issued with this recovery code, to a wallet or by a region. Repeating it changes
    nothing.

    Rows of the ledger do not show that they belong to one code; using it joins them. So its holder makes another one
    afterwards. It is not kept: what comes later with the same code is issued, and the code is given again for it.

    Args:
        ledger: where it was issued.
        code: as it is written down.
        now: seconds since 1970 UTC, or an aware `datetime`.

    Raises:
        FormatError: not a recovery code, or one with a slip of the pen in it.
        AttestationRefused: "unknown-attestation": nothing was issued with this code, or its windows are all over; or
            "too-many-attempts": 10,000 codes were tried in this hour.
    """
    return _done(ledger.revoke_by_recovery(recovery_hashes(code), now=seconds(now)))


def expected_until(attester: bytes, state: PlatformState) -> int | None:
    """When the last window ends that an attestation could ask for which this author has made; None if it could not
    have made any, or there is no window."""
    return _last_end(state) if attester in state.rules or attester in state.stations else None


def _last_end(state: PlatformState) -> int | None:
    return max((key.window.expires for key in state.windows), default=None)


def _done(claims: int) -> Revocation:
    return Revocation("revoked" if claims else "kept", claims)


def open_notice(data: bytes, now: int) -> tuple[bytes, Notice]:
    """Who signed a notice (32 bytes), and what it says. Raises what `revoke` does of the form."""
    attester, payload = open_message(data, cose.REVOCATION_NOTICE, MAX_SIZE)
    notice = parse_notice(payload)
    if notice.issued > now + CLOCK_SKEW:
        raise AttestationRefused("from-the-future", "the notice is dated in the future: is the clock right?")
    return attester, notice


def too_many_notices() -> AttestationRefused:
    """So many wait for what they take back that no more of this author are kept."""
    return AttestationRefused(
        "too-many-notices", "too many notices of one author wait for what they take back; send the attestations first"
    )


def unknown_attestation() -> AttestationRefused:
    """The one refusal for everything that is not there to be revoked: it tells a stranger nothing."""
    return AttestationRefused(
        "unknown-attestation",
        "there is nothing here that this could revoke: mistyped, over, or taken back already",
    )
