"""Which attestations the platform can join, alone: by seeds, by recovery codes that were used, by patterns that a
region gives to few; and which it cannot."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import pytest

from healthpass.crypto.recovery import new_recovery_code, recovery_hash, recovery_hashes
from tests.issuing import attestation_of
from tests.scenario.country import NOW, Country, person
from tests.scenario.test_privacy_region import pieces


@pytest.fixture
def country(tmp_path: Path) -> Country:
    return Country(tmp_path)


def test_two_attestations_of_one_period_for_one_document_are_seen_to_be(country: Country) -> None:
    """And no others: the same document has another seed in each period."""
    requests = [country.enrol(country.wallet(n), [person("绿", str(n // 2))], days=2) for n in (2, 3, 4)]
    seeds = [(attestation_of(each).seeds or ())[0] for each in requests]
    assert seeds[0] == seeds[1]
    assert not set(seeds[0]) & set(seeds[2])
    today, tomorrow = seeds[0]
    assert not pieces(today, 4) & pieces(tomorrow, 4)


def test_of_a_phone_alone_two_enrolments_share_nothing_that_others_do_not(country: Country) -> None:
    """One wallet twice, and another: what the region vouches for is the same for all three, what is random apart."""
    mine, other = country.wallet(1), country.wallet(2)
    contents = [attestation_of(country.enrol(wallet, [person("绿")])) for wallet in (mine, mine, other)]
    assert len({(each.issued, each.colors, each.binding, each.periods, each.platform) for each in contents}) == 1
    assert {(each.seeds, each.recovery_hash) for each in contents} == {(None, None)}
    random = [pieces(each.reference, 4) | pieces(each.commitment or b"", 4) for each in contents]
    assert not random[0] & random[1]
    assert not random[0] & random[2]


def desk_made(country: Country, seed: int, code: str, salt: bytes) -> bytes:
    """A relative's phone, and a code that the person has from the desk; the batch is issued. Returns the hash that the
    platform sees."""
    wallet, offer = country.wallet(seed), country.offer(documents=True)
    answer = wallet.answer(offer, now=NOW)
    request = country.vouch(offer, answer, [person("绿", str(seed))], recovery_hash=recovery_hash(code, salt))
    country.issuer.issue(request, now=NOW)
    seen = attestation_of(request).recovery_hash
    assert seen is not None
    return seen


def test_desk_made_codes_join_nothing_until_one_is_used(country: Country) -> None:
    """Then it joins all that it takes back. That there is one is seen before: of people who have others carry their
    pass, or have it on paper."""
    code, other = new_recovery_code(), new_recovery_code()
    hers = [desk_made(country, n, code, n.to_bytes(2, "big")) for n in (1, 2)]
    theirs = desk_made(country, 3, other, b"\x00\x01")
    assert not pieces(hers[0], 4) & pieces(hers[1], 4)
    assert len({*hers, theirs}) == 3
    by_the_code = set(recovery_hashes(code))
    assert set(hers) <= by_the_code
    assert theirs not in by_the_code


def test_a_desk_that_gives_one_hash_twice_joins_them_itself(country: Country) -> None:
    """Which is why the salt is fresh: two equal ones are equal for the platform too."""
    code = new_recovery_code()
    assert desk_made(country, 1, code, b"\x00\x07") == desk_made(country, 2, code, b"\x00\x07")


def joined(requests: list[bytes], pattern: Callable[[bytes], object]) -> list[list[int]]:
    """Which requests have the same pattern."""
    found = defaultdict(list)
    for number, request in enumerate(requests):
        found[pattern(request)].append(number)
    return list(found.values())


def pattern_of(request: bytes) -> object:
    """Periods, counts, words and binding: all that a region decides on and the platform reads."""
    content = attestation_of(request)
    return content.periods, content.colors, content.binding


def test_a_pattern_of_periods_that_few_have_joins_their_enrolments(country: Country) -> None:
    """One person is offered eleven showings instead of eight, each time: the platform sees who comes back. Where a
    region offers the same to everybody, it does not."""
    everybody = [country.enrol(country.wallet(n), [person("绿")]) for n in range(10, 18)]
    assert [len(each) for each in joined(everybody, pattern_of)] == [8]
    odd = [country.enrol(country.wallet(n), [person("绿")], showings=11) for n in (18, 18)]
    assert sorted(len(each) for each in joined(everybody + odd, pattern_of)) == [2, 8]


def test_a_family_is_seen_and_so_is_its_size(country: Country) -> None:
    family = country.enrol(country.wallet(1), [person("绿", "1"), person("黄", "2"), person("绿", "3")])
    assert attestation_of(family).colors == ("绿", "黄", "绿")
    assert len({seed for seeds in attestation_of(family).seeds or () for seed in seeds}) == 3
