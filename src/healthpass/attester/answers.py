"""The region's desk for assisted queries: it opens one, checks it, looks the person up, and answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from healthpass._frames import guarded
from healthpass._typed import typed
from healthpass._values import seconds
from healthpass.attester.answer_parts import AuditSink, Issue, LookUp
from healthpass.attester.attester import Attester, Person
from healthpass.attester.audit_entry import FAILED, NOT_KNOWN, PASS
from healthpass.attester.daily_keys import DailyKeys
from healthpass.crypto import ed25519
from healthpass.crypto.document_tag import document_tag
from healthpass.crypto.sealing import is_weak, seal
from healthpass.crypto.signer import Signer, sign_message
from healthpass.errors import FormatError, StationRefused
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
from healthpass.formats.batch import parse_batch
from healthpass.formats.claim import DOCUMENT
from healthpass.trust.assisted import MAX_QUERY_AGE, fresh_list, open_pass, query_hash
from healthpass.trust.platforms import period_of_now, platform_of
from healthpass.trust.station_list import StationList
from healthpass.trust.stations import open_station, registrar_of
from healthpass.trust.updates import CLOCK_SKEW

if TYPE_CHECKING:
    from healthpass._followed import Followed
    from healthpass._values import Time
    from healthpass.formats.station import Station
    from healthpass.formats.trust_list import TrustList
    from healthpass.trust.assisted import Believed


@typed
class AnsweringDesk:
    """Answers the assisted queries of certified stations.

    Args:
        signer: the region's key, the one that signs its attestations.
        keys: its sealing keys, made with the same signer; and the memory of which queries it has answered.
        store: whom to believe: a `healthpass.verifier.TrustStore`.
        look_up, issue, audit: see `LookUp`, `Issue` and `AuditSink`.
        stations: those that get answers, and how many. Replace `desk.stations` at any time; or
            `healthpass.trust.station_list.follow_stations(path)`, which goes by what is in a file when a query comes.
        platform: which issues the passes, by its name in the trust list; not needed where there is one.

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
        audit: AuditSink,
        stations: StationList | Followed[StationList],
        platform: str | None = None,
    ) -> None:
        if keys.region != signer.public_key:
            raise ValueError("the sealing keys are signed by another region's key")
        self._signer = signer
        self._keys = keys
        self._store = store
        self._look_up = look_up
        self._issue = issue
        self._platform = platform
        self._audit = audit
        self.stations = stations

    @guarded
    def answer(self, data: bytes, *, now: Time) -> bytes:
        """The answer to a query.

         1. It has the form and size of a query's envelope.
         2. It is for this region, and sealed to a key that is not erased.
         3. It opens, and zeros follow the message in it.
         4. The signature holds.
         5. The content has its form; the person consents.
         6. The station is certified by a registrar of the trust list, now, for the key that signed.
         7. The station is on the region's list, with this key under this id, and is not suspended there: the
            certificate alone is worth nothing, so with a registrar's stolen key nobody is asked about.
         8. The query was meant for this region and for the key that it was sealed to.
         9. It is fresh by the region's clock: issued at most 120 s ago, with 60 s for the clocks' skew either way.
        10. The answer key is one that can be sealed to.
        11. There is a period of now for paper passes, and the audit log takes entries: for everybody, so that what
            fails here says nothing about the person.
        12. It did not come before, and there is room to remember it.
        13. Neither the station nor its key, nor all stations of its registrar, nor all stations have asked more
            often within the hour than the list allows.
        14. Now the query counts as used. The person is looked up; if known, the region attests a paper pass, and the
            platform issues it, under a kid that it draws.
        15. The audit log has it: whatever became of 14.
        16. The answer is signed, sealed and given back.

        What is refused in 1 to 13 changes nothing, and the query is not used up. If 14 or 15 fails, no answer leaves,
        and the query is used up: the station asks again with a new one. So nobody is looked up unlogged, and nobody can
        have a query looked up twice. The document is wiped in every case, and no frame of an error holds its number.

        The relay must not be told why a query was refused, nor the station before it is known: answer nothing.

        Args:
            data: the query's envelope.
            now: seconds since 1970 UTC, or an aware `datetime`.

        Returns:
            The answer's envelope, 405 bytes whatever is in it.

        Raises:
            FormatError: 1, 3 or 5 ("malformed"), 5 ("no-consent").
            StationRefused: 2 ("other-region" or "unknown-sealing-key"); 3 ("not-for-us"); 4 ("bad-signature"); 6
                ("no-trust-list", what `open_station` finds, or "other-key"); 7 ("not-listed" or "suspended"); 8
                ("re-sealed"); 9 ("query-from-the-future" or "query-too-old"); 10 ("weak-answer-key"); 12 ("replayed" or
                "memory-full"); 13 ("too-many-queries"); 14, if the platform's claim is not the one that was asked for
                ("other-claim", or what `open_pass` finds).
            AttestationRefused: 11 ("unknown-platform", "which-platform" or "no-period"); 14: what the attester, or
                the platform, refuses.
            FolderError: 7: the file of the list cannot be used.
            Exception: whatever `look_up`, `issue` or `audit` raises.
        """
        time = seconds(now)
        envelope = parse_query_envelope(data)  # 1
        station, query = self._open(envelope, time)
        with query.document:
            trust_list = fresh_list(self._store, time)
            certified = open_station(query.certificate, trust_list, time)  # 6
            if certified.key != station:
                raise StationRefused("other-key", "the station's certificate is for another key; do not answer")
            listed = self.stations if isinstance(self.stations, StationList) else self.stations.now()
            listed.check(certified)  # 7
            _check_meant(query, envelope)  # 8
            _check_fresh(query, time)  # 9
            _check_answer_key(query)  # 10
            return self._use(query, certified, listed, query_hash(data), trust_list, time)

    def _open(self, envelope: QueryEnvelope, now: int) -> tuple[bytes, AssistedQuery]:
        """The key of the station that signed, and the query."""
        if envelope.region != self._signer.public_key:  # 2
            raise StationRefused("other-region", "the query is for another region; send it there")
        block = self._keys.open(envelope.sealing_key, envelope.sealed, now=now)  # 2, 3
        return _signed_query(block)

    def _use(
        self,
        query: AssistedQuery,
        station: Station,
        listed: StationList,
        hashed: bytes,
        trust_list: TrustList,
        now: int,
    ) -> bytes:
        period = period_of_now(trust_list, self._platform, DOCUMENT, now)  # 11
        self._audit.check(now=now)
        until = query.issued + MAX_QUERY_AGE + CLOCK_SKEW
        registrar = registrar_of(query.certificate)
        self._keys.memory.take(station, registrar, query.nonce, listed.queries, until=until, now=now)  # 12, 13
        try:
            person = self._look_up(query.document)  # 14
            claim = None if person is None else self._claim_for(person, period, trust_list, now)
        except BaseException:  # or the station would learn who is known, and nobody that it has asked
            self._audit.record(station=station.id, now=now, kind=FAILED, document=query.document)
            raise
        kind = NOT_KNOWN if claim is None else PASS
        self._audit.record(station=station.id, now=now, kind=kind, document=query.document)  # 15
        answer = encode_answer(AssistedAnswer(hashed, now, claim))
        message = sign_message(self._signer, cose.ASSISTED_ANSWER, answer)
        return encode_answer_envelope(seal(query.answer_key, pad(message, ANSWER_BLOCK_SIZE)))  # 16

    def _claim_for(self, person: Person, period: tuple[int, int], trust_list: TrustList, now: int) -> bytes:
        """The platform's claim for a paper pass of this person, held to what was asked for before it is logged."""
        if person.seed_for is None:
            raise FormatError("a person who is looked up has a document: see Person.seed_for")
        request = Attester(self._signer).attest_paper(trust_list, person, now=now, platform=self._platform)
        data, *others = parse_batch(self._issue(request))
        claim, window = open_pass(data, trust_list, now)
        tag = document_tag(person.seed_for(*period), claim.kid, claim.slot)
        ours = claim.kid in platform_of(trust_list, self._platform).kids
        if others or not ours or (window.valid_from, window.expires) != period or claim.tag != tag:
            raise StationRefused(
                "other-claim",
                "the platform has issued another pass than the one asked for; do not answer, and tell the platform",
            )
        return data

    def __repr__(self) -> str:
        return "AnsweringDesk(...)"


