"""Does the wallet hold the keys that it asks claims for? Checked before a region vouches for any of them."""

from __future__ import annotations

from healthpass.crypto.keys import is_prime_order
from healthpass.crypto.signer import open_message
from healthpass.errors import AttestationRefused, BadInput
from healthpass.formats import cose
from healthpass.formats.enrolment import KeyRequest, Offer, proof_payload


def check_proofs(offer: Offer, request: KeyRequest) -> list[bytes]:
    """The holder keys of an answer to `offer`, 32 bytes each, in its order.

    1. The answer is to this offer.
    2. Each proof is signed by the key that it names, over this attester, reference, index and kid.
    3. Each key is the canonical encoding of a point of prime order.
    4. No key is there twice.

    Raises:
        AttestationRefused: "other-offer", "holder-proof", "weak-key" or "repeated-key".
    """
    if request.offer != offer:  # 1
        raise AttestationRefused("other-offer", "the wallet answers another offer")
    keys = []
    for index, proof in enumerate(request.proofs):
        try:
            key, payload = open_message(proof, cose.HOLDER_PROOF, len(proof))
        except BadInput:
            raise AttestationRefused("holder-proof", "a holder key's proof of possession does not hold") from None
        if payload != proof_payload(offer, index):  # 2
            raise AttestationRefused("holder-proof", "a holder key's proof of possession is for something else")
        if not is_prime_order(key):  # 3
            raise AttestationRefused("weak-key", "a holder key is of small or mixed order, or not canonical")
        keys.append(key)
    if len(set(keys)) != len(keys):  # 4
        raise AttestationRefused("repeated-key", "a holder key is there twice")
    return keys
