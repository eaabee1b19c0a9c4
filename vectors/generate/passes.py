"""Claims, presentations and their texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from vectors.generate.keys import Key

DEVICE, DOCUMENT, BOTH = 1, 2, 4
ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"


@dataclass(frozen=True)
class Claim:
    """What an issuer signs. `signature` None: a good one by `issuer`."""

    issuer: Key
    kid: bytes
    exp: int
    slot: int
    binding: int = DEVICE
    holder: bytes = b""
    color: int = 1
    tag: bytes = b"\0\0"
    signature: bytes | None = None

    def payload(self) -> bytes:
        """The claims, piece by piece as docs/protocol.md has them."""
        bound = self.binding != DOCUMENT
        tagged = self.binding != DEVICE
        parts = [bytes((0xA3 + bound + tagged,)), b"\x04\x1a", self.exp.to_bytes(4, "big")]
        parts += [b"\x07\x44", self.slot.to_bytes(4, "big")]
        if bound:
            parts += [bytes.fromhex("08a101a301012006215820"), self.holder]
        parts += [bytes.fromhex("3a00010000"), bytes((self.color,))]
        if tagged:
            parts += [bytes.fromhex("3a0001000142"), self.tag]
        return b"".join(parts)

    def protected(self) -> bytes:
        return bytes.fromhex("49a201320444") + self.kid

    def signed(self) -> bytes:
        """The Sig_structure."""
        return b"\x84\x6aSignature1" + self.protected() + b"\x40" + self.payload_string()

    def payload_string(self) -> bytes:
        payload = self.payload()
        return b"\x58" + bytes((len(payload),)) + payload

    def proof(self) -> bytes:
        return self.issuer.sign(self.signed()) if self.signature is None else self.signature

    def data(self) -> bytes:
        return b"\xd2\x84" + self.protected() + b"\xa0" + self.payload_string() + b"\x58\x40" + self.proof()

    def but(self, **changes: object) -> Claim:
        return replace(self, **changes)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Showing:
    """What a holder signs. `signature` None: a good one by `holder`."""

    holder: Key
    claim: Claim
    iat: int
    aud: bytes | None = None
    nonce: bytes | None = None
    members: Sequence[Claim] = field(default=())
    signature: bytes | None = None

    def payload_string(self) -> bytes:
        entries = 1 + (self.aud is not None) + (self.nonce is not None) + bool(self.members)
        parts = [bytes((0xA0 + entries,))]
        if self.aud is not None:
            parts += [b"\x03\x70", self.aud]
        parts += [b"\x06\x1a", self.iat.to_bytes(4, "big")]
        if self.nonce is not None:
            parts += [b"\x18\x27\x50", self.nonce]
        if self.members:
            parts.append(bytes.fromhex("3a00010002") + bytes((0x80 + len(self.members),)))
        for each in self.members:
            parts += [b"\x84\x44", each.slot.to_bytes(4, "big"), bytes((each.color,)), b"\x42", each.tag]
            parts += [b"\x58\x40", each.proof()]
        payload = b"".join(parts)
        size = len(payload)
        if size < 24:
            return bytes((0x40 + size,)) + payload
        return (b"\x58" + bytes((size,)) if size < 256 else b"\x59" + size.to_bytes(2, "big")) + payload

    def protected(self) -> bytes:
        claim = self.claim.data()
        return b"\x58" + bytes((len(claim) + 4,)) + bytes.fromhex("a201320d") + claim

    def signed(self) -> bytes:
        return b"\x84\x6aSignature1" + self.protected() + b"\x40" + self.payload_string()

    def data(self) -> bytes:
        proof = self.holder.sign(self.signed()) if self.signature is None else self.signature
        return b"\xd2\x84" + self.protected() + b"\xa0" + self.payload_string() + b"\x58\x40" + proof

    def but(self, **changes: object) -> Showing:
        return replace(self, **changes)  # type: ignore[arg-type]

    def with_claim(self, **changes: object) -> Showing:
        """With another first claim; holder key, kid and expiry of members are rebuilt from it."""
        claim = self.claim.but(**changes)
        shared = {name: getattr(claim, name) for name in ("issuer", "kid", "exp", "holder")}
        return self.but(claim=claim, members=tuple(each.but(**shared) for each in self.members))

    def with_member(self, number: int, **changes: object) -> Showing:
        members = list(self.members)
        members[number] = members[number].but(**changes)
        return self.but(members=tuple(members))


def base45(data: bytes) -> str:
    """RFC 9285."""
    out = ""
    for at in range(0, len(data), 2):
        part = data[at : at + 2]
        number = int.from_bytes(part, "big")
        for _ in range(len(part) + 1):
            out += ALPHABET[number % 45]
            number //= 45
    return out


def text(data: bytes) -> str:
    return "HP1:" + base45(data)
