"""A question that was asked: it takes one answer, by the region that was asked, and forgets."""

from __future__ import annotations

from hmac import compare_digest
from threading import Lock
from typing import TYPE_CHECKING

from healthpass._frames import guarded
from healthpass._typed import typed
from healthpass._values import seconds
from healthpass.crypto.document_tag import document_tag, seed_of
from healthpass.crypto.sealing import SealingKey
from healthpass.errors import BadInput, StationRefused
from healthpass.formats import cose
from healthpass.formats.assisted import AssistedAnswer, AssistedQuery, parse_answer
from healthpass.formats.assisted_envelope import ANSWER_BLOCK_SIZE, ANSWER_SIZE, parse_answer_envelope, unpad
from healthpass.formats.text import encode_text
from healthpass.trust.assisted import MAX_WAIT, fresh_list, open_pass, query_hash
from healthpass.trust.signed import open_signed_by
from healthpass.trust.updates import CLOCK_SKEW

if TYPE_CHECKING:
    from healthpass._values import Time
    from healthpass.trust.assisted import BelievedWithKeys


@typed
class Question:
    """What `Desk.ask` gives. It holds the document and the one-time key that opens the answer, in memory alone, and
    wipes both with the first accepted answer, at `close`, or at the end of a `with` block.

    Attributes:
        envelope: for the platform to relay, 761 bytes.
    """

    def __init__(
        self, envelope: bytes, query: AssistedQuery, answer_key: SealingKey, store: BelievedWithKeys, compare: bool
    ) -> None:
        self.envelope = envelope
        self._query = query
        self._answer_key: SealingKey | None = answer_key
        self._store = store
        self._compare = compare
        self._lock = Lock()

    @guarded
    def answer(self, data: bytes, *, now: Time) -> str | None:
        """The pass that the region has answered with, as the text of a QR code; None if it does not know the person.

        1. The question is still open.
        2. The answer has its form and size.
        3. It opens with this question's one-time key, and zeros follow the message in it.
        4. It is signed by the very region that was asked.
        5. It answers this query.
        6. It was given neither before the query nor in the future, and has come in time.
        7. The pass, if there is one, is a paper pass that counts now by the trust list.
        8. It fits the document, where documents are compared.

        Then the one-time key is erased and the document wiped. A refused answer changes nothing: the honest one can
        still come.

        Args:
            data: the answer's envelope, as the platform has relayed it.
            now: seconds since 1970 UTC, or an aware `datetime`.

        Raises:
            StationRefused: 1 ("question-closed"); 3 ("not-for-us"); 4 ("other-region" or "bad-signature"); 5
                ("other-query"); 6 ("answer-from-the-future" or "answer-too-old"); 7 ("no-trust-list", or what
                `open_pass` finds); 8 ("no-document-key" or "document-mismatch").
            FormatError: 2, 3 or 7.
        """
        time = seconds(now)
        with self._lock:
            answer = self._open(data)
            self._check_times(answer, time)  # 6
            if answer.claim is not None:
                self._check_pass(answer.claim, time)  # 7, 8
            self._wipe()
        return None if answer.claim is None else encode_text(answer.claim)

    def close(self) -> None:
        """Give up: the document is wiped, and no answer can be opened any more. Closing again does nothing."""
        with self._lock:
            self._wipe()

    def _open(self, data: bytes) -> AssistedAnswer:
        if self._answer_key is None:  # 1
            raise StationRefused("question-closed", "the question has been answered or given up: ask again")
        sealed = parse_answer_envelope(data)  # 2
        try:
            block = self._answer_key.open(sealed)  # 3
        except BadInput:
            raise StationRefused(
                "not-for-us",
                "the answer is for another question, or changed on the way: wait for the right one, or ask again",
            ) from None
        message = open_signed_by(  # 4
            (self._query.region,),
            unpad(block, ANSWER_BLOCK_SIZE),
            cose.ASSISTED_ANSWER,
            ANSWER_SIZE,
            not_theirs=StationRefused("other-region", "the answer is not by the region that was asked; ask again"),
            bad_signature=StationRefused("bad-signature", "the answer's signature does not hold; ask again"),
        )
        answer = parse_answer(message.payload)
        if answer.query_hash != query_hash(self.envelope):  # 5
            raise StationRefused("other-query", "the answer is to another query: wait for the right one, or ask again")
        return answer

    def _check_times(self, answer: AssistedAnswer, now: int) -> None:
        asked = self._query.issued
        if answer.issued > now + CLOCK_SKEW:
            raise StationRefused(
                "answer-from-the-future", "the answer is issued after this clock's time: set the clock"
            )
        if answer.issued < asked - CLOCK_SKEW or now >= asked + MAX_WAIT:
            raise StationRefused(
                "answer-too-old", "the answer is older than the query, or has come too late: ask again"
            )

    def _check_pass(self, data: bytes, now: int) -> None:
        claim, window = open_pass(data, fresh_list(self._store, now), now)
        if not self._compare:
            return
        key = self._store.document_key(window.document_key_id)
        if key is None:
            raise StationRefused("no-document-key", "the document key of the pass is not here: fetch the keys")
        seed = seed_of(self._query.document, key, window.valid_from, window.expires)
        if not compare_digest(claim.tag or b"", document_tag(seed, claim.kid, claim.slot)):
            raise StationRefused(
                "document-mismatch",
                "the pass does not belong to the document that was asked about; do not use it, and ask again",
            )

    def _wipe(self) -> None:
        if self._answer_key is not None:
            self._answer_key.erase()
        self._answer_key = None
        self._query.document.wipe()

    def __enter__(self) -> Question:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return "Question(...)"
