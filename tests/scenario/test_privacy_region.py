"""Region and scanner put together all that they have seen. Of passes that are bound to a phone alone they share nothing
but what is published and the colours; of those that are bound to a document, what tags give, which is computed here."""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from random import Random

import pytest

from healthpass.crypto.commitment import commitment
from healthpass.crypto.document_tag import document_seed, document_tag
from healthpass.crypto.envelope import open_padded
from healthpass.formats import cbor
from healthpass.formats.attestation import parse_issue_request
from healthpass.formats.claim import TEMPLATES, Binding, parse_claim
from healthpass.formats.enrolment import Opening, encode_opening, parse_key_request, parse_opening
from healthpass.formats.presentation import parse_presentation, template_of
from healthpass.formats.text import decode_text
from healthpass.holder import Wallet
from tests.making import PLACE
from tests.scenario.country import DAY, DOCUMENT_KEY, NOW, Country, person

WALLETS, PERIODS, SHOWINGS = 6, 2, 24
PIECE = 6
"""Bytes: two strings of so many, each from a hundred thousand places, agree by chance once in 30,000 runs."""


class RegionsAndScanners:
    """Wallets of one region's people, and every byte that went through its hands or before a scanner's camera.

    Attributes:
        region: offers, key requests, issue requests and sealed batches, wallet by wallet.
        shown: the presentations, wallet by wallet.
    """

    def __init__(self, folder: Path, wallets: int = WALLETS) -> None:
        self.country = Country(folder)
        self.region: list[list[bytes]] = []
        self.shown: list[list[bytes]] = []
        for number in range(wallets):
            wallet = self.country.wallet(200 + number)
            self._enrol(wallet)
            times = [day + 60 * n for day in (NOW + 60, NOW + DAY) for n in range(SHOWINGS)]
            self.shown.append([decode_text(wallet.present(now=now, audience=PLACE).text) for now in times])

    def _enrol(self, wallet: Wallet) -> None:
        country = self.country
        offer = country.offer(days=PERIODS, showings=SHOWINGS)
        answer = wallet.answer(offer, now=NOW)
        request = country.vouch(offer, answer, [person("绿")])
        batch = country.issuer.issue(request, now=NOW)
        self.region.append([offer, answer, request, batch])
        assert wallet.accept(batch, now=NOW) == PERIODS * SHOWINGS


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> RegionsAndScanners:
    return RegionsAndScanners(tmp_path_factory.mktemp("privacy"))


def without_expiry(data: bytes) -> Iterator[bytes]:
    """A presentation's bytes before and after its expiry, which is published in the trust list."""
    expiry = template_of((Binding.DEVICE, True, False, 0)).fields["exp"]
    yield data[: expiry.start - 1]
    yield data[expiry.stop :]


def pieces(data: bytes, size: int = PIECE) -> set[bytes]:
    return {data[at : at + size] for at in range(len(data) - size + 1)}


def test_no_string_of_six_bytes_is_known_to_both(seen: RegionsAndScanners) -> None:
    """Apart from the expiry, with its head; and from what every claim has, of whichever person."""
    at_the_region = set().union(*(pieces(each) for messages in seen.region for each in messages))
    at_scanners = {
        piece for showings in seen.shown for data in showings for part in without_expiry(data) for piece in pieces(part)
    }
    assert len(at_scanners) > 10_000
    assert len(at_the_region) > 10_000
    assert at_the_region & at_scanners == set()


def test_the_comparison_would_find_a_key_or_a_slot_beside_another_field(seen: RegionsAndScanners) -> None:
    """Had a region seen one holder key, signature or kid with its slot, the test above would fail."""
    data = seen.shown[0][0]
    claim = parse_presentation(data).claim_bytes[0]
    fields = TEMPLATES[Binding.DEVICE].fields
    everything = {piece for part in without_expiry(data) for piece in pieces(part)}
    for name in ("key", "signature"):
        assert pieces(claim[fields[name]]) <= everything


def numbers(data: bytes) -> set[int]:
    """Every integer that a CBOR message has in it, in messages within messages too."""
    found: set[int] = set()

    def walk(value: object) -> None:
        if isinstance(value, bool):
            return
        if isinstance(value, int):
            found.add(value)
        elif isinstance(value, list):
            for each in value:
                walk(each)
        elif isinstance(value, dict):
            for key, each in value.items():
                walk(key)
                walk(each)
        elif isinstance(value, bytes):
            _walk_within(value, walk)

    _walk_within(data, walk)
    return found


def _walk_within(data: bytes, walk: object) -> None:
    body = data[1:] if data[:1] == b"\xd2" else data  # the tag of a COSE_Sign1
    try:
        value = cbor.decode(body)
    except ValueError:
        return
    if isinstance(value, list | dict):
        walk(value)  # type: ignore[operator]  # the function above


