"""Three regions with words and rules of their own, one platform, one scanner that cannot tell the regions apart.

Everything that is random in a showing comes from fixed seeds, so the statistics are the same in every run.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from healthpass import Color
from healthpass.attester import Attester, Person
from healthpass.authority import TrustListBuilder
from healthpass.crypto.document_tag import document_seed
from healthpass.crypto.sealing import SealingKey
from healthpass.errors import AttestationRefused, BadInput, FormatError
from healthpass.formats import cose
from healthpass.formats.attestation import encode_attestation
from healthpass.formats.claim import Binding
from healthpass.formats.document import OTHER, Document
from healthpass.formats.enrolment import Offer, encode_offer
from healthpass.formats.presentation import template_of
from healthpass.formats.text import decode_text, encode_text
from healthpass.formats.window import Window
from healthpass.issuer import Issuer, RecognitionRules, SealingKeys, WindowKeys
from healthpass.verifier import TrustStore, Verifier
from tests.documents import AnySeeds
from tests.issuing import (
    assert_refused,
    attest,
    attestation_of,
    device_passes,
    dump,
    issued,
    opening_of,
    periods_of,
    request_with,
    window_key,
)
from tests.making import PLATFORM, SEALING, sealing_key, signer
from tests.raising import raises
from tests.scenario.country import DAY, DOCUMENT_KEY, NOW, Country, person, sealing_keys
from tests.scenario.with_documents import KEYS

HOUR = 3600
NORTH, SOUTH, EAST = 121, 122, 123
STRANGER = 124
WORDS = {
    NORTH: ("绿", "黄", "红"),
    SOUTH: ("low", "raised", "critical"),
    EAST: ("1", "2", "3"),
}
"""Of each region, a word for green, for yellow and for red."""


def key_of(region: int) -> str:
    return signer(region).public_key.hex()


RULES = f"""
[[attester]]
region = "North"
key = "{key_of(NORTH)}"
bindings = ["device", "both", "document"]

[attester.scale]
"绿" = "green"
"黄" = "yellow"
"红" = "red"

[[attester]]
region = "South: four grades, for today and tomorrow, asked for at once"
key = "{key_of(SOUTH)}"
bindings = ["device", "both"]
windows_ahead_hours = 24
attestation_hours = 1
max_claims = 512

[attester.scale]
low = "green"
raised = "yellow"
high = "yellow"
critical = "red"

[[attester]]
region = "East: numbers, and a word that means something else in the North"
key = "{key_of(EAST)}"
bindings = ["device", "both"]
windows_ahead_hours = 0

[attester.scale]
1 = "green"
2 = "yellow"
3 = "red"
"绿" = "red"
"""


@pytest.fixture
def country(tmp_path: Path) -> Country:
    """The country of the other scenarios, with these rules and with windows from fixed seeds."""
    made = Country(tmp_path)
    made.windows = WindowKeys(
        window_key(700 + n, NOW - HOUR + n * DAY, NOW - HOUR + (n + 1) * DAY, 4**10) for n in range(6)
    )
    keys = SealingKeys(PLATFORM, [*sealing_keys()._parts(), (sealing_key(), SEALING.valid_from, SEALING.expires)])
    made.issuer = Issuer(made.windows, RecognitionRules.from_toml(RULES), made.ledger, keys, None)
    builder = TrustListBuilder(made.roots).add_hand_in(made.hand_in())
    builder.set_registrars([made.registrar.public_key])
    made.content = builder.build(now=NOW)
    made.issuer.trust_list = made.content
    made.trust_list = made.publish(made.content)
    return made


def with_paper(word: str, number: str) -> Person:
    """Somebody whose document a reader can read."""
    return Person(word, AnySeeds(lambda start, end: document_seed(DOCUMENT_KEY, start, end, OTHER, number)))


def reader(country: Country) -> Verifier:
    """A scanner that reads documents, and has the key to compare them with."""
    sealing = SealingKey()
    store = TrustStore.open(country.folder / "reader", roots=country.roots, sealing_key=sealing)
    store.update_trust_list(country.trust_list, now=NOW)
    keys = country.registrar.deliver_document_keys(KEYS, sealing.public_key, version=1, now=NOW)
    store.update_document_keys(keys, now=NOW)
    return Verifier(store)


def windows_of(country: Country, days: int = 1) -> list[Window]:
    return [key.window for key in country.windows][:days]


def showings(country: Country, region: int, people: Sequence[Person], count: int, phone: int) -> list[bytes]:
    """What a phone shows until it has nothing left, all of it at one moment. The offer's reference is not random."""
    wallet, attester = country.wallet(phone), Attester(signer(region))
    binding = Binding.DEVICE if people[0].seeds is None else Binding.BOTH
    periods = periods_of(windows_of(country), count)
    offer = encode_offer(Offer(attester.public_key, phone.to_bytes(16, "big"), PLATFORM, binding, len(people), periods))
    answer = wallet.answer(offer, now=NOW)
    request = attester.attest(offer, answer, people, now=NOW, trust_list=country.content)
    assert wallet.accept(country.issuer.issue(request, now=NOW), now=NOW) == count
    return [decode_text(wallet.present(now=NOW).text) for _ in range(count)]


