"""The desk: it asks a region for a person's pass, if the person consents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nacl.utils import random

from healthpass._frames import guarded
from healthpass._typed import typed
from healthpass._values import seconds
from healthpass.crypto.sealing import SealingKey, seal
from healthpass.crypto.signer import Signer, sign_message
from healthpass.errors import StationRefused
from healthpass.formats import cose
from healthpass.formats.assisted import NONCE_SIZE, AssistedQuery, encode_query
from healthpass.formats.assisted_envelope import QUERY_BLOCK_SIZE, QueryEnvelope, encode_query_envelope, pad
from healthpass.formats.document import Document
from healthpass.station.question import Question
from healthpass.trust.assisted import fresh_list, open_sealing_key
from healthpass.trust.stations import open_region, open_station

if TYPE_CHECKING:
    from healthpass._values import Time
    from healthpass.trust.assisted import BelievedWithKeys


@typed
class Desk:
    """A certified station. It keeps no state and writes nothing down; each question is an object of its own.

    Args:
        signer: the station's key.
        certificate: by a registrar, for that key. Replace `desk.certificate` when it is renewed.
        store: whom to believe: a `healthpass.verifier.TrustStore`.
        compare_documents: whether a pass must fit the document that was asked about. False only for a station that was
            given no document keys: the hospital's scanner then compares the pass with the document.
    """

    def __init__(
        self, signer: Signer, certificate: bytes, store: BelievedWithKeys, *, compare_documents: bool = True
    ) -> None:
        self._signer = signer
        self._store = store
        self._compare = compare_documents
        self.certificate = certificate

    @property
    def public_key(self) -> bytes:
        """The station's public key, 32 bytes."""
        return self._signer.public_key

    @guarded
    def ask(
        self, document: Document, region_certificate: bytes, sealing_key: bytes, *, consent: bool, now: Time
    ) -> Question:
        """A question to a region about the person with this document.

        1. The person consents.
        2. There is a trust list, and by it this station is certified, for this desk's key.
        3. So is the region.
        4. The sealing key is the region's, and it is valid now.

        Args:
            document: the person's. The question wipes it when it is done; it is not copied. Of a question that is
                refused here it is the caller's.
            region_certificate: whom to ask, at most 512 bytes.
            sealing_key: the region's sealing key of today, as it has published it, at most 512 bytes.
            consent: whether the person has said yes to this very question. There is no default.
            now: seconds since 1970 UTC, or an aware `datetime`.

        Returns:
            The question; its `envelope` is for the platform to relay.

        Raises:
            StationRefused: 1 ("no-consent"); 2 ("no-trust-list", what `open_station` finds, or "other-key"); 3 what
                `open_region` finds; 4 what `open_sealing_key` finds.
            FormatError: a certificate or the sealing key has not its form, or is of small order.
            ValueError: the document was wiped.
            Exception: whatever the signer raises.
        """
        time = seconds(now)
        if consent is not True:  # 1
            raise StationRefused("no-consent", "ask the person first: without consent there is no query")
        trust_list = fresh_list(self._store, time)
        if open_station(self.certificate, trust_list, time).key != self.public_key:  # 2
            raise StationRefused(
                "other-key", "the station's certificate is for another key; use the key that it is for"
            )
        region = open_region(region_certificate, trust_list, time)  # 3
        key = open_sealing_key(sealing_key, region.key, time)  # 4
        answer_key = SealingKey()
        query = AssistedQuery(
            region=region.key,
            sealing_key=key.key,
            answer_key=answer_key.public_key,
            nonce=random(NONCE_SIZE),
            issued=time,
            document=document,
            certificate=self.certificate,
        )
        return Question(self._envelope(query), query, answer_key, self._store, self._compare)

    def _envelope(self, query: AssistedQuery) -> bytes:
        message = sign_message(self._signer, cose.ASSISTED_QUERY, encode_query(query))
        sealed = seal(query.sealing_key, pad(message, QUERY_BLOCK_SIZE))
        return encode_query_envelope(QueryEnvelope(query.region, query.sealing_key, sealed))

    def __repr__(self) -> str:
        return "Desk(...)"
