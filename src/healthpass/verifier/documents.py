"""Do these documents belong to these claims? One document for each claim that is bound to one, all different."""

from __future__ import annotations

from hmac import compare_digest

from healthpass._frames import guarded
from healthpass.crypto.document_tag import document_tag, seed_of
from healthpass.errors import RefusalCode, Refused
from healthpass.formats.document import Document

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from healthpass.formats.claim import Claim
    from healthpass.formats.window import Window


@guarded
def check_documents(
    claims: Sequence[Claim], documents: Sequence[Document], document_key: bytes, window: Window
) -> None:
    """Whether every claim with a tag has a document of its own among `documents`, in whatever order they were read.

    1. A document that is there twice counts once.
    2. Each claim with a tag takes the first document that fits and that no claim before it has taken.
    3. No claim is without a document, no document without a claim, and none was there twice.

    Args:
        claims: of one presentation, so of one kid and holder key.
        documents: what the reader has given, 1 to 8.
        document_key: the one that the window names, 32 bytes.
        window: of the claims. Each document has one seed for it, and each claim's slot a tag of that seed.

    Raises:
        Refused: `DOCUMENT_MISMATCH`: a document does not fit, or was shown twice; `DOCUMENT_REQUIRED`: those that were
            shown fit, and one is still missing. With the index of the first claim without a document, if there are
            several.
        ValueError: a document was wiped.
        TypeError: it is none.
    """
    if not all(isinstance(document, Document) for document in documents):
        raise TypeError("documents are healthpass.verifier.Document objects")
    different = [document for n, document in enumerate(documents) if document not in documents[:n]]  # 1
    left = [seed_of(document, document_key, window.valid_from, window.expires) for document in different]
    without = []
    for index, claim in enumerate(claims):  # 2
        if claim.tag is not None:
            fits = [compare_digest(claim.tag, document_tag(seed, claim.kid, claim.slot)) for seed in left]
            if True in fits:
                del left[fits.index(True)]
            else:
                without.append(index)
    all_fit = not left and len(different) == len(documents)
    if without or not all_fit:  # 3
        code = RefusalCode.DOCUMENT_REQUIRED if all_fit else RefusalCode.DOCUMENT_MISMATCH
        raise Refused(code, without[0] if without and len(claims) > 1 else None)
