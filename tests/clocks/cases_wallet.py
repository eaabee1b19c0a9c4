"""What a wallet decides by its clock."""

from __future__ import annotations

from healthpass.formats.area_table import AreaTable
from healthpass.formats.text import encode_place_text
from healthpass.formats.trust_list import TrustList
from healthpass.holder.batch_check import _check_window, _fresh_list
from healthpass.holder.state import HeldWindow, State, without_over
from healthpass.holder.trust import Trust, check_in_force, visit
from healthpass.trust.updates import CLOCK_SKEW
from tests.clocks.holding import holds, outcome
from tests.making import DAY, NOW, ROOTS, TOMORROW, WINDOW, claim_of, make_trust_list
from tests.placing import AREA, RISK_OFFICE, make_place, placed_list
from tests.wallets import SEED, fill, make_batch, make_offer, make_wallet

CHECK = "holder/batch_check.py"
STATE = "holder/state.py"
LIST = make_trust_list(issued=NOW, expires=NOW + DAY)


def state_with(trust_list: TrustList) -> State:
    """A wallet's state with a trust list and nothing else."""
    return State(SEED, Trust(ROOTS, trust_list))


@holds(CHECK, "check_batch", "claim.exp <= now", gives=("taken", "window-over", "window-over"))
def _(second: int) -> object:
    wallet = make_wallet()
    answer = wallet.answer(make_offer((WINDOW, 2)), now=NOW)
    return outcome(lambda: wallet.accept(make_batch(answer), now=WINDOW.expires + second))


@holds(CHECK, "_held", "now < window.expires", gives=(2, 1, 1))
def _(second: int) -> object:
    wallet = make_wallet()
    answer = wallet.answer(make_offer((WINDOW, 2), (TOMORROW, 2)), now=NOW)
    wallet.accept(make_batch(answer), now=WINDOW.expires + second)
    (enrolment,) = wallet._kept.now.enrolments
    assert enrolment.batch is not None
    return len(enrolment.batch.windows)


@holds(CHECK, "_fresh_list", "now < trust_list.issued - CLOCK_SKEW", gives=("clock-behind", "taken", "taken"))
def _(second: int) -> object:
    return outcome(lambda: _fresh_list(state_with(LIST), LIST.issued - CLOCK_SKEW + second))


@holds(CHECK, "_fresh_list", "now >= trust_list.expires", gives=("taken", "trust-list-expired", "trust-list-expired"))
def _(second: int) -> object:
    return outcome(lambda: _fresh_list(state_with(LIST), LIST.expires + second))


@holds(CHECK, "_check_window", "claim.exp != window.expires", gives=("not-allowed", "taken", "not-allowed"))
def _(second: int) -> object:
    claim = claim_of()
    claim.exp += second
    return outcome(lambda: _check_window(claim, LIST))


@holds(STATE, "HeldWindow.is_open", "self.valid_from <= now < self.expires", gives=(False, True, True))
def _(second: int) -> object:
    return HeldWindow(b"kid0", NOW, NOW + DAY, b"", b"").is_open(NOW + second)


@holds(STATE, "HeldWindow.is_open", "self.valid_from <= now < self.expires", gives=(True, False, False))
def _(second: int) -> object:
    return HeldWindow(b"kid0", NOW, NOW + DAY, b"", b"").is_open(NOW + DAY + second)


@holds(STATE, "without_over", "window.expires > now", gives=(1, 0, 0))
def _(second: int) -> object:
    wallet = make_wallet()
    fill(wallet, make_offer((WINDOW, 2)))
    return len(without_over(wallet._kept.now, WINDOW.expires + second).enrolments)


@holds(
    "holder/trust.py",
    "_look",
    "now >= trust.area[1].expires",
    gives=("taken", "check-not-permitted", "check-not-permitted"),
)
def _(second: int) -> object:
    table = AreaTable(1, NOW, NOW + DAY, medium=(), high=(AREA,))
    trust = Trust(ROOTS, placed_list(), area=(RISK_OFFICE.public_key, table))
    poster = encode_place_text(make_place(1))
    return outcome(lambda: visit(trust, poster, table.expires + second))


@holds(
    "holder/trust.py",
    "check_in_force",
    "now < trust_list.issued - CLOCK_SKEW",
    gives=("clock-behind", "taken", "taken"),
)
def _(second: int) -> object:
    return outcome(lambda: check_in_force(LIST, LIST.issued - CLOCK_SKEW + second))
