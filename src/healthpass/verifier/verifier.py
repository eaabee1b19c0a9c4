"""The verifier: from the text of a QR code to what happens at the gate; below it to a verdict, or to one refusal."""

from __future__ import annotations

from healthpass._typed import checks_itself, typed, wrong
from healthpass._values import Decision, Verdict, seconds
from healthpass.errors import RefusalCode, Refused
from healthpass.formats import fields
from healthpass.formats import presentation as presentation_format
from healthpass.formats.text import decode_text
from healthpass.formats.window import LARGEST_SKEW
from healthpass.verifier.decision import decide_colors, decide_refusal
from healthpass.verifier.excuses import is_excused, typed_wrongly
from healthpass.verifier.outcome import Outcome
from healthpass.verifier.recent import RecentAnswers
from healthpass.verifier.replay import ReplayMemory, room_for
from healthpass.verifier.steps import (
    MAX_AGE,
    check_addressee,
    check_age,
    check_claim_signatures,
    check_documents,
    check_issuer,
    check_possession,
    checked,
    fresh,
    parse,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from healthpass._values import Time
    from healthpass.formats.check_policy import CheckRule
    from healthpass.formats.document import Document
    from healthpass.formats.presentation import Presentation
    from healthpass.verifier.gate import Gate
    from healthpass.verifier.policy import Policy
    from healthpass.verifier.replay import Replay
    from healthpass.verifier.state import State
    from healthpass.verifier.trust_store import TrustStore


@typed
class Verifier:
    """Decides about presentations, offline.

    Args:
        store: whom to believe.
        place: this scanner's place certificate, as bytes or as the text of its poster. The trust list's check policy
            then says whether people may be checked here. Where it has a policy, a scanner without a place may not.
        audience: instead of a place, its id: 16 lower-case hexadecimal digits. With it, a live presentation must have
            been made for this place; with neither, for none.
        skew: seconds by which a phone's clock may differ from this scanner's, 0 to 3600; 60 by default.
        documents: whether this scanner can read documents. One that cannot sends who has to show one to a person.
        since: since when this scanner remembers what it was shown: the time of its start. A showing that could have
            been shown before that is refused with `REPLAY_UNKNOWN`, for the first minute or two. None counts as always,
            which is for tests and demonstrations.
        replay_capacity: how many showings are remembered at most while they are fresh; a full memory refuses. By
            default 30 for each second that a showing can be fresh, as fast as a camera takes pictures: 4,050.
        replay: instead of these two, a memory that processes share, see `healthpass.verifier.replay_shared`.

    Safe to call from several threads.

    Raises:
        ValueError: place and audience both, or one of them has not its form; or `replay` beside what it stands for.
    """

    def __init__(
        self,
        store: TrustStore,
        *,
        place: bytes | str | None = None,
        audience: str | None = None,
        skew: int = 60,
        documents: bool = True,
        since: Time | None = None,
        replay_capacity: int | None = None,
        replay: Replay | None = None,
    ) -> None:
        if audience is not None:
            presentation_format.check_audience(fields.text(audience, "audience", 16))
        self._store = store
        self._audience = audience
        self._gate: Gate | None = None
        if place is not None:
            from healthpass.verifier.gate import Gate  # here: a scanner without a place needs no more code

            if audience is not None:
                raise ValueError("a place certificate has its own audience")
            self._gate = Gate(place)
        self._reads_documents = documents
        self._skew = fields.uint(skew, "skew", most=LARGEST_SKEW)
        if replay is None:
            room = room_for(self._skew) if replay_capacity is None else replay_capacity
            replay = ReplayMemory(room, None if since is None else seconds(since))
        elif since is not None or replay_capacity is not None:
            raise ValueError("a replay memory has its own beginning and capacity")
        self._replay = replay
        self._recent = RecentAnswers()
        self._forgotten = -1

    def forget(self, now: Time) -> None:
        """Forget what is no longer fresh, as each call does: for a gate where nobody comes for a while.

        Once a minute is right. After an hour without any call a memory with a beginning begins anew.
        """
        self._forget(seconds(now))

    def _forget(self, now: int) -> None:
        if now != self._forgotten:  # within a second nothing more is over
            self._replay.forget(now)
            self._recent.forget(now)
            self._forgotten = now

    def policy(self, *, now: Time) -> Policy:
        """The rules of this place, to tell people what they will be asked for. A list that has expired still says them.

        Raises:
            Refused: `CHECK_NOT_PERMITTED`, `PLACE_NOT_CERTIFIED`; `TRUST_LIST_EXPIRED`, where there is no list at all.
        """
        from healthpass.verifier.policy import Policy

        time = seconds(now)
        self._forget(time)
        state = self._store.state()
        rule = self._permitted(state, time)[1]
        if state.trust_list is None:
            raise Refused(RefusalCode.TRUST_LIST_EXPIRED)
        return Policy(rule)

    @checks_itself
    def decide(
        self, text: str | bytes | None, *, now: Time, nonce: bytes | None = None, documents: Sequence[Document] = ()
    ) -> Outcome:
        """What happens to the people at the gate: verification and the rules of the place, by one state of the store.

        What is wrong with a pass is refused. What is wrong with a scanner, a clock or a poster is never the person's
        fault: see `healthpass.verifier.decision` for the table.

        1. May this scanner check here at all? If signed data in force say that nobody is checked here, `NO_CHECK`.
        2. Was nothing shown? Then `ASSIST`.
        3. Did this very text get an answer less than three seconds ago? The same again, marked `repeated`, so that a
           camera that reads twice opens a gate once. Documents that were not shown then are a new question.
        4. The other steps of `verify`, and the rule of the place on the verdict or on the refusal.

        Keep one verifier for as long as the scanner runs: it remembers what was shown.

        Args:
            text: what the camera or the keyboard-wedge scanner read, as for `verify`; None for nobody's pass.
            now, nonce, documents: as for `verify`.

        Returns:
            A gate that nobody watches opens if `outcome.decision is Decision.ADMIT and not outcome.repeated`.

        Raises:
            ValueError, TypeError: as `verify`. Whatever is shown, never `Refused`.
        """
        if type(text) is not str and text is not None and not isinstance(text, (str, bytes, bytearray)):
            raise wrong("text", "a str, bytes or None", text)
        time, documents = checked(now, nonce, documents, self._reads_documents)
        self._forget(time)
        state = self._store.state()
        try:
            audience, rule = self._permitted(state, time)  # 1
            if text is None:  # 2
                fresh(state, time)
                return Outcome(Decision.ASSIST)
        except Refused as refused:
            return self._refused(None, refused, False)
        asked, shown = self._recent.digests(text, nonce, documents)  # 3
        with self._recent.turn(asked):
            known = self._recent.find(asked, shown, time)
            if known is not None:
                return known.again()
            try:  # 4
                verdict = self._verdict(state, audience, rule, text, time, nonce, documents)
                outcome = Outcome(decide_colors(rule, verdict.colors), verdict)
            except Refused as refused:
                trust_list = state.trust_list
                excused = trust_list is not None and is_excused(refused.code, text, trust_list, time)
                outcome = self._refused(rule, refused, excused, excused and typed_wrongly(refused.code, text))
            self._recent.keep(asked, shown, time, outcome)
            return outcome

    def _refused(self, rule: CheckRule | None, refused: Refused, excused: bool, set_up: bool = False) -> Outcome:
        decision = decide_refusal(rule, refused.code, excused=excused, reads_documents=self._reads_documents)
        # Another one, for the one that was raised holds the frames that it came through, and what is in them.
        return Outcome(decision, refusal=Refused(refused.code, refused.index), _not_checked=excused, _set_up=set_up)

    @checks_itself
    def verify(
        self, text: str | bytes, *, now: Time, nonce: bytes | None = None, documents: Sequence[Document] = ()
    ) -> Verdict:
        """The verdict on a scanned text. The steps, in order, and the refusals of each:

         1. May this scanner check here at all? The pass is not looked at before. `CHECK_NOT_PERMITTED`,
            `PLACE_NOT_CERTIFIED`
         2. Is its trust data fresh? `TRUST_LIST_EXPIRED`, `REVOCATION_DATA_STALE`
         3. Text to bytes. `NOT_A_PASS`, `UNSUPPORTED_VERSION`, `MALFORMED`
         4. Bytes against the templates. `MALFORMED`
         5. Is the issuer's key known, has its window begun, may it sign this? `UNKNOWN_ISSUER_KEY`,
            `ISSUER_KEY_NOT_VALID`, `ISSUER_NOT_ALLOWED`
         6. The issuer's signature on every claim. `BAD_CLAIM_SIGNATURE`
         7. Expiry. `EXPIRED`
         8. Proof of possession, if a holder's key is named. `HOLDER_PROOF_REQUIRED`, `BAD_HOLDER_SIGNATURE`,
            `PRESENTATION_STALE`, `PRESENTATION_FROM_FUTURE`, `WRONG_AUDIENCE`, `WRONG_NONCE`
         9. The documents of a pass that is bound to any, where the rules of the place ask for them (without a policy
            they do), or some were shown. `DOCUMENT_KEY_MISSING`, `DOCUMENT_REQUIRED`, `DOCUMENT_MISMATCH`
        10. Revocation. `REVOCATION_DATA_STALE` (for this window), `REVOKED`
        11. Was it shown to this scanner just before? `REPLAYED`, `REPLAY_UNKNOWN`

        Args:
            text: what the camera or the keyboard-wedge scanner read; up to 4,296 characters are looked at.
            now: seconds since 1970 UTC, or an aware `datetime`.
            nonce: the 16 bytes of this scanner's challenge, in challenge mode. A live presentation must carry exactly
                this; without a challenge, none.
            documents: what the people have shown, in any order: one for each claim that is bound to a document. One
                that was read twice counts once. For claims that are bound to a phone alone they are not looked at. They
                are not wiped here: "bring the other card and try again" needs them.

        Returns:
            Colours, expiry and whether documents were compared: there is nothing else to return.

        Raises:
            Refused: with the code of the first step that did not pass, and for several people the index of the one.
                Nothing is remembered of what was refused.
            ValueError, TypeError: `now`, `nonce` or `documents` is not of its type, a document was wiped, or documents
                came from a scanner that reads none.
        """
        if type(text) is not str and not isinstance(text, (str, bytes, bytearray)):
            raise wrong("text", "a str or bytes", text)
        time, documents = checked(now, nonce, documents, self._reads_documents)
        self._forget(time)
        state = self._store.state()  # of which every step takes what it needs: an update counts for the next call
        audience, rule = self._permitted(state, time)  # 1
        return self._verdict(state, audience, rule, text, time, nonce, documents)

    def _verdict(
        self,
        state: State,
        audience: str | None,
        rule: CheckRule | None,
        text: str | bytes,
        time: int,
        nonce: bytes | None,
        documents: tuple[Document, ...],
    ) -> Verdict:
        """Steps 2 to 11 of `verify`."""
        trust_list, stale = fresh(state, time)  # 2
        revocation = state.revocation
        data = decode_text(text)  # 3
        claims, claim_bytes, presentation = parse(data)  # 4
        window = check_issuer(trust_list, claims, time, self._skew)  # 5
        check_claim_signatures(window, claim_bytes)  # 6
        if time >= window.expires + self._skew:  # 7; step 5 has held every claim's expiry to the window's
            raise Refused(RefusalCode.EXPIRED)
        if claims[0].key is not None:
            shown = check_possession(claims[0].key, presentation)  # 8
            check_age(shown, time, self._skew)
            check_addressee(shown, audience, rule, nonce)
        compared = check_documents(state, claims, window, rule, documents, self._reads_documents)  # 9
        if revocation is not None:  # 10
            slots = [claim.slot for claim in claims]
            stale = max(stale, revocation.check(window.kid, slots, trust_list, time))
        if claims[0].key is not None:
            self._check_replay(claims[0].key, shown, time)  # 11
        return Verdict(tuple(claim.color for claim in claims), window.expires, stale, compared)

    def _permitted(self, state: State, now: int) -> tuple[str | None, CheckRule | None]:
        """Whom a showing must be made for, and the rules of this place (None: a trust list without a policy)."""
        trust_list = state.trust_list
        if trust_list is None:
            return None, None  # step 2 refuses
        if self._gate is not None:
            return self._gate.at(state, trust_list, now)
        if trust_list.policy is not None:
            raise Refused(RefusalCode.PLACE_NOT_CERTIFIED)
        return self._audience, None

    def _check_replay(self, key: bytes, shown: Presentation, now: int) -> None:
        earliest = shown.iat - self._skew if shown.nonce is None else None
        self._replay.remember(key, until=shown.iat + MAX_AGE + self._skew, now=now, earliest=earliest)
