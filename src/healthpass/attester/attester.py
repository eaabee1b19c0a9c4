"""The attester: offers, and attestations in answer to what wallets send back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nacl.utils import random

from healthpass._frames import guarded
from healthpass._typed import typed
from healthpass._values import seconds
from healthpass.crypto.signer import Signer, sign_message
from healthpass.errors import AttestationRefused, FormatError
from healthpass.formats import cose
from healthpass.formats.attestation import (
    MAX_COLOR_CHARS,
    MAX_SIZE,
    Attestation,
    IssueRequest,
    Seeds,
    encode_attestation,
    encode_issue_request,
    parse_attestation,
    parse_issue_request,
)
from healthpass.formats.claim import DEVICE, DOCUMENT
from healthpass.formats.enrolment import (
    LEAST_KEYS,
    REFERENCE_SIZE,
    KeyRequest,
    Offer,
    encode_offer,
    parse_key_request,
    parse_offer,
)
from healthpass.formats.notice import Notice, encode_notice
from healthpass.formats.period import Period
from healthpass.formats.words import word
from healthpass.trust.periods import periods_for
from healthpass.trust.platforms import list_in_force, platform_of

if TYPE_CHECKING:
    from healthpass._values import Time
    from healthpass.formats.trust_list import TrustList
    from healthpass.trust.assisted import Believed

SeedFor = Callable[[int, int], bytes]
"""From the bounds of a period, in seconds since 1970 UTC, to the seed of a person's document tags, 32 bytes."""


@typed
@dataclass(frozen=True, slots=True, repr=False)
class Person:
    """One of the people whom an attestation is about.

    Attributes:
        color: the region's own word for what the person is, 1 to 64 characters. It goes out in Unicode's NFC, without
            blanks around it.
        seed_for: gives the seed of the person's document for a period, see `healthpass.attester.DocumentSeeds`; None
            for a pass bound to a phone alone.
    """

    color: str
    seed_for: SeedFor | None = None

    def __repr__(self) -> str:
        return "Person(...)"


