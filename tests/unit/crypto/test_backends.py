"""Three ways to libsodium, one verdict: for every shape, for every broken signature, and without PyNaCl."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import healthpass
from healthpass import Refused
from healthpass.crypto import ed25519
from healthpass.errors import TrustListRefused
from healthpass.formats.claim import TEMPLATES, Binding
from healthpass.formats.presentation import Shape, template_of
from healthpass.formats.text import encode_text
from healthpass.trust.signed import open_trust_list
from healthpass.verifier import TrustStore, Verifier
from tests.making import (
    ISSUER,
    NONCE,
    NOW,
    PLACE,
    ROOT,
    ROOTS,
    SHAPES,
    STRANGER,
    family,
    make_claim,
    make_trust_list,
    present,
    present_shape,
    sign_trust_list,
)
from tests.placing import everywhere, make_place, placed_list
from tests.raising import raises


def flipped(data: bytes, at: int) -> bytes:
    return data[:at] + bytes((data[at] ^ 1,)) + data[at + 1 :]


def with_broken_signatures(shape: Shape) -> Iterator[bytes]:
    """The presentation with each of its signatures altered: in R, in S, and all zero."""
    data = present_shape(shape)
    for name, hole in template_of(shape).fields.items():
        if "signature" in name:
            yield flipped(data, hole.start)
            yield flipped(data, hole.stop - 1)
            yield data[: hole.start] + bytes(64) + data[hole.stop :]


PASSES = [
    *(present_shape(shape) for shape in SHAPES),
    *(altered for shape in SHAPES for altered in with_broken_signatures(shape)),
    make_claim(binding=Binding.DOCUMENT),
    make_claim(binding=Binding.DOCUMENT, issuer=STRANGER),
    flipped(make_claim(binding=Binding.DOCUMENT), TEMPLATES[Binding.DOCUMENT].fields["tag"].start),
    present(make_claim(issuer=STRANGER)),
    present(make_claim(), holder=STRANGER),
    present([*family(range(2)), make_claim(2, Binding.BOTH, issuer=STRANGER)]),
    make_claim(),
]
TEXTS = [encode_text(data) for data in PASSES]
SETTINGS: list[tuple[str | None, bytes | None]] = [(None, None), (PLACE, None), (None, NONCE), (PLACE, NONCE)]


PLACED = {
    audience: (
        sign_trust_list(placed_list(policy=everywhere(audience=audience is not None))),
        make_place(place_id=audience or "f" * 16),
    )
    for audience in (None, PLACE)
}
"""A trust list whose rules ask for no documents, and the place of the scanner."""


def answers() -> list[str]:
    """What scanners of each setting say to each text."""
    given = []
    for audience, nonce in SETTINGS:
        listed, place = PLACED[audience]
        store = TrustStore(ROOTS)
        store.update_trust_list(listed, now=NOW)
        for text in TEXTS:
            try:
                given.append(repr(Verifier(store, place=place).verify(text, now=NOW, nonce=nonce)))
            except Refused as refusal:
                given.append(f"{refusal.code.name} {refusal.index}")
    return given


EXPECTED = answers()


def test_the_passes_above_are_good_and_bad() -> None:
    assert sum(answer.startswith("Verdict") for answer in EXPECTED) == len(SHAPES) + 4
    for code in ("BAD_CLAIM_SIGNATURE 7", "BAD_CLAIM_SIGNATURE None", "BAD_HOLDER_SIGNATURE None"):
        assert code in EXPECTED


def test_every_backend_says_the_same(backend: str) -> None:
    assert answers() == EXPECTED


def test_a_trust_list_on_every_backend(backend: str) -> None:
    data = sign_trust_list(make_trust_list())
    assert open_trust_list(data, ROOTS).version == 1
    with raises(
        TrustListRefused, "bad-signature", "a root's signature on the trust list does not hold; fetch the list again"
    ):
        open_trust_list(flipped(data, len(data) - 1), ROOTS)


def test_no_backend_of_that_name() -> None:
    with pytest.raises((ImportError, KeyError)):
        ed25519.use_backend("openssl")
    assert ed25519.verify(ISSUER.public_key, b"message", ISSUER.sign(b"message"))


WITHOUT_PYNACL = f"""
import sys
sys.path.insert(0, {str(Path(healthpass.__file__).parents[1])!r})
for name in ("nacl", "_cffi_backend", "cffi"):
    sys.modules[name] = None
from healthpass import Refused
from healthpass.crypto import ed25519
from healthpass.verifier import RootSet, TrustStore, Verifier
assert ed25519.use_backend(None) == "system"
texts = sys.stdin.read().split("\\n")
for audience, nonce in {SETTINGS!r}:
    listed, place = {PLACED!r}[audience]
    store = TrustStore(RootSet(1, (bytes.fromhex({ROOT.public_key.hex()!r}),)))
    store.update_trust_list(listed, now={NOW})
    for text in texts:
        try:
            print(repr(Verifier(store, place=place).verify(text, now={NOW}, nonce=nonce)))
        except Refused as refusal:
            print(refusal.code.name, refusal.index)
"""


def without_pynacl(script: str, given: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-I", "-S", "-c", script], input=given, capture_output=True, text=True, check=False
    )


def test_without_pynacl_the_systems_libsodium_says_the_same() -> None:
    try:
        ed25519.load("system")
    except ImportError:
        pytest.skip("this machine has no libsodium of its own")
    done = without_pynacl(WITHOUT_PYNACL, "\n".join(TEXTS))
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == EXPECTED


def test_without_any_libsodium_the_error_says_what_to_install() -> None:
    script = WITHOUT_PYNACL.replace('"cffi")', '"cffi", "ctypes", "_ctypes")')
    done = without_pynacl(script)
    assert done.returncode == 1
    assert "ImportError: healthpass needs libsodium: install PyNaCl" in done.stderr
