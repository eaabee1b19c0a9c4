"""The steps of a verification that need no memory: see `Verifier.verify` for all of them, in order."""

from __future__ import annotations

from healthpass._typed import typed, wrong
from healthpass._values import DocumentCheck, seconds
from healthpass.crypto import ed25519
from healthpass.errors import FormatError, RefusalCode, Refused
from healthpass.formats import claim as claim_format
from healthpass.formats import fields
from healthpass.formats import presentation as presentation_format
from healthpass.formats.text import decode_text

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
    from healthpass.verifier.state import State

_DOCUMENTS = "a sequence of healthpass.verifier.Document"
_NOT_BOUND = (DocumentCheck.NOT_BOUND,)
MAX_AGE = presentation_format.IAT_STEP
"""Seconds for which a showing is fresh: its time was rounded down by up to this much."""


@typed
def needs_documents(text: str | bytes) -> tuple[bool, ...]:
    """For each person in a scanned text, whether the colour is that of whoever some document belongs to.

    It tells the people at the gate whose documents to ask for, after `DOCUMENT_REQUIRED` or where the rules leave it to
    them. Nothing in the text is believed, and nothing is remembered.

    Raises:
        Refused: `NOT_A_PASS`, `UNSUPPORTED_VERSION` or `MALFORMED`.
    """
    claims, _, _ = parse(decode_text(text))
    return tuple(claim.tag is not None for claim in claims)


def check_documents(
    state: State,
    claims: list[Claim],
    window: Window,
    rule: CheckRule | None,
    documents: Sequence[Document],
    reads_documents: bool,
) -> tuple[DocumentCheck, ...]:
    if claims[0].tag is None:  # the template of a group holds every claim to the binding of the first
        return _NOT_BOUND
    if not documents:
        if rule is not None and not rule.asks_for_documents(on_paper=claims[0].key is None):
            return (DocumentCheck.NOT_COMPARED,) * len(claims)
        if reads_documents and state.document_key(window.document_key_id) is None:
            raise Refused(RefusalCode.DOCUMENT_KEY_MISSING)
        raise Refused(RefusalCode.DOCUMENT_REQUIRED, 0 if len(claims) > 1 else None)
    state.check_documents(claims, documents, window)
    return (DocumentCheck.COMPARED,) * len(claims)


def parse(data: bytes) -> tuple[list[Claim], list[bytes], Presentation | None]:
    try:
        if len(data) in claim_format.BINDING_BY_SIZE:
            return [claim_format.parse_claim(data)], [data], None
        presentation = presentation_format.parse_presentation(data)
    except FormatError:
        raise Refused(RefusalCode.MALFORMED) from None
    return presentation.claims, presentation.claim_bytes, presentation


def check_issuer(trust_list: TrustList, claims: list[Claim], now: int, skew: int) -> Window:
    first = claims[0]
    window = trust_list.windows.get(first.kid)
    if window is None:
        raise Refused(RefusalCode.UNKNOWN_ISSUER_KEY)
    if now < window.valid_from - skew:
        raise Refused(RefusalCode.ISSUER_KEY_NOT_VALID)
    # The template of a group holds its members to the kid, expiry and binding of the first.
    if first.exp != window.expires or not first.binding & window.bindings:
        raise Refused(RefusalCode.ISSUER_NOT_ALLOWED)
    for index, claim in enumerate(claims):
        if claim.slot >= window.capacity:
            raise Refused(RefusalCode.ISSUER_NOT_ALLOWED, index if len(claims) > 1 else None)
    return window


def check_claim_signatures(window: Window, claim_bytes: list[bytes]) -> None:
    for index, data in enumerate(claim_bytes):
        if not ed25519.verify(window.key, claim_format.signed_part(data), data[-64:]):
            raise Refused(RefusalCode.BAD_CLAIM_SIGNATURE, index if len(claim_bytes) > 1 else None)


def check_possession(key: bytes, presentation: Presentation | None) -> Presentation:
    if presentation is None:
        raise Refused(RefusalCode.HOLDER_PROOF_REQUIRED)
    if not ed25519.verify(key, presentation.signed, presentation.signature):
        raise Refused(RefusalCode.BAD_HOLDER_SIGNATURE)
    return presentation


def check_addressee(shown: Presentation, audience: str | None, rule: CheckRule | None, nonce: bytes | None) -> None:
    missing_is_fine = rule is not None and not rule.audience
    if shown.audience != audience and not (missing_is_fine and shown.audience is None):
        raise Refused(RefusalCode.WRONG_AUDIENCE)
    if shown.nonce != nonce:
        raise Refused(RefusalCode.WRONG_NONCE)


def check_age(shown: Presentation, now: int, skew: int) -> None:
    """Whether a showing is fresh, by clocks that may differ by `skew` seconds. Raises `Refused`."""
    if now >= shown.iat + MAX_AGE + skew:
        raise Refused(RefusalCode.PRESENTATION_STALE)
    if now < shown.iat - skew:
        raise Refused(RefusalCode.PRESENTATION_FROM_FUTURE)


def fresh(state: State, now: int) -> tuple[TrustList, int]:
    """The trust list in force, and by how many seconds it is past its expiry. Raises `Refused`."""
    trust_list, stale = state.fresh(now)
    if state.revocation is not None:
        state.revocation.check_fresh(trust_list, now)
    return trust_list, stale


def checked(
    now: Time, nonce: bytes | None, documents: Sequence[Document], reads_documents: bool
) -> tuple[int, tuple[Document, ...]]:
    """What was asked, of the right types. Raises `ValueError` or `TypeError`."""
    time = seconds(now)
    if nonce is not None:
        if not isinstance(nonce, bytes):
            raise wrong("nonce", "bytes or None", nonce)
        fields.byte_string(nonce, "nonce", presentation_format.NONCE_SIZE)
    shown = () if documents == () else _documents(documents)
    if shown and not reads_documents:
        raise ValueError("this scanner was said to read no documents")
    return time, shown


def _documents(shown: object) -> tuple[Document, ...]:
    from healthpass.formats.document import Document  # here: who shows one has loaded it

    if isinstance(shown, (str, bytes)) or not hasattr(shown, "__iter__"):
        raise wrong("documents", _DOCUMENTS, shown)
    documents = tuple(shown)
    for each in documents:
        if not isinstance(each, Document):
            raise wrong("documents", _DOCUMENTS, each)
    return documents
