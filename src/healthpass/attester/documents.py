"""The region's side of document binding: from a person's document to the seeds of the periods that are asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from healthpass._frames import guarded
from healthpass._typed import typed
from healthpass._values import seconds
from healthpass.crypto.document_tag import seed_of
from healthpass.errors import AttestationRefused
from healthpass.formats.document import Document
from healthpass.trust.periods import check_alike, of_platform
from healthpass.trust.platforms import list_in_force, platform_of

if TYPE_CHECKING:
    from healthpass._values import Time
    from healthpass.attester.attester import SeedFor
    from healthpass.formats.trust_list import TrustList
    from healthpass.trust.assisted import BelievedWithKeys


@typed
class DocumentSeeds:
    """Makes seeds under the document keys that the periods name. The platform, which makes tags of them, never sees a
    number, nor a key.

    Args:
        trust_list: where the periods stand.
        keys: document keys (32 bytes) by their ids (4 bytes), as they were delivered to this region; see
            `healthpass.trust.document_keys`.
        platform: whose periods, by its name in the list; not needed where there is one.

    Raises:
        AttestationRefused: "unknown-platform" or "which-platform".
        FormatError: "unequal-windows": a period of the list has no single document key.
    """

    @guarded
    def __init__(self, trust_list: TrustList, keys: Mapping[bytes, bytes], platform: str | None = None) -> None:
        windows = of_platform(trust_list, platform_of(trust_list, platform).name)
        check_alike(windows)
        self._keys = {
            (window.valid_from, window.expires): keys[window.document_key_id]
            for window in windows
            if window.document_key_id is not None and window.document_key_id in keys
        }

    @classmethod
    def of_store(cls, store: BelievedWithKeys, *, now: Time, platform: str | None = None) -> DocumentSeeds:
        """With the list and the document keys that `store` has, such as a `healthpass.verifier.TrustStore`.

        Raises:
            AttestationRefused: "no-trust-list", "unknown-platform" or "which-platform".
            FormatError: "unequal-windows".
        """
        trust_list = list_in_force(store, seconds(now))
        named = {window.document_key_id for window in trust_list.windows.values()} - {None}
        keys = {key_id: store.document_key(key_id) for key_id in named}
        here = {key_id: key for key_id, key in keys.items() if key_id is not None and key is not None}
        return cls(trust_list, here, platform)

    def __len__(self) -> int:
        """How many of the periods have their document key here."""
        return len(self._keys)

    def of(self, document: Document) -> SeedFor:
        """For `Person.seed_for`. It uses the document, so wipe that only once the attestation is made.

        What it returns raises `AttestationRefused` ("no-document-key") for a period whose document key is not here.
        """

        @guarded
        def seed_for(valid_from: int, expires: int) -> bytes:
            key = self._keys.get((valid_from, expires))
            if key is None:
                raise AttestationRefused("no-document-key", "the document key of a period is not here: fetch the keys")
            return seed_of(document, key, valid_from, expires)

        return seed_for

    def __repr__(self) -> str:
        return f"DocumentSeeds(periods={len(self)})"
