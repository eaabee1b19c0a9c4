"""What is issued for one attestation: claims that are signed as they are taken out, and the message that they go in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from healthpass._typed import typed
from healthpass._values import Color
from healthpass.crypto.document_tag import document_tag
from healthpass.crypto.envelope import seal_padded
from healthpass.formats import cbor
from healthpass.formats import claim as claim_format
from healthpass.formats.batch import FORMAT, encode_batch
from healthpass.formats.claim import Claim
from healthpass.issuer.ledger import Entry
from healthpass.issuer.window_keys import WindowKey


@dataclass(frozen=True, slots=True, repr=False)
class Share:
    """What is issued for one period.

    Attributes:
        key: of the window that chance has decided for.
        entry: the numbers under it: as many as there are holder keys, times people.
        holder_keys: in the order of the opening; on paper one, which is None.
        seeds: of each person's document, 32 bytes; None if the passes are bound to a phone alone.
    """

    key: WindowKey
    entry: Entry
    holder_keys: Sequence[bytes | None]
    seeds: Sequence[bytes] | None

    def claims(self, colors: Sequence[Color]) -> Iterator[bytes]:
        """The claims, by holder key and then by person."""
        window, number = self.key.window, self.entry.first
        for holder_key in self.holder_keys:
            for person, color in enumerate(colors):
                slot = self.key.slots.slot(number)
                number += 1
                tag = None if self.seeds is None else document_tag(self.seeds[person], window.kid, slot)
                yield sign_claim(self.key, Claim(window.kid, window.expires, slot, color, holder_key, tag))

    def __repr__(self) -> str:
        return f"Share(keys={len(self.holder_keys)})"


@typed
class Batch:
    """The claims of one attestation: their numbers are given, they are signed as they are taken out.

    Iterating gives each claim's bytes, period by period, by holder key, then by person in the order of the attestation.
    Signing is deterministic, so iterating again gives the same bytes. `len()` is how many there are.
    """

    __slots__ = ("_answer_key", "_colors", "_shares")

    def __init__(self, shares: Sequence[Share], colors: Sequence[Color], answer_key: bytes | None) -> None:
        self._shares = shares
        self._colors = colors
        self._answer_key = answer_key

    def __len__(self) -> int:
        return sum(len(share.holder_keys) for share in self._shares) * len(self._colors)

    def __iter__(self) -> Iterator[bytes]:
        for share in self._shares:
            yield from share.claims(self._colors)

    def message(self, claims: Iterable[bytes] | None = None) -> bytes:
        """What goes back to the region, at most 2,097,152 bytes. For a wallet it is sealed to the wallet's answer key,
        so each call gives other bytes with the same claims in them; on paper it is plain, for who prints sees it.

        Args:
            claims: all those of this batch, in order, for who has taken them out already; they are signed here if None.
        """
        plain = _encoded(self) if claims is None else encode_batch(list(claims))
        return plain if self._answer_key is None else seal_padded(self._answer_key, plain)

    def __repr__(self) -> str:
        return f"Batch({len(self)} claims)"


def _encoded(batch: Batch) -> bytes:
    """As `encode_batch`, which reads each claim again: these were made here."""
    return cbor.encode([FORMAT, list(batch)])


def sign_claim(key: WindowKey, claim: Claim) -> bytes:
    """The claim's bytes, signed by the key of its window."""
    data = claim_format.unsigned_claim(claim)
    return claim_format.with_signature(data, key.signer.sign(claim_format.signed_part(data)))
