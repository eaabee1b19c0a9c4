"""The attester: offers, and attestations in answer to what wallets send back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nacl.utils import random

from healthpass._frames import guarded
from healthpass._values import seconds
from healthpass.attester.proofs import check_proofs
from healthpass.crypto.signer import Signer, sign_message
from healthpass.errors import AttestationRefused
from healthpass.formats import cose
from healthpass.formats.attestation import REFERENCE_SIZE, Attestation, Grant, encode_attestation
from healthpass.formats.enrolment import Offer, parse_key_request
from healthpass.formats.notice import Notice, encode_notice
from healthpass.formats.window import Window

if TYPE_CHECKING:
    from healthpass._values import Time

TagFor = Callable[[bytes, bytes | None], bytes]
"""From a kid (4 bytes) and a holder key (32 bytes, or None on paper) to a document tag (2 bytes)."""


@dataclass(frozen=True, slots=True, repr=False)
class Person:
    """One of the people whom an attestation is about.

    Attributes:
        color: the region's own word for what the person is, 1 to 64 characters.
        tag_for: gives the document tag for a kid and holder key; None for a pass bound to a phone alone. See
            `healthpass.crypto.document_tag`.
    """

    color: str
    tag_for: TagFor | None = None

    def __repr__(self) -> str:
        return "Person(...)"


class Attester:
    """A regional health authority. It keeps no state: what it must remember of a person is its own affair.

    Args:
        signer: the region's key, which the platform's recognition rules name.
    """

    def __init__(self, signer: Signer) -> None:
        self._signer = signer

    @property
    def public_key(self) -> bytes:
        """The region's public key, 32 bytes."""
        return self._signer.public_key

    def offer(self, windows: Sequence[Window], keys_per_window: int) -> Offer:
        """What to send to a wallet: a fresh random reference, and how many keys are wanted for each window.

        Raises:
            FormatError: no windows, one twice, or over 4,096 keys in all.
        """
        wanted = tuple((window.kid, keys_per_window) for window in windows)
        return Offer(self.public_key, random(REFERENCE_SIZE), wanted)

    @guarded
    def attest(
        self,
        offer: Offer,
        key_request: bytes,
        people: Sequence[Person],
        *,
        now: Time,
        recovery_hash: bytes | None = None,
    ) -> bytes:
        """An attestation for the keys that a wallet has proved to hold.

        One person without a document gives device-bound passes, one person with a document passes bound to both, two
        to eight people with a document each a family under the same keys.

        Where a relative carries the passes of a person, the person gets a code of their own: made at the desk
        (`healthpass.crypto.recovery.new_recovery_code`), written on paper, and not known to the relative's phone.

        Args:
            offer: the one that this attester made for them.
            key_request: the wallet's answer, at most 2,097,152 bytes.
            people: who they are, in the order in which their colours will be shown.
            now: seconds since 1970 UTC, or an aware `datetime`.
            recovery_hash: of the code that revokes these passes, 32 bytes, in place of the wallet's own code, which
                then revokes nothing.

        Returns:
            The signed attestation, for the platform.

        Raises:
            FormatError: the answer has not the form of one, `people` is none of the three cases above, or the hash is
                not 32 bytes.
            AttestationRefused: the offer is not this attester's ("other-attester"), what `check_proofs` finds, or two
                of the people have the same document ("same-document").
        """
        if offer.attester != self.public_key:
            raise AttestationRefused("other-attester", "the offer was made with another region's key")
        request = parse_key_request(key_request)
        keys = check_proofs(offer, request)
        grants = [Grant(kid, key, _tags(people, kid, key)) for kid, key in zip(offer.kids, keys, strict=True)]
        _check_different(people, grants)
        code_hash = request.recovery_hash if recovery_hash is None else recovery_hash
        return self._sign(offer.reference, people, grants, code_hash, now)

    @guarded
    def attest_paper(
        self, windows: Sequence[Window], person: Person, *, now: Time, recovery_hash: bytes | None = None
    ) -> bytes:
        """An attestation for paper passes of one person, one for each window, bound to a document alone.

        Raises:
            FormatError: no windows, one twice, or the person has no document.
        """
        grants = [Grant(window.kid, None, _tags([person], window.kid, None)) for window in windows]
        return self._sign(random(REFERENCE_SIZE), [person], grants, recovery_hash, now)

    def revoke(self, reference: bytes, *, now: Time, at_wish: bool = False) -> bytes:
        """A notice for the platform: every pass that was issued for this attestation is to be revoked.

        It works for what this attester has vouched for, and for nothing else.

        Args:
            reference: 16 bytes, from the offer or the attestation.
            now: seconds since 1970 UTC, or an aware `datetime`.
            at_wish: whether the holder asked for it. The platform then does not count it among those who hide each
                other in a delta: somebody could ask it for passes of their own, to single out another person.

        Raises:
            FormatError: not a reference.
        """
        notice = Notice(reference, seconds(now), at_wish)
        return sign_message(self._signer, cose.REVOCATION_NOTICE, encode_notice(notice))

    def _sign(
        self, reference: bytes, people: Sequence[Person], grants: list[Grant], recovery_hash: bytes | None, now: Time
    ) -> bytes:
        colors = tuple(person.color for person in people)
        attestation = Attestation(reference, seconds(now), colors, tuple(grants), recovery_hash)
        return sign_message(self._signer, cose.ATTESTATION, encode_attestation(attestation))


def _check_different(people: Sequence[Person], grants: list[Grant]) -> None:
    """Otherwise one person could be vouched for as a family. Two tags of two bytes agree by chance, and a grant or two
    show no more than that, so the tags for eight keys that nobody holds are compared."""
    with_document = [person.tag_for for person in people if person.tag_for is not None]
    if len(with_document) > 1:
        kid, keys = grants[0].kid, [random(32) for _ in range(8)]
        if len({tuple(tag_for(kid, key) for key in keys) for tag_for in with_document}) < len(with_document):
            raise AttestationRefused("same-document", "two of the people have the same document")


def _tags(people: Sequence[Person], kid: bytes, key: bytes | None) -> tuple[bytes, ...] | None:
    """One tag per person; None if nobody has a document. A person without one among others is left out, and the
    attestation's own rule (one tag per person) then refuses."""
    tags = tuple(person.tag_for(kid, key) for person in people if person.tag_for is not None)
    return tags or None