def _signed_query(block: bytes) -> tuple[bytes, AssistedQuery]:
    """The key of the station that signed, and the query."""
    message = cose.decode_sign1(unpad(block, QUERY_BLOCK_SIZE), cose.ASSISTED_QUERY, QUERY_BLOCK_SIZE)  # 3
    if not ed25519.verify(message.key, message.signed, message.signature):  # 4
        raise StationRefused("bad-signature", "the query's signature does not hold; do not answer")
    return message.key, parse_query(message.payload)  # 5


def _check_meant(query: AssistedQuery, envelope: QueryEnvelope) -> None:
    """Otherwise whoever received a query could seal it again, and have another region answer the station."""
    if (query.region, query.sealing_key) != (envelope.region, envelope.sealing_key):
        raise StationRefused(
            "re-sealed", "the query was meant for another region or sealing key, and sealed again; do not answer"
        )


def _check_fresh(query: AssistedQuery, now: int) -> None:
    if query.issued > now + CLOCK_SKEW:
        raise StationRefused("query-from-the-future", "the query is issued after this clock's time: set the clock")
    if now >= query.issued + MAX_QUERY_AGE + CLOCK_SKEW:
        raise StationRefused("query-too-old", "the query is too old: ask again")


def _check_answer_key(query: AssistedQuery) -> None:
    """Before anything is looked up or logged: an answer that cannot be sealed must not be an entry in the log."""
    if is_weak(query.answer_key):
        raise StationRefused("weak-answer-key", "the query's answer key cannot be sealed to; do not answer")
