"""Whatever is wrong, alone or together: nobody is admitted, and nobody is sent on unchecked, without every check."""

from __future__ import annotations

from typing import NamedTuple

from hypothesis import example, given
from hypothesis import strategies as st

from healthpass import Color, Decision
from healthpass.formats.check_policy import CheckPolicy, CheckRule
from healthpass.formats.claim import Binding
from healthpass.formats.place import PlaceClass
from healthpass.formats.text import encode_text
from healthpass.verifier import TrustStore, Verifier
from tests.documents import SCANNER, bound_claim, deliver, grandmother, neighbour
from tests.making import (
    DAY,
    NONCE,
    NOW,
    OTHER_PLACE,
    PLACE,
    ROOTS,
    STRANGER,
    TOMORROW,
    WINDOW,
    make_claim,
    make_trust_list,
    show,
    sign_trust_list,
    signer,
)
from tests.placing import AREA, REGISTRAR, RISK_OFFICE, make_area_table, make_place
from tests.revoking import REVOKER, give, make_snapshot

SLOT = 5


class World(NamedTuple):
    """A scanner and what is shown to it: honest, but for what is chosen."""

    place: str = "certified"
    table: str = "high"
    policy: str = "everywhere"
    list_age: int = 0
    revocation: str = "fresh"
    binding: Binding = Binding.DEVICE
    color: Color = Color.GREEN
    window: str = "listed"
    claim_signer: str = "issuer"
    holder: str = "holder"
    shown_at: int = 0
    audience: str | None = PLACE
    nonce: bytes | None = None
    asked: bytes | None = None
    document: str = "none"
    reads: bool = True


CHOICES = st.builds(
    World,
    place=st.sampled_from(["certified"] * 4 + ["none", "another registrar", "expired", "from the future"]),
    table=st.sampled_from(["high", "high", "low", "expired", "none"]),
    policy=st.sampled_from(["everywhere"] * 3 + ["high alone", "another class", "empty", "none"]),
    list_age=st.sampled_from([0, 0, 0, 2 * DAY, 8 * DAY, 30 * DAY, -3600]),
    revocation=st.sampled_from(["fresh"] * 3 + ["revoked", "missing", "not named"]),
    binding=st.sampled_from([Binding.DEVICE, Binding.BOTH, Binding.DOCUMENT]),
    color=st.sampled_from([Color.GREEN] * 3 + [Color.YELLOW, Color.RED]),
    window=st.sampled_from(["listed"] * 4 + ["unknown", "tomorrow"]),
    claim_signer=st.sampled_from(["issuer"] * 4 + ["stranger"]),
    holder=st.sampled_from(["holder"] * 4 + ["stranger", "bare"]),
    shown_at=st.sampled_from([0, 0, 0, 0, -90, 75]),
    audience=st.sampled_from([PLACE, PLACE, PLACE, OTHER_PLACE, None]),
    nonce=st.sampled_from([None, None, NONCE]),
    asked=st.sampled_from([None, None, NONCE]),
    document=st.sampled_from(["none", "hers", "hers", "another"]),
    reads=st.booleans(),
)


def policy_of(word: str) -> CheckPolicy | None:
    if word == "none":
        return None
    risks = {"everywhere": range(3), "another class": range(3), "high alone": [2], "empty": []}[word]
    kind = PlaceClass.SCHOOL if word == "another class" else PlaceClass.ORDINARY
    return CheckPolicy(CheckRule(risk, kind, admitted=1, assisted=2) for risk in risks)


