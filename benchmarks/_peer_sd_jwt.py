"""SD-JWT with key binding (RFC 9901): issuer and holder sign with ES256; made and verified by the `sd-jwt` package."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from jwcrypto.jwk import JWK
from sd_jwt.common import SDObj
from sd_jwt.holder import SDJWTHolder
from sd_jwt.issuer import SDJWTIssuer
from sd_jwt.verifier import SDJWTVerifier

from benchmarks._peer import COLOR, EXPIRES, Peer, bare_p256, p256_key
from benchmarks._world import AUDIENCE, NONCE, NOW


def peers(count: int) -> list[Peer[str]]:
    """`count` presentations, each with one disclosed claim and a holder's key of its own."""
    issuer = p256_key("sd-jwt issuer")
    holders = [p256_key(f"sd-jwt holder {number}") for number in range(count)]
    messages = [make(issuer, holder) for holder in holders]
    issuer_key = _jwk(issuer, public=True)
    nonce = NONCE.hex()

    def verify(text: str) -> dict[str, Any]:
        verifier = SDJWTVerifier(text, lambda _issuer, _header: issuer_key, AUDIENCE, nonce)
        claims: dict[str, Any] = verifier.get_verified_payload()
        if claims["exp"] <= NOW:  # left to the caller by the package
            raise ValueError("expired")
        return claims

    peer = Peer(
        name="SD-JWT with key binding, sd-jwt",
        signatures=2,
        holder=True,
        messages=messages,
        verify=verify,
        bare=[call for text, holder in zip(messages, holders, strict=True) for call in _bare(text, issuer, holder)],
        forged=[make(p256_key("somebody else"), holders[0]), make(issuer, holders[0], p256_key("somebody else"))],
    )
    return [peer]


def make(
    issuer: EllipticCurvePrivateKey, holder: EllipticCurvePrivateKey, shown_by: EllipticCurvePrivateKey | None = None
) -> str:
    """One presentation. `shown_by`: the key that signs the key binding, if it is not the holder's."""
    claims = {"iss": "issuer", "exp": EXPIRES, SDObj("color"): COLOR}
    issued = SDJWTIssuer(claims, _jwk(issuer), holder_key=_jwk(holder))
    wallet = SDJWTHolder(issued.sd_jwt_issuance)
    wallet.create_presentation(
        {"color": True}, nonce=NONCE.hex(), aud=AUDIENCE, holder_key=_jwk(shown_by or holder), sign_alg="ES256"
    )
    return str(wallet.sd_jwt_presentation)


def _jwk(key: EllipticCurvePrivateKey, public: bool = False) -> JWK:
    return JWK.from_pyca(key.public_key() if public else key)


def _bare(text: str, issuer: EllipticCurvePrivateKey, holder: EllipticCurvePrivateKey) -> list[Callable[[], object]]:
    first, *_, last = text.split("~")
    return [_bare_jwt(first, issuer), _bare_jwt(last, holder)]


def _bare_jwt(token: str, key: EllipticCurvePrivateKey) -> Callable[[], object]:
    signed, _, signature = token.rpartition(".")
    json.loads(base64.urlsafe_b64decode(signed.partition(".")[0] + "=="))  # it is a JWT
    return bare_p256(key, signed.encode(), base64.urlsafe_b64decode(signature + "=="))