@typed
class Attester:
    """A regional health authority. It keeps no state: what it must remember of a person is its own affair.

    It names periods and people, and sees neither a key nor a kid: what a wallet tells the platform is sealed to that.

    Args:
        signer: the region's key, which the platform's recognition rules name.
    """

    def __init__(self, signer: Signer) -> None:
        self._signer = signer

    @property
    def public_key(self) -> bytes:
        """The region's public key, 32 bytes."""
        return self._signer.public_key

    def offer(
        self,
        trust_list: TrustList | Believed,
        *,
        now: Time,
        platform: str | None = None,
        binding: int = DEVICE,
        people: int = 1,
        periods: int = 1,
        keys_per_period: int = 24,
    ) -> bytes:
        """What to send to a wallet, with the newest trust list beside it: a fresh random reference, and how many keys
        are wanted for each period.

        Args:
            trust_list: the newest, where the periods stand; or who keeps it: a `healthpass.verifier.TrustStore`.
            now: seconds since 1970 UTC, or an aware `datetime`.
            platform: which is to issue, by its name in the list; not needed where there is one.
            binding: `DEVICE`, or `BOTH` for passes that are bound to a document too.
            people: for how many, 1 to 8; several only with `BOTH`.
            periods: that of now and as many after it as make this number, 1 to 64; fewer where the list has fewer.
            keys_per_period: holder keys, so showings, for each: at least 8, or the wallet will not answer.

        Returns:
            The offer, at most 2,048 bytes.

        Raises:
            AttestationRefused: "no-trust-list", "unknown-platform" or "which-platform"; "no-period": the list has none
                for this binding; or "too-few-keys".
            FormatError: a number out of range, over 4,096 keys or 8,192 claims in all, or several people without a
                document each.
        """
        if not isinstance(keys_per_period, int) or keys_per_period < LEAST_KEYS:
            raise AttestationRefused(
                "too-few-keys", f"at least {LEAST_KEYS} keys for each period: who shows one key often is recognised"
            )
        name, wanted = _periods(trust_list, platform, binding, periods, keys_per_period, seconds(now))
        return encode_offer(Offer(self.public_key, random(REFERENCE_SIZE), name, binding, people, wanted))

    @guarded
    def attest(
        self,
        offer: bytes,
        key_request: bytes,
        people: Sequence[Person],
        *,
        now: Time,
        trust_list: TrustList | Believed,
        recovery_hash: bytes | None = None,
    ) -> bytes:
        """An issue request: an attestation to what a wallet has sealed for the platform, and the sealed bytes.

        One person without a document gives device-bound passes, one person with a document passes bound to both, two
        to eight people with a document each a family under the same keys: as the offer said.

        1. The offer is this region's.
        2. The wallet answers this very offer.
        3. It has sealed to a key of the platform that the trust list names and that is not over.
        4. The people are those of the offer, and no two have the same document.

        Where a relative carries the passes of a person, the person gets a code of their own: made at the desk
        (`healthpass.crypto.recovery.new_recovery_code`), written on paper, and not known to the relative's phone.

        Args:
            offer: the one that this attester made for them.
            key_request: the wallet's answer, at most 300,000 bytes. Nothing in it can be read here.
            people: who they are, in the order in which their colours will be shown.
            now: seconds since 1970 UTC, or an aware `datetime`.
            trust_list: the newest that the region has; or who keeps it.
            recovery_hash: of the code that the person has from this desk, 32 bytes; it counts beside the wallet's own
                (`healthpass.crypto.recovery.recovery_hash` makes it, of the code and two fresh random bytes).

        Returns:
            The issue request, for the platform; at most 300,000 bytes.

        Raises:
            FormatError: the offer or the answer has not the form of one, the people are not those of the offer, or the
                hash is not 32 bytes.
            AttestationRefused: 1 ("other-attester"), 2 ("other-offer"), 3 ("no-trust-list",
                "unknown-platform" or "sealing-key-over"),
                4 ("same-document", or what `Person.seed_for` refuses).
        """
        time = seconds(now)
        asked = parse_offer(offer)
        if asked.attester != self.public_key:  # 1
            raise AttestationRefused(
                "other-attester", "the offer was made with another region's key; take it to that region"
            )
        request = parse_key_request(key_request)
        if request.offer != offer:  # 2
            raise AttestationRefused("other-offer", "the wallet answers another offer; bring it together with its own")
        _check_sealing_key(request, trust_list, asked.platform, time)  # 3
        if len(people) != asked.people:  # 4
            raise FormatError("the offer was for another number of people")
        attestation = Attestation(
            asked.reference,
            time,
            tuple(_color(person) for person in people),
            asked.binding,
            asked.periods,
            _seeds(people, asked.periods),
            request.commitment,
            recovery_hash,
            asked.platform,
        )
        return self._request(attestation, request.sealing_key, request.sealed_opening)

    @guarded
    def attest_paper(
        self,
        trust_list: TrustList | Believed,
        person: Person,
        *,
        now: Time,
        platform: str | None = None,
        periods: int = 1,
        recovery_hash: bytes | None = None,
    ) -> bytes:
        """An issue request for paper passes of one person, one for each period, bound to a document alone.

        Args:
            trust_list: the newest, where the periods stand; or who keeps it: a `healthpass.verifier.TrustStore`.
            person: with a document.
            now: seconds since 1970 UTC, or an aware `datetime`.
            platform: which is to issue, by its name in the list; not needed where there is one.
            periods: that of now and as many after it as make this number, 1 to 64; fewer where the list has fewer.
            recovery_hash: as for `attest`.

        Raises:
            AttestationRefused: "no-trust-list", "unknown-platform" or "which-platform"; "no-period": the list has none
                for paper; or what `Person.seed_for` refuses.
            FormatError: a number out of range, or the person has no document.
        """
        time = seconds(now)
        name, wanted = _periods(trust_list, platform, DOCUMENT, periods, 1, time)
        seeds = _seeds([person], wanted)
        attestation = Attestation(
            random(REFERENCE_SIZE), time, (_color(person),), DOCUMENT, wanted, seeds, None, recovery_hash, name
        )
        return self._request(attestation)

    def reference(self, issue_request: bytes) -> bytes:
        """The reference in an issue request of this attester, 16 bytes: by it, `revoke` takes the passes back.

        Raises:
            FormatError: not an issue request.
            AttestationRefused: "other-attester": another region has made it, which alone can take them back.
        """
        attestation = parse_issue_request(issue_request).attestation
        message = cose.decode_sign1(attestation, cose.ATTESTATION, MAX_SIZE)
        if message.key != self.public_key:
            raise AttestationRefused(
                "other-attester", "the attestation was made with another region's key; take it to that region"
            )
        return parse_attestation(message.payload).reference

    def revoke(self, reference: bytes, *, now: Time, at_wish: bool = False) -> bytes:
        """A notice for the platform: every pass that was issued for this attestation is to be revoked.

        It works for what this attester has vouched for, and for nothing else.

        Args:
            reference: 16 bytes; see `reference`.
            now: seconds since 1970 UTC, or an aware `datetime`.
            at_wish: whether the holder asked for it. The platform then does not count it among those who hide each
                other in a delta: somebody could ask it for passes of their own, to single out another person.

        Raises:
            FormatError: not a reference.
        """
        notice = Notice(reference, seconds(now), at_wish)
        return sign_message(self._signer, cose.REVOCATION_NOTICE, encode_notice(notice))

    def _request(
        self, attestation: Attestation, sealing_key: bytes | None = None, sealed_opening: bytes | None = None
    ) -> bytes:
        if attestation.has_same_document:  # otherwise one person could be vouched for as a family
            raise AttestationRefused(
                "same-document", "two of the people have the same document; vouch for each with their own"
            )
        signed = sign_message(self._signer, cose.ATTESTATION, encode_attestation(attestation))
        return encode_issue_request(IssueRequest(signed, sealing_key, sealed_opening))


