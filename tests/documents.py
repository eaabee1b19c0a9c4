"""Documents, document keys and a scanner with a reader, from fixed seeds, as `tests.making` is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from healthpass import Color
from healthpass.authority import Registrar
from healthpass.crypto.document_tag import document_tag, seed_of
from healthpass.crypto.sealing import SealingKey
from healthpass.formats.claim import Binding, Claim
from healthpass.formats.document import OTHER, RESIDENT_ID, Document
from healthpass.formats.trust_list import TrustList
from healthpass.formats.window import Window
from healthpass.verifier import TrustStore, Verifier
from tests.making import HOLDER, NOW, ROOTS, WINDOW, make_trust_list, sign_claim, sign_trust_list, signer
from tests.placing import POLICY, RISK_OFFICE, make_place

REGISTRAR, OTHER_REGISTRAR = Registrar(signer(30)), Registrar(signer(33))
SCANNER = SealingKey(bytes(range(1, 33)))
OTHER_SCANNER = SealingKey(bytes(range(2, 34)))
DOCUMENT_KEY = bytes(range(32))
NEXT_KEY = bytes(range(32, 64))
KEYS = {b"doc0": DOCUMENT_KEY}
NUMBERS = ("11010519491231002X", "440524188001010014")
"""Published examples of resident identity card numbers (GB 11643 and ISO 7064)."""


class AnySeeds(dict[tuple[int, int], bytes]):
    """Seeds for every period that there may be, made as they are asked for."""

    def __init__(self, make: Callable[[int, int], bytes]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, bounds: tuple[int, int]) -> bytes:
        return self._make(*bounds)


def grandmother() -> Document:
    return Document(RESIDENT_ID, NUMBERS[0])


def neighbour() -> Document:
    return Document(RESIDENT_ID, NUMBERS[1])


def document(number: int) -> Document:
    """Some document: another one for each number."""
    return Document(OTHER, f"A{number:06}")


def deliver(
    version: int = 1,
    keys: Mapping[bytes, bytes] = KEYS,
    registrar: Registrar = REGISTRAR,
    recipient: SealingKey = SCANNER,
    now: int = NOW,
    **more: Any,
) -> bytes:
    """Document keys on their way to a scanner."""
    return registrar.deliver_document_keys(keys, recipient.public_key, version=version, now=now, **more)


def documents_list(version: int = 1, *registrars: Registrar, **more: Any) -> TrustList:
    """A trust list that names these registrars; both by default."""
    named = registrars or (REGISTRAR, OTHER_REGISTRAR)
    return make_trust_list(version, registrar_keys=tuple(sorted(each.public_key for each in named)), **more)


def documents_store(folder: Path | None = None, trust_list: TrustList | None = None) -> TrustStore:
    """A scanner's store that holds a list, and the key of today's window."""
    store = TrustStore(ROOTS, None if folder is None else str(folder), sealing_key=SCANNER)
    store.update_trust_list(sign_trust_list(trust_list or documents_list()), now=NOW)
    store.update_document_keys(deliver(), now=NOW)
    return store


def documents_verifier(audience: str | None = None, trust_list: TrustList | None = None) -> Verifier:
    """A scanner without a place, which compares the documents that are shown to it."""
    return Verifier(documents_store(trust_list=trust_list), audience=audience)


def hospital_verifier(**more: Any) -> Verifier:
    """A scanner at a place where `POLICY`, or the one given, says whether documents are asked for."""
    more = {"policy": POLICY, "risk_keys": (RISK_OFFICE.public_key,), **more}
    return Verifier(documents_store(trust_list=documents_list(**more)), place=make_place())


def bound_claim(
    document: Document,
    slot: int = 1,
    color: Color = Color.GREEN,
    binding: Binding = Binding.BOTH,
    key: bytes = DOCUMENT_KEY,
) -> bytes:
    """A claim of today's window that is bound to this document."""
    holder = None if binding == Binding.DOCUMENT else HOLDER.public_key
    tag = tag_for(document, slot, key)
    return sign_claim(Claim(WINDOW.kid, WINDOW.expires, slot, color, holder, tag))


def tag_for(document: Document, slot: int, key: bytes = DOCUMENT_KEY, window: Window = WINDOW) -> bytes:
    """The tag of the claim in this slot, in both steps."""
    return document_tag(seed_of(document, key, window.valid_from, window.expires), window.kid, slot)


def bound_family(people: Sequence[Document], colors: Sequence[Color] = (Color.GREEN,), first: int = 0) -> list[bytes]:
    """Claims of these people under one holder key, in their order; the colours repeat as needed."""
    return [bound_claim(each, first + n, colors[n % len(colors)]) for n, each in enumerate(people)]