# ---- What is accepted ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("region", WORDS)
@pytest.mark.parametrize("color", Color, ids=lambda color: color.name)
def test_each_region_in_its_own_words(country: Country, region: int, color: Color) -> None:
    wallet = country.wallet()
    country.enrol(wallet, [person(WORDS[region][color - 1])], region=Attester(signer(region)))
    assert country.scanner().verify(wallet.present(now=NOW).text, now=NOW).colors == (color,)


def test_two_grades_of_one_colour_are_one(country: Country) -> None:
    """Nobody sees which of its four grades the South meant."""
    texts = []
    for phone, grade in enumerate(("raised", "high"), 1):
        wallet = country.wallet(phone)
        country.enrol(wallet, [person(grade)], region=Attester(signer(SOUTH)))
        texts.append(wallet.present(now=NOW).text)
    scanner = country.scanner()
    assert [scanner.verify(text, now=NOW).colors for text in texts] == [(Color.YELLOW,)] * 2
    assert len({len(text) for text in texts}) == 1


def test_a_family_of_a_region(country: Country) -> None:
    wallet = country.wallet()
    people = [with_paper("low", "A101"), with_paper("critical", "A102"), with_paper("high", "A103")]
    country.enrol(wallet, people, region=Attester(signer(SOUTH)))
    shown = [Document(OTHER, number) for number in ("A101", "A102", "A103")]
    verdict = reader(country).verify(wallet.present(now=NOW).text, now=NOW, documents=shown)
    assert verdict.colors == (Color.GREEN, Color.RED, Color.YELLOW)


# ---- What cannot be told apart ------------------------------------------------------------------------------------

PHONES, SHOWINGS = 4, 80
RANDOM = ("cti", "key", "tag", "signature", "holder_signature")


@pytest.mark.parametrize(("binding", "number"), [(Binding.DEVICE, None), (Binding.BOTH, "11010519491231002X")])
def test_regions_are_equally_distributed(country: Country, binding: Binding, number: str | None) -> None:
    """Outside the random fields every byte is the same; the random fields are drawn alike, whoever vouched."""

    def somebody(word: str, region: int) -> Person:
        return person(word) if number is None else with_paper(word, number + str(region))

    shown = {
        region: [
            data
            for phone in range(PHONES)
            for data in showings(country, region, [somebody(words[0], region)], SHOWINGS, 100 * region + phone)
        ]
        for region, words in WORDS.items()
    }
    template = template_of((binding, False, False, 0))
    for data in (listed[0] for listed in shown.values()):
        assert template.matches(data)
    assert len({without_random(data, binding) for listed in shown.values() for data in listed}) == 1
    for name in RANDOM:
        if name in template.fields:
            fields = {region: [data[template.fields[name]] for data in listed] for region, listed in shown.items()}
            assert_drawn_alike(list(fields.values()), name)
    documents = [] if number is None else [Document(OTHER, number + str(NORTH))]
    verdict = reader(country).verify(encode_text(shown[NORTH][0]), now=NOW, documents=documents)
    assert verdict.colors == (Color.GREEN,)


def without_random(data: bytes, binding: Binding) -> bytes:
    """The presentation with zeros in its random fields."""
    bare = bytearray(data)
    for name, hole in template_of((binding, False, False, 0)).fields.items():
        if name in RANDOM:
            bare[hole] = bytes(hole.stop - hole.start)
    return bytes(bare)


def assert_drawn_alike(samples: Sequence[Sequence[bytes]], name: str) -> None:
    """Chi-square tests of homogeneity: of all bytes of the field together, and of the high digit of each byte of it."""
    values = [value for listed in samples for value in listed]
    assert name == "tag" or len(set(values)) == len(values)
    whole = [Counter(b"".join(listed)) for listed in samples]
    assert excess(whole) < 4, name
    for at in range(len(samples[0][0])):
        digits = [Counter(value[at] >> 4 for value in listed) for listed in samples]
        assert excess(digits) < 5, (name, at)


