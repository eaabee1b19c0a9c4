"""A small world to verify in: one root, one window of the issuer, passes of every kind. The same in every run."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks._bare import Check
from healthpass import Color
from healthpass.authority import Registrar
from healthpass.crypto.document_tag import document_tag, seed_of
from healthpass.crypto.sealing import SealingKey
from healthpass.crypto.signer import SoftwareSigner, sign_message
from healthpass.formats import claim as claim_format
from healthpass.formats import cose
from healthpass.formats import presentation as presentation_format
from healthpass.formats.check_policy import CheckPolicy, CheckRule, bits_of
from healthpass.formats.claim import ANY_BINDING, Binding, Claim
from healthpass.formats.document import OTHER, Document
from healthpass.formats.place import Place, PlaceClass, Risk, encode_place
from healthpass.formats.platform import Platform, SealingKeyEntry
from healthpass.formats.text import decode_text, encode_text
from healthpass.formats.trust_list import TrustList, encode_trust_list
from healthpass.formats.window import RootSet, Window

GREEN = bits_of(Color.GREEN)

NOW = 1_800_000_000
KID = bytes.fromhex("c0ffee01")
AUDIENCE = "00f1e2d3c4b5a697"
NONCE = bytes(range(16))


def signer(name: str) -> SoftwareSigner:
    """A key pair that depends on `name` alone."""
    return SoftwareSigner(hashlib.sha256(name.encode()).digest())


ROOT = signer("root")
ISSUER = signer("issuer")
ROOTS = RootSet(1, (ROOT.public_key,))
DOCUMENT_KEY_ID = b"dkey"
WINDOW = Window(KID, ISSUER.public_key, NOW - 3600, NOW + 82_800, 4**12, ANY_BINDING, DOCUMENT_KEY_ID)
SEALING = tuple(
    SealingKeyEntry(hashlib.sha256(bytes((day,))).digest()[:31] + b"\x00", at, at + 4 * 86_400)
    for day, at in enumerate(range(NOW - 3600, NOW + 8 * 86_400, 86_400))
)
"""Of nobody: what a list has in it is read, and nothing is sealed here."""

REGISTRAR = signer("registrar")
PLACE = sign_message(
    REGISTRAR, cose.PLACE, encode_place(Place(AUDIENCE, PlaceClass.ORDINARY, 110_105, NOW - 3600, NOW + 604_800))
)
"""The certificate of the place where every scanner stands. What was made for no place counts there too."""
POLICY = CheckPolicy(CheckRule(risk, PlaceClass.ORDINARY, admitted=GREEN, documents=0, audience=False) for risk in Risk)
"""Green is let in. The same at every risk, so that no area table is needed; a document is compared if it is shown."""
DOCUMENT_KEY = bytes(range(32))
SCANNER = SealingKey(bytes(range(1, 33)))
"""To which document keys are delivered."""


def document_keys() -> bytes:
    """The delivery for a scanner that compares documents."""
    keys = {DOCUMENT_KEY_ID: DOCUMENT_KEY}
    return Registrar(REGISTRAR).deliver_document_keys(keys, SCANNER.public_key, version=1, now=NOW)


def trust_list(revoker: bytes | None = None) -> bytes:
    """A signed trust list with one window and a policy, and with the key that revokes under it, if it is given."""
    content = TrustList(
        version=1,
        issued=NOW - 60,
        expires=NOW + 604_800,
        roots=ROOTS,
        windows={KID: WINDOW},
        grace=259_200,
        revocation_keys={} if revoker is None else {revoker: (KID,)},
        platforms=[Platform("national", (KID,), SEALING)],
        registrar_keys=(REGISTRAR.public_key,),
        policy=POLICY,
    )
    payload = encode_trust_list(content)
    signature = ROOT.sign(cose.sign_signed_part(cose.TRUST_LIST, ROOT.public_key, payload))
    return cose.encode_sign(cose.TRUST_LIST, payload, {ROOT.public_key: signature})


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of presentation. `people` > 1 is a family under one holder key; `compared`: with everybody's document."""

    name: str
    binding: Binding = Binding.DEVICE
    audience: str | None = None
    nonce: bytes | None = None
    people: int = 1
    compared: bool = False

    @property
    def signatures(self) -> int:
        return self.people + (self.binding != Binding.DOCUMENT)


LIVE = Kind("device")
FULL = Kind("device, place and nonce", audience=AUDIENCE, nonce=NONCE)
PAPER = Kind("paper", binding=Binding.DOCUMENT)
PAPER_COMPARED = Kind("paper, document compared", binding=Binding.DOCUMENT, compared=True)
GROUP = Kind("group of three", binding=Binding.BOTH, people=3)


def signed_claim(claim: Claim) -> bytes:
    """The claim's bytes, signed by the issuer."""
    data = claim_format.unsigned_claim(claim)
    return claim_format.with_signature(data, ISSUER.sign(claim_format.signed_part(data)))


def document(number: int, person: int = 0) -> Document:
    """The document of a person in the `number`-th presentation of any kind."""
    return Document(OTHER, f"A{8 * number + person:07}")


def _tag(shown: Document, slot: int) -> bytes:
    return document_tag(seed_of(shown, DOCUMENT_KEY, WINDOW.valid_from, WINDOW.expires), KID, slot)


def make(kind: Kind, number: int, slot: int | None = None) -> bytes:
    """The bytes of the `number`-th presentation of this kind; each has slots and a key of its own.

    With `slot`, its first claim has that one, and the other people's have those after it.
    """
    first = 8 * number if slot is None else slot
    holder = signer(f"{kind.name} {number}")
    key = None if kind.binding == Binding.DOCUMENT else holder.public_key
    claims = []
    for each in range(first, first + kind.people):
        tag = None if kind.binding == Binding.DEVICE else _tag(document(number, each - first), each)
        claims.append(signed_claim(Claim(KID, WINDOW.expires, each, Color.GREEN, key, tag)))
    if key is None:
        return claims[0]
    data = presentation_format.unsigned_presentation(claims, NOW, kind.audience, kind.nonce)
    return claim_format.with_signature(data, holder.sign(presentation_format.signed_part(data)))


def texts(kind: Kind, count: int) -> list[str]:
    """`count` distinct texts of this kind."""
    return [encode_text(make(kind, number)) for number in range(count)]


def texts_at(kind: Kind, slots: Sequence[int], first: int = 0) -> list[str]:
    """A text for each of these slots; `first` is the number of the first one."""
    return [encode_text(make(kind, first + number, slot)) for number, slot in enumerate(slots)]


def checks_of(text: str) -> list[Check]:
    """The signatures that a text of ours stands on: keys, messages, signatures."""
    data = decode_text(text)
    if len(data) in claim_format.BINDING_BY_SIZE:
        return [(WINDOW.key, claim_format.signed_part(data), data[-64:])]
    shown = presentation_format.parse_presentation(data)
    claims = [(WINDOW.key, claim_format.signed_part(claim), claim[-64:]) for claim in shown.claim_bytes]
    key = shown.claims[0].key
    assert key is not None
    return [*claims, (key, shown.signed, shown.signature)]
