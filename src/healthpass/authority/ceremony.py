"""How a trust list comes to be: one draft, signed on separate machines, combined and checked.

draft(list) ──bytes──► sign(draft, root 1) ─┐
                  └──► sign(draft, root 2) ─┴──► combine(draft, signatures, roots) ──► what scanners load
"""

from __future__ import annotations

from collections.abc import Iterable

from healthpass._typed import typed
from healthpass.authority.rules import check_covered, check_equal, check_revocable
from healthpass.crypto.signer import Signer
from healthpass.errors import FormatError, TrustListRefused
from healthpass.formats import cose
from healthpass.formats.trust_list import TrustList, encode_trust_list, parse_trust_list
from healthpass.formats.window import RootSet
from healthpass.trust.signed import open_trust_list

DAY = 86_400
LIFETIME = 7 * DAY
"""How long a list lives by default; it is renewed daily."""
GRACE = 3 * DAY
"""For how long a scanner goes on with an expired list by default, saying so in every verdict."""


@typed
def draft(trust_list: TrustList, *, allow_gap: bool = False) -> bytes:
    """The bytes that every root signs.

    Args:
        trust_list: what it says.
        allow_gap: take it although at some moment of its life and grace a platform has no window or no sealing key: in
            an emergency, when a stolen key must go before there is another in its place.

    Raises:
        TrustListRefused: "windows-too-short" or "sealing-keys-too-short": there is such a moment;
            "nobody-can-revoke": a window stands under no revocation key although there is one; or "empty-policy": there
            is a check policy without a rule.
        FormatError: "unequal-windows": the windows of one platform and period differ in more than their keys.
    """
    check_revocable(trust_list, trust_list.revocation_keys)
    check_equal(trust_list)
    if trust_list.policy is not None and not trust_list.policy.rules:
        raise TrustListRefused(
            "empty-policy", "by a check policy without a rule no scanner may check: name places, or leave it out"
        )
    if not allow_gap:
        check_covered(trust_list)
    payload = encode_trust_list(trust_list)
    parse_trust_list(payload)
    return payload


@typed
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
        raise TrustListRefused(
            "not-a-root", "this key is not one of the roots that sign this list; sign with one of those"
        )
    return signer.public_key + signer.sign(cose.sign_signed_part(cose.TRUST_LIST, signer.public_key, payload))


@typed
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
