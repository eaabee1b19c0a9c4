"""python-cwt, a COSE library that has never heard of healthpass, verifies our bytes and makes the same ones."""

from __future__ import annotations

from typing import Any

import cbor2
import cwt
import pytest
from cwt import COSE, COSEKey

from healthpass import Color
from healthpass.attester import Attester, Person
from healthpass.crypto.signer import Signer as OurSigner
from healthpass.crypto.signer import SoftwareSigner, sign_message
from healthpass.formats import cose
from healthpass.formats.attestation import parse_issue_request
from healthpass.formats.claim import Binding
from healthpass.formats.presentation import Shape
from healthpass.formats.trust_list import encode_trust_list
from tests.documents import AnySeeds
from tests.making import (
    HOLDER,
    ISSUER,
    NONCE,
    NOW,
    PLACE,
    ROOT,
    SHAPES,
    STRANGER,
    TAG,
    WINDOW,
    family,
    make_claim,
    make_trust_list,
    present,
    present_shape,
    sign_trust_list,
)
from tests.placing import REGISTRAR, RISK_OFFICE, make_area_table, make_place

ED25519 = -19
VERIFY_ERRORS = (cwt.VerifyError, ValueError)
CNF = {1: {1: 1, -1: 6, -2: HOLDER.public_key}}
TYP = "application/vnd.healthpass."


def public(signer: OurSigner, kid: bytes = b"") -> Any:
    """A COSE_Key that may verify."""
    return COSEKey.new({1: 1, -1: 6, -2: signer.public_key, 3: ED25519, 4: [2]} | ({2: kid} if kid else {}))


def private(signer: SoftwareSigner, kid: bytes = b"") -> Any:
    """A COSE_Key that may sign."""
    key = {1: 1, -1: 6, -2: signer.public_key, -4: signer.seed, 3: ED25519, 4: [1]}
    return COSEKey.new(key | ({2: kid} if kid else {}))


def claims_of(binding: Binding, slot: int = 1, color: int = 1) -> dict[int, Any]:
    """The claims of a CWT as the CDDL gives them."""
    claims: dict[int, Any] = {4: WINDOW.expires, 7: slot.to_bytes(4, "big")}
    if binding != Binding.DOCUMENT:
        claims[8] = CNF
    claims[-65537] = color
    if binding != Binding.DEVICE:
        claims[-65538] = TAG
    return claims


def their_claim(binding: Binding) -> bytes:
    payload = cbor2.dumps(claims_of(binding))
    data: bytes = COSE.new().encode(
        payload, private(ISSUER, WINDOW.kid), protected={1: ED25519, 4: WINDOW.kid}, unprotected={}
    )
    return data


@pytest.mark.parametrize("binding", [Binding.DEVICE, Binding.DOCUMENT, Binding.BOTH])
def test_our_claim_holds_for_them(binding: Binding) -> None:
    payload = COSE.new(verify_kid=True).decode(make_claim(binding=binding), [public(ISSUER, WINDOW.kid)])
    assert cbor2.loads(payload) == claims_of(binding)


@pytest.mark.parametrize("binding", [Binding.DEVICE, Binding.DOCUMENT, Binding.BOTH])
def test_their_claim_is_ours_byte_for_byte(binding: Binding) -> None:
    assert their_claim(binding) == make_claim(binding=binding)


@pytest.mark.parametrize("binding", [Binding.DEVICE, Binding.DOCUMENT, Binding.BOTH])
@pytest.mark.parametrize("color", list(Color), ids=lambda color: color.name)
def test_a_claim_has_exactly_the_structure_of_the_cddl(binding: Binding, color: Color) -> None:
    data = make_claim(5, binding, color)
    message = cbor2.loads(data)
    protected, unprotected, payload, signature = message.value
    assert message.tag == 18
    assert list(cbor2.loads(protected).items()) == [(1, ED25519), (4, WINDOW.kid)]
    assert unprotected == {}
    assert list(cbor2.loads(payload).items()) == list(claims_of(binding, 5, color).items())
    assert len(signature) == 64
    assert cbor2.dumps(message) == data


def test_they_read_it_as_a_web_token() -> None:
    claims = cwt.decode(make_claim(binding=Binding.BOTH), [public(ISSUER, WINDOW.kid)], no_verify=True)
    assert claims[4] == WINDOW.expires
    assert claims[8] == CNF


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_our_presentation_holds_for_them(shape: Shape) -> None:
    """Holder's signature by the key in the claim's `cnf`, and every member's claim rebuilt as the CDDL says."""
    message = cbor2.loads(present_shape(shape))
    claim = cbor2.loads(message.value[0])[13]
    claims = cbor2.loads(COSE.new().decode(claim, [public(ISSUER, WINDOW.kid)]))
    holder = COSEKey.new({**claims[8][1], 3: ED25519, 4: [2]})
    shown = cbor2.loads(COSE.new().decode(present_shape(shape), [holder]))
    binding, audience, nonce, members = shape
    assert (shown.get(3), shown[6], shown.get(39)) == (PLACE if audience else None, NOW, NONCE if nonce else None)
    assert len(shown.get(-65539, [])) == members
    for cti, color, tag, signature in shown.get(-65539, []):
        rebuilt = claims | {7: cti, -65537: color, -65538: tag}
        member = cbor2.CBORTag(18, [claim.value[0], {}, cbor2.dumps(rebuilt), signature])
        assert cbor2.loads(COSE.new().decode(member, [public(ISSUER, WINDOW.kid)])) == rebuilt
    assert binding in (Binding.DEVICE, Binding.BOTH)


