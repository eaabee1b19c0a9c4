"""The EU digital certificate: a CWT in a COSE_Sign1 (ES256), zlib and base45 behind `HC1:`, verified by python-cwt.

It has no holder's proof. The claims here are a colour and an expiry; `vaccination` gives it what it carries in use.
"""

from __future__ import annotations

import zlib

import base45
import cbor2
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cwt import CWT, COSEKey

from benchmarks._peer import COLOR, EXPIRES, Peer, bare_p256, coordinates, p256_key, sign_p256

_KID = b"eu-kid-1"
_PROTECTED = cbor2.dumps({1: -7, 4: _KID})
VACCINATION = {
    "ver": "1.3.0",
    "nam": {"fn": "Musterfrau", "fnt": "MUSTERFRAU", "gn": "Gabriele", "gnt": "GABRIELE"},
    "dob": "1998-02-26",
    "v": [
        {
            "tg": "840539006",
            "vp": "1119349007",
            "mp": "EU/1/20/1528",
            "ma": "ORG-100030215",
            "dn": 1,
            "sd": 2,
            "dt": "2021-02-18",
            "co": "AT",
            "is": "Ministry of Health, Austria",
            "ci": "URN:UVCI:01:AT:10807843F94AEE0EE5093FBC254BD813#B",
        }
    ],
}


def peers(count: int) -> list[Peer[str]]:
    """`count` certificates and python-cwt to verify them."""
    issuer = p256_key("eu issuer")
    payloads = [_payload({"co": COLOR, "ci": number}) for number in range(count)]
    made = [_make(payload, issuer) for payload in payloads]
    x, y = coordinates(issuer)
    key = COSEKey.new({1: 2, -1: 1, -2: x, -3: y, 2: _KID, 3: -7, 4: [2]})
    context = CWT.new()

    def verify(text: str) -> object:
        if not text.startswith("HC1:"):
            raise ValueError("not a certificate")
        return context.decode(zlib.decompress(base45.b45decode(text[4:])), [key])[-260]

    peer = Peer(
        name="EU certificate, python-cwt",
        signatures=1,
        holder=False,
        messages=[_text(envelope) for envelope, _, _ in made],
        verify=verify,
        bare=[bare_p256(issuer, signed, signature) for _, signed, signature in made],
        forged=[_text(_make(payloads[0], p256_key("somebody else"))[0])],
    )
    return [peer]


def packed_and_text(content: object) -> tuple[bytes, str]:
    """One certificate with this health content: compressed, and as text."""
    text = _text(_make(_payload(content), p256_key("eu issuer"))[0])
    return bytes(base45.b45decode(text[4:])), text


def _payload(content: object) -> bytes:
    return cbor2.dumps({1: "AT", 4: EXPIRES, 6: 1_600_000_000, -260: {1: content}})


def _make(payload: bytes, issuer: EllipticCurvePrivateKey) -> tuple[bytes, bytes, bytes]:
    """Envelope, what was signed, signature."""
    signed = cbor2.dumps(["Signature1", _PROTECTED, b"", payload])
    signature = sign_p256(issuer, signed)
    return cbor2.dumps(cbor2.CBORTag(18, [_PROTECTED, {}, payload, signature])), signed, signature


def _text(envelope: bytes) -> str:
    return "HC1:" + str(base45.b45encode(zlib.compress(envelope, 9)).decode())
