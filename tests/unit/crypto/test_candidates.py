"""What a captured pass says of a document number: with the document key little, with several passes everything, and
without the key nothing.

The arithmetic. A tag has 16 bits, so it fits one number in 65,536. Of the 1,400,000,000 numbers that people have it
leaves 21,362 (an adversary who knows only that). Resident identity card numbers are some 3,000 districts x 36,525 days
of birth in a century x 1,000 sequence numbers, 109,575,000,000 well-formed ones, of which 1,671,982 fit. Who knows the
district and the decade of birth has 3,652,000 before and some 56 after. Who knows the district and the very day has
1,000 numbers before, and most likely one after: two bytes protect nobody whom one knows that well.
"""

from __future__ import annotations

import hmac
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from random import Random

import pytest

from healthpass.crypto.document_tag import document_tag, seed_of
from healthpass.formats.document import RESIDENT_ID, Document

KEY = bytes(range(32))
KIDS = [bytes((0, 0, 0, n)) for n in range(14)]
"""A sheet of fourteen one-day passes."""
WEIGHTS = [1 << 17 - place for place in range(17)]
PEOPLE = 1_400_000_000
ONE_IN = 65_536
SLOT = 4_711
CTI, TYPE = SLOT.to_bytes(4, "big"), RESIDENT_ID.encode() + b"\x00"


def numbers_of(district: int, born: date) -> Iterator[str]:
    """The thousand numbers that people of a district and day of birth may have."""
    head = f"{district:06}{born:%Y%m%d}"
    of_head = sum(int(digit) * weight for digit, weight in zip(head, WEIGHTS, strict=False))
    for n in range(1000):
        total = of_head + n // 100 * 8 + n // 10 % 10 * 4 + n % 10 * 2
        yield f"{head}{n:03}{'10X98765432'[total % 11]}"


@cache
def sample() -> tuple[str, ...]:
    """1,049,000 well-formed numbers: all those of 1,049 districts and days of birth, chosen from a fixed seed."""
    random = Random(5)
    chosen: set[tuple[int, date]] = set()
    while len(chosen) < 1049:
        chosen.add((random.randrange(110_000, 660_000), date(1925, 1, 1) + timedelta(random.randrange(36_525))))
    return tuple(number for district, born in sorted(chosen) for number in numbers_of(district, born))


def period_of(kid: bytes) -> tuple[int, int]:
    start = 1_800_000_000 + kid[3] * 86_400
    return start, start + 86_400


def tag(number: str, kid: bytes = KIDS[0], key: bytes = KEY) -> bytes:
    """In two steps: each kid is of a day of its own, so there is another seed for each."""
    start, end = period_of(kid)
    head = b"healthpass document tag v2\x00" + start.to_bytes(4, "big") + end.to_bytes(4, "big") + TYPE
    seed = hmac.digest(key, head + number.encode(), "sha512")[:32]
    return hmac.digest(seed, kid + CTI, "sha512")[:2]


@cache
def tags_of_sample() -> tuple[bytes, ...]:
    return tuple(map(tag, sample()))


def fitting(numbers: Iterator[str] | tuple[str, ...] | list[str], number: str, kid: bytes = KIDS[0]) -> list[str]:
    """Which of the numbers a thief of the document key cannot tell from `number` by its pass under `kid`."""
    captured = tag(number, kid)
    return [each for each in numbers if tag(each, kid) == captured]


@pytest.mark.slow
def test_the_numbers_are_numbers() -> None:
    """And the tag that a region makes of a document is the one that is counted here."""
    random = Random(1)
    assert len(set(sample())) == len(sample()) == 1_049_000 >= 2**20
    for number in random.sample(sample(), 200):
        with Document(RESIDENT_ID, number) as document:
            seed = seed_of(document, KEY, *period_of(KIDS[0]))
            assert document_tag(seed, KIDS[0], SLOT) == tag(number)


