"""What happens at the gate: let in, helped or turned away, for one person, for a group, and for nobody's pass."""

from __future__ import annotations

import subprocess
import sys

import pytest

from healthpass import Color, RefusalCode, Refused, Verdict
from healthpass.formats.check_policy import ALL_COLORS, GREEN, RED, YELLOW, CheckRule
from healthpass.formats.place import PlaceClass
from healthpass.verifier import Decision, Policy, TrustStore, Verifier
from tests.making import NOW, PLACE, ROOTS, make_claim, make_store, make_verifier, show
from tests.placing import AREA, everywhere, make_area_table, make_place, placed_list, placed_verifier

G, Y, R = Color
ADMIT, REFUSE, ASSIST = Decision.ADMIT, Decision.REFUSE, Decision.ASSIST
HOSPITAL = Policy(CheckRule(0, 2, admitted=GREEN, assisted=YELLOW | RED, audience=False))
LENIENT = Policy(CheckRule(1, 1, admitted=GREEN | YELLOW))
STRICT = Policy(CheckRule(2, 1, admitted=GREEN))
MIXED = Policy(CheckRule(2, 1, admitted=GREEN, assisted=YELLOW))
NONE = Policy(None)


def decide(policy: Policy, *colors: Color) -> Decision:
    return policy.decide(Verdict(colors, NOW + 3600))


@pytest.mark.parametrize(
    ("policy", "green", "yellow", "red", "nobody"),
    [
        (HOSPITAL, ADMIT, ASSIST, ASSIST, ASSIST),
        (LENIENT, ADMIT, ADMIT, REFUSE, REFUSE),
        (STRICT, ADMIT, REFUSE, REFUSE, REFUSE),
        (MIXED, ADMIT, ASSIST, REFUSE, ASSIST),
        (NONE, ADMIT, REFUSE, REFUSE, REFUSE),
        (Policy(CheckRule(0, 1, admitted=0)), REFUSE, REFUSE, REFUSE, REFUSE),
        (Policy(CheckRule(0, 1, admitted=ALL_COLORS)), ADMIT, ADMIT, ADMIT, REFUSE),
        (Policy(CheckRule(0, 1, admitted=0, assisted=ALL_COLORS)), ASSIST, ASSIST, ASSIST, ASSIST),
    ],
    ids=["hospital", "lenient", "strict", "mixed", "no rules", "nobody", "everybody", "all are helped"],
)
def test_one_person(policy: Policy, green: Decision, yellow: Decision, red: Decision, nobody: Decision) -> None:
    assert [decide(policy, color) for color in Color] == [green, yellow, red]
    assert policy.decide(None) == nobody


@pytest.mark.parametrize(
    ("policy", "colors", "decision"),
    [
        (HOSPITAL, (G, G), ADMIT),
        (HOSPITAL, (G, Y, R), ASSIST),
        (MIXED, (G, Y), ASSIST),
        (MIXED, (Y, R), REFUSE),
        (MIXED, (R, Y), REFUSE),
        (MIXED, (G, R), REFUSE),
        (LENIENT, (G, Y), ADMIT),
        (LENIENT, (G,) * 7 + (R,), REFUSE),
        (STRICT, (G,) * 8, ADMIT),
        (STRICT, (G, Y), REFUSE),
        (NONE, (G, G), ADMIT),
        (NONE, (G, Y), REFUSE),
    ],
)
def test_a_group_goes_as_its_last(policy: Policy, colors: tuple[Color, ...], decision: Decision) -> None:
    assert decide(policy, *colors) == decision


def test_names() -> None:
    assert [each.name for each in Decision] == ["ADMIT", "REFUSE", "ASSIST"]
    assert repr(STRICT) == "Policy(CheckRule(2, 1, 1, 0, 3, 1))"


@pytest.mark.parametrize(("documents", "audience"), [(3, False), (0, True)])
def test_what_it_asks_for(documents: int, audience: bool) -> None:
    policy = Policy(CheckRule(0, 1, admitted=GREEN, documents=documents, audience=audience))
    assert (policy.documents, policy.audience) == (bool(documents), audience)
    assert (NONE.documents, NONE.audience) == (False, False)


# ---- Of a scanner -------------------------------------------------------------------------------------------------


def test_the_policy_of_a_scanner_is_that_of_its_place() -> None:
    verifier = placed_verifier()
    policy = verifier.policy(now=NOW)
    verdict = verifier.verify(show(make_claim(color=Color.RED), audience=PLACE), now=NOW)
    assert policy.decide(verdict) == ASSIST
    assert (policy.documents, policy.audience) == (False, False)


def test_it_goes_with_the_risk() -> None:
    for table, yellow in ((make_area_table(medium=[AREA]), ADMIT), (make_area_table(high=[AREA]), REFUSE)):
        policy = placed_verifier(place=make_place(PlaceClass.SCHOOL), table=table).policy(now=NOW)
        assert decide(policy, Color.YELLOW) == yellow
        assert policy.audience


def test_a_scanner_without_a_policy() -> None:
    policy = make_verifier().policy(now=NOW)
    assert (decide(policy, G), decide(policy, Y)) == (ADMIT, REFUSE)


def test_asking_for_the_policy_is_no_check() -> None:
    trust_list = placed_list(policy=everywhere(assisted=YELLOW), expires=NOW + 60)
    assert placed_verifier(trust_list).policy(now=NOW + 3600).decide(None) == ASSIST


@pytest.mark.parametrize("place", [None, make_place()])
def test_no_list_no_policy(place: bytes | None) -> None:
    with pytest.raises(Refused) as caught:
        Verifier(TrustStore(ROOTS), place=place).policy(now=NOW)
    assert caught.value.code == RefusalCode.TRUST_LIST_EXPIRED


def test_now_is_checked() -> None:
    with pytest.raises(TypeError, match=r"^a time is an int \(seconds since 1970 UTC\) or an aware datetime$"):
        Verifier(make_store()).policy(now=float(NOW))  # type: ignore[arg-type]  # that is the point


def test_the_names_are_loaded_when_they_are_asked_for() -> None:
    program = (
        "import sys; import healthpass.verifier as v; assert 'healthpass.verifier.policy' not in sys.modules; "
        "from healthpass.verifier import Decision, Policy; print(Policy(None).decide(None).name, len(Decision))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["REFUSE", "3"]


def test_no_other_names() -> None:
    with pytest.raises(ImportError):
        from healthpass.verifier import Nonsense  # type: ignore[attr-defined]  # noqa: F401  # that is the point
