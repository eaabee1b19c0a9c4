"""Whose signatures make a trust list, and which envelopes are none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cbor2
import pytest
from vectors.generate.edwards import SMALL_ORDER, P, decode, encode

from healthpass.crypto.signer import Signer
from healthpass.errors import BadInput, TrustListRefused
from healthpass.formats import cose
from healthpass.formats.platform import Platform, SealingKeyEntry
from healthpass.formats.trust_list import MAX_SIZE, TrustList, encode_trust_list
from healthpass.formats.window import RootSet, Window
from healthpass.trust.signed import open_trust_list
from healthpass.verifier import TrustStore
from tests.making import (
    NOW,
    PLATFORM,
    STRANGER,
    TOMORROW,
    WINDOW,
    files,
    make_trust_list,
    sign_payload,
    sign_trust_list,
    signer,
)
from tests.raising import raises, raises_one_of

A, B, C = sorted((signer(n) for n in (1, 30, 31)), key=lambda each: each.public_key)
ROOTS = RootSet(2, tuple(each.public_key for each in (A, B, C)))
TYP = cose.TRUST_LIST
SMALL = encode(SMALL_ORDER[1])
NOT_REDUCED = next((y + P).to_bytes(32, "little") for y in range(2, 19) if decode(y.to_bytes(32, "little")))


def listed(**more: Any) -> TrustList:
    return make_trust_list(roots=ROOTS, **more)


PAYLOAD = encode_trust_list(listed())
GOOD = sign_payload(PAYLOAD, (A, B))


def signature(root: Signer, payload: bytes = PAYLOAD, typ: str = TYP) -> bytes:
    return root.sign(cose.sign_signed_part(typ, root.public_key, payload))


def header(key: bytes, alg: int = -19) -> bytes:
    return cbor2.dumps({1: alg, 4: key})


def entry(root: Signer) -> list[Any]:
    """A COSE_Signature."""
    return [header(root.public_key), {}, signature(root)]


def envelope(
    *entries: object, body: object = None, unprotected: object = None, payload: object = PAYLOAD, tag: int = 98
) -> bytes:
    """A COSE_Sign as `cbor2` writes it, so that each part can be something else."""
    body = {16: TYP} if body is None else body
    return cbor2.dumps(cbor2.CBORTag(tag, [cbor2.dumps(body), unprotected or {}, payload, list(entries)]))


def with_window_key(key: bytes) -> bytes:
    weak = Window(b"weak", key, WINDOW.valid_from, WINDOW.expires, 4, 1)
    return sign_trust_list(listed(windows=(WINDOW, TOMORROW, weak)), (A, B))


def seventeen() -> list[Any]:
    return [entry(each) for each in sorted((signer(n) for n in range(40, 57)), key=lambda each: each.public_key)]


ALTERED_SIGNATURE = [header(B.public_key), {}, bytes(64)]
BAD: dict[str, tuple[bytes, str]] = {
    "one root of two": (sign_payload(PAYLOAD, (A,)), "threshold"),
    "one root and a stranger": (sign_payload(PAYLOAD, (A, STRANGER)), "threshold"),
    "strangers alone": (sign_payload(PAYLOAD, (STRANGER, signer(6))), "threshold"),
    "a root's signature does not hold": (envelope(entry(A), ALTERED_SIGNATURE), "bad-signature"),
    "one too many, which does not hold": (envelope(entry(A), ALTERED_SIGNATURE, entry(C)), "bad-signature"),
    "signed by roots over another payload": (envelope(entry(A), entry(B), payload=PAYLOAD + b"\x00"), "bad-signature"),
    "signed by roots as another message": (
        envelope(*([header(each.public_key), {}, signature(each, typ=cose.ATTESTATION)] for each in (A, B))),
        "bad-signature",
    ),
    "signatures exchanged": (
        envelope([header(A.public_key), {}, signature(B)], [header(B.public_key), {}, signature(A)]),
        "bad-signature",
    ),
    "same signer twice": (envelope(entry(A), entry(A)), "malformed"),
    "same signer twice among others": (envelope(entry(A), entry(B), entry(B)), "malformed"),
    "signers out of order": (envelope(entry(B), entry(A)), "malformed"),
    "no signer": (envelope(), "malformed"),
    "17 signers": (envelope(*seventeen()), "malformed"),
    "another typ": (envelope(entry(A), entry(B), body={16: cose.ATTESTATION}), "malformed"),
    "no typ": (envelope(entry(A), entry(B), body={}), "malformed"),
    "an unknown header": (envelope(entry(A), entry(B), body={16: TYP, 99: 0}), "malformed"),
    "an unprotected header": (envelope(entry(A), entry(B), unprotected={99: 0}), "malformed"),
    "a signer with an unprotected header": (
        envelope(entry(A), [header(B.public_key), {99: 0}, signature(B)]),
        "malformed",
    ),
    "a signer with alg EdDSA": (envelope(entry(A), [header(B.public_key, -8), {}, signature(B)]), "malformed"),
    "a signer with a short kid": (envelope(entry(A), [header(B.public_key[:4]), {}, signature(B)]), "malformed"),
    "a signature of 63 bytes": (envelope(entry(A), [header(B.public_key), {}, bytes(63)]), "malformed"),
    "a signature of four items": (envelope(entry(A), [*entry(B), 0]), "malformed"),
    "detached payload": (envelope(entry(A), entry(B), payload=None), "malformed"),
    "payload not in a byte string": (envelope(entry(A), entry(B), payload={}), "malformed"),
    "COSE_Sign1's tag": (envelope(entry(A), entry(B), tag=18), "malformed"),
    "no tag": (GOOD[2:], "malformed"),
    "bytes after the end": (GOOD + b"\x00", "malformed"),
    "too large": (GOOD + bytes(MAX_SIZE), "malformed"),
    "nothing": (b"", "malformed"),
    "payload not deterministic": (sign_payload(b"\xb8" + bytes((PAYLOAD[0] & 31,)) + PAYLOAD[1:], (A, B)), "malformed"),
    "payload is no list": (sign_payload(b"\xa0", (A, B)), "malformed"),
    "a window's key of small order": (with_window_key(SMALL), "weak-key"),
    "a window's key with a second encoding": (with_window_key(NOT_REDUCED), "weak-key"),
    "a revocation key of small order": (
        sign_trust_list(listed(revocation_keys={SMALL: (WINDOW.kid,)}), (A, B)),
        "weak-key",
    ),
    "a registrar of small order": (sign_trust_list(listed(registrar_keys=(SMALL,)), (A, B)), "weak-key"),
    "a risk office of small order": (sign_trust_list(listed(risk_keys=(SMALL,)), (A, B)), "weak-key"),
    "a next root of small order": (
        sign_trust_list(make_trust_list(roots=RootSet(1, (SMALL, A.public_key))), (A, B)),
        "weak-key",
    ),
    "other roots for the next list": (
        sign_trust_list(make_trust_list(roots=RootSet(1, (C.public_key,))), (A, B)),
        "new-roots",
    ),
    "another threshold for the next list": (
        sign_trust_list(make_trust_list(roots=RootSet(3, ROOTS.keys)), (A, B)),
        "new-roots",
    ),
}


def test_the_envelope_above_is_ours() -> None:
    assert envelope(entry(A), entry(B)) == GOOD


@pytest.mark.parametrize(("data", "code"), BAD.values(), ids=BAD.keys())
def test_refused_and_the_folder_is_as_it_was(data: bytes, code: str, tmp_path: Path) -> None:
    store = TrustStore.open(tmp_path, roots=ROOTS)
    for newest in (1, 2):
        before, trust_list = files(tmp_path), store.trust_list
        with pytest.raises(BadInput) as caught:
            store.update_trust_list(data, now=NOW)
        assert caught.value.code == code
        assert files(tmp_path) == before
        assert store.trust_list is trust_list
        store.update_trust_list(sign_trust_list(listed(version=newest), (A, B)), now=NOW)
        assert store.trust_list is not None
        assert store.trust_list.version == newest


@pytest.mark.parametrize("roots", [(A, B), (A, C), (B, C), (A, B, C), (A, B, STRANGER)], ids=len)
def test_enough_distinct_roots(roots: tuple[Signer, ...]) -> None:
    assert open_trust_list(sign_payload(PAYLOAD, roots), ROOTS).version == 1


def test_what_a_stranger_has_signed_is_not_even_checked() -> None:
    strange = sorted(
        [entry(A), entry(B), [header(STRANGER.public_key), {}, bytes(64)]], key=lambda each: bytes(each[0])
    )
    assert open_trust_list(envelope(*strange), ROOTS).version == 1


def test_every_truncation_and_every_flipped_byte_is_refused() -> None:
    for at in range(len(GOOD)):
        for altered in (GOOD[:at], GOOD[:at] + bytes((GOOD[at] ^ 1,)) + GOOD[at + 1 :]):
            with raises_one_of("malformed", "bad-signature", "threshold"):
                open_trust_list(altered, ROOTS)


def test_one_root_alone() -> None:
    alone = RootSet(1, (A.public_key,))
    assert open_trust_list(sign_trust_list(make_trust_list(roots=alone), (A,)), alone).roots == alone
    with pytest.raises(BadInput, match="few"):
        open_trust_list(sign_trust_list(make_trust_list(roots=alone), (B,)), alone)


WEAK_SEALING = [
    bytes(32),
    b"\x01" + bytes(31),
    bytes.fromhex("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"),
    bytes.fromhex("5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157"),
    (P - 1).to_bytes(32, "little"),
    P.to_bytes(32, "little"),
    (P + 5).to_bytes(32, "little"),
    (9 + 2**255).to_bytes(32, "little"),
]
"""Of small order (https://cr.yp.to/ecdh.html#validate), or another way of writing a key."""


@pytest.mark.parametrize("key", WEAK_SEALING, ids=bytes.hex)
def test_a_weak_sealing_key(key: bytes) -> None:
    """What is sealed to it, anybody could open; or it would be listed twice. Ed25519 has other rules than this."""
    for each, code in (((9).to_bytes(32, "little"), None), (SMALL, None), (key, "weak-key")):
        platform = Platform(PLATFORM, (WINDOW.kid, TOMORROW.kid), (SealingKeyEntry(each, NOW, NOW + 1),))
        data = sign_trust_list(listed(platforms=[platform]), (A, B))
        if code is None:
            assert open_trust_list(data, ROOTS).sealing_keys() == [each]
            continue
        with raises(
            TrustListRefused, code, "the trust list has a key of small order or with a second encoding; make a new one"
        ):
            open_trust_list(data, ROOTS)
