"""Signed messages: each says what it is, and is refused as anything else; a signer is anything that can sign."""

from __future__ import annotations

from itertools import permutations

import cbor2
import pytest

from healthpass.crypto import ed25519
from healthpass.crypto.signer import Signer, SoftwareSigner, sign_message
from healthpass.errors import BadInput, FormatError, StationRefused
from healthpass.formats import cose
from healthpass.trust.signed import open_signed
from tests.making import HOLDER, ISSUER, STRANGER
from tests.raising import raises

TYPES = [
    value
    for value in vars(cose).values()
    if isinstance(value, str) and value.startswith(cose.TYPE_PREFIX) and value != cose.TYPE_PREFIX
]
"""Every type of message that there is, also those to come."""
PAYLOAD = cbor2.dumps([1, 2, 3])
SIGNED = sign_message(ISSUER, cose.ATTESTATION, PAYLOAD)


class Elsewhere:
    """A signer that is not ours, as an HSM's adapter is: a key and a function."""

    public_key = STRANGER.public_key

    def sign(self, message: bytes) -> bytes:
        return STRANGER.sign(message)


def opened(data: bytes, typ: str, max_size: int) -> tuple[bytes, bytes]:
    message = open_signed(data, typ, max_size)
    return message.key, message.payload


def code_of(data: bytes, typ: str = cose.ATTESTATION, max_size: int = 1000) -> str:
    with pytest.raises(BadInput) as caught:
        open_signed(data, typ, max_size)
    return caught.value.code


def test_opened() -> None:
    assert opened(SIGNED, cose.ATTESTATION, len(SIGNED)) == (ISSUER.public_key, PAYLOAD)


def test_by_whoever_may_sign_it() -> None:
    """Whose it is comes before its signature; each caller says both in words of its own, or gets the usual ones."""
    not_theirs, bad = StationRefused("other-region", "not theirs; ask"), StationRefused("bad-signature", "bad; ask")
    damaged = SIGNED[:-1] + bytes((SIGNED[-1] ^ 1,))
    for by in ((ISSUER.public_key,), {ISSUER.public_key: 1}, {STRANGER.public_key, ISSUER.public_key}):
        assert open_signed(SIGNED, cose.ATTESTATION, 1000, by=by, not_theirs=not_theirs).key == ISSUER.public_key
        with raises(StationRefused, "bad-signature", "bad; ask"):
            open_signed(damaged, cose.ATTESTATION, 1000, by=by, not_theirs=not_theirs, bad_signature=bad)
    for data in (SIGNED, damaged):
        with raises(StationRefused, "other-region", "not theirs; ask"):
            open_signed(data, cose.ATTESTATION, 1000, by=(), not_theirs=not_theirs, bad_signature=bad)
        with raises(BadInput, "bad-signature", "the message's signature does not hold; have it sent again"):
            open_signed(data, cose.ATTESTATION, 1000, by=(STRANGER.public_key,))


def test_types_are_distinct() -> None:
    assert len(TYPES) == len(set(TYPES)) >= 3
    assert all(typ.startswith("application/vnd.healthpass.") for typ in TYPES)


@pytest.mark.parametrize(("typ", "other"), list(permutations(TYPES, 2)))
def test_no_message_is_taken_for_another(typ: str, other: str) -> None:
    """Neither as it is, nor with its header exchanged, nor as one signature among several."""
    data = sign_message(ISSUER, typ, PAYLOAD)
    assert opened(data, typ, 1000) == (ISSUER.public_key, PAYLOAD)
    assert code_of(data, other) == "malformed"
    relabelled = cose.encode_sign1(other, ISSUER.public_key, PAYLOAD, data[-64:])
    assert code_of(relabelled, other) == "bad-signature"
    several = cose.encode_sign(typ, PAYLOAD, {ISSUER.public_key: data[-64:]})
    assert code_of(several, typ) == "malformed"
    for each in (typ, other):
        with raises(FormatError, "malformed", "a message of another type, or with other headers"):
            cose.decode_sign(data, each, 1000)
    assert not ed25519.verify(ISSUER.public_key, cose.sign_signed_part(typ, ISSUER.public_key, PAYLOAD), data[-64:])


def test_another_payload() -> None:
    assert code_of(SIGNED.replace(PAYLOAD, cbor2.dumps([1, 2, 4]))) == "bad-signature"


def test_another_signer() -> None:
    assert code_of(SIGNED.replace(ISSUER.public_key, HOLDER.public_key)) == "bad-signature"


