"""The region's side of document binding: from a person's document to the tags of the claims that are asked for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from healthpass._frames import guarded
from healthpass.crypto.document_tag import tag_of
from healthpass.errors import AttestationRefused
from healthpass.formats.document import Document

if TYPE_CHECKING:
    from healthpass.attester.attester import TagFor
    from healthpass.formats.window import Window


class DocumentTags:
    """Makes tags under the document keys that the windows name. The platform never sees a number, nor a key.

    Args:
        windows: those that passes may be asked for under.
        keys: document keys (32 bytes) by their ids (4 bytes), as they were delivered to this region; see
            `healthpass.trust.document_keys`.
    """

    @guarded
    def __init__(self, windows: Iterable[Window], keys: Mapping[bytes, bytes]) -> None:
        self._keys = {
            window.kid: keys[window.document_key_id]
            for window in windows
            if window.document_key_id is not None and window.document_key_id in keys
        }

    def __len__(self) -> int:
        """How many of the windows have their document key here."""
        return len(self._keys)

    def of(self, document: Document) -> TagFor:
        """For `Person.tag_for`. It uses the document, so wipe that only once the attestation is made.

        What it returns raises `AttestationRefused` ("no-document-key") for a window whose document key is not here.
        """

        @guarded
        def tag_for(kid: bytes, holder_key: bytes | None) -> bytes:
            key = self._keys.get(kid)
            if key is None:
                raise AttestationRefused("no-document-key", "the document key of a window is not here: fetch the keys")
            return tag_of(document, key, kid, holder_key)

        return tag_for

    def __repr__(self) -> str:
        return f"DocumentTags(windows={len(self)})"
