"""Attacks by stolen and lost keys, and by a power cut in the middle: what each costs, and how the country recovers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from healthpass import RefusalCode, Refused
from healthpass.authority import RiskOffice, RootSet
from healthpass.errors import BadInput
from healthpass.formats.claim import Binding
from healthpass.formats.platform import Platform
from healthpass.formats.window import Window
from healthpass.trust.updates import MAX_VERSION_STEP, Floors
from healthpass.verifier.state_folder import parse_floors
from tests.faults import KINDS, failing
from tests.making import PLACE, make_claim, show, signer
from tests.raising import raises
from tests.scenario.attacked import CALM, Gate, altered, forged
from tests.scenario.country import AREA, DAY, NOW

THIEF = signer(151)
YEARS = 70 * 365 * DAY
SUCCESSORS = [signer(n) for n in (161, 162, 163)]


@pytest.fixture
def gate(tmp_path: Path) -> Gate:
    return Gate(tmp_path)


def replace_risk_office(gate: Gate) -> bytes:
    """The list by which another risk office comes in the place of the stolen one."""
    country = gate.country
    country.risk_office, country.tables = RiskOffice(signer(133)), 0
    successor = [country.risk_office.public_key]
    return country.next_list(now=CALM, change=lambda builder: builder.set_risk_offices(successor))


def floors_of(gate: Gate) -> Floors:
    """What the scanner has written of them."""
    found = parse_floors(gate.files["floors.txt"])
    assert found is not None
    return found[0]


def thieves_window(gate: Gate) -> Window:
    today = next(iter(gate.country.windows)).window
    return Window(b"evil", THIEF.public_key, today.valid_from, today.expires, 4**10, Binding.DEVICE)


def thieves_pass(gate: Gate) -> str:
    """Green, under a window of the thief's own, and made for this place."""
    return show(make_claim(window=thieves_window(gate), issuer=THIEF), CALM, audience=PLACE)


def thieves_list(gate: Gate, version: int) -> bytes:
    """The list by which whoever has two root keys makes himself the issuer."""
    content = gate.country.content
    windows = {**content.windows, b"evil": thieves_window(gate)}
    platforms = (*content.platforms, Platform("thief", (b"evil",)))
    changed = altered(content, version=version, windows=windows, platforms=platforms)
    return forged(changed, gate.country.root_signers[:2])


def test_a_stolen_risk_office_that_signs_from_the_far_future(gate: Gate) -> None:
    """A scanner whose clock is right takes nothing of it."""
    gate.withstands("table", gate.country.risk_office.publish(2, now=CALM + YEARS, high=[AREA]), "from-the-future")


def test_a_stolen_risk_office_and_a_clock_that_is_far_ahead(gate: Gate) -> None:
    """The table is taken by the wrong clock. By the right one the scanner is closed, and opens with the next list that
    takes the stolen key away: the floor of the roots has not moved."""
    stolen = gate.country.risk_office
    roots_floor = floors_of(gate).roots
    gate.update("table", stolen.publish(2, now=CALM + YEARS, high=[AREA]), CALM + YEARS)
    assert floors_of(gate).roots == roots_floor
    assert floors_of(gate).areas[stolen.public_key].issued == CALM + YEARS
    gate.assert_closed(RefusalCode.TRUST_LIST_EXPIRED)
    gate.refuses("table", stolen.publish(3, now=CALM, high=[AREA]), "rollback")
    gate.update("list", replace_risk_office(gate))
    gate.assert_recovers()
    assert stolen.public_key not in floors_of(gate).areas


def test_a_stolen_risk_office_that_says_all_is_calm(gate: Gate) -> None:
    """It can close the gates of ordinary places, and not open one: no pass means anything else by it."""
    gate.update("table", gate.country.risk_office.publish(2, now=CALM))
    gate.assert_closed(RefusalCode.CHECK_NOT_PERMITTED)
    gate.update("list", replace_risk_office(gate))
    gate.assert_closed(RefusalCode.PLACE_NOT_CERTIFIED)
    gate.assert_recovers()


def test_a_stolen_registrar_is_replaced(gate: Gate) -> None:
    """With its key the certificates that it has signed go too, and venues need new ones."""
    country = gate.country
    gate.update("list", country.next_list(now=CALM, change=lambda builder: builder.set_registrars([THIEF.public_key])))
    gate.assert_closed(RefusalCode.PLACE_NOT_CERTIFIED)
    honest = [country.registrar.public_key]
    gate.update("list", country.next_list(now=CALM, change=lambda builder: builder.set_registrars(honest)))
    gate.assert_admits()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("update", ["list", "table", "rotation"])
def test_a_power_cut_in_the_middle(update: str, kind: str, gate: Gate) -> None:
    """The smallest script of it; `test_trust_store_faults` looks at every operation of every kind of update."""
    country = gate.country
    publish: dict[str, Callable[[], bytes]] = {
        "list": lambda: country.next_list(now=CALM),
        "table": lambda: country.next_table(now=CALM),
        "rotation": lambda: country.rotate(SUCCESSORS, now=CALM),
    }
    data = publish[update]()
    for at in (1, 5, 9, 14):
        with failing(gate.folder, kind, at):
            gate.update("list" if update == "rotation" else update, data)
        gate.reboot()
        gate.assert_admits()
    gate.update("list" if update == "rotation" else update, data)
    gate.assert_recovers()


