"""The answer to an offer: keys for the platform, which the region cannot read, and a commitment to them for the region.
A pure function but for the random bytes that it is given; nothing is stored before it has answered."""

from __future__ import annotations

from dataclasses import replace

from healthpass.crypto.commitment import commitment
from healthpass.crypto.envelope import seal_padded
from healthpass.errors import WalletError
from healthpass.formats.enrolment import (
    KeyRequest,
    Offer,
    Opening,
    encode_key_request,
    encode_opening,
    parse_offer,
)
from healthpass.formats.trust_list import TrustList
from healthpass.holder import keys
from healthpass.holder.codes import Random, code_of, new_code, next_hash, with_code
from healthpass.holder.state import Enrolment, State, with_pending
from healthpass.trust.periods import periods_for
from healthpass.trust.updates import CLOCK_SKEW

MAX_LIST_AGE = 48 * 3600
"""Seconds since the issue of the trust list that a wallet seals by: so stolen keys of the platform go quickly."""
MIN_KEYS = 8
"""For each period: who has fewer shows a pass twice before long, and is known by it."""


def answered(state: State, data: bytes, name: str, now: int, random: Random) -> tuple[State, bytes]:
    """The state in which an offer has been answered, and the answer.

     1. The offer is one. The same one under the same name has its answer already, whatever has happened since.
     2. The trust list was issued less than 48 hours ago, by a clock that is not behind it, and has not expired.
     3. It names the platform, and a key of it that may be sealed to now.
     4. It has each period for this platform and binding, not over; the offer asks for at least 8 keys in each.
     5. A fresh secret; keys and blinder derive from it. The recovery hash is the name's code with a salt of its own.
     6. The opening is sealed to the platform; the region gets a commitment to offer and opening.

    Raises:
        FormatError: 1 not an offer.
        WalletError: 1 "other-name"; 2 "no-trust-list", "clock-behind" or "trust-list-too-old"; 3 "unknown-platform" or
            "no-sealing-key"; 4 "unknown-period" or "too-few-keys"; 5 "wallet-full".
    """
    offer = parse_offer(data)  # 1
    for known in state.enrolments:
        if known.offer == offer:
            if known.name != name:
                raise WalletError(
                    "other-name", "this offer was answered under another name; use that name, or ask for another offer"
                )
            return state, known.answer
    trust_list = _young_list(state, now)  # 2
    sealing_key = _sealing_key(trust_list, offer, now)  # 3
    _check_periods(trust_list, offer, now)  # 4
    secret = random(keys.SECRET_SIZE)  # 5
    known_names = {each.name for each in state.codes}
    code = code_of(state.codes, name) if name in known_names else new_code(name, random)
    code, recovery_hash = next_hash(code, random)
    opening = encode_opening(_opening(secret, offer, recovery_hash))  # 6
    request = KeyRequest(data, commitment(data, opening), sealing_key, seal_padded(sealing_key, opening))
    answer = encode_key_request(request)
    changed = replace(state, codes=with_code(state.codes, code))
    return with_pending(changed, Enrolment(name, offer, answer, secret)), answer


def _young_list(state: State, now: int) -> TrustList:
    trust_list = state.trust.trust_list
    if trust_list is None:
        raise WalletError("no-trust-list", "the wallet needs a trust list before it can answer an offer; fetch one")
    if now < trust_list.issued - CLOCK_SKEW:
        raise WalletError("clock-behind", "the clock is behind the newest trust list: set the clock")
    if now >= trust_list.issued + MAX_LIST_AGE or now >= trust_list.expires:
        raise WalletError(
            "trust-list-too-old", "the wallet's trust list is over 48 hours old: take the newest one, then answer"
        )
    return trust_list


def _sealing_key(trust_list: TrustList, offer: Offer, now: int) -> bytes:
    platform = trust_list.platform(offer.platform)
    if platform is None:
        raise WalletError(
            "unknown-platform",
            "the offer names a platform that the trust list lacks; fetch the newest, or another offer",
        )
    entry = platform.sealing_key(now)
    if entry is None:
        raise WalletError("no-sealing-key", "the trust list has no key to seal to now: take the newest one")
    return entry.key


def _check_periods(trust_list: TrustList, offer: Offer, now: int) -> None:
    known = periods_for(trust_list, offer.platform, offer.binding, now)
    if any((period.valid_from, period.expires) not in known for period in offer.periods):
        raise WalletError(
            "unknown-period", "the offer is for a time that the trust list does not have: ask for another offer"
        )
    if any(period.count < MIN_KEYS for period in offer.periods):
        raise WalletError("too-few-keys", f"an offer is for at least {MIN_KEYS} showings in each period")


def _opening(secret: bytes, offer: Offer, recovery_hash: bytes) -> Opening:
    by_period = tuple(
        tuple(keys.holder_keys(keys.period_secret(secret, number), period.count))
        for number, period in enumerate(offer.periods)
    )
    return Opening(keys.blinder(secret), keys.answer_key(secret).public_key, by_period, recovery_hash)
