"""Attacks by form: endless data, signatures that are counted wrongly, keys and fields where they do not belong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cbor2
import pytest
from vectors.generate.edwards import SMALL_ORDER, encode

from healthpass import Color, RefusalCode, Refused
from healthpass.authority import Registrar, RiskOffice
from healthpass.crypto.signer import Signer, sign_message
from healthpass.formats import area_table, cose, trust_list
from healthpass.formats import claim as claim_format
from healthpass.formats.claim import Claim
from healthpass.formats.text import encode_text
from healthpass.verifier import Verifier
from tests.making import HOLDER, STRANGER, present, signer
from tests.scenario.attacked import CALM, Gate, altered, forged, labels
from tests.scenario.country import AREA, Country

ROLES = ("root", "registrar", "risk office", "issuer", "region", "holder", "stranger")
DEEP = b"\x81" * 100_000
ENDLESS = b"\x9f" + b"\x00" * 1000


@pytest.fixture
def gate(tmp_path: Path) -> Gate:
    return Gate(tmp_path)


def key_of(country: Country, role: str) -> Signer:
    return {
        "root": country.root_signers[0],
        "registrar": signer(131),
        "risk office": signer(132),
        "issuer": next(iter(country.windows)).signer,
        "region": signer(111),
        "holder": HOLDER,
        "stranger": STRANGER,
    }[role]


def entry(root: Signer, payload: bytes, kid: bytes | None = None) -> list[Any]:
    """A COSE_Signature by `root`, under its own or another key id."""
    signed = cose.sign_signed_part(cose.TRUST_LIST, root.public_key, payload)
    return [cbor2.dumps({1: -19, 4: root.public_key if kid is None else kid}), {}, root.sign(signed)]


def envelope(payload: bytes, *entries: list[Any]) -> bytes:
    """A COSE_Sign with any signatures at all."""
    return cbor2.dumps(cbor2.CBORTag(98, [cbor2.dumps({16: cose.TRUST_LIST}), {}, payload, list(entries)]))


@pytest.mark.parametrize("payload", [DEEP, ENDLESS, b"\x9b" + b"\xff" * 8, b"\xbb" + b"\xff" * 8], ids=lambda p: p[:2])
def test_endless_data_signed_by_the_roots_and_the_risk_office(payload: bytes, gate: Gate) -> None:
    gate.refuses("list", forged(payload, gate.country.root_signers[:2]), "malformed")
    gate.withstands("table", sign_message(signer(132), cose.AREA_TABLE, payload), "malformed")


@pytest.mark.parametrize("kind", ["list", "table"])
@pytest.mark.parametrize("at", ["the end", "the start"])
def test_endless_data(kind: str, at: str, gate: Gate) -> None:
    """Too many bytes are not even looked at."""
    honest, most = {
        "list": (gate.country.next_list(now=CALM), trust_list.MAX_SIZE),
        "table": (gate.country.next_table(now=CALM), area_table.MAX_SIZE),
    }[kind]
    padding = bytes(most + 1 - len(honest))
    gate.withstands(kind, honest + padding if at == "the end" else padding + honest, "malformed")


@pytest.mark.parametrize("kind", ["list", "table"])
@pytest.mark.parametrize("length", [b"\x5b" + b"\xff" * 8, b"\x5a\x7f\xff\xff\xff", b"\x5f"])
def test_a_length_that_lies(kind: str, length: bytes, gate: Gate) -> None:
    honest = gate.country.next_list(now=CALM) if kind == "list" else gate.country.next_table(now=CALM)
    at = honest.index(b"\xa0") + 1  # where the payload's head is
    gate.withstands(kind, honest[:at] + length + honest[at:], "malformed")


def test_a_count_that_lies(gate: Gate) -> None:
    honest = gate.country.next_list(now=CALM)
    at = honest.index(b"\x82\x83\x58\x26")  # an array of two signatures
    for count in (b"\x81", b"\x83", b"\x9a\xff\xff\xff\xff", b"\x9f"):
        gate.refuses("list", honest[:at] + count + honest[at + 1 :], "malformed")
    gate.assert_admits()
    gate.assert_recovers()


@pytest.mark.parametrize("role", [role for role in ROLES if role != "root"])
def test_a_trust_list_by_the_wrong_role(role: str, gate: Gate) -> None:
    content = altered(gate.country.content, version=2)
    wrong = key_of(gate.country, role)
    gate.refuses("list", forged(content, [wrong]), "threshold")
    gate.withstands("list", forged(content, [gate.country.root_signers[0], wrong]), "threshold")


@pytest.mark.parametrize("role", [role for role in ROLES if role != "risk office"])
def test_an_area_table_by_the_wrong_role(role: str, gate: Gate) -> None:
    table = RiskOffice(key_of(gate.country, role)).publish(2, now=CALM)
    gate.withstands("table", table, "not-a-risk-office")


@pytest.mark.parametrize("role", [role for role in ROLES if role != "registrar"])
def test_a_place_by_the_wrong_role(role: str, gate: Gate) -> None:
    certificate = Registrar(key_of(gate.country, role)).certify(1, AREA, now=CALM)
    with pytest.raises(Refused) as caught:
        Verifier(gate.store, place=certificate).verify(gate.show(), now=CALM)
    assert caught.value.code is RefusalCode.PLACE_NOT_CERTIFIED
    gate.assert_admits()


@pytest.mark.parametrize("role", [role for role in ROLES if role != "issuer"])
def test_a_claim_by_the_wrong_role(role: str, gate: Gate) -> None:
    window = next(iter(gate.country.windows)).window
    claim = Claim(kid=window.kid, exp=window.expires, slot=1, color=Color.GREEN, key=HOLDER.public_key, tag=None)
    unsigned = claim_format.unsigned_claim(claim)
    signature = key_of(gate.country, role).sign(claim_format.signed_part(unsigned))
    showing = present(claim_format.with_signature(unsigned, signature), iat=CALM)
    with pytest.raises(Refused) as caught:
        gate.verifier.verify(encode_text(showing), now=CALM)
    assert caught.value.code is RefusalCode.BAD_CLAIM_SIGNATURE
    gate.assert_admits()


def test_a_threshold_met_by_one_signer_twice(gate: Gate) -> None:
    payload = trust_list.encode_trust_list(altered(gate.country.content, version=2))
    one = entry(gate.country.root_signers[0], payload)
    gate.withstands("list", envelope(payload, one, one), "malformed")


@pytest.mark.parametrize("kid", ["first", "cut", "longer", "empty"])
def test_a_threshold_met_by_one_signer_under_two_key_ids(kid: str, gate: Gate) -> None:
    """The key id is the key itself, so that a signature under another's id is by another key, which it does not fit."""
    payload = trust_list.encode_trust_list(altered(gate.country.content, version=2))
    first, second = sorted(gate.country.root_signers[:2], key=lambda root: root.public_key)
    other_id = {"first": second.public_key, "cut": first.public_key[:31], "longer": first.public_key + b"\x00"}
    entries = [entry(first, payload), entry(first, payload, other_id.get(kid, b""))]
    gate.withstands("list", envelope(payload, *entries), "bad-signature" if kid == "first" else "malformed")


