"""Do these documents belong to these claims? One document for each claim that is bound to one, all different."""

from __future__ import annotations

from hmac import compare_digest, digest

from healthpass._frames import guarded
from healthpass.crypto.document_tag import document_tag, seed_of
from healthpass.errors import RefusalCode, Refused
from healthpass.formats.document import Document

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import TypeVar

    from healthpass.formats.claim import Claim
    from healthpass.formats.window import Window

    C = TypeVar("C")
    D = TypeVar("D")


@guarded
def check_documents(
    claims: Sequence[Claim], documents: Sequence[Document], document_key: bytes, window: Window
) -> None:
    """Whether every claim has a document of its own among `documents`, in whatever order they were read.

    1. A document that is there twice counts once. There are no more of them than people.
    2. Claims and documents are paired so that as many claims as can be have one (`assign`). Not the first that fits:
       one person's document fits another's claim once in 65,536, and would leave that one without.
    3. No claim is without a document, and no document without a claim.

    Args:
        claims: of one presentation, each with a tag.
        documents: what the reader has given, at least one.
        document_key: the one that the window names, 32 bytes.
        window: of the claims. Each document has one seed for it, and each claim's slot a tag of that seed.

    Raises:
        Refused: `DOCUMENT_MISMATCH`: a document does not fit; `DOCUMENT_REQUIRED`: those that were shown fit, and one
            is still missing. With the index of the first claim that is left without a document, if there are several
            claims and no more documents than that.
        ValueError: a document was wiped.
        TypeError: it is none.
    """
    if not all(isinstance(document, Document) for document in documents):
        raise TypeError("documents are healthpass.verifier.Document objects")
    different = [document for n, document in enumerate(documents) if document not in documents[:n]]  # 1
    if len(different) > len(claims):
        raise Refused(RefusalCode.DOCUMENT_MISMATCH)
    seeds = [seed_of(document, document_key, window.valid_from, window.expires) for document in different]
    paired = assign(claims, seeds, _fits)  # 2
    without = [index for index, document in enumerate(paired) if document is None]  # 3
    if without:
        all_fit = len(claims) - len(without) == len(different)
        code = RefusalCode.DOCUMENT_REQUIRED if all_fit else RefusalCode.DOCUMENT_MISMATCH
        raise Refused(code, without[0] if len(claims) > 1 else None)


@guarded
def short_digest(key: bytes, document: Document) -> bytes:
    """Two bytes that stand for a document under a key of its own. Raises as `check_documents` does."""
    if not isinstance(document, Document):
        raise TypeError("documents are healthpass.verifier.Document objects")
    message = bytearray(document.type.encode() + b"\x00")
    message += document.number
    try:
        return digest(key, message, "sha512")[:2]
    finally:
        message[:] = bytes(len(message))


def _fits(claim: Claim, seed: bytes) -> bool:
    assert claim.tag is not None  # a claim that is bound to a document has one
    return compare_digest(claim.tag, document_tag(seed, claim.kid, claim.slot))


def assign(claims: Sequence[C], documents: Sequence[D], fits: Callable[[C, D], bool]) -> list[int | None]:
    """For each claim which document is its own, by number, or None: a pairing in which as many as can be have one.

    Claims get theirs in their order. One that finds all its documents taken has the claim that holds one of them look
    for another, and so on (augmenting paths, Kuhn 1955). A claim that has a document keeps having one, so the first
    None is the first claim that cannot have one together with all before it.

    Args:
        claims, documents: up to 8 of each.
        fits: whether a document may be the claim's; asked once for each pair.
    """
    open_to = [[number for number, each in enumerate(documents) if fits(claim, each)] for claim in claims]
    holder: dict[int, int] = {}

    def take(claim: int, tried: set[int]) -> bool:
        for document in open_to[claim]:
            if document not in tried:
                tried.add(document)
                if document not in holder or take(holder[document], tried):
                    holder[document] = claim
                    return True
        return False

    for number in range(len(claims)):
        take(number, set())
    held = {claim: document for document, claim in holder.items()}
    return [held.get(number) for number in range(len(claims))]
