"""Attacks by what was honest once, or will be: old data, held-back data, data of the future, data of somebody else."""

from __future__ import annotations

from pathlib import Path

import pytest

from healthpass import RefusalCode
from healthpass.authority import RiskOffice, TrustListBuilder
from healthpass.trust.updates import MAX_VERSION_STEP
from tests.making import signer
from tests.scenario.attacked import CALM, Gate, altered, forged
from tests.scenario.country import AREA, DAY, NOW

YEARS = 20 * 365 * DAY
MOST = 2**32 - 1


@pytest.fixture
def gate(tmp_path: Path) -> Gate:
    return Gate(tmp_path)


def test_rollback_of_the_trust_list(gate: Gate) -> None:
    old = gate.country.trust_list
    gate.update("list", gate.country.next_list(now=NOW + 3600))
    gate.withstands("list", old, "rollback")


def test_rollback_of_the_area_table(gate: Gate) -> None:
    """To a table in which the area is of low risk, so that nobody may be checked there."""
    calm = gate.country.risk_office.publish(gate.country.tables + 1, now=NOW + 60, lifetime=DAY)
    gate.country.tables += 1
    gate.update("table", gate.country.next_table(now=NOW + 3600))
    gate.withstands("table", calm, "rollback")


def test_rollback_by_a_damaged_file(gate: Gate) -> None:
    """Whoever makes the file of the list unreadable cannot bring an older list in."""
    old = gate.country.trust_list
    gate.update("list", gate.country.next_list(now=NOW + 3600))
    (gate.folder / "trust-list.cbor").write_bytes(b"")
    gate.reboot()
    gate.refuses("list", old, "rollback")
    gate.assert_closed(RefusalCode.TRUST_LIST_EXPIRED)
    gate.assert_recovers()


def test_the_same_version_with_another_content(gate: Gate) -> None:
    twin = altered(gate.country.content, risk_keys=(signer(5).public_key,))
    gate.withstands("list", forged(twin, gate.country.root_signers[:2]), "rollback")


def test_freeze(gate: Gate) -> None:
    """No newer list gets through: the scanner says so in its verdicts, and stops at the stated second."""
    country = gate.country
    gate.update("list", country.next_list(now=NOW, lifetime=DAY), NOW)
    end, grace = country.content.expires, country.content.grace
    gate.assert_admits(end - 1)
    gate.assert_admits(end, stale=1)
    gate.assert_admits(end + grace - 1, stale=grace)
    gate.assert_closed(RefusalCode.TRUST_LIST_EXPIRED, end + grace)
    gate.refuses("list", country.trust_list, "expired", end + grace)
    gate.assert_recovers(end + grace)


def test_freeze_of_the_area_table(gate: Gate) -> None:
    """A table that is over says nothing, and where the risk is not known the policy of this place permits no check."""
    gate.update("table", gate.country.next_table(now=NOW, lifetime=DAY), NOW)
    gate.assert_admits(NOW + DAY - 1)
    gate.assert_closed(RefusalCode.PLACE_NOT_CERTIFIED, NOW + DAY)
    gate.assert_recovers(NOW + DAY)


def test_freeze_by_setting_the_clock_back(gate: Gate) -> None:
    gate.update("list", gate.country.next_list(now=CALM))
    gate.assert_closed(RefusalCode.TRUST_LIST_EXPIRED, CALM - 61)
    gate.refuses("list", gate.country.next_list(now=CALM), "clock-behind", CALM - 61)
    gate.assert_admits(CALM - 60)
    gate.assert_recovers()


@pytest.mark.parametrize("version", [MOST, MOST - 1, 2**31, MAX_VERSION_STEP + 2])
def test_fast_forward_of_the_trust_list(version: int, gate: Gate) -> None:
    """As far as it is an accident: for who has a threshold of the roots, see `test_attacks_keys`."""
    far = altered(gate.country.content, version=version)
    gate.withstands("list", forged(far, gate.country.root_signers[:2]), "version-step")