def test_a_threshold_of_zero(gate: Gate) -> None:
    """Neither by signatures of nobody, nor by a list that lets nobody sign the next one."""
    payload = labels(altered(gate.country.content, version=2))
    roots: Any = payload[5]
    gate.refuses("list", envelope(trust_list.encode_trust_list(gate.country.content)), "malformed")
    for threshold, keys in ((0, roots[1]), (0, []), (4, roots[1]), (2, [roots[1][0]] * 2)):
        gate.refuses("list", forged({**payload, 5: [threshold, keys]}, gate.country.root_signers[:2]), "malformed")
    gate.assert_admits()
    gate.assert_recovers()


@pytest.mark.parametrize("label", [0, 12, 2**64 - 1, "note"])
def test_an_unknown_critical_field(label: int | str, gate: Gate) -> None:
    payload = labels(altered(gate.country.content, version=2))
    gate.withstands("list", forged({**payload, label: 0}, gate.country.root_signers[:2]), "malformed")


def test_an_unknown_field_that_may_be_ignored(gate: Gate) -> None:
    content = altered(gate.country.content, version=2)
    gate.update("list", forged({**labels(content), -1: "a note"}, gate.country.root_signers[:2]))
    gate.assert_admits()


def test_a_duplicate_kid(gate: Gate) -> None:
    """With the key of a stranger: whichever of the two a scanner took, it would be wrong."""
    payload = labels(altered(gate.country.content, version=2))
    windows: Any = payload[6]
    for twin in (windows[0], [windows[0][0], STRANGER.public_key, *windows[0][2:]]):
        doubled = {**payload, 6: [windows[0], twin, *windows[1:]]}
        gate.refuses("list", forged(doubled, gate.country.root_signers[:2]), "malformed")
    gate.assert_admits()
    gate.assert_recovers()


@pytest.mark.parametrize(
    ("role", "label"),
    [*((role, label) for role in ("root", "issuer") for label in (7, 8, 9)), ("registrar", 9), ("risk office", 8)],
)
def test_one_key_in_two_roles(role: str, label: int, gate: Gate) -> None:
    payload = labels(altered(gate.country.content, version=2))
    key, windows = key_of(gate.country, role).public_key, payload[6]
    assert isinstance(windows, list)
    doubled = {**payload, label: [[key, [windows[0][0]]]] if label == 7 else [key]}
    gate.withstands("list", forged(doubled, gate.country.root_signers[:2]), "malformed")


@pytest.mark.parametrize("point", range(8))
def test_a_key_of_small_order(point: int, gate: Gate) -> None:
    """Whoever signs nothing at all could sign with it."""
    weak = encode(SMALL_ORDER[point])
    for role in ("registrar_keys", "risk_keys"):
        content = altered(gate.country.content, version=2, **{role: (weak,)})
        gate.refuses("list", forged(content, gate.country.root_signers[:2]), "weak-key")
    gate.assert_admits()
    gate.assert_recovers()


def test_signatures_of_zeros(gate: Gate) -> None:
    payload = trust_list.encode_trust_list(altered(gate.country.content, version=2))
    names = sorted(root.public_key for root in gate.country.root_signers[:2])
    nothing = [[cbor2.dumps({1: -19, 4: name}), {}, bytes(64)] for name in names]
    gate.withstands("list", envelope(payload, *nothing), "bad-signature")
