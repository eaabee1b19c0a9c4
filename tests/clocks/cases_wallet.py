"""What a wallet decides by its clock."""

from __future__ import annotations

from healthpass.formats.area_table import AreaTable
from healthpass.formats.claim import Binding
from healthpass.formats.platform import Platform, SealingKeyEntry
from healthpass.formats.text import encode_place_text
from healthpass.formats.trust_list import TrustList
from healthpass.formats.window import LARGEST_SKEW, Window
from healthpass.holder.batch_check import _fresh_list
from healthpass.holder.drawing import REDRAW_FOR
from healthpass.holder.enrolling import MAX_LIST_AGE
from healthpass.holder.state import HeldWindow, State, without_over
from healthpass.holder.trust import Trust, check_in_force, visit
from healthpass.trust.updates import CLOCK_SKEW
from tests.clocks.holding import holds, outcome
from tests.making import DAY, NOW, PLATFORM, ROOTS, SEALING, TOMORROW, WINDOW, make_trust_list, sign_trust_list
from tests.placing import AREA, RISK_OFFICE, make_place, placed_list
from tests.wallets import fill, make_batch, make_offer, make_wallet

CHECK = "holder/batch_check.py"
STATE = "holder/state.py"
ENROL = "holder/enrolling.py"
DRAWING = "holder/drawing.py"
LIST = make_trust_list(issued=NOW, expires=NOW + DAY)


def state_with(trust_list: TrustList) -> State:
    """A wallet's state with a trust list and nothing else."""
    return State(bytes(16), Trust(ROOTS, trust_list))


@holds(STATE, "is_over", "now >= expires + LARGEST_SKEW", gives=(2, 1, 1))
def _(second: int) -> object:
    wallet = make_wallet()
    answer = wallet.answer(make_offer((WINDOW, 8), (TOMORROW, 8)), now=NOW)
    wallet.accept(make_batch(answer), now=WINDOW.expires + LARGEST_SKEW + second)
    (enrolment,) = wallet._kept.now.enrolments
    assert enrolment.batch is not None
    return len(enrolment.batch.windows)


@holds(STATE, "is_over", "now >= expires + LARGEST_SKEW", gives=(2, 1, 1))
def _(second: int) -> object:
    """What is there, and what waits, is erased."""
    wallet = make_wallet()
    fill(wallet)
    wallet.answer(make_offer((WINDOW, 8), reference=1), now=NOW)
    wallet.answer(make_offer((TOMORROW, 8), reference=2), now=NOW)
    return len(without_over(wallet._kept.now, WINDOW.expires + LARGEST_SKEW + second).enrolments) - (second < 0)


def answered(issued: int, expires: int, now: int) -> object:
    """What a wallet with such a list says to an offer for a window of many days."""
    long = Window(b"long", WINDOW.key, NOW - DAY, NOW + 9 * DAY, 4, Binding.DEVICE)
    key = SealingKeyEntry(SEALING.key, NOW - DAY, NOW + 9 * DAY)
    platform = Platform(PLATFORM, (long.kid,), (key,))
    wallet = make_wallet(
        trust_list=sign_trust_list(make_trust_list(1, issued, expires, windows=[long], platforms=[platform]))
    )
    return outcome(lambda: wallet.answer(make_offer((long, 8)), now=now))


@holds(ENROL, "_young_list", "now < trust_list.issued - CLOCK_SKEW", gives=("clock-behind", "taken", "taken"))
def _(second: int) -> object:
    return answered(NOW, NOW + 7 * DAY, NOW - CLOCK_SKEW + second)


@holds(
    ENROL,
    "_young_list",
    "now >= trust_list.issued + MAX_LIST_AGE",
    gives=("taken", "trust-list-too-old", "trust-list-too-old"),
)
def _(second: int) -> object:
    return answered(NOW, NOW + 7 * DAY, NOW + MAX_LIST_AGE + second)


@holds(ENROL, "_young_list", "now >= trust_list.expires", gives=("taken", "trust-list-too-old", "trust-list-too-old"))
def _(second: int) -> object:
    return answered(NOW, NOW + DAY, NOW + DAY + second)


def redrawn(first: int, now: int) -> object:
    wallet = make_wallet()
    fill(wallet)
    showing = wallet.present(now=first)
    return outcome(lambda: showing.redraw(now))


@holds(DRAWING, "Showing.redraw", "time < drawing.begun - CLOCK_SKEW", gives=("clock-behind", "taken", "taken"))
def _(second: int) -> object:
    return redrawn(NOW, NOW - CLOCK_SKEW + second)


@holds(DRAWING, "Showing.redraw", "time >= drawing.begun + REDRAW_FOR", gives=("taken", "redraw-over", "redraw-over"))
def _(second: int) -> object:
    return redrawn(NOW, NOW + REDRAW_FOR + second)


@holds(DRAWING, "Showing.redraw", "time >= drawing.expires + CLOCK_SKEW", gives=("taken", "redraw-over", "redraw-over"))
def _(second: int) -> object:
    return redrawn(WINDOW.expires - 5, WINDOW.expires + CLOCK_SKEW + second)


@holds(CHECK, "_fresh_list", "now < trust_list.issued - CLOCK_SKEW", gives=("clock-behind", "taken", "taken"))
def _(second: int) -> object:
    return outcome(lambda: _fresh_list(state_with(LIST), LIST.issued - CLOCK_SKEW + second))


@holds(CHECK, "_fresh_list", "now >= trust_list.expires", gives=("taken", "trust-list-expired", "trust-list-expired"))
def _(second: int) -> object:
    return outcome(lambda: _fresh_list(state_with(LIST), LIST.expires + second))


@holds(STATE, "HeldWindow.is_open", "self.valid_from - skew <= now < self.expires + skew", gives=(False, True, True))
def _(second: int) -> object:
    held = HeldWindow(b"kid0", NOW, NOW + DAY, bytes(32), b"", b"")
    return held.is_open(NOW + second) if held.is_open(NOW - 60 + second, 60) == (second >= 0) else None


@holds(STATE, "HeldWindow.is_open", "self.valid_from - skew <= now < self.expires + skew", gives=(True, False, False))
def _(second: int) -> object:
    held = HeldWindow(b"kid0", NOW, NOW + DAY, bytes(32), b"", b"")
    return held.is_open(NOW + DAY + second) if held.is_open(NOW + DAY + 60 + second, 60) == (second < 0) else None


@holds(
    "holder/trust.py",
    "_look",
    "now >= trust.area[1].expires",
    gives=("taken", "risk-unknown", "risk-unknown"),
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
