"""How a trust list comes to be: one draft, signed on separate machines, combined and checked.

draft(list) ──bytes──► sign(draft, root 1) ─┐
                  └──► sign(draft, root 2) ─┴──► combine(draft, signatures, roots) ──► what scanners load
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from healthpass.crypto.signer import Signer
from healthpass.errors import FormatError, TrustListRefused
from healthpass.formats import cose
from healthpass.formats.trust_list import TrustList, encode_trust_list, parse_trust_list
from healthpass.formats.window import RootSet, Window
from healthpass.trust.signed import open_trust_list

DAY = 86_400
LIFETIME = 7 * DAY
"""How long a list lives by default; it is renewed daily."""
GRACE = 3 * DAY
"""For how long a scanner goes on with an expired list by default, saying so in every verdict."""
AHEAD = 4 * DAY
"""How far ahead of a list's issue its windows reach at least, so that an offline scanner knows tomorrow's keys."""


def draft(trust_list: TrustList, *, allow_gap: bool = False) -> bytes:
    """The bytes that every root signs.

    Args:
        trust_list: what it says.
        allow_gap: take it although some moment of the next 96 hours has no window: in an emergency, when a stolen key
            must go before there is another in its place.

    Raises:
        TrustListRefused: "windows-too-short": there is such a moment; or "nobody-can-revoke": a window stands under no
            revocation key although there is one.
    """
    check_revocable(trust_list, trust_list.revocation_keys)
    until = trust_list.issued + AHEAD
    if not allow_gap and covered_until(trust_list.windows.values(), trust_list.issued) < until:
        raise TrustListRefused("windows-too-short", "the windows must cover the 96 hours after the list's issue")
    payload = encode_trust_list(trust_list)
    parse_trust_list(payload)
    return payload


def check_revocable(trust_list: TrustList, revocation_keys: Collection[bytes]) -> None:
    """Where there are revocation keys every window stands under one: under a forgotten one nobody could revoke.

    Raises:
        TrustListRefused: "nobody-can-revoke".
    """
    if revocation_keys and trust_list.unrevocable():
        raise TrustListRefused("nobody-can-revoke", "a window stands under no revocation key: say which has it")


def covered_until(windows: Iterable[Window], start: int) -> int:
    """Up to when windows follow one another without a gap from `start` on, in seconds since 1970 UTC."""
    until = start
    for window in sorted(windows, key=lambda each: each.valid_from):
        if window.valid_from <= until:
            until = max(until, window.expires)
    return until


def sign(payload: bytes, signer: Signer, *, roots: RootSet | None = None) -> bytes:
    """One root's signature over a draft: its public key and 64 bytes, 96 in all.

    Args:
        payload: the draft.
        signer: one of the roots that the draft names, or of `roots`. Another key's signature would count for nothing,
            and a key of another office has no business here.
        roots: who signs lists up to this one, where the draft rotates them.

    Raises:
        FormatError: the draft is not the payload of a trust list.
        TrustListRefused: "not-a-root".
    """
    named = parse_trust_list(payload).roots.keys
    if signer.public_key not in named + (() if roots is None else roots.keys):
        raise TrustListRefused("not-a-root", "this key is not one of the roots that sign this list")
    return signer.public_key + signer.sign(cose.sign_signed_part(cose.TRUST_LIST, signer.public_key, payload))


def combine(payload: bytes, signatures: Iterable[bytes], roots: RootSet) -> bytes:
    """The trust list: the draft and its signatures, checked as a scanner that pins `roots` will check it.

    Raises:
        FormatError: a signature is not 96 bytes, or there are none or too many.
        TrustListRefused: a signature does not hold, or too few roots have signed.
    """
    by_key = {}
    for signature in signatures:
        if len(signature) != 96:
            raise FormatError("a root's signature is 96 bytes: its key and 64 bytes")
        by_key[signature[:32]] = signature[32:]
    data = cose.encode_sign(cose.TRUST_LIST, payload, by_key)
    open_trust_list(data, roots)
    return data
