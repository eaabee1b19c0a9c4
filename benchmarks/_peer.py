"""What a peer in the comparison brings along, and the P-256 helpers that three of them share."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePrivateKey, derive_private_key
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from benchmarks._measure import Round, timed

ES256 = ECDSA(SHA256())
EXPIRES = 4_000_000_000
"""Far ahead: one of the peers reads the clock by itself."""
COLOR = "green"
Message = TypeVar("Message", str, bytes)


@dataclass(frozen=True, slots=True)
class Peer(Generic[Message]):
    """A credential that somebody might pick instead, made and verified.

    Attributes:
        name: for the table.
        signatures: how many each message stands on.
        holder: whether one of them is the holder's proof.
        messages: distinct, as a scanner gets them.
        verify: from a message to its verified claims; raises if anything does not hold.
        bare: the same signatures alone, each by one call.
        forged: messages that `verify` has to refuse, one for each signature.
        whole: whether all is verified that its specification asks for.
    """

    name: str
    signatures: int
    holder: bool
    messages: Sequence[Message]
    verify: Callable[[Message], object]
    bare: Sequence[Callable[[], object]]
    forged: Sequence[Message]
    whole: bool = True

    def check(self) -> None:
        """Is it a verification at all? Every message passes and every forgery does not."""
        for message in self.messages:
            self.verify(message)
        for message in self.forged:
            try:
                self.verify(message)
            except Exception:  # noqa: BLE001  # each library has errors of its own
                continue
            raise AssertionError(f"{self.name}: a forgery passed")

    def one_round(self) -> Round:
        def work() -> None:
            verify = self.verify
            for message in self.messages:
                verify(message)

        return timed(work)

    def bare_round(self) -> Round:
        def work() -> None:
            for call in self.bare:
                call()

        return timed(work)


def p256_key(name: str) -> EllipticCurvePrivateKey:
    """A P-256 key that depends on `name` alone."""
    return derive_private_key(int.from_bytes(hashlib.sha256(name.encode()).digest(), "big") >> 1, SECP256R1())


def coordinates(key: EllipticCurvePrivateKey) -> tuple[bytes, bytes]:
    """x and y of its public key, 32 bytes each."""
    numbers = key.public_key().public_numbers()
    return numbers.x.to_bytes(32, "big"), numbers.y.to_bytes(32, "big")


def sign_p256(key: EllipticCurvePrivateKey, message: bytes) -> bytes:
    """An ES256 signature as COSE and JOSE write it: r and s, 32 bytes each."""
    r, s = decode_dss_signature(key.sign(message, ES256))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def der(signature: bytes) -> bytes:
    """r and s as `cryptography` wants them."""
    return encode_dss_signature(int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big"))


def bare_p256(key: EllipticCurvePrivateKey, message: bytes, signature: bytes) -> Callable[[], object]:
    """One verification by OpenSSL through `cryptography`, with everything made ready before."""
    verify, prepared = key.public_key().verify, der(signature)
    return lambda: verify(prepared, message, ES256)