def excess(histograms: Sequence[Counter[int]]) -> float:
    """By how many standard deviations the samples differ more than samples of one distribution do."""
    seen = sorted(set().union(*histograms))
    sizes = [histogram.total() for histogram in histograms]
    total = sum(sizes)
    statistic = 0.0
    for value in seen:
        everywhere = sum(histogram[value] for histogram in histograms)
        for histogram, size in zip(histograms, sizes, strict=True):
            expected = everywhere * size / total
            statistic += (histogram[value] - expected) ** 2 / expected
    freedom = (len(seen) - 1) * (len(histograms) - 1)
    return (statistic - freedom) / (2 * freedom) ** 0.5 if freedom else 0.0


def test_the_statistics_would_notice() -> None:
    """One bit of sixteen bytes that one region sets in three cases of four is found, and so is a shifted range."""
    honest = [signer(2000 + n).public_key[:16] for n in range(960)]
    same = [honest[n::3] for n in range(3)]
    assert_drawn_alike(same, "honest")
    marked = [value if n % 2 else bytes((value[0] | 0x80,)) + value[1:] for n, value in enumerate(same[2])]
    with pytest.raises(AssertionError):
        assert_drawn_alike([*same[:2], marked], "marked")
    low = [bytes((value[0] >> 1,)) + value[1:] for value in same[2]]
    with pytest.raises(AssertionError):
        assert_drawn_alike([*same[:2], low], "low")


# ---- What the platform refuses ------------------------------------------------------------------------------------


def test_a_word_without_a_rule(country: Country) -> None:
    for region, word in ((NORTH, "low"), (SOUTH, "绿"), (EAST, "green"), (SOUTH, "Low"), (SOUTH, "lo w")):
        data = attest(device_passes(windows=windows_of(country)), [word], region=signer(region))
        assert_refused(country.issuer, country.ledger, data, "unknown-colour")


def test_one_word_without_a_rule_refuses_the_family(country: Country) -> None:
    wallet = country.wallet()
    before = dump(country.ledger)
    with pytest.raises(AttestationRefused) as caught:
        country.enrol(wallet, [person("low", "1"), person("绿", "2")], region=Attester(signer(SOUTH)))
    assert caught.value.code == "unknown-colour"
    assert dump(country.ledger) == before


def test_a_suspended_region(country: Country) -> None:
    """It may not vouch, nor get again what it got before; the others may."""
    windows = windows_of(country)
    before = attest(device_passes(windows=windows), ["low"], 1, region=signer(SOUTH))
    assert len(issued(country.issuer, before)) == 3
    north, south, east = RULES.split("[[attester]]")[1:]
    suspended = "suspended = true\n\n[attester.scale]"
    south = south.replace("[attester.scale]", suspended)
    country.issuer.rules = RecognitionRules.from_toml("".join(f"[[attester]]{rule}" for rule in (north, south, east)))
    later = attest(device_passes(windows=windows, first_key=10), ["low"], 2, region=signer(SOUTH))
    for data in (before, later):
        assert_refused(country.issuer, country.ledger, data, "suspended")
    other = attest(device_passes(windows=windows, first_key=20), ["绿"], 2, region=signer(NORTH))
    assert len(issued(country.issuer, other)) == 3


def test_a_region_that_nobody_has_written_down(country: Country) -> None:
    data = attest(device_passes(windows=windows_of(country)), ["绿"], region=signer(STRANGER))
    assert_refused(country.issuer, country.ledger, data, "unknown-attester")


def test_rules_of_time_and_number_are_each_regions_own(country: Country) -> None:
    """The North may ask 14 days ahead and the East for what has begun; the South asks at once, and for 512 claims."""
    days = windows_of(country, 6)

    def ask(region: int, count: int = 1, issued: int = NOW, windows: Sequence[Window] = days[:1]) -> bytes:
        reference = len(asked) + 1
        asked.append(region)
        passes = device_passes(count, windows, 10_000 * reference)
        return attest(passes, [WORDS[region][0]], reference, issued, region=signer(region))

    asked: list[int] = []
    for region, ahead in ((NORTH, 6), (SOUTH, 2), (EAST, 1)):
        assert len(issued(country.issuer, ask(region, windows=days[:ahead]))) == ahead
        if ahead < 6:
            too_far = ask(region, windows=days[: ahead + 1])
            assert_refused(country.issuer, country.ledger, too_far, "window-too-far")
    assert_refused(country.issuer, country.ledger, ask(SOUTH, issued=NOW - HOUR - 1), "too-old")
    assert country.issuer.issue(ask(NORTH, issued=NOW - HOUR - 1), now=NOW)
    assert_refused(country.issuer, country.ledger, ask(SOUTH, 513), "too-many-claims")
    assert country.issuer.issue(ask(EAST, 513), now=NOW)


