"""Attackers who have passes of their own taken back, in any order, among other people: whom do deltas show them?

The attackers know their own slots, and when each was taken back. What they do not know is everybody else's.
"""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from healthpass.issuer.ledger import Plan, Request
from tests.ledgers import REGION, REVOKER, AnyLedger, digest_of

KIDS = (b"kid0", b"kid1")
CAPACITY = 4**8
FLOOR, COMPANY, WAIT = 16, 4, 100
ATTACKER, CODE, OTHER, PUBLISH, SNAPSHOT, LATER = "attacker", "code", "other", "publish", "snapshot", "later"
STEPS = st.lists(st.sampled_from((ATTACKER, CODE, OTHER, PUBLISH, SNAPSHOT, LATER)), max_size=40)


class Country:
    """A ledger, whom it has revoked, and what an observer finds new in each publication."""

    def __init__(self, ledger: AnyLedger, first: int) -> None:
        self.ledger, self.now, self.next = ledger, ledger_now(ledger), first
        self.waiting: dict[int, int] = {}  # attestation of somebody else -> when it was taken back
        self.oldest: int | None = None
        self.own: set[tuple[bytes, int]] = set()
        self.base: int | None = None
        self.seen = self.published(delta=False)

    def take_back(self, who: str) -> None:
        number, self.next = self.next, self.next + 1
        name = number.to_bytes(16, "big")
        entries = self.ledger.reserve(
            Request(REGION, name, bytes(32), [(kid, CAPACITY, 1 + number % 3) for kid in KIDS], [name * 2])
        )
        if who == CODE:
            self.ledger.revoke_by_recovery([name * 2], now=self.now)
        else:
            self.ledger.revoke(REGION, name, now=self.now, at_wish=who == ATTACKER)
        if who == OTHER:
            self.waiting[number] = self.now
        else:
            self.own |= {(each.kid, each.first + n) for each in entries for n in range(each.count)}
        self.oldest = self.now if self.oldest is None else self.oldest

    def published(self, *, delta: bool) -> int | None:
        plan = Plan(self.now, KIDS, frozenset(KIDS), self.base if delta else None, COMPANY, WAIT, FLOOR)
        with self.ledger.publishing(REVOKER) as turn:
            made = turn.begin(plan)
            if made is None:
                return None
            turn.signed(made.version, digest_of(made))
            assert turn.published(made.version, digest_of(made))
        self.base = self.base if delta else made.version
        return made.version

    def publish(self, *, delta: bool) -> None:
        version = self.published(delta=delta)
        due = self.oldest is not None and self.oldest <= self.now - WAIT
        if version is None:
            assert delta
            assert self.oldest is not None
            assert not due, "nobody waits longer than the longest wait"
            assert len(self.waiting) < COMPANY
            return
        assert not delta or self.oldest is None or due or len(self.waiting) >= COMPANY
        for kid in KIDS:
            found = self.ledger.revoked(kid, before=version, since=self.seen or 0)
            new = {(kid, each.first + n) for each in found for n in range(each.count)}
            assert not new or len(new - self.own) >= FLOOR
        self.seen, self.oldest = version, None
        self.waiting.clear()


def ledger_now(ledger: AnyLedger) -> int:
    """A time after all publications of the tests before."""
    with ledger._reading() as db:
        return int(db.rows("SELECT coalesce(max(issued), 1000) FROM publications")[0][0])


@pytest.mark.slow
@given(steps=STEPS)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_delta_shows_one_person_to_those_who_wish(steps: list[str], ledger: AnyLedger) -> None:
    """A delta comes with company that nobody wished for, or after the longest wait; and under each kid it has as many
    slots as the floor beside those of the attackers."""
    with ledger._reading() as db:
        used = int(db.rows("SELECT count(*) FROM entries")[0][0])
    country = Country(ledger, used + 1)
    for step in steps:
        if step == LATER:
            country.now += WAIT // 3
        elif step in (PUBLISH, SNAPSHOT):
            country.publish(delta=step == PUBLISH)
        else:
            country.take_back(step)
