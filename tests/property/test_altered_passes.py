"""One wrong bit, one byte less or one byte more: refused by the whole verifier, whatever the code."""

from __future__ import annotations

import pytest

from healthpass import RefusalCode, Refused
from healthpass.formats.claim import Binding
from healthpass.formats.text import encode_text
from healthpass.verifier import Verifier
from tests.making import NONCE, NOW, PLACE, family, make_claim, make_verifier, present, remembered

PASSES = [
    pytest.param(present(make_claim()), None, None, id="device"),
    pytest.param(present(family([7]), audience=PLACE), PLACE, None, id="both with audience"),
    pytest.param(present(family([7, 8, 9]), audience=PLACE, nonce=NONCE), PLACE, NONCE, id="group of three"),
    pytest.param(make_claim(binding=Binding.DOCUMENT), None, None, id="paper"),
]


OF_DAMAGE = {
    RefusalCode.MALFORMED,
    RefusalCode.UNKNOWN_ISSUER_KEY,
    RefusalCode.ISSUER_KEY_NOT_VALID,
    RefusalCode.ISSUER_NOT_ALLOWED,
    RefusalCode.BAD_CLAIM_SIGNATURE,
    RefusalCode.BAD_HOLDER_SIGNATURE,
    RefusalCode.HOLDER_PROOF_REQUIRED,
}


def assert_nothing_passes(verifier: Verifier, altered: list[bytes], nonce: bytes | None) -> None:
    for data in altered:
        with pytest.raises(Refused) as caught:
            verifier.verify(encode_text(data), now=NOW, nonce=nonce)
        assert caught.value.code in OF_DAMAGE
    assert remembered(verifier) == 0


@pytest.mark.parametrize(("data", "audience", "nonce"), PASSES)
def test_altered_passes_are_refused_and_the_real_one_accepted(
    data: bytes, audience: str | None, nonce: bytes | None
) -> None:
    verifier = make_verifier(audience=audience)
    number = int.from_bytes(data, "big")
    flipped = [(number ^ 1 << bit).to_bytes(len(data), "big") for bit in range(8 * len(data))]
    assert_nothing_passes(verifier, flipped, nonce)
    assert_nothing_passes(verifier, [data[:size] for size in range(len(data))], nonce)
    assert_nothing_passes(verifier, [data[size:] for size in range(1, len(data))], nonce)
    assert_nothing_passes(verifier, [data + bytes((byte,)) for byte in range(256)], nonce)
    assert_nothing_passes(verifier, [bytes((byte,)) + data for byte in range(256)], nonce)
    assert_nothing_passes(verifier, [data[:at] + data[at + 1 :] for at in range(len(data))], nonce)
    assert verifier.verify(encode_text(data), now=NOW, nonce=nonce).colors


@pytest.mark.parametrize(("data", "audience", "nonce"), PASSES)
def test_bit_flips_of_the_text(data: bytes, audience: str | None, nonce: bytes | None) -> None:
    verifier = make_verifier(audience=audience)
    text = encode_text(data).encode()
    number = int.from_bytes(text, "big")
    for bit in range(8 * len(text)):
        with pytest.raises(Refused) as caught:
            verifier.verify((number ^ 1 << bit).to_bytes(len(text), "big"), now=NOW, nonce=nonce)
        assert caught.value.code in OF_DAMAGE | {RefusalCode.NOT_A_PASS, RefusalCode.UNSUPPORTED_VERSION}
    assert remembered(verifier) == 0
    assert verifier.verify(text, now=NOW, nonce=nonce).colors