def test_another_signature() -> None:
    assert code_of(SIGNED[:-64] + bytes(64)) == "bad-signature"


def test_too_large() -> None:
    assert code_of(SIGNED, max_size=len(SIGNED) - 1) == "malformed"


def test_truncations_extensions_and_flipped_bits() -> None:
    for size in range(len(SIGNED)):
        assert code_of(SIGNED[:size]) == "malformed"
    assert code_of(SIGNED + b"\x00") == "malformed"
    number = int.from_bytes(SIGNED, "big")
    for bit in range(8 * len(SIGNED)):
        assert code_of((number ^ 1 << bit).to_bytes(len(SIGNED), "big")) in ("malformed", "bad-signature")


def rebuilt(tag: int = 18, header: object = None, unprotected: object = None, **more: object) -> bytes:
    """The message as `cbor2` writes it, with something else in one place."""
    protected = {1: -19, 4: ISSUER.public_key, 16: cose.ATTESTATION} if header is None else header
    parts = {"payload": PAYLOAD, "signature": SIGNED[-64:]} | more
    return cbor2.dumps(
        cbor2.CBORTag(tag, [cbor2.dumps(protected), unprotected or {}, parts["payload"], parts["signature"]])
    )


OTHER_FORMS = {
    "another tag": rebuilt(tag=98),
    "no tag": SIGNED[1:],
    "alg EdDSA": rebuilt(header={1: -8, 4: ISSUER.public_key, 16: cose.ATTESTATION}),
    "no alg": rebuilt(header={4: ISSUER.public_key, 16: cose.ATTESTATION}),
    "no kid": rebuilt(header={1: -19, 16: cose.ATTESTATION}),
    "no typ": rebuilt(header={1: -19, 4: ISSUER.public_key}),
    "short kid": rebuilt(header={1: -19, 4: ISSUER.public_key[:4], 16: cose.ATTESTATION}),
    "crit": rebuilt(header={1: -19, 2: [4], 4: ISSUER.public_key, 16: cose.ATTESTATION}),
    "another order": rebuilt(header={16: cose.ATTESTATION, 4: ISSUER.public_key, 1: -19}),
    "one more header": rebuilt(header={1: -19, 4: ISSUER.public_key, 16: cose.ATTESTATION, 99: 0}),
    "an unprotected header": rebuilt(unprotected={4: ISSUER.public_key}),
    "detached payload": rebuilt(payload=None),
    "payload as text": rebuilt(payload="text"),
    "short signature": rebuilt(signature=SIGNED[-63:]),
    "long signature": rebuilt(signature=SIGNED[-65:]),
    "nothing": b"",
    "an empty array": b"\xd2\x80",
}


def test_rebuilt_is_the_same() -> None:
    assert rebuilt() == SIGNED


@pytest.mark.parametrize("data", OTHER_FORMS.values(), ids=OTHER_FORMS.keys())
def test_other_forms(data: bytes) -> None:
    assert code_of(data) == "malformed"


@pytest.mark.parametrize("size", [0, 1, 23, 24, 255, 256, 65_535, 65_536])
def test_payloads_of_any_length(size: int) -> None:
    payload = bytes(size)
    data = sign_message(ISSUER, cose.TRUST_LIST, payload)
    assert opened(data, cose.TRUST_LIST, len(data)) == (ISSUER.public_key, payload)
    assert cbor2.loads(data).value[2] == payload


def test_any_object_with_a_key_and_a_function_signs() -> None:
    signer = Elsewhere()
    assert isinstance(signer, Signer)
    data = sign_message(signer, cose.ATTESTATION, PAYLOAD)
    assert opened(data, cose.ATTESTATION, 1000) == (STRANGER.public_key, PAYLOAD)
    assert not isinstance(object(), Signer)


def test_a_key_in_memory() -> None:
    again = SoftwareSigner(ISSUER.seed)
    assert again.public_key == ISSUER.public_key
    assert again.sign(b"message") == ISSUER.sign(b"message")
    assert SoftwareSigner().public_key != SoftwareSigner().public_key
    assert ISSUER.seed.hex() not in repr(ISSUER) == "SoftwareSigner(...)"
    assert isinstance(ISSUER, Signer)


@pytest.mark.parametrize("size", [0, 31, 33, 64])
def test_a_seed_has_32_bytes(size: int) -> None:
    with raises(FormatError, "malformed", "an Ed25519 seed is 32 bytes"):
        SoftwareSigner(bytes(size))
