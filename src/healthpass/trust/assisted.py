"""What stations and regions hold each other's messages to: sealing keys, the hash of a query, and the pass."""

from __future__ import annotations

from typing import TYPE_CHECKING

from healthpass.crypto import ed25519
from healthpass.crypto.sealing import is_weak
from healthpass.errors import FormatError, StationRefused
from healthpass.formats import claim as claim_format
from healthpass.formats import cose
from healthpass.formats.assisted import HASH_SIZE, MAX_SEALING_KEY_SIZE, DailyKey, parse_daily_key
from healthpass.formats.claim import Binding, Claim, parse_claim
from healthpass.trust.platforms import list_that_counts
from healthpass.trust.signed import open_signed
from healthpass.trust.updates import CLOCK_SKEW

if TYPE_CHECKING:
    from healthpass.formats.trust_list import TrustList
    from healthpass.formats.window import Window
    from healthpass.trust.platforms import Believed

MAX_QUERY_AGE = 120
"""Seconds for which a region answers a query, apart from the clocks' skew."""
MAX_WAIT = 600
"""Seconds after its query for which a station takes an answer."""


def query_hash(envelope: bytes) -> bytes:
    """What an answer is signed over: the first 32 bytes of the SHA-512 of the query's whole envelope, as it was sent.

    The envelope and not the signed query in it, so that an answer is good for the very bytes that the station sent: a
    query that somebody has opened and sealed again is another one.
    """
    return ed25519.sha512(envelope)[:HASH_SIZE]


def fresh_list(source: TrustList | Believed, now: int) -> TrustList:
    """The trust list in force. Raises `StationRefused` ("no-trust-list") if there is none, or it is too old."""
    found = list_that_counts(source, now)
    if found is None:
        raise StationRefused(
            "no-trust-list",
            "the trust list is missing, expired or ahead of the clock; fetch the newest, and set the clock",
        )
    return found


def open_sealing_key(data: bytes, region: bytes, now: int) -> DailyKey:
    """The sealing key of a region that counts at `now`.

    1. It is the message of a sealing key in its one form, by this region, whose signature holds; and the key is not of
       small order.
    2. It is valid at `now`; from `CLOCK_SKEW` before its beginning, for clocks differ.

    Args:
        data: the COSE_Sign1, at most 512 bytes.
        region: the region's public key, 32 bytes, from its certificate.
        now: seconds since 1970 UTC.

    Raises:
        FormatError: 1.
        StationRefused: 1 ("other-region" or "bad-signature") or 2 ("sealing-key-from-the-future" or
            "sealing-key-expired").
    """
    message = open_signed(
        data,
        cose.SEALING_KEY,
        MAX_SEALING_KEY_SIZE,
        by=(region,),
        not_theirs=StationRefused(
            "other-region", "the sealing key is another region's than the one to be asked; fetch that region's"
        ),
        bad_signature=StationRefused(
            "bad-signature", "the signature of the sealing key does not hold; fetch the key again"
        ),
    )
    key = parse_daily_key(message.payload)
    if is_weak(key.key):
        raise FormatError("a sealing key of small order, which anybody could open for")
    if now < key.valid_from - CLOCK_SKEW:
        raise StationRefused(
            "sealing-key-from-the-future",
            "the sealing key is not valid yet: fetch the region's of today, and set the clock",
        )
    if now >= key.expires:
        raise StationRefused(
            "sealing-key-expired", "the sealing key has expired: fetch the region's of today, and ask again"
        )
    return key


def open_pass(data: bytes, trust_list: TrustList, now: int) -> tuple[Claim, Window]:
    """The fields of a paper pass that counts at `now`, and its window.

    1. It is a claim bound to a document alone.
    2. Its window is known and open now.
    3. It is a claim that the window's key may sign.
    4. The signature holds.

    Raises:
        FormatError: 1, not a claim.
        StationRefused: 1 ("not-a-paper-pass"), 2 ("unknown-window" or "window-not-open"), 3 ("not-allowed") or 4
            ("bad-claim-signature").
    """
    claim = parse_claim(data)
    if claim.binding != Binding.DOCUMENT:
        raise StationRefused("not-a-paper-pass", "the pass is not bound to a document alone; issue one that is")
    window = trust_list.windows.get(claim.kid)
    if window is None:
        raise StationRefused(
            "unknown-window",
            "the pass is under a window that the trust list does not have; fetch the newest trust list",
        )
    if not window.is_open(now):
        raise StationRefused("window-not-open", "the pass is not for now; set the clock, and ask again")
    if not window.may_sign(claim):
        raise StationRefused("not-allowed", "the pass says something that its window's key may not sign; do not use it")
    if not ed25519.verify(window.key, claim_format.signed_part(data), data[-64:]):
        raise StationRefused("bad-claim-signature", "the pass is not signed by the platform; do not use it")
    return claim, window