def test_no_number_is_known_to_both(seen: RegionsAndScanners) -> None:
    """Slots, kids and times of showing as the scanner has them: none is a number in what the region has seen. The ends
    of periods are, and are published."""
    at_the_region = set().union(*(numbers(each) for messages in seen.region for each in messages))
    periods = {end for window in seen.country.content.windows.values() for end in (window.valid_from, window.expires)}
    assert len(periods & at_the_region) == PERIODS + 1, "the walk reads the periods, so it reads numbers"
    at_scanners: set[int] = set()
    for data in (each for showings in seen.shown for each in showings):
        shown = parse_presentation(data)
        (claim,) = shown.claims
        assert claim.exp in periods
        at_scanners |= {claim.slot, int.from_bytes(claim.kid, "big"), shown.iat}
    assert at_scanners & at_the_region == set()


def test_kids_are_in_no_message_of_the_region(seen: RegionsAndScanners) -> None:
    """Four bytes agree by chance once in some hundred thousand places; here they do not at all: nobody names kids."""
    kids = set(seen.country.content.windows)
    in_clear = [message for offer, answer, request, _ in seen.region for message in _readable(offer, answer, request)]
    assert not any(kid in message for kid in kids for message in in_clear)


def _readable(offer: bytes, answer: bytes, request: bytes) -> list[bytes]:
    """What a region can read: all but the sealed bytes."""
    sealed = parse_key_request(answer).sealed_opening
    return [offer, answer.replace(sealed, b""), request.replace(sealed, b"")]


def test_no_order_is_known_to_both(seen: RegionsAndScanners) -> None:
    """The region knows who enrolled when, and the platform gives numbers in that order. What scanners see of a number
    is its slot, and slots do not follow: rank correlation, whose standard deviation by chance is 0.056."""
    for period in range(PERIODS):
        first = period * SHOWINGS
        slots = [
            parse_presentation(data).claims[0].slot
            for showings in seen.shown
            for data in showings[first : first + SHOWINGS]
        ]
        assert len(set(slots)) == len(slots) == WALLETS * SHOWINGS
        pairs = list(combinations(slots, 2))
        tau = sum(1 if a < b else -1 for a, b in pairs) / len(pairs)
        assert abs(tau) < 0.3


def test_two_wallets_answers_differ_in_no_field_but_the_sealed_bytes_and_the_commitment(tmp_path: Path) -> None:
    """Also when one is a phone that has enrolled often, under another name."""
    country = Country(tmp_path)
    offer = country.offer()
    fresh, used = country.wallet(1), country.wallet(2)
    country.enrol(used, [person("绿")])
    country.enrol(used, [person("黄", "1")], name="grandmother")
    answers = [
        parse_key_request(fresh.answer(offer, now=NOW)),
        parse_key_request(used.answer(offer, now=NOW, name="x")),
    ]
    one, other = answers
    assert (one.offer, one.sealing_key, len(one.sealed_opening)) == (
        other.offer,
        other.sealing_key,
        len(other.sealed_opening),
    )
    assert one.commitment != other.commitment
    assert not pieces(one.sealed_opening, 8) & pieces(other.sealed_opening, 8)


def test_with_a_guessed_key_the_commitment_cannot_be_tested(tmp_path: Path) -> None:
    """The region is given every holder key of an enrolment, the answer key and the recovery hash, and only the blinder
    is missing: no opening that it can make fits."""
    country = Country(tmp_path)
    wallet, offer = country.wallet(5), country.offer()
    request = parse_key_request(wallet.answer(offer, now=NOW))
    opener = country.issuer.state.sealing.opener(request.sealing_key, NOW)
    opening = parse_opening(open_padded(opener, request.sealed_opening))
    assert commitment(offer, encode_opening(opening)) == request.commitment
    random = Random(11)
    guesses = [bytes(32), request.commitment, country.north.public_key, *(random.randbytes(32) for _ in range(1000))]
    for blinder in guesses:
        guess = Opening(blinder, opening.answer_key, opening.keys, opening.recovery_hash)
        assert commitment(offer, encode_opening(guess)) != request.commitment


def test_the_region_learns_the_same_of_every_enrolment(seen: RegionsAndScanners) -> None:
    """Lengths too: of request, sealed opening and sealed batch."""
    assert len({tuple(map(len, messages)) for messages in seen.region}) == 1
    clear = {
        (parse_key_request(answer).sealing_key, len(parse_issue_request(request).sealed_opening or b""))
        for _, answer, request, _ in seen.region
    }
    assert len(clear) == 1


# ---- What tags give ------------------------------------------------------------------------------------------------


