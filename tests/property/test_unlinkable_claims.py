"""Claims of one batch share nothing but what everybody's share, and no region can be told from another.

The batches come from the real issuer; what is compared is the bytes of every field of the claims' templates.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

import pytest

from healthpass import Color
from healthpass.crypto.document_tag import document_seed
from healthpass.formats.claim import BINDING_BY_SIZE, TEMPLATES, Binding
from healthpass.issuer import Issuer, RecognitionRules, SQLiteLedger
from tests.issuing import (
    BOTH_DAYS,
    OTHER_REGION,
    REGION,
    Asked,
    attest,
    both_passes,
    device_passes,
    issued,
    make_issuer,
    make_rule,
    window_key,
)
from tests.making import NOW, WINDOW

SIZE = 2000
DOCUMENT_KEY = bytes(range(32))
COHORT = ("kid", "exp", "color")
"""The fields that everybody of one colour and window has in common."""
RULES = RecognitionRules(
    [
        make_rule(scale={"绿": Color.GREEN, "黄": Color.YELLOW}),
        make_rule(OTHER_REGION, "South", scale={"1": Color.GREEN, "a much longer word": Color.YELLOW}),
    ]
)


def with_document(count: int, first_key: int = 0, number: str = "X1") -> Asked:
    """Keys of one phone, with the seed of one document."""
    seed = document_seed(DOCUMENT_KEY, WINDOW.valid_from, WINDOW.expires, "id", number)
    return replace(both_passes(1, count, first_key=first_key), seeds=((seed,),))


@pytest.fixture(params=[device_passes, with_document], ids=["device", "both"])
def passes(request: pytest.FixtureRequest) -> Callable[..., Asked]:
    made: Callable[..., Asked] = request.param
    return made


@pytest.fixture
def ledger() -> Iterator[SQLiteLedger]:
    opened = SQLiteLedger(":memory:")
    yield opened
    opened.close()


@pytest.fixture
def issuer(ledger: SQLiteLedger) -> Issuer:
    return make_issuer(ledger, rules=RULES)


def field(claims: Sequence[bytes], name: str) -> list[bytes]:
    return [claim[TEMPLATES[BINDING_BY_SIZE[len(claim)]].fields[name]] for claim in claims]


def slots(claims: Sequence[bytes]) -> list[int]:
    return [int.from_bytes(cti, "big") for cti in field(claims, "cti")]


def constant_part(claim: bytes) -> bytes:
    """The claim with zeros in every field that is not the cohort's."""
    bare = bytearray(claim)
    for name, hole in TEMPLATES[BINDING_BY_SIZE[len(claim)]].fields.items():
        if name not in COHORT:
            bare[hole] = bytes(len(bare[hole]))
    return bytes(bare)


def test_one_batch_is_one_cohort(issuer: Issuer, passes: Callable[..., Asked]) -> None:
    claims = issued(issuer, attest(passes(SIZE)))
    assert len(claims) == SIZE
    assert len({len(claim) for claim in claims}) == 1
    assert len({constant_part(claim) for claim in claims}) == 1
    for name in ("cti", "key", "signature"):
        assert len(set(field(claims, name))) == SIZE, name


def test_no_eight_bytes_of_one_claim_are_in_another(issuer: Issuer, passes: Callable[..., Asked]) -> None:
    """Wherever they stand, in the keys and signatures; the rest of a claim is too short for eight bytes of its own."""
    seen: Counter[bytes] = Counter()
    for claim in issued(issuer, attest(passes(SIZE))):
        parts = [*field([claim], "key"), *field([claim], "signature")]
        seen.update({part[at : at + 8] for part in parts for at in range(len(part) - 7)})
    assert seen.most_common(1)[0][1] == 1


def test_tags_of_one_document_repeat_no_more_than_those_of_many(issuer: Issuer) -> None:
    one = field(issued(issuer, attest(with_document(SIZE))), "tag")
    many = [attest(with_document(1, SIZE + n, f"X{n}"), reference=2 + n) for n in range(SIZE)]
    others = field([claim for each in many for claim in issuer.prepare(each, now=NOW)], "tag")
    # Of 2,000 tags of two bytes, about 30 repeat an earlier one by chance, with a standard deviation below six.
    for tags in (one, others):
        assert 6 < SIZE - len(set(tags)) < 60


