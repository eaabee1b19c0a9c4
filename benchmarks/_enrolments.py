"""Bytes of what travels during enrolment: made by a wallet, and by the formats for region and platform."""

from __future__ import annotations

from benchmarks._world import ISSUER, NOW, ROOTS, SEALING, WINDOW, signed_claim, signer, trust_list
from healthpass import Color
from healthpass.crypto.envelope import seal_padded
from healthpass.crypto.signer import sign_message
from healthpass.formats import cose
from healthpass.formats.attestation import Attestation, IssueRequest, encode_attestation, encode_issue_request
from healthpass.formats.batch import encode_batch
from healthpass.formats.claim import Binding, Claim
from healthpass.formats.enrolment import Offer, encode_offer, parse_key_request
from healthpass.formats.period import Period
from healthpass.holder import Wallet

KEYS = (24, 100)
REGION = signer("region")
REFERENCE = bytes(16)


def sizes(keys: int) -> dict[str, int]:
    """Of each message, for so many keys in one period, for one person."""
    periods = (Period(WINDOW.valid_from, WINDOW.expires, keys),)
    offer = encode_offer(Offer(REGION.public_key, REFERENCE, "national", Binding.DEVICE, 1, periods))
    wallet = Wallet(ROOTS)
    wallet.update_trust_list(trust_list(), now=NOW)
    answer = wallet.answer(offer, now=NOW)
    request = parse_key_request(answer)
    content = Attestation(
        REFERENCE, NOW, ("green",), Binding.DEVICE, periods, None, request.commitment, None, "national"
    )
    attestation = sign_message(REGION, cose.ATTESTATION, encode_attestation(content))
    issue = encode_issue_request(IssueRequest(attestation, request.sealing_key, request.sealed_opening))
    claims = [
        signed_claim(Claim(WINDOW.kid, WINDOW.expires, slot, Color.GREEN, ISSUER.public_key, None))
        for slot in range(keys)
    ]
    batch = seal_padded(SEALING[0].key, encode_batch(claims))
    return {"offer": len(offer), "key request": len(answer), "issue request": len(issue), "sealed batch": len(batch)}