def _periods(
    source: TrustList | Believed, platform: str | None, binding: int, number: int, keys: int, now: int
) -> tuple[str, tuple[Period, ...]]:
    """The platform's name, and so many of its periods from now on."""
    trust_list = list_in_force(source, now)
    name = platform_of(trust_list, platform).name
    if not isinstance(number, int) or number < 1:
        raise FormatError("at least one period")
    found = periods_for(trust_list, name, binding, now)[:number]
    if not found:
        raise AttestationRefused("no-period", "the trust list has no period for such passes: fetch a newer one")
    return name, tuple(Period(valid_from, expires, keys) for valid_from, expires in found)


def _color(person: Person) -> str:
    return word(person.color, "local colour", MAX_COLOR_CHARS)


def _check_sealing_key(request: KeyRequest, source: TrustList | Believed, platform: str, now: int) -> None:
    """Before anybody vouches for what the platform can no longer open."""
    listed = platform_of(list_in_force(source, now), platform).sealing_keys
    if not any(entry.key == request.sealing_key and now < entry.expires for entry in listed):
        raise AttestationRefused(
            "sealing-key-over",
            "the wallet has sealed to a key that is over or not listed: send it a new offer with the newest trust list",
        )


def _seeds(people: Sequence[Person], periods: Sequence[Period]) -> Seeds | None:
    """Those of each person for each period; None if nobody has a document. A person without one among others is left
    out, and the attestation's own rule (some for each person) then refuses."""
    with_document = [person.seed_for for person in people if person.seed_for is not None]
    seeds = (tuple(seed_for(period.valid_from, period.expires) for period in periods) for seed_for in with_document)
    return tuple(seeds) or None