def scanner(world: World) -> Verifier:
    store = TrustStore(ROOTS, sealing_key=SCANNER)
    windows = [TOMORROW] if world.window == "unknown" else [WINDOW, TOMORROW]
    keys = () if world.revocation == "not named" else ((REVOKER.public_key, (WINDOW.kid, TOMORROW.kid)),)
    trust_list = make_trust_list(
        windows=windows,
        policy=policy_of(world.policy),
        registrar_keys=(REGISTRAR.public_key,),
        risk_keys=(RISK_OFFICE.public_key,),
        revocation_keys={key: tuple(kid for kid in kids if kid in [w.kid for w in windows]) for key, kids in keys},
    )
    store.update_trust_list(sign_trust_list(trust_list), now=NOW)
    store.update_document_keys(deliver(), now=NOW)
    if world.table != "none":
        high = [AREA] if world.table != "low" else []
        expires = NOW + 1 if world.table == "expired" else NOW + 40 * DAY
        store.update_area_table(make_area_table(high=high, expires=expires), now=NOW)
    if world.revocation in ("fresh", "revoked") and world.window != "unknown":
        give(store, make_snapshot(1, {WINDOW: [SLOT] if world.revocation == "revoked" else []}))
    issued = NOW + 3 * DAY if world.place == "from the future" else NOW
    expires = NOW + 1 if world.place == "expired" else issued + 30 * DAY
    registrar = signer(39) if world.place == "another registrar" else REGISTRAR
    place = make_place(PlaceClass.ORDINARY, issued=issued, expires=expires, registrar=registrar)
    return Verifier(store, place=None if world.place == "none" else place)


def shown(world: World, now: int) -> str:
    issuer = {"issuer": 2 if world.window != "tomorrow" else 3, "stranger": 5}[world.claim_signer]
    window = TOMORROW if world.window == "tomorrow" else WINDOW
    if world.binding != Binding.DEVICE and (world.window, world.claim_signer) == ("listed", "issuer"):
        claim = bound_claim(grandmother(), SLOT, world.color, world.binding)
    else:
        claim = make_claim(SLOT, world.binding, world.color, window, signer(issuer))
    if world.binding == Binding.DOCUMENT or world.holder == "bare":
        return encode_text(claim)
    holder = {"holder": signer(4), "stranger": STRANGER}[world.holder]
    return show(claim, (now + world.shown_at) // 15 * 15, world.audience, world.nonce, holder)


def all_is_well(world: World) -> bool:
    """Whether somebody may be admitted, by the choices alone."""
    placed = world.place == "certified" and world.policy in ("everywhere", "high alone")
    if world.policy == "high alone":
        placed = placed and world.table == "high"
    if world.policy == "none":
        placed = world.place in ("certified", "none")
    trusted = world.list_age == 0 and world.revocation in ("fresh", "not named") and world.window == "listed"
    audience = PLACE if world.place != "none" else None
    live = (world.holder, world.shown_at, world.audience, world.nonce) == ("holder", 0, audience, world.asked)
    on_paper = world.binding == Binding.DOCUMENT
    asks = world.binding != Binding.DEVICE and (world.policy != "none" or world.document != "none")
    return (
        placed
        and trusted
        and world.claim_signer == "issuer"
        and world.color is Color.GREEN
        and (on_paper or live)
        and (not asks or world.document == "hers")
    )


@given(CHOICES)
@example(World())
@example(World(binding=Binding.BOTH, document="hers"))
@example(World(binding=Binding.DOCUMENT, document="hers"))
@example(World(policy="high alone", asked=NONCE, nonce=NONCE))
@example(World(revocation="not named"))
def test_nobody_is_admitted_without_every_check(world: World) -> None:
    gate, now = scanner(world), NOW + world.list_age + 15
    documents = {"none": [], "hers": [grandmother()], "another": [neighbour()]}[world.document]
    outcome = gate.decide(shown(world, now), now=now, nonce=world.asked, documents=documents)
    if outcome.decision is Decision.ADMIT:
        assert all_is_well(world)
    elif all_is_well(world) and world.policy != "none":
        raise AssertionError(f"{outcome!r}: this should have been admitted")
    assert (outcome.verdict is None) != (outcome.refusal is None)
    assert not outcome.repeated


@given(CHOICES)
@example(World(policy="high alone", table="low"))
def test_nobody_is_sent_on_unchecked_unless_signed_data_in_force_say_so(world: World) -> None:
    gate, now = scanner(world), NOW + world.list_age + 15
    for text in (None, shown(world, now)):
        outcome = gate.decide(text, now=now)
        if outcome.decision is Decision.NO_CHECK:
            assert world.place == "certified"
            assert 0 <= world.list_age < 7 * DAY
            assert (world.policy, world.table) == ("high alone", "low")
        elif world == World(policy="high alone", table="low"):
            raise AssertionError(f"{outcome!r}: nobody is checked here")
