"""Our own bytes, verified by python-cwt: a COSE library that has never heard of healthpass."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import base45
import cbor2
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cwt import COSE, COSEKey

from benchmarks import _world
from benchmarks._peer import Peer
from benchmarks._world import FULL, NOW

_ED25519 = -19


def peers(count: int) -> list[Peer[str]]:
    """The presentations that our own verifier is timed on."""
    messages = _world.texts(FULL, count)
    issuer = COSEKey.new({1: 1, -1: 6, -2: _world.ISSUER.public_key, 2: _world.KID, 3: _ED25519, 4: [2]})
    context = COSE.new()

    def verify(text: str) -> dict[int, Any]:
        shown = cbor2.loads(base45.b45decode(text[4:]))
        claim = cbor2.loads(shown.value[0])[13]
        claims: dict[int, Any] = cbor2.loads(context.decode(claim, [issuer]))
        holder = COSEKey.new({**claims[8][1], 3: _ED25519, 4: [2]})
        showing = cbor2.loads(context.decode(shown, [holder]))
        if claims[4] <= NOW or abs(showing[6] - NOW) > 75:
            raise ValueError("expired, or not shown now")
        if showing[3] != FULL.audience or showing[39] != FULL.nonce:
            raise ValueError("made for another place or question")
        return claims

    peer = Peer(
        name="our own bytes, python-cwt",
        signatures=2,
        holder=True,
        messages=messages,
        verify=verify,
        bare=[call for text in messages for call in _bare(text)],
        forged=[_flipped(messages[0], -1), _flipped(messages[0], 140)],
    )
    return [peer]


def _bare(text: str) -> list[Callable[[], object]]:
    return [_bare_check(key, message, signature) for key, message, signature in _world.checks_of(text)]


def _bare_check(key: bytes, message: bytes, signature: bytes) -> Callable[[], object]:
    verify = Ed25519PublicKey.from_public_bytes(key).verify
    return lambda: verify(signature, message)


def _flipped(text: str, at: int) -> str:
    """The text with one bit of its bytes changed: of the holder's signature at -1, of the issuer's at 140."""
    data = bytearray(base45.b45decode(text[4:]))
    data[at] ^= 1
    return text[:4] + str(base45.b45encode(bytes(data)).decode())