@pytest.mark.parametrize(("audience", "nonce"), [(None, None), (PLACE, None), (None, NONCE), (PLACE, NONCE)])
def test_their_presentation_is_ours_byte_for_byte(audience: str | None, nonce: bytes | None) -> None:
    shown: dict[int, Any] = {3: audience, 6: NOW, 39: nonce}
    payload = cbor2.dumps({label: value for label, value in shown.items() if value is not None})
    protected = {1: ED25519, 13: cbor2.loads(their_claim(Binding.DEVICE))}
    data = COSE.new().encode(payload, private(HOLDER), protected=protected, unprotected={})
    assert data == present(make_claim(), audience=audience, nonce=nonce)


def test_what_does_not_hold_for_us_does_not_for_them() -> None:
    forged = present(make_claim(issuer=STRANGER), holder=STRANGER)
    claim = cbor2.loads(cbor2.loads(forged).value[0])[13]
    with pytest.raises(VERIFY_ERRORS):
        COSE.new().decode(claim, [public(ISSUER, WINDOW.kid)])
    with pytest.raises(VERIFY_ERRORS):
        COSE.new().decode(forged, [public(HOLDER)])
    altered = bytearray(present(family(range(2))))
    altered[-200] ^= 1
    with pytest.raises(VERIFY_ERRORS):
        COSE.new().decode(bytes(altered), [public(HOLDER)])


def test_our_trust_list_holds_for_them() -> None:
    data = sign_trust_list(make_trust_list(), (ROOT, STRANGER))
    for root in (ROOT, STRANGER):
        payload = COSE.new(verify_kid=True).decode(data, [public(root, root.public_key)])
        assert payload == encode_trust_list(make_trust_list())
    with pytest.raises(VERIFY_ERRORS):
        COSE.new(verify_kid=True).decode(
            data[:-1] + bytes((data[-1] ^ 1,)), [public(max_signer(), max_signer().public_key)]
        )


def max_signer() -> SoftwareSigner:
    """Who signs last: signers stand in ascending order of their keys."""
    return max(ROOT, STRANGER, key=lambda each: each.public_key)


def test_their_trust_list_is_ours_byte_for_byte() -> None:
    payload = encode_trust_list(make_trust_list())
    signers = [
        cwt.Signer.new(private(root, root.public_key), protected={1: ED25519, 4: root.public_key}, unprotected={})
        for root in sorted((ROOT, STRANGER), key=lambda each: each.public_key)
    ]
    data = COSE.new().encode(payload, protected={16: TYP + "trust-list"}, unprotected={}, signers=signers)
    assert data == sign_trust_list(make_trust_list(), (ROOT, STRANGER))


def test_our_attestation_holds_for_them() -> None:
    person = Person("green", AnySeeds(lambda valid_from, expires: bytes(32)))
    request = Attester(STRANGER).attest_paper(make_trust_list(), person, now=NOW)
    data = parse_issue_request(request).attestation
    payload = COSE.new(verify_kid=True).decode(data, [public(STRANGER, STRANGER.public_key)])
    content = cbor2.loads(payload)
    assert (content[6], content[7]) == ([[WINDOW.valid_from, WINDOW.expires, 1]], [[bytes(32)]])


@pytest.mark.parametrize("data", [make_place(), make_area_table(high=[1])], ids=["place", "area table"])
def test_our_places_and_tables_hold_for_them(data: bytes) -> None:
    office = REGISTRAR if data == make_place() else RISK_OFFICE
    payload = COSE.new(verify_kid=True).decode(data, [public(office, office.public_key)])
    assert cbor2.loads(payload)[1] == 1
    with pytest.raises(VERIFY_ERRORS):
        COSE.new(verify_kid=True).decode(data[:-1] + bytes((data[-1] ^ 1,)), [public(office, office.public_key)])


@pytest.mark.parametrize("typ", [cose.ATTESTATION, cose.PLACE, cose.AREA_TABLE])
def test_their_message_is_ours_byte_for_byte(typ: str) -> None:
    payload = cbor2.dumps([1, 2, 3])
    protected = {1: ED25519, 4: STRANGER.public_key, 16: typ}
    data = COSE.new().encode(payload, private(STRANGER, STRANGER.public_key), protected=protected, unprotected={})
    assert data == sign_message(STRANGER, typ, payload)