def test_fast_forward_of_a_new_scanner(gate: Gate) -> None:
    store = gate.newcomer("new")
    for version in (MOST, 2**31):
        far = forged(altered(gate.country.content, version=version), gate.country.root_signers[:2])
        with pytest.raises(ValueError, match="too far ahead"):
            store.update_trust_list(far, now=CALM)
    store.update_trust_list(gate.country.trust_list, now=CALM)


@pytest.mark.parametrize("version", [MOST, MAX_VERSION_STEP + 2])
def test_fast_forward_of_the_area_table(version: int, gate: Gate) -> None:
    table = gate.country.risk_office.publish(version, now=CALM, high=[AREA])
    gate.withstands("table", table, "version-step")


def test_fast_forward_of_the_area_table_in_small_steps_and_recovery(gate: Gate) -> None:
    """A stolen risk office's key can use its numbers up. Its successor starts from 1."""
    country, office = gate.country, gate.country.risk_office
    for step in range(1, 6):
        gate.update("table", office.publish(step * MAX_VERSION_STEP, now=CALM, high=[AREA]))
    gate.refuses("table", country.next_table(now=CALM), "rollback")
    country.risk_office, country.tables = RiskOffice(signer(133)), 0
    successor = [country.risk_office.public_key]
    gate.update("list", country.next_list(now=CALM, change=lambda builder: builder.set_risk_offices(successor)))
    gate.assert_recovers()
    gate.refuses("table", office.publish(7 * MAX_VERSION_STEP, now=CALM), "not-a-risk-office")


def test_mix_and_match_of_an_old_offices_table_with_a_new_list(gate: Gate) -> None:
    old, country = gate.country.risk_office, gate.country
    country.risk_office, country.tables = RiskOffice(signer(133)), 0
    successor = [country.risk_office.public_key]
    ahead = country.next_table(now=NOW + 60)
    gate.refuses("table", ahead, "not-a-risk-office")
    gate.update("list", country.next_list(now=NOW + 60, change=lambda builder: builder.set_risk_offices(successor)))
    gate.assert_closed(RefusalCode.PLACE_NOT_CERTIFIED)
    gate.refuses("table", old.publish(2, now=NOW + 60, high=[AREA]), "not-a-risk-office")
    gate.update("table", ahead)
    gate.assert_admits()
    gate.assert_recovers()


def test_mix_and_match_with_another_federation(gate: Gate) -> None:
    """Its roots are others, even where windows and offices are the same."""
    others = [signer(n) for n in (141, 142, 143)]
    content = TrustListBuilder(gate.country.roots, gate.country.content).build(now=CALM)
    gate.withstands("list", forged(content, others[:2]), "threshold")


@pytest.mark.parametrize("ahead", [61, DAY, YEARS])
def test_from_the_future(ahead: int, gate: Gate) -> None:
    content = altered(gate.country.content, version=2, issued=CALM + ahead, expires=CALM + ahead + DAY)
    gate.refuses("list", forged(content, gate.country.root_signers[:2]), "from-the-future")
    gate.withstands("table", gate.country.risk_office.publish(2, now=CALM + ahead), "from-the-future")


def test_expired(gate: Gate) -> None:
    content = altered(gate.country.content, version=2, expires=CALM)
    gate.refuses("list", forged(content, gate.country.root_signers[:2]), "expired")
    gate.withstands("table", gate.country.risk_office.publish(2, now=NOW, lifetime=CALM - NOW), "expired")


def test_a_clock_far_ahead(gate: Gate) -> None:
    """Everything honest is over by that clock. Nothing of it is left once the clock is right."""
    before, late = gate.files, CALM + YEARS
    with pytest.raises(ValueError, match="expired"):
        gate.update("list", gate.country.next_list(now=CALM), late)
    with pytest.raises(ValueError, match="expired"):
        gate.update("table", gate.country.next_table(now=CALM), late)
    assert gate.store.area_table(late) is None
    assert gate.files == before
    gate.assert_admits()
    gate.assert_recovers()