@pytest.mark.parametrize("bits", range(6, 9))
def test_slots_show_no_order(issuer: Issuer, bits: int) -> None:
    """Neither within a batch nor between the batches of one day: rises and falls, and neighbours, are as by chance."""
    listed = []
    for reference in range(8):
        asked = attest(device_passes(250, first_key=250 * reference), reference=reference + 1)
        listed += slots(issued(issuer, asked))
    rises = sum(before < after for before, after in pairwise(listed))
    assert abs(rises - SIZE / 2) < 4 * (SIZE / 12) ** 0.5
    near = sum(abs(after - before) < WINDOW.capacity >> bits for before, after in pairwise(listed))
    expected = 2 * SIZE / 2**bits
    assert abs(near - expected) < 4 * expected**0.5


def test_a_slot_does_not_tell_how_many_came_before(ledger: SQLiteLedger) -> None:
    """The first and the last thousand of a window lie in the same places."""
    key = window_key(90, capacity=4**6)
    full = make_issuer(ledger, [key])
    batches = [
        slots(issued(full, attest(device_passes(1024, [key.window], 1024 * n), reference=n + 1))) for n in range(4)
    ]
    assert sorted(slot for batch in batches for slot in batch) == list(range(4**6))
    for batch in (batches[0], batches[-1]):
        for quarter in range(4):
            assert abs(sum(slot // 1024 == quarter for slot in batch) - 256) < 4 * 14


def test_slots_of_two_windows_have_nothing_to_do_with_each_other(ledger: SQLiteLedger) -> None:
    issuer = make_issuer(ledger)
    mixed = issued(issuer, attest(device_passes(SIZE, BOTH_DAYS)))
    one, two = slots(mixed[:SIZE]), slots(mixed[SIZE:])
    assert sum(left == right for left, right in zip(one, two, strict=True)) <= 2
    higher = sum(left < right for left, right in zip(one, two, strict=True))
    assert abs(higher - SIZE / 2) < 4 * (SIZE / 4) ** 0.5


@pytest.mark.parametrize(("words", "color"), [(("绿", "1"), Color.GREEN), (("黄", "a much longer word"), Color.YELLOW)])
def test_regions_cannot_be_told_apart(
    words: tuple[str, str], color: Color, issuer: Issuer, passes: Callable[..., Asked]
) -> None:
    """Another scale, another time of issue, another size of batch, with a recovery code or without: all one cohort."""
    north = issued(issuer, attest(passes(300), [words[0]], 1, NOW - 3000, region=REGION))
    asked = attest(passes(40, first_key=500), [words[1]], 2, NOW + 50, recovery_hash=bytes(32), region=OTHER_REGION)
    south = issued(issuer, asked, NOW + 3000)
    assert {constant_part(claim) for claim in north} == {constant_part(claim) for claim in south}
    assert field(south, "color")[0] == bytes((color,))
    for name in ("cti", "key", "signature"):
        assert not set(field(north, name)) & set(field(south, name))


def test_nothing_of_an_attestation_is_in_a_claim(issuer: Issuer) -> None:
    """No region, reference, word, time or recovery hash; only the wallet's keys, and tags."""
    reference, recovery = 0xA1B2C3D4E5F60718293A4B5C6D7E8F90, bytes(range(64, 96))
    time = NOW - 1234
    data = attest(with_document(50), ["绿"], reference, time, recovery)
    long = (REGION.public_key, reference.to_bytes(16, "big"), recovery)
    pieces = ["绿".encode(), time.to_bytes(4, "big"), NOW.to_bytes(4, "big")]
    pieces += [each[at : at + 4] for each in long for at in range(len(each) - 3)]
    for claim in issued(issuer, data):
        assert not any(piece in claim for piece in pieces)


def test_which_bytes_may_differ_at_all() -> None:
    """Every byte of a claim is a constant, a cohort's or one of the four random fields: there is no other hole."""
    named = {"kid", "exp", "color", "cti", "key", "tag", "signature"}
    assert {name for template in TEMPLATES.values() for name in template.fields} == named
    assert TEMPLATES[Binding.DEVICE].fields.keys() == named - {"tag"}
    assert TEMPLATES[Binding.DOCUMENT].fields.keys() == named - {"key"}
    assert TEMPLATES[Binding.BOTH].fields.keys() == named