def test_paper_only_where_the_rule_says_so(country: Country) -> None:
    for region, code in ((NORTH, None), (SOUTH, "binding"), (EAST, "binding")):
        data = Attester(signer(region)).attest_paper(country.content, person(WORDS[region][0], "1"), now=NOW)
        if code is None:
            assert len(issued(country.issuer, data)) == 1
        else:
            assert_refused(country.issuer, country.ledger, data, code)


def test_one_key_in_two_rules(country: Country) -> None:
    """Which scale would it be? The rules are not taken, and the platform goes on with those that it has."""
    twice = RULES.replace(key_of(SOUTH), key_of(NORTH))
    before, rules = dump(country.ledger), country.issuer.rules
    with raises(FormatError, "malformed", "attester keys: the same item twice") as caught:
        country.issuer.rules = RecognitionRules.from_toml(twice)
    assert str(caught.value) == "attester keys: the same item twice"
    assert country.issuer.rules is rules
    assert dump(country.ledger) == before
    assert country.issuer.issue(attest(device_passes(windows=windows_of(country)), region=signer(NORTH)), now=NOW)


def test_the_key_decides_whose_scale_it_is(country: Country) -> None:
    """The same word means green in the North and red in the East: what a region signs has its own meaning only."""
    for reference, (region, color) in enumerate(((NORTH, Color.GREEN), (EAST, Color.RED)), 1):
        wallet = country.wallet(reference)
        country.enrol(wallet, [person("绿")], region=Attester(signer(region)))
        assert country.scanner(str(region)).verify(wallet.present(now=NOW).text, now=NOW).colors == (color,)


def test_another_regions_name_on_an_attestation(country: Country) -> None:
    """The East signs and writes the North's key beside it, to have its word read as green."""
    data = attest(device_passes(windows=windows_of(country)), ["绿"], region=signer(EAST))
    payload = encode_attestation(attestation_of(data))
    north = signer(NORTH).public_key
    for signed_for in (north, signer(EAST).public_key):
        signature = signer(EAST).sign(cose.sign1_signed_part(cose.ATTESTATION, signed_for, payload))
        forged = cose.encode_sign1(cose.ATTESTATION, north, payload, signature)
        before = dump(country.ledger)
        with pytest.raises(BadInput) as caught:
            country.issuer.issue(request_with(forged, opening_of(data)), now=NOW)
        assert caught.value.code == "bad-signature"
        assert dump(country.ledger) == before


def test_one_reference_in_two_regions_is_two_attestations(country: Country) -> None:
    """A region cannot take another's references away from it."""
    windows = windows_of(country)
    for n, region in enumerate(WORDS):
        data = attest(device_passes(windows=windows, first_key=10 * n), [WORDS[region][0]], 7, region=signer(region))
        assert len(issued(country.issuer, data)) == 3
    assert country.ledger.issued(windows[0].kid) == 9


def test_a_colour_that_means_something_else_now(country: Country) -> None:
    """After a change of rules an attestation is not issued again in another colour: the region makes a new one."""
    windows = windows_of(country)
    data = attest(device_passes(windows=windows), ["high"], region=signer(SOUTH))
    assert len(issued(country.issuer, data)) == 3
    country.issuer.rules = RecognitionRules.from_toml(RULES.replace('high = "yellow"', 'high = "red"'))
    assert_refused(country.issuer, country.ledger, data, "other-content")
    again = attest(device_passes(windows=windows, first_key=10), ["high"], 2, region=signer(SOUTH))
    assert len(issued(country.issuer, again)) == 3


def test_no_refusal_says_whom_or_what_it_was_about(country: Country) -> None:
    for region, word in ((NORTH, "low"), (STRANGER, "绿")):
        data = attest(device_passes(windows=windows_of(country)), [word], region=signer(region))
        with pytest.raises(AttestationRefused) as caught:
            country.issuer.issue(data, now=NOW)
        said = str(caught.value) + repr(caught.value)
        assert not any(secret in said for secret in (word, key_of(region), windows_of(country)[0].kid.hex()))
