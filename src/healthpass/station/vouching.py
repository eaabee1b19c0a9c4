"""A station vouches for somebody after a survey by hand: for one document, for today, and not often."""

from __future__ import annotations

from hmac import compare_digest
from typing import TYPE_CHECKING

from nacl.utils import random

from healthpass._frames import guarded
from healthpass._typed import typed
from healthpass._values import Color, seconds
from healthpass.crypto.document_tag import document_tag, seed_of
from healthpass.crypto.signer import Signer, sign_message
from healthpass.errors import StationRefused
from healthpass.formats import cose
from healthpass.formats.batch import parse_batch
from healthpass.formats.claim import DOCUMENT
from healthpass.formats.enrolment import REFERENCE_SIZE
from healthpass.formats.notice import Notice, encode_notice
from healthpass.formats.station_attestation import (
    MAX_SIZE,
    StationAttestation,
    encode_station_attestation,
    parse_station_attestation,
)
from healthpass.formats.text import encode_text
from healthpass.trust.assisted import fresh_list, open_pass
from healthpass.trust.periods import windows_of
from healthpass.trust.platforms import STATION_PERIOD, period_of_now, platform_of
from healthpass.trust.roles import check_no_role
from healthpass.trust.stations import open_station

if TYPE_CHECKING:
    from healthpass._values import Time
    from healthpass.formats.document import Document
    from healthpass.formats.trust_list import TrustList
    from healthpass.trust.assisted import BelievedWithKeys


@typed
class Voucher:
    """The station as an attester, within what `healthpass.issuer.StationIssuer` takes from it.

    Args:
        signer: the station's key.
        certificate: by a registrar, for that key.
        store: whom to believe, and the document keys: a `healthpass.verifier.TrustStore`.
        platform: which issues the passes, by its name in the trust list; not needed where there is one.
    """

    def __init__(
        self, signer: Signer, certificate: bytes, store: BelievedWithKeys, platform: str | None = None
    ) -> None:
        self._signer = signer
        self._certificate = certificate
        self._store = store
        self._platform = platform

    def check(self, *, now: Time) -> None:
        """Raise what `vouch` would raise now, as far as that can be known before anybody answers a survey.

        1. By the trust list this station is certified, for this key, which has no other role.
        2. There is a period of now for paper passes, of at most 26 hours.
        3. The document key that it names is here.

        Args:
            now: seconds since 1970 UTC, or an aware `datetime`.

        Raises:
            StationRefused: "no-trust-list"; 1 (what `open_station` finds, or "other-key"); 3 ("no-document-key").
            TrustListRefused: 1: the key has another role.
            AttestationRefused: 2 ("unknown-platform", "which-platform" or "no-period").
            FormatError: the certificate has not its form.
        """
        self._period(seconds(now))

    @guarded
    def vouch(self, document: Document, color: Color, grounds: bytes, *, now: Time) -> bytes:
        """An attestation for the platform, which answers with a batch of one paper pass.

        Args:
            document: whom the pass is for. It is not wiped here.
            color: what the survey gave.
            grounds: the digest of the survey, 32 bytes; see `healthpass.station.survey`.
            now: seconds since 1970 UTC, or an aware `datetime`.

        Raises:
            FormatError: a value has not its form.
            StationRefused, TrustListRefused, AttestationRefused: as `check`.
        """
        time = seconds(now)
        (valid_from, expires), document_key = self._period(time)
        attestation = StationAttestation(
            reference=random(REFERENCE_SIZE),
            issued=time,
            color=color,
            valid_from=valid_from,
            expires=expires,
            seed=seed_of(document, document_key, valid_from, expires),
            grounds=grounds,
            certificate=self._certificate,
        )
        return sign_message(self._signer, cose.STATION_ATTESTATION, encode_station_attestation(attestation))

    @guarded
    def accept(self, attestation: bytes, batch: bytes, *, now: Time) -> str:
        """The pass that the platform has issued for `attestation`, as the text of a QR code.

        Args:
            attestation: what `vouch` gave, at most 1,024 bytes.
            batch: the platform's answer.
            now: seconds since 1970 UTC, or an aware `datetime`.

        Raises:
            FormatError: one of them has not its form.
            StationRefused: "no-trust-list", what `healthpass.trust.assisted.open_pass` finds, "other-station", or
                "other-pass": it is not the one pass that was vouched for.
        """
        wanted, time = _own(self._signer, attestation), seconds(now)
        data, *others = parse_batch(batch)
        claim, window = open_pass(data, fresh_list(self._store, time), time)
        tag = document_tag(wanted.seed, claim.kid, claim.slot)
        asked = wanted.valid_from, wanted.expires, wanted.color
        same = (window.valid_from, window.expires, claim.color) == asked
        if others or not same or not compare_digest(claim.tag or b"", tag):
            raise StationRefused("other-pass", "this is not the pass that was vouched for; have the right one sent")
        return encode_text(data)

    def revoke(self, attestation: bytes, *, now: Time, at_wish: bool = False) -> bytes:
        """A notice for the platform: the pass of this attestation is to be revoked.

        Args:
            attestation: what `vouch` gave, at most 1,024 bytes.
            now: seconds since 1970 UTC, or an aware `datetime`.
            at_wish: whether the holder asked for it; see `healthpass.attester.Attester.revoke`.

        Raises:
            FormatError: not a station attestation.
            StationRefused: "other-station": another key has signed it, which alone can take it back.
        """
        return notice_for(self._signer, attestation, now=now, at_wish=at_wish)

    def _period(self, now: int) -> tuple[tuple[int, int], bytes]:
        """The bounds of the period of now, and its document key."""
        trust_list = fresh_list(self._store, now)
        if open_station(self._certificate, trust_list, now).key != self._signer.public_key:  # 1
            raise StationRefused(
                "other-key", "the station's certificate is for another key; use the key that it is for"
            )
        check_no_role(self._signer.public_key, trust_list)
        period = period_of_now(trust_list, self._platform, DOCUMENT, now, STATION_PERIOD)  # 2
        return period, self._document_key(trust_list, *period)  # 3

    def _document_key(self, trust_list: TrustList, valid_from: int, expires: int) -> bytes:
        name = platform_of(trust_list, self._platform).name
        window, *_ = windows_of(trust_list, name, DOCUMENT, valid_from, expires)
        key = self._store.document_key(window.document_key_id)
        if key is None:
            raise StationRefused("no-document-key", "the document key of the period is not here: fetch the keys")
        return key

    def __repr__(self) -> str:
        return "Voucher(...)"


def notice_for(signer: Signer, attestation: bytes, *, now: Time, at_wish: bool = False) -> bytes:
    """`Voucher.revoke`, for which the station's key is enough."""
    notice = Notice(_own(signer, attestation).reference, seconds(now), at_wish)
    return sign_message(signer, cose.REVOCATION_NOTICE, encode_notice(notice))


def _own(signer: Signer, attestation: bytes) -> StationAttestation:
    message = cose.decode_sign1(attestation, cose.STATION_ATTESTATION, MAX_SIZE)
    if message.key != signer.public_key:
        raise StationRefused(
            "other-station", "the attestation was made with another station's key; take it to that station"
        )
    return parse_station_attestation(message.payload)
