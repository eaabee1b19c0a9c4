"""Everything secret of a wallet, derived from one 32-byte seed.

    holder key     BLAKE2b(seed; label || SHA-512 of the whole offer || index): an Ed25519 seed
    recovery code  BLAKE2b(seed; label || SHA-512 of the whole offer)

BLAKE2b (RFC 7693) is keyed with the seed. An offer contains attester, reference and the windows asked for, so no key is
ever used under two offers, even if a region repeats a reference. The same seed answers an offer with the same bytes.
"""

from __future__ import annotations

from hashlib import blake2b

from healthpass.crypto import ed25519
from healthpass.crypto.recovery import CODE_SIZE, recovery_code_from, recovery_hash
from healthpass.crypto.signer import SoftwareSigner, sign_message
from healthpass.formats import cose
from healthpass.formats.enrolment import KeyRequest, Offer, encode_key_request, encode_offer, proof_payload

SEED_SIZE = 32
_KEY_LABEL = b"healthpass holder key v1\x00"
_CODE_LABEL = b"healthpass recovery code v1\x00"


def holder_signers(seed: bytes, offer: Offer) -> list[SoftwareSigner]:
    """The wallet's key pairs for an offer, in the order of their index."""
    digest = _digest(offer)
    return [_signer(seed, digest, index) for index in range(len(offer.kids))]


def holder_signer(seed: bytes, offer: Offer, index: int) -> SoftwareSigner:
    """One of `holder_signers`."""
    return _signer(seed, _digest(offer), index)


def recovery_code(seed: bytes, offer: Offer) -> str:
    """The code with which the holder revokes what comes of this offer."""
    secret = blake2b(_CODE_LABEL + _digest(offer), key=seed, digest_size=CODE_SIZE)
    return recovery_code_from(secret.digest())


def key_request(seed: bytes, offer: Offer, signers: list[SoftwareSigner]) -> bytes:
    """The answer to an offer: a proof of possession by each key, and the hash of the recovery code."""
    proofs = [
        sign_message(signer, cose.HOLDER_PROOF, proof_payload(offer, index)) for index, signer in enumerate(signers)
    ]
    return encode_key_request(KeyRequest(offer, tuple(proofs), recovery_hash(recovery_code(seed, offer))))


def _digest(offer: Offer) -> bytes:
    return ed25519.sha512(encode_offer(offer))


def _signer(seed: bytes, digest: bytes, index: int) -> SoftwareSigner:
    message = _KEY_LABEL + digest + index.to_bytes(4, "big")
    return SoftwareSigner(blake2b(message, key=seed, digest_size=SEED_SIZE).digest())