@pytest.mark.parametrize("lost", [0, 1, 2])
def test_a_lost_root_key(lost: int, gate: Gate) -> None:
    """The others sign, and make a new third one the root in its place."""
    country = gate.country
    country.root_signers.pop(lost)
    gate.update("list", country.next_list(now=CALM))
    gate.assert_admits()
    gate.update("list", country.rotate([*country.root_signers, SUCCESSORS[0]], now=CALM))
    country.root_signers.reverse()  # the new one signs
    gate.assert_recovers()


def test_one_stolen_root_key(gate: Gate) -> None:
    """Below the threshold it can do nothing: neither sign, nor rotate, nor lower the threshold."""
    stolen = gate.country.root_signers[0]
    lone = RootSet(1, (stolen.public_key,))
    for content in (altered(gate.country.content, version=2), altered(gate.country.content, version=2, roots=lone)):
        gate.refuses("list", forged(content, [stolen]), "threshold")
        gate.refuses("list", forged(content, [stolen, THIEF]), "threshold")
    gate.assert_admits()
    gate.update("list", gate.country.rotate([*gate.country.root_signers[1:], SUCCESSORS[0]], now=CALM))
    gate.assert_recovers()


def test_a_stolen_threshold_of_roots_is_recovered_from_by_rotation(gate: Gate) -> None:
    """Until then the thief's word is the roots'. Afterwards it is nobody's, and his issuer's is not either."""
    country, pass_of_his = gate.country, thieves_pass(gate)
    gate.update("list", thieves_list(gate, 2))
    assert gate.verifier.verify(pass_of_his, now=CALM).colors
    country.content = altered(country.content, version=2)
    later = thieves_list(gate, 9)
    gate.update("list", country.rotate(SUCCESSORS, now=CALM))
    with pytest.raises(Refused) as caught:
        gate.verifier.verify(thieves_pass(gate), now=CALM)
    assert caught.value.code is RefusalCode.UNKNOWN_ISSUER_KEY
    gate.refuses("list", later, "threshold")
    gate.assert_admits()
    gate.assert_recovers()


def test_fast_forward_by_a_stolen_threshold_of_roots(gate: Gate) -> None:
    """However far the thief has counted, the honest count goes on from there, also for a new scanner."""
    country = gate.country
    for step in (1, 2, 3):
        gate.update("list", thieves_list(gate, step * MAX_VERSION_STEP))
    country.content = altered(country.content, version=3 * MAX_VERSION_STEP)
    rotation = country.rotate(SUCCESSORS, now=CALM)
    gate.update("list", rotation)
    gate.assert_recovers()
    store = gate.newcomer("new")
    for data in (rotation, country.trust_list):
        store.update_trust_list(data, now=CALM)
    assert store.trust_list is not None
    assert store.trust_list.version == country.content.version


def test_stolen_old_roots_after_the_rotation_and_a_damaged_list(gate: Gate) -> None:
    """To whoever damages the file of the list, the old keys are worth nothing."""
    stolen = thieves_list(gate, 9)
    gate.update("list", gate.country.rotate(SUCCESSORS, now=CALM))
    (gate.folder / "trust-list.cbor").write_bytes(b"")
    gate.reboot()
    gate.refuses("list", stolen, "threshold")
    gate.assert_recovers()


def test_a_stolen_issuer_key_is_removed_at_once(gate: Gate) -> None:
    """Today's passes are worth nothing, and tomorrow's, under another key, are as good as ever."""
    stolen = next(iter(gate.country.windows))
    forged_pass = make_claim(window=stolen.window, issuer=stolen.signer)
    assert gate.verifier.verify(show(forged_pass, CALM, audience=PLACE), now=CALM).colors
    honest, kid = gate.show(), stolen.window.kid
    gate.update("list", gate.country.next_list(now=CALM, change=lambda builder: builder.remove_window(kid)))
    for text in (show(forged_pass, CALM + 15, audience=PLACE), honest):
        with pytest.raises(Refused) as caught:
            gate.verifier.verify(text, now=CALM + 15)
        assert caught.value.code is RefusalCode.UNKNOWN_ISSUER_KEY
    gate.assert_admits(NOW + DAY)
    gate.assert_recovers(NOW + DAY)


def test_a_stolen_issuer_key_signs_nothing_past_its_window(gate: Gate) -> None:
    stolen = next(iter(gate.country.windows))
    tomorrow = Window(stolen.window.kid, stolen.window.key, NOW, NOW + 2 * DAY, 4**10, Binding.DEVICE)
    text = show(make_claim(window=tomorrow, issuer=stolen.signer), CALM, audience=PLACE)
    with pytest.raises(Refused) as caught:
        gate.verifier.verify(text, now=CALM)
    assert caught.value.code is RefusalCode.ISSUER_NOT_ALLOWED
    gate.assert_admits()


def test_what_a_thief_of_an_online_key_cannot_sign(gate: Gate) -> None:
    """Each office's key is good for its own kind of object alone, whatever else the thief holds."""
    for key in (signer(131), signer(132), next(iter(gate.country.windows)).signer):
        content = altered(gate.country.content, version=2)
        with raises(
            BadInput,
            "threshold",
            "too few of the known roots have signed the trust list; fetch the list with all signatures",
        ):
            gate.update("list", forged(content, [key, THIEF]))
    gate.assert_admits()
    gate.assert_recovers()
