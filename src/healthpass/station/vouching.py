"""A station vouches for somebody after a survey by hand: for one document, in the window of today, and not often."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nacl.utils import random

from healthpass._frames import guarded
from healthpass._values import Color, seconds
from healthpass.crypto.document_tag import tag_of
from healthpass.crypto.signer import Signer, sign_message
from healthpass.errors import StationRefused
from healthpass.formats import cose
from healthpass.formats.attestation import REFERENCE_SIZE
from healthpass.formats.notice import Notice, encode_notice
from healthpass.formats.station_attestation import (
    MAX_SIZE,
    StationAttestation,
    encode_station_attestation,
    parse_station_attestation,
)

if TYPE_CHECKING:
    from healthpass._values import Time
    from healthpass.formats.document import Document
    from healthpass.formats.window import Window


class Voucher:
    """The station as an attester, within what `healthpass.issuer.StationIssuer` takes from it.

    Args:
        signer: the station's key.
        certificate: by a registrar, for that key.
    """

    def __init__(self, signer: Signer, certificate: bytes) -> None:
        self._signer = signer
        self._certificate = certificate

    @guarded
    def vouch(
        self, document: Document, color: Color, window: Window, document_key: bytes, grounds: bytes, *, now: Time
    ) -> bytes:
        """An attestation for the platform, which answers with one paper pass.

        Args:
            document: whom the pass is for. It is not wiped here: the pass is compared with it next.
            color: what the survey gave.
            window: the one that is open now, as the platform offers it.
            document_key: the key that the window names, 32 bytes.
            grounds: the digest of the survey, 32 bytes; see `healthpass.station.survey`.
            now: seconds since 1970 UTC, or an aware `datetime`.

        Raises:
            FormatError: a value has not its form.
            StationRefused: "window-not-open": the window is not the one of now, or takes no paper passes.
        """
        time = seconds(now)
        if not window.is_open(time) or window.document_key_id is None:
            raise StationRefused("window-not-open", "a station vouches for the window of now, and for paper alone")
        attestation = StationAttestation(
            reference=random(REFERENCE_SIZE),
            issued=time,
            color=color,
            kid=window.kid,
            tag=tag_of(document, document_key, window.kid, None),
            grounds=grounds,
            certificate=self._certificate,
        )
        return sign_message(self._signer, cose.STATION_ATTESTATION, encode_station_attestation(attestation))

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
        message = cose.decode_sign1(attestation, cose.STATION_ATTESTATION, MAX_SIZE)
        if message.key != self._signer.public_key:
            raise StationRefused("other-station", "the attestation was made with another station's key")
        notice = Notice(parse_station_attestation(message.payload).reference, seconds(now), at_wish)
        return sign_message(self._signer, cose.REVOCATION_NOTICE, encode_notice(notice))

    def __repr__(self) -> str:
        return "Voucher(...)"
