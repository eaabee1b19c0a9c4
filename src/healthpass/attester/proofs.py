"""Does the wallet hold the keys that it asks claims for? Checked before a region vouches for any of them."""

from __future__ import annotations

from healthpass.crypto import ed25519
from healthpass.crypto.keys import is_prime_order
from healthpass.errors import AttestationRefused
from healthpass.formats import cose
from healthpass.formats.enrolment import KeyRequest, Offer, proof_payload


def check_proofs(offer: Offer, request: KeyRequest) -> list[bytes]:
    """The holder keys of an answer to `offer`, 32 bytes each, in its order.

    1. The answer is to this offer.
    2. No key is there twice.
    3. Each proof is over this attester, reference, index and kid.
    4. Each proof is signed by the key that it names.
    5. Each key is the canonical encoding of a point of prime order.

    Raises:
        AttestationRefused: "other-offer", "holder-proof", "weak-key" or "repeated-key".
    """
    if request.offer != offer:  # 1
        raise AttestationRefused("other-offer", "the wallet answers another offer")
    proofs = [cose.decode_sign1(proof, cose.HOLDER_PROOF, len(proof)) for proof in request.proofs]
    keys = [proof.key for proof in proofs]
    if len(set(keys)) != len(keys):  # 2
        raise AttestationRefused("repeated-key", "a holder key is there twice")
    for index, proof in enumerate(proofs):
        if proof.payload != proof_payload(offer, index):  # 3
            raise AttestationRefused("holder-proof", "a holder key's proof of possession is for something else")
        if not ed25519.verify(proof.key, proof.signed, proof.signature):  # 4
            raise AttestationRefused("holder-proof", "a holder key's proof of possession does not hold")
        if not is_prime_order(proof.key):  # 5
            raise AttestationRefused("weak-key", "a holder key is of small or mixed order, or not canonical")
    return keys
