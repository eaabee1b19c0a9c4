"""The rules of a scanner's place, for a gate that wants to say beforehand what it will ask for."""

from __future__ import annotations

import subprocess
import sys

import pytest

from healthpass import RefusalCode, Refused
from healthpass.formats.check_policy import GREEN, CheckRule
from healthpass.formats.place import PlaceClass
from healthpass.verifier import Policy, TrustStore, Verifier
from tests.making import NOW, ROOTS, make_store
from tests.placing import AREA, make_area_table, make_place, placed_list, placed_verifier


@pytest.mark.parametrize(("documents", "audience"), [(3, False), (0, True)])
def test_what_it_asks_for(documents: int, audience: bool) -> None:
    policy = Policy(CheckRule(0, 1, admitted=GREEN, documents=documents, audience=audience))
    assert (policy.documents, policy.audience) == (documents > 0, audience)


def test_its_repr() -> None:
    assert repr(Policy(CheckRule(2, 1, admitted=GREEN))) == "Policy(CheckRule(2, 1, 1, 0, 3, 1))"


def test_it_goes_with_the_place_and_the_risk() -> None:
    assert not placed_verifier().policy(now=NOW).audience
    for table in (make_area_table(medium=[AREA]), make_area_table(high=[AREA])):
        assert placed_verifier(place=make_place(PlaceClass.SCHOOL), table=table).policy(now=NOW).audience


def test_a_scanner_without_a_policy() -> None:
    policy = Verifier(make_store()).policy(now=NOW)
    assert (policy.documents, policy.audience) == (True, False)


def test_an_old_list_still_says_what_is_asked_for() -> None:
    trust_list = placed_list(expires=NOW + 60)
    assert not placed_verifier(trust_list).policy(now=NOW + 3600).audience


@pytest.mark.parametrize("place", [None, make_place()])
def test_no_list_no_policy(place: bytes | None) -> None:
    with pytest.raises(Refused) as caught:
        Verifier(TrustStore(ROOTS), place=place).policy(now=NOW)
    assert caught.value.code == RefusalCode.TRUST_LIST_EXPIRED


def test_now_is_checked() -> None:
    with pytest.raises(TypeError, match=r"^now: an int \(seconds since 1970 UTC\) or an aware datetime, not "):
        Verifier(make_store()).policy(now=float(NOW))  # type: ignore[arg-type]  # that is the point


def test_the_names_are_loaded_when_they_are_asked_for() -> None:
    program = (
        "import sys; import healthpass.verifier as v; "
        "assert not {'healthpass.verifier.' + n for n in ('policy', 'sentences')} & set(sys.modules); "
        "from healthpass.verifier import Document, Policy, Sentences; print(Policy(None).documents)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() in ("False", "True")


def test_no_other_names() -> None:
    with pytest.raises(ImportError):
        from healthpass.verifier import Nonsense  # type: ignore[attr-defined]  # noqa: F401  # that is the point
