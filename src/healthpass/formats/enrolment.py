"""Enrolment: a region's offer to a wallet, and the wallet's answer with its keys.

An offer is not secret and not signed: it names the region's key, a fresh reference, and how many keys are wanted under
each window. The answer is a list of holder proofs, one per key: a COSE_Sign1 by the holder's own key, with a `typ` of
its own, over attester, reference, index and kid. A proof made for one enrolment is worth nothing in another.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from healthpass.errors import FormatError
from healthpass.formats import cbor, cose, fields
from healthpass.formats.attestation import MAX_GRANTS, RECOVERY_HASH_SIZE, REFERENCE_SIZE

if TYPE_CHECKING:
    from healthpass.formats.cbor import Value

FORMAT = 1
MAX_SIZE = 2_097_152
"""Bytes of an answer with 4,096 keys."""
_PROOF_MAX_SIZE = 512


@dataclass(frozen=True, slots=True, repr=False)
class Offer:
    """What a region asks of a wallet.

    Attributes:
        attester: the region's public key, 32 bytes.
        reference: 16 random bytes, the name of the attestation to come.
        wanted: (kid, number of keys) for each window, kids distinct, at most 4,096 keys in all.
        kids: the kid of each key in the order of their index; follows from `wanted`.

    Raises:
        FormatError: any of that does not hold.
    """

    attester: bytes
    reference: bytes
    wanted: tuple[tuple[bytes, int], ...]
    kids: tuple[bytes, ...] = field(init=False, compare=False)

    def __post_init__(self) -> None:
        fields.byte_string(self.attester, "attester", 32)
        fields.byte_string(self.reference, "reference", REFERENCE_SIZE)
        for kid, count in self.wanted:
            fields.byte_string(kid, "kid", 4)
            fields.uint(count, "number of keys", least=1, most=MAX_GRANTS)
        fields.distinct([kid for kid, _ in self.wanted], "kids")
        if not 1 <= sum(count for _, count in self.wanted) <= MAX_GRANTS:
            raise FormatError(f"an offer asks for 1 to {MAX_GRANTS} keys")
        object.__setattr__(self, "kids", tuple(kid for kid, count in self.wanted for _ in range(count)))

    def __repr__(self) -> str:
        return f"Offer(windows={len(self.wanted)}, keys={len(self.kids)})"


def encode_offer(offer: Offer) -> bytes:
    """The offer's bytes, deterministic."""
    return cbor.encode([FORMAT, offer.attester, offer.reference, [[kid, count] for kid, count in offer.wanted]])


def parse_offer(data: bytes) -> Offer:
    """An offer from its bytes, at most 65,536. Raises `FormatError` if it is not one."""
    if len(data) > 65_536:
        raise FormatError("an offer has at most 65536 bytes")
    version, attester, reference, wanted = fields.record(cbor.decode(data, 3 * MAX_GRANTS + cbor.FEW_ITEMS), "offer", 4)
    fields.uint(version, "format", least=FORMAT, most=FORMAT)
    return Offer(
        attester=fields.byte_string(attester, "attester", 32),
        reference=fields.byte_string(reference, "reference", REFERENCE_SIZE),
        wanted=tuple(fields.array(wanted, "wanted", _wanted, MAX_GRANTS)),
    )


def _wanted(value: Value, name: str) -> tuple[bytes, int]:
    kid, count = fields.record(value, name, 2)
    return fields.byte_string(kid, "kid", 4), fields.uint(count, "number of keys")


def proof_payload(offer: Offer, index: int) -> bytes:
    """What the holder's key number `index` signs, inside a COSE_Sign1 of type `cose.HOLDER_PROOF`.

    The key itself stands in the protected header, as the signer.

    Raises:
        FormatError: the offer asks for no key of that number.
    """
    if not 0 <= index < len(offer.kids):
        raise FormatError("the offer asks for no key of that number")
    return cbor.encode([offer.attester, offer.reference, index, offer.kids[index]])


@dataclass(frozen=True, slots=True, repr=False)
class KeyRequest:
    """A wallet's answer to an offer.

    Attributes:
        offer: what it answers.
        proofs: a COSE_Sign1 of each key, in the order of the offer; not yet verified.
        recovery_hash: 32 bytes, the hash of the code that lets the holder revoke; or None.
    """

    offer: Offer
    proofs: tuple[bytes, ...]
    recovery_hash: bytes | None

    def __post_init__(self) -> None:
        if len(self.proofs) != len(self.offer.kids):
            raise FormatError("an answer has one proof for each key that the offer asks for")
        if self.recovery_hash is not None:
            fields.byte_string(self.recovery_hash, "recovery hash", RECOVERY_HASH_SIZE)

    def __repr__(self) -> str:
        return f"KeyRequest(keys={len(self.proofs)})"


def encode_key_request(request: KeyRequest) -> bytes:
    """The answer's bytes, deterministic."""
    return cbor.encode([FORMAT, encode_offer(request.offer), list(request.proofs), request.recovery_hash])


def parse_key_request(data: bytes) -> KeyRequest:
    """An answer from its bytes, at most 2,097,152. Raises `FormatError` if it is not one."""
    if len(data) > MAX_SIZE:
        raise FormatError(f"an answer has at most {MAX_SIZE} bytes")
    version, offer, proofs, recovery_hash = fields.record(cbor.decode(data, MAX_GRANTS + cbor.FEW_ITEMS), "answer", 4)
    fields.uint(version, "format", least=FORMAT, most=FORMAT)
    if not isinstance(offer, bytes):
        raise FormatError("offer: not a byte string")
    return KeyRequest(
        offer=parse_offer(offer),
        proofs=tuple(fields.array(proofs, "proofs", _proof, MAX_GRANTS, 1)),
        recovery_hash=None
        if recovery_hash is None
        else fields.byte_string(recovery_hash, "recovery hash", RECOVERY_HASH_SIZE),
    )


def _proof(value: Value, name: str) -> bytes:
    if not isinstance(value, bytes) or len(value) > _PROOF_MAX_SIZE:
        raise FormatError(f"{name}: not a byte string of at most {_PROOF_MAX_SIZE} bytes")
    cose.decode_sign1(value, cose.HOLDER_PROOF, _PROOF_MAX_SIZE)
    return value