def mac(key: bytes, message: bytes) -> bytes:
    return hmac.digest(key, message, "sha512")


def candidates(shown: list[tuple[bytes, int, bytes]], seeds: list[bytes]) -> list[int]:
    """Of the people with these seeds, those whom all the tags fit that were seen: kid, slot and tag of each."""
    messages = [(kid + slot.to_bytes(4, "big"), tag) for kid, slot, tag in shown]
    return [n for n, seed in enumerate(seeds) if all(mac(seed, message)[:2] == tag for message, tag in messages)]


PEOPLE = 20_000
"""Of a region whose list of documents is tried through."""


def seeds_of(start: int, end: int, people: int = PEOPLE) -> list[bytes]:
    head = b"healthpass document tag v2\x00" + start.to_bytes(4, "big") + end.to_bytes(4, "big") + b"id\x00"
    return [mac(DOCUMENT_KEY, head + str(n).encode())[:32] for n in range(people)]


def both_bound(tmp_path: Path, number: int) -> list[tuple[bytes, int, bytes]]:
    """Kid, slot and tag of two showings by the person with this document."""
    country, claims = Country(tmp_path), []
    wallet = country.wallet(9)
    country.enrol(wallet, [person("绿", str(number))])
    for n in range(2):
        (claim,) = parse_presentation(decode_text(wallet.present(now=NOW + 60 * n, anywhere=True).text)).claims
        assert claim.binding == Binding.BOTH
        claims.append((claim.kid, claim.slot, claim.tag or b""))
    return claims


def test_tags_of_both_narrow_down_by_65536_each(tmp_path: Path) -> None:
    """Region and scanner, without the platform: one showing leaves one in 65,536 of the region's people, two leave one
    in four thousand million, so the person alone. The privacy page says so."""
    number = 12_345
    one, two = both_bound(tmp_path, number)
    start, end = NOW - 3600, NOW - 3600 + DAY
    seeds = seeds_of(start, end)
    left = candidates([one], seeds)
    assert number in left
    expected = PEOPLE / 65_536
    assert len(left) - 1 <= 6 + expected
    assert candidates([one, two], seeds) == [number]


def test_showings_need_not_be_known_to_belong_together() -> None:
    """A hundred showings by strangers and three by one person, in one heap: only that person fits three of them. What
    the privacy page says of 50 million people follows by arithmetic."""
    people, random = 2_000, Random(17)
    seeds = seeds_of(NOW - 3600, NOW - 3600 + DAY, people)
    strangers = [random.randbytes(32) for _ in range(100)]
    heap = [(slot, document_tag(seed, b"kid0", slot)) for slot, seed in enumerate([*strangers, *3 * [seeds[1234]]])]
    random.shuffle(heap)
    messages = [(b"kid0" + slot.to_bytes(4, "big"), tag) for slot, tag in heap]
    fits = [sum(mac(seed, message)[:2] == tag for message, tag in messages) for seed in seeds]
    assert [who for who, count in enumerate(fits) if count >= 3] == [1234]
    assert sum(fits) - 3 <= 15, "of 206,000 comparisons three fit by chance"
    expected = 100 / 65_536
    assert round(50_000_000 / 65_536) == 763
    assert round(50_000_000 * expected**2 / 2) == 58
    assert 50_000_000 * expected**3 / 6 < 0.05


def test_a_family_is_singled_out_by_one_showing(tmp_path: Path) -> None:
    """Two tags in one picture: the pairs of people that a region has listed as families are few, and one fits."""
    country = Country(tmp_path)
    families = [(2 * n, 2 * n + 1) for n in range(5_000)]
    mine = families[777]
    wallet = country.wallet(9)
    country.enrol(wallet, [person("绿", str(mine[0])), person("绿", str(mine[1]))])
    claims = parse_presentation(decode_text(wallet.present(now=NOW, anywhere=True).text)).claims
    seeds = seeds_of(NOW - 3600, NOW - 3600 + DAY, 10_000)
    fitting = [
        family
        for family in families
        if all(document_tag(seeds[who], c.kid, c.slot) == c.tag for who, c in zip(family, claims, strict=True))
    ]
    assert fitting == [mine]


def test_a_paper_pass_is_known_to_who_printed_it(tmp_path: Path) -> None:
    """The region hands the plain batch on: its bytes are those that every scanner of it sees."""
    country = Country(tmp_path)
    (claim,) = country.paper(person("绿", "1"))
    assert parse_claim(claim).tag == document_tag(
        document_seed(DOCUMENT_KEY, NOW - 3600, NOW - 3600 + DAY, "id", "1"),
        parse_claim(claim).kid,
        parse_claim(claim).slot,
    )
