"""The verifier: from the text of a QR code to a verdict, or to one refusal."""

from __future__ import annotations

from healthpass._values import Verdict, reached_under, seconds
from healthpass.crypto import ed25519
from healthpass.errors import FormatError, RefusalCode, Refused
from healthpass.formats import claim as claim_format
from healthpass.formats import fields
from healthpass.formats import presentation as presentation_format
from healthpass.formats.text import decode_text
from healthpass.verifier.replay import ReplayMemory

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from healthpass._values import Time
    from healthpass.formats.check_policy import CheckRule
    from healthpass.formats.claim import Claim
    from healthpass.formats.document import Document
    from healthpass.formats.presentation import Presentation
    from healthpass.formats.trust_list import TrustList
    from healthpass.formats.window import Window
    from healthpass.verifier.gate import Gate
    from healthpass.verifier.policy import Policy
    from healthpass.verifier.state import State
    from healthpass.verifier.trust_store import TrustStore

MAX_SKEW = 3600
MAX_AGE = presentation_format.IAT_STEP
"""Seconds for which a showing is fresh: its time was rounded down by up to this much."""


class Verifier:
    """Decides about presentations, offline.

    Args:
        store: whom to believe.
        place: this scanner's place certificate, as bytes or as the text of its poster. The trust list's check policy
            then says whether people may be checked here. Where it has a policy, a scanner without a place may not.
        audience: instead of a place, its id: 16 lower-case hexadecimal digits. With it, a live presentation must have
            been made for this place; with neither, for none.
        skew: seconds by which a phone's clock may differ from this scanner's, 0 to 3600; 60 by default.
        replay_capacity: how many showings are remembered at most while they are fresh; a full memory refuses.

    Safe to call from several threads.

    Raises:
        ValueError: place and audience both, or one of them has not its form.
    """

    def __init__(
        self,
        store: TrustStore,
        *,
        place: bytes | str | None = None,
        audience: str | None = None,
        skew: int = 60,
        replay_capacity: int = 4096,
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
        self._skew = fields.uint(skew, "skew", most=MAX_SKEW)
        self._replay = ReplayMemory(replay_capacity)

    def policy(self, *, now: Time) -> Policy:
        """The rules of this place, to decide about a verdict. A list that has expired still says them.

        A verdict of `verify` is decided by the rules that it was reached under, also if a list that came between the
        two calls has other ones.

        Raises:
            Refused: `CHECK_NOT_PERMITTED`; or `TRUST_LIST_EXPIRED`, where there is no list at all.
        """
        from healthpass.verifier.policy import Policy

        state = self._store.state()
        rule = self._permitted(state, seconds(now))[1]
        if state.trust_list is None:
            raise Refused(RefusalCode.TRUST_LIST_EXPIRED)
        return Policy(rule)

    def verify(
        self, text: str | bytes, *, now: Time, nonce: bytes | None = None, documents: Sequence[Document] = ()
    ) -> Verdict:
        """The verdict on a scanned text. The steps, in order, and the refusals of each:

         1. May this scanner check here at all? The pass is not looked at before. `CHECK_NOT_PERMITTED`
         2. Is its trust data fresh? `TRUST_LIST_EXPIRED`, `REVOCATION_DATA_STALE`
         3. Text to bytes. `NOT_A_PASS`, `UNSUPPORTED_VERSION`, `MALFORMED`
         4. Bytes against the templates. `MALFORMED`
         5. Is the issuer's key known, has its window begun, may it sign this? `UNKNOWN_ISSUER_KEY`,
            `ISSUER_KEY_NOT_VALID`, `ISSUER_NOT_ALLOWED`
         6. The issuer's signature on every claim. `BAD_CLAIM_SIGNATURE`
         7. Expiry. `EXPIRED`
         8. Proof of possession, if a holder's key is named. `HOLDER_PROOF_REQUIRED`, `BAD_HOLDER_SIGNATURE`,
            `PRESENTATION_STALE`, `PRESENTATION_FROM_FUTURE`, `WRONG_AUDIENCE`, `WRONG_NONCE`
         9. The documents, where the rules of the place ask for them, or some were shown. `DOCUMENT_REQUIRED`,
            `DOCUMENT_MISMATCH`; `TRUST_LIST_EXPIRED`, where this scanner has not the key to compare them with
        10. Revocation. `REVOCATION_DATA_STALE` (for this window), `REVOKED`
        11. Was it shown to this scanner just before? `REPLAYED`

        Args:
            text: what the camera or the keyboard-wedge scanner read; up to 4,296 characters are looked at.
            now: seconds since 1970 UTC, or an aware `datetime`.
            nonce: the 16 bytes of this scanner's challenge, in challenge mode. A live presentation must carry exactly
                this; without a challenge, none.
            documents: what the people have shown, in any order: one for each claim that is bound to a document, all
                different. For claims that are bound to a phone alone they are not looked at. They are not wiped here:
                "bring the other card and try again" needs them.

        Returns:
            Colours and expiry: there is nothing else to return.

        Raises:
            Refused: with the code of the first step that did not pass, and for several people the index of the one.
                Nothing is remembered of what was refused.
            ValueError, TypeError: `now`, `nonce` or `documents` is not of its type, or a document was wiped.
        """
        time, documents = seconds(now), tuple(documents)
        if nonce is not None:
            fields.byte_string(nonce, "nonce", presentation_format.NONCE_SIZE)
        state = self._store.state()  # of which every step takes what it needs: an update counts for the next call
        audience, rule = self._permitted(state, time)  # 1
        trust_list, stale = state.fresh(time)  # 2
        revocation = state.revocation
        if revocation is not None:
            revocation.check_fresh(trust_list, time)
        data = decode_text(text)  # 3
        claims, claim_bytes, presentation = _parse(data)  # 4
        window = _check_issuer(trust_list, claims, time)  # 5
        _check_claim_signatures(window, claim_bytes)  # 6
        if time >= window.expires:  # 7; step 5 has held every claim's expiry to the window's
            raise Refused(RefusalCode.EXPIRED)
        if claims[0].key is not None:
            shown = _check_possession(claims[0].key, presentation)  # 8
            self._check_age(shown, time)
            _check_addressee(shown, audience, rule, nonce)
        _check_documents(state, claims, window, rule, documents)  # 9
        if revocation is not None:  # 10
            slots = [claim.slot for claim in claims]
            stale = max(stale, revocation.check(window.kid, slots, trust_list, time))
        if presentation is not None:
            self._check_replay(claims, presentation, time)  # 11
        return reached_under(rule, Verdict(tuple(claim.color for claim in claims), window.expires, stale))

    def _permitted(self, state: State, now: int) -> tuple[str | None, CheckRule | None]:
        """Whom a showing must be made for, and the rules of this place (None: a trust list without a policy)."""
        trust_list = state.trust_list
        if trust_list is None:
            return None, None  # step 2 refuses
        if self._gate is not None:
            return self._gate.at(trust_list, state.area_table(now), now)
        if trust_list.policy is not None:
            raise Refused(RefusalCode.CHECK_NOT_PERMITTED)
        return self._audience, None

    def _check_age(self, shown: Presentation, now: int) -> None:
        if now >= shown.iat + MAX_AGE + self._skew:
            raise Refused(RefusalCode.PRESENTATION_STALE)
        if now < shown.iat - self._skew:
            raise Refused(RefusalCode.PRESENTATION_FROM_FUTURE)

    def _check_replay(self, claims: list[Claim], presentation: Presentation, now: int) -> None:
        ids = [claim.kid + claim.slot.to_bytes(4, "big") for claim in claims]
        self._replay.remember(ids, presentation.iat + MAX_AGE + self._skew, now)


def needs_documents(text: str | bytes) -> tuple[bool, ...]:
    """For each person in a scanned text, whether the colour is that of whoever some document belongs to.

    It tells the people at the gate whose documents to ask for, after `DOCUMENT_REQUIRED` or where the rules leave it to
    them. Nothing in the text is believed, and nothing is remembered.

    Raises:
        Refused: `NOT_A_PASS`, `UNSUPPORTED_VERSION` or `MALFORMED`.
    """
    claims, _, _ = _parse(decode_text(text))
    return tuple(claim.tag is not None for claim in claims)


def _check_documents(
    state: State, claims: list[Claim], window: Window, rule: CheckRule | None, documents: Sequence[Document]
) -> None:
    bound = [index for index, claim in enumerate(claims) if claim.tag is not None]
    if not bound or not (documents or (rule is not None and rule.documents)):
        return
    if not documents:
        raise Refused(RefusalCode.DOCUMENT_REQUIRED, bound[0] if len(claims) > 1 else None)
    state.check_documents(claims, documents, window)


def _parse(data: bytes) -> tuple[list[Claim], list[bytes], Presentation | None]:
    try:
        if len(data) in claim_format.BINDING_BY_SIZE:
            return [claim_format.parse_claim(data)], [data], None
        presentation = presentation_format.parse_presentation(data)
    except FormatError:
        raise Refused(RefusalCode.MALFORMED) from None
    return presentation.claims, presentation.claim_bytes, presentation


def _check_issuer(trust_list: TrustList, claims: list[Claim], now: int) -> Window:
    first = claims[0]
    window = trust_list.windows.get(first.kid)
    if window is None:
        raise Refused(RefusalCode.UNKNOWN_ISSUER_KEY)
    if now < window.valid_from:
        raise Refused(RefusalCode.ISSUER_KEY_NOT_VALID)
    # The template of a group holds its members to the kid, expiry and binding of the first.
    if first.exp != window.expires or not first.binding & window.bindings:
        raise Refused(RefusalCode.ISSUER_NOT_ALLOWED)
    for index, claim in enumerate(claims):
        if claim.slot >= window.capacity:
            raise Refused(RefusalCode.ISSUER_NOT_ALLOWED, index if len(claims) > 1 else None)
    return window


def _check_claim_signatures(window: Window, claim_bytes: list[bytes]) -> None:
    for index, data in enumerate(claim_bytes):
        if not ed25519.verify(window.key, claim_format.signed_part(data), data[-64:]):
            raise Refused(RefusalCode.BAD_CLAIM_SIGNATURE, index if len(claim_bytes) > 1 else None)


def _check_possession(key: bytes, presentation: Presentation | None) -> Presentation:
    if presentation is None:
        raise Refused(RefusalCode.HOLDER_PROOF_REQUIRED)
    if not ed25519.verify(key, presentation.signed, presentation.signature):
        raise Refused(RefusalCode.BAD_HOLDER_SIGNATURE)
    return presentation


def _check_addressee(shown: Presentation, audience: str | None, rule: CheckRule | None, nonce: bytes | None) -> None:
    missing_is_fine = rule is not None and not rule.audience
    if shown.audience != audience and not (missing_is_fine and shown.audience is None):
        raise Refused(RefusalCode.WRONG_AUDIENCE)
    if shown.nonce != nonce:
        raise Refused(RefusalCode.WRONG_NONCE)
