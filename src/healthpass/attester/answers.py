"""The region's desk for assisted queries: it opens one, checks it, looks the person up, and answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Protocol

from healthpass._values import seconds
from healthpass.attester.attester import Attester, Person
from healthpass.attester.daily_keys import DailyKeys
from healthpass.crypto import ed25519
from healthpass.crypto.sealing import seal
from healthpass.crypto.signer import Signer, sign_message
from healthpass.errors import AttestationRefused, FormatError, StationRefused
from healthpass.formats import cose
from healthpass.formats.assisted import AssistedAnswer, AssistedQuery, encode_answer, parse_query
from healthpass.formats.assisted_envelope import (
    ANSWER_BLOCK_SIZE,
    QUERY_BLOCK_SIZE,
    QueryEnvelope,
    encode_answer_envelope,
    pad,
    parse_query_envelope,
    unpad,
)
from healthpass.formats.claim import DOCUMENT
from healthpass.formats.document import Document
from healthpass.formats.window import Window
from healthpass.trust.assisted import MAX_QUERY_AGE, fresh_list, open_pass, query_hash
from healthpass.trust.stations import open_station
from healthpass.trust.updates import CLOCK_SKEW

if TYPE_CHECKING:
    from healthpass._values import Time
    from healthpass.formats.station import Station
    from healthpass.formats.trust_list import TrustList
    from healthpass.trust.assisted import Believed

LookUp = Callable[[Document], Person | None]
"""Who has this document, with the document's tag (`Person.tag_for`); None if the region does not know. The document is
wiped after the answer: keep no part of it."""
Issue = Callable[[bytes], bytes]
"""From the attestation of one paper pass to the claim: the platform."""
Offered = Callable[[int], Iterable[Window]]
"""At a time (seconds since 1970 UTC), the windows to ask under: those with room, as `Issuer.offered` gives them."""


class AuditSink(Protocol):
    """Where the region writes down whom it has answered about."""

    def record(self, *, station: str, now: int, kind: str, document: Document) -> None:
        """Write an entry, before the answer leaves. If this raises, nothing is answered.

        Args:
            station: the station's id, 16 hexadecimal digits.
            now: seconds since 1970 UTC.
            kind: "pass" or "not-known".
            document: whom the query was about. It is wiped afterwards: keep a keyed hash of it at most.
        """
        ...


class AnsweringDesk:
    """Answers the assisted queries of certified stations.

    Args:
        signer: the region's key, the one that signs its attestations.
        keys: its sealing keys, made with the same signer; and the memory of which queries it has answered.
        store: whom to believe: a `healthpass.verifier.TrustStore`.
        look_up, issue, offered, audit: see `LookUp`, `Issue`, `Offered` and `AuditSink`.

    Safe to call from several threads, if what it is given is.

    Raises:
        ValueError: the sealing keys are another region's.
    """

    def __init__(
        self,
        signer: Signer,
        keys: DailyKeys,
        store: Believed,
        *,
        look_up: LookUp,
        issue: Issue,
        offered: Offered,
        audit: AuditSink,
    ) -> None:
        if keys.region != signer.public_key:
            raise ValueError("the sealing keys are signed by another region's key")
        self._signer = signer
        self._keys = keys
        self._store = store
        self._look_up = look_up
        self._issue = issue
        self._offered = offered
        self._audit = audit

    def answer(self, data: bytes, *, now: Time) -> bytes:
        """The answer to a query.

         1. It has the form and size of a query's envelope.
         2. It is for this region, and sealed to a key that is not erased.
         3. It opens, and zeros follow the message in it.
         4. The signature holds.
         5. The content has its form; the person consents.
         6. The station is certified by a registrar of the trust list, now, for the key that signed.
         7. The query was meant for this region and for the key that it was sealed to.
         8. It is fresh by the region's clock: issued at most 120 s ago, with 60 s for the clocks' skew either way.
         9. The answer key is one that can be sealed to.
        10. It did not come before, and there is room to remember it.
        11. The station has not asked too often within the hour.
        12. Now the query counts as used. The person is looked up; if known, the region attests a paper pass for the
            window of now, and the platform issues it.
        13. The audit log has it.
        14. The answer is signed, sealed and given back.

        What is refused in 1 to 11 changes nothing, and the query is not used up. If 12 or 13 fails, no answer leaves,
        and the query is used up: the station asks again with a new one. So nothing is answered unlogged, and nobody can
        have a query looked up twice. The document is wiped in every case.

        The relay must not be told why a query was refused, nor the station before it is known: answer nothing.

        Args:
            data: the query's envelope.
            now: seconds since 1970 UTC, or an aware `datetime`.

        Returns:
            The answer's envelope, 405 bytes whatever is in it.

        Raises:
            FormatError: 1, 3 or 5 ("malformed"), 5 ("no-consent").
            StationRefused: 2 ("other-region" or "unknown-sealing-key"); 3 ("not-for-us"); 4 ("bad-signature"); 6
                ("no-trust-list", what `open_station` finds, or "other-key"); 7 ("re-sealed"); 8
                ("query-from-the-future" or "query-too-old"); 9 ("weak-answer-key"); 10 ("replayed" or "memory-full");
                11 ("too-many-queries"); 12, if the platform's claim is not the one that was asked for ("other-claim",
                or what `open_pass` finds).
            AttestationRefused: 12: no window is open ("no-window"), or what the attester, or the platform, refuses.
            Exception: whatever `look_up`, `issue`, `offered` or `audit` raises.
        """
        time = seconds(now)
        envelope = parse_query_envelope(data)  # 1
        station, query = self._open(envelope, time)
        with query.document:
            trust_list = fresh_list(self._store, time)
            certified = open_station(query.certificate, trust_list, time)  # 6
            if certified.key != station:
                raise StationRefused("other-key", "the station's certificate is for another key")
            _check_meant(query, envelope)  # 7
            _check_fresh(query, time)  # 8
            _check_answer_key(query)  # 9
            return self._use(query, certified, query_hash(data), trust_list, time)

    def _open(self, envelope: QueryEnvelope, now: int) -> tuple[bytes, AssistedQuery]:
        """The key of the station that signed, and the query."""
        if envelope.region != self._signer.public_key:  # 2
            raise StationRefused("other-region", "the query is for another region")
        block = self._keys.open(envelope.sealing_key, envelope.sealed, now=now)  # 2, 3
        message = cose.decode_sign1(unpad(block, QUERY_BLOCK_SIZE), cose.ASSISTED_QUERY, QUERY_BLOCK_SIZE)
        if not ed25519.verify(message.key, message.signed, message.signature):  # 4
            raise StationRefused("bad-signature", "the query's signature does not hold")
        return message.key, parse_query(message.payload)  # 5

    def _use(self, query: AssistedQuery, station: Station, hashed: bytes, trust_list: TrustList, now: int) -> bytes:
        until = query.issued + MAX_QUERY_AGE + CLOCK_SKEW
        self._keys.memory.take(station.id, query.nonce, until=until, now=now)  # 10, 11
        person = self._look_up(query.document)  # 12
        claim = None if person is None else self._claim_for(person, trust_list, now)
        kind = "not-known" if claim is None else "pass"
        self._audit.record(station=station.id, now=now, kind=kind, document=query.document)  # 13
        answer = encode_answer(AssistedAnswer(hashed, now, claim))
        message = sign_message(self._signer, cose.ASSISTED_ANSWER, answer)
        return encode_answer_envelope(seal(query.answer_key, pad(message, ANSWER_BLOCK_SIZE)))  # 14

    def _claim_for(self, person: Person, trust_list: TrustList, now: int) -> bytes:
        """The platform's claim for a paper pass of this person, held to what was asked for before it is logged."""
        window = self._open_window(now)
        if person.tag_for is None:
            raise FormatError("a person who is looked up has a document: see Person.tag_for")
        attestation = Attester(self._signer).attest_paper([window], person, now=now)
        data = self._issue(attestation)
        claim, _ = open_pass(data, trust_list, now)
        if (claim.kid, claim.tag) != (window.kid, person.tag_for(window.kid, None)):
            raise StationRefused("other-claim", "the platform has issued another pass than the one asked for")
        return data

    def _open_window(self, now: int) -> Window:
        for window in self._offered(now):
            if window.valid_from <= now < window.expires and window.bindings & DOCUMENT:
                return window
        raise AttestationRefused("no-window", "the platform offers no window of now for paper passes")

    def __repr__(self) -> str:
        return "AnsweringDesk(...)"


def _check_meant(query: AssistedQuery, envelope: QueryEnvelope) -> None:
    """Otherwise whoever received a query could seal it again, and have another region answer the station."""
    if (query.region, query.sealing_key) != (envelope.region, envelope.sealing_key):
        raise StationRefused("re-sealed", "the query was meant for another region or sealing key, and sealed again")


def _check_fresh(query: AssistedQuery, now: int) -> None:
    if query.issued > now + CLOCK_SKEW:
        raise StationRefused("query-from-the-future", "the query is issued after this clock's time")
    if now >= query.issued + MAX_QUERY_AGE + CLOCK_SKEW:
        raise StationRefused("query-too-old", "the query is too old: ask again")


def _check_answer_key(query: AssistedQuery) -> None:
    """Before anything is looked up or logged: an answer that cannot be sealed must not be an entry in the log."""
    try:
        seal(query.answer_key, b"")
    except FormatError:
        raise StationRefused("weak-answer-key", "the query's answer key cannot be sealed to") from None