@pytest.mark.slow
def test_one_pass_and_the_key_leave_tens_of_thousands() -> None:
    """Of a million numbers every captured pass leaves some 16, so of all people's some 21,000."""
    counts = Counter(tags_of_sample())
    captured = [tag(number) for number in Random(2).sample(sample(), 1000)]
    others = [counts[each] - 1 for each in captured]  # without the one that it is of
    assert min(others) >= 2
    mean = sum(others) / len(others)
    assert 15.4 < mean < 16.6  # 1,048,999 / 65,536 = 16.006; the standard error is 0.13
    assert mean * PEOPLE / len(sample()) > 20_000
    # No tag is common or rare beyond chance: chi-square with 65,535 degrees of freedom, five standard deviations.
    expected = len(sample()) / ONE_IN
    chi_square = sum((count - expected) ** 2 / expected for count in counts.values())
    chi_square += (ONE_IN - len(counts)) * expected
    assert abs(chi_square - 65_535) < 5 * (2 * 65_535) ** 0.5


@pytest.mark.slow
def test_who_knows_district_and_decade_has_some_fifty_left() -> None:
    """A tenth of them here: one year, 365,000 numbers, of which 5.6 fit on average."""
    year = [date(1950, 1, 1) + timedelta(n) for n in range(365)]
    numbers = [number for born in year for number in numbers_of(110_105, born)]
    counts = Counter(map(tag, numbers))
    left = [counts[tag(number)] for number in Random(3).sample(numbers, 1000)]
    assert 6.2 < sum(left) / len(left) < 7.0  # itself, and 364,999 / 65,536 = 5.57 others
    assert sum(each > 1 for each in left) > 980


def test_who_knows_the_day_of_birth_has_one() -> None:
    numbers = list(numbers_of(110_105, date(1949, 12, 31)))
    assert fitting(numbers, numbers[17]) == [numbers[17]]


@pytest.mark.slow
def test_a_sheet_of_fourteen_and_the_key_single_out_a_number() -> None:
    """Said openly in docs/privacy.md: 1.4e9 / 65,536^2 is below one, so two passes do, and fourteen more so."""
    number = sample()[123_456]
    left = [each for each, of_it in zip(sample(), tags_of_sample(), strict=True) if of_it == tag(number)]
    sizes = [len(left)]
    for kid in KIDS[1:]:
        left = fitting(left, number, kid)
        sizes.append(len(left))
    assert 5 <= sizes[0] <= 35
    assert sizes[1:] == [1] * 13
    assert left == [number]


@pytest.mark.slow
def test_without_the_key_a_tag_is_independent_of_the_number() -> None:
    """Over fresh keys: the tags of two numbers, and of one number under two kids, fall together as chance has it."""
    random = Random(4)
    keys = [random.randbytes(32) for _ in range(51_200)]
    one, other = sample()[0], sample()[-1]
    for left, right in (((one, KIDS[0]), (other, KIDS[0])), ((one, KIDS[0]), (one, KIDS[1]))):
        cells = Counter((tag(*left, key)[0] >> 4, tag(*right, key)[1] & 15) for key in keys)
        same = Counter((tag(*left, key)[0] >> 4, tag(*right, key)[0] >> 4) for key in keys)
        for counts in (cells, same):
            chi_square = sum((counts[a, b] - 200) ** 2 / 200 for a in range(16) for b in range(16))
            assert 142 < chi_square < 368  # 255 degrees of freedom, five standard deviations


@pytest.mark.slow
def test_without_the_key_every_number_fits_a_captured_tag_equally_well() -> None:
    """Given what was captured, each candidate's first byte agrees with it for one key in 256, the true one's apart."""
    random = Random(6)
    keys = [random.randbytes(32) for _ in range(25_600)]
    captured = tag(sample()[0], key=random.randbytes(32))[0]
    for number in random.sample(sample(), 8):
        fits = sum(tag(number, key=key)[0] == captured for key in keys)
        assert 50 < fits < 150  # 100 expected, five standard deviations
