"""What docs/operations says of incidents, played through: who must do what, and what scanners and wallets then do."""

from __future__ import annotations

from pathlib import Path

import pytest

from healthpass import Color, RefusalCode
from healthpass.authority import Registrar, RiskOffice, RootSet, TrustList, TrustListBuilder, combine, draft
from healthpass.crypto.sealing import SealingKey
from healthpass.errors import PlaceRefused, TrustListRefused
from healthpass.formats.check_policy import default_policy
from healthpass.formats.place import PlaceClass, Risk
from healthpass.formats.platform import SealingKeyEntry
from healthpass.formats.text import encode_place_text
from healthpass.formats.trust_list import encode_trust_list
from healthpass.formats.window import Window
from healthpass.holder import Wallet
from healthpass.issuer import WindowKey, WindowKeys
from healthpass.verifier import TrustStore, Verifier
from tests.making import assert_refused, make_claim, show, signature_by, signer
from tests.raising import raises
from tests.scenario.country import DAY, NOW, Country, person

NEW_ROOTS = [signer(n) for n in (201, 202, 203)]
PINNED_ANEW = RootSet(2, tuple(root.public_key for root in NEW_ROOTS))


@pytest.fixture
def country(tmp_path: Path) -> Country:
    return Country(tmp_path, days=20)


def published(country: Country, builder: TrustListBuilder, roots: RootSet, *signers: int, now: int = NOW + 60) -> bytes:
    """A list signed by these roots of the old three and, from 200 on, of the new three."""
    payload = draft(builder.build(now=now))
    return combine(payload, [signature_by(payload, signer(number)) for number in signers], roots)


def next_list(country: Country, roots: RootSet | None = None) -> TrustListBuilder:
    return TrustListBuilder(roots or country.roots, country.content)


def store(country: Country, name: str, roots: RootSet | None = None) -> TrustStore:
    """A scanner's store that has taken the country's list, and is opened with these pinned roots."""
    TrustStore.open(country.folder / name, roots=country.roots).update_trust_list(country.trust_list, now=NOW)
    return TrustStore.open(country.folder / name, roots=roots or country.roots)


# ---- A stolen issuer key ------------------------------------------------------------------------------------------


def test_a_removed_window_takes_its_own_passes_and_no_other(country: Country) -> None:
    """Today's key is stolen; a spare for today goes in, and people get passes under it. Tomorrow's are untouched."""
    wallet, trust = country.wallet(), store(country, "scanner")
    country.enrol(wallet, [person("绿")], days=2)
    stolen, *others = country.windows
    scanner = Verifier(trust)
    forged = show(make_claim(slot=7, color=Color.GREEN, window=stolen.window, issuer=stolen.signer))
    assert scanner.verify(forged, now=NOW).colors == (Color.GREEN,)  # so long as nobody knows

    spare = WindowKey.new(stolen.window.valid_from, stolen.window.expires, document_key_id=b"doc0")
    builder = next_list(country).remove_window(stolen.window.kid).add_windows([spare.window])
    country.trust_list = published(country, builder, country.roots, 101, 102)
    trust.update_trust_list(country.trust_list, now=NOW + 60)
    today = NOW + 60
    again = show(make_claim(slot=8, window=stolen.window, issuer=stolen.signer), iat=today)
    assert_refused(scanner, again, RefusalCode.UNKNOWN_ISSUER_KEY, now=today)
    assert_refused(scanner, wallet.present(now=today).text, RefusalCode.UNKNOWN_ISSUER_KEY, now=today)
    assert scanner.verify(wallet.present(now=NOW + DAY).text, now=NOW + DAY).colors == (Color.GREEN,)

    country.issuer.windows, country.issuer.trust_list = WindowKeys([spare, *others]), trust
    wallet.update_trust_list(country.trust_list, now=today)
    country.enrol(wallet, [person("绿")], name="again", now=today)
    assert Verifier(trust).verify(wallet.present(now=today, name="again").text, now=today).colors == (Color.GREEN,)


def test_a_scanner_that_does_not_hear_of_it_goes_on(country: Country) -> None:
    """Until the window is over, at the longest: then the stolen key is worth nothing anywhere."""
    stolen = next(iter(country.windows))
    scanner, end = Verifier(store(country, "scanner")), stolen.window.expires
    for slot, (now, code) in enumerate(((end + 45, None), (end + 60, RefusalCode.EXPIRED))):
        text = show(make_claim(slot=slot, window=stolen.window, issuer=stolen.signer), iat=now // 15 * 15)
        if code is None:
            scanner.verify(text, now=now)
        else:
            assert_refused(scanner, text, code, now=now)


def test_a_removed_window_comes_back_if_the_issuer_hands_it_in_again(country: Country) -> None:
    """So it must be dropped there first. The roots read "adds window" of a kid that is not new."""
    stolen = next(iter(country.windows)).window
    builder = next_list(country).remove_window(stolen.kid)
    with pytest.raises(TrustListRefused) as caught:
        builder.add_windows(key.window for key in country.windows)
    assert caught.value.code == "kid-removed"
    removed = draft(builder.build(now=NOW + 60), allow_gap=True)
    assert removed
    later = TrustListBuilder(country.roots, builder.build(now=NOW + 60))
    later.add_windows(key.window for key in country.windows)
    assert stolen.kid in later.build(now=NOW + DAY).windows


# ---- Roots --------------------------------------------------------------------------------------------------------


def test_one_root_of_three_is_lost(country: Country) -> None:
    """The two others sign on, and sign the list that puts a new one in its place."""
    trust = store(country, "scanner")
    replaced = RootSet(2, (*country.roots.keys[:2], signer(201).public_key))
    left = [root for root in country.root_signers if root.public_key in replaced.keys]
    numbers = [n for n in (101, 102, 103) if signer(n) in left]
    trust.update_trust_list(published(country, next_list(country, replaced), country.roots, *numbers), now=NOW + 60)
    assert trust.roots == replaced
    assert TrustStore.open(country.folder / "scanner", roots=country.roots).roots == replaced


def test_two_roots_of_three_are_lost(country: Country) -> None:
    """Nobody can sign. Scanners go on until the grace time is over; then only newly pinned roots help, and state stays.

    The version goes on from the last list: a list that begins again at 1 is a rollback to whoever has state.
    """
    trust = store(country, "scanner")
    alone = draft(next_list(country, PINNED_ANEW).build(now=NOW + 60))
    with pytest.raises(TrustListRefused) as caught:
        combine(alone, [signature_by(alone, root) for root in (country.root_signers[0], *NEW_ROOTS)], country.roots)
    assert caught.value.code == "threshold"
    anew = published(country, next_list(country, PINNED_ANEW), PINNED_ANEW, 201, 203)
    with raises(
        TrustListRefused,
        "threshold",
        "too few of the known roots have signed the trust list; fetch the list with all signatures",
    ):
        trust.update_trust_list(anew, now=NOW + 60)

    shipped = store(country, "scanner", PINNED_ANEW)  # the same folder, a new version of the scanner
    assert shipped.trust_list is None
    windows = TrustListBuilder(PINNED_ANEW).add_hand_in(country.hand_in())
    with pytest.raises(TrustListRefused) as caught:
        shipped.update_trust_list(published(country, windows, PINNED_ANEW, 201, 203), now=NOW + 60)
    assert caught.value.code == "rollback"
    shipped.update_trust_list(anew, now=NOW + 60)
    wallet = country.wallet()
    country.enrol(wallet, [person("绿")])
    assert Verifier(shipped).verify(wallet.present(now=NOW + 60).text, now=NOW + 60).colors == (Color.GREEN,)


def test_a_wallet_keeps_the_roots_that_it_was_made_with(country: Country, tmp_path: Path) -> None:
    """It follows rotations. Roots that are pinned anew need a new wallet."""
    path = tmp_path / "me.wallet"
    wallet = Wallet.create(path, "grandmother's tea", roots=country.roots, level=1)
    wallet.update_trust_list(country.trust_list, now=NOW)
    anew = published(country, next_list(country, PINNED_ANEW), PINNED_ANEW, 201, 203)
    with raises(
        TrustListRefused,
        "threshold",
        "too few of the known roots have signed the trust list; fetch the list with all signatures",
    ):
        Wallet.open(path, "grandmother's tea").update_trust_list(anew, now=NOW + 60)
    both = published(country, next_list(country, PINNED_ANEW), country.roots, 101, 102, 201, 203)
    Wallet.open(path, "grandmother's tea").update_trust_list(both, now=NOW + 60)
    later = TrustListBuilder(PINNED_ANEW, next_list(country, PINNED_ANEW).build(now=NOW + 60))
    signed = published(country, later, PINNED_ANEW, 202, 203, now=NOW + 120)
    Wallet.open(path, "grandmother's tea").update_trust_list(signed, now=NOW + 120)


def test_one_stolen_root_can_do_nothing(country: Country) -> None:
    """It is rotated out all the same, and then its signature counts for nothing."""
    thief = RootSet(1, (signer(666).public_key,))
    payload = draft(next_list(country, thief).build(now=NOW + 60))
    with pytest.raises(TrustListRefused) as caught:
        combine(payload, [signature_by(payload, signer(n)) for n in (101, 666)], country.roots)
    assert caught.value.code == "threshold"


def test_two_stolen_roots_have_everything(country: Country) -> None:
    """Their list is followed, also to roots of their own, and may jump ahead. Help is new roots and an empty folder."""
    trust, theirs = store(country, "scanner"), RootSet(1, (signer(666).public_key,))
    today = next(iter(country.windows)).window
    own = Window(b"evil", signer(667).public_key, today.valid_from, today.expires, 4**10, 1)
    evil = TrustListBuilder(theirs).add_hand_in(country.hand_in()).add_windows([own]).build(now=NOW + 60)
    evil.version = 90_000
    payload = encode_trust_list(evil)  # whoever has the keys drafts as they like
    trust.update_trust_list(
        combine(payload, [signature_by(payload, signer(n)) for n in (101, 102, 666)], country.roots), now=NOW + 60
    )
    forged = show(make_claim(window=own, issuer=signer(667)), iat=NOW + 60)
    assert Verifier(trust).verify(forged, now=NOW + 60).colors == (Color.GREEN,)
    honest = published(country, next_list(country, PINNED_ANEW), country.roots, 101, 102, 201, 203, now=NOW + 120)
    with raises(
        TrustListRefused,
        "threshold",
        "too few of the known roots have signed the trust list; fetch the list with all signatures",
    ):
        trust.update_trust_list(honest, now=NOW + 120)
    anew = published(country, next_list(country, PINNED_ANEW), PINNED_ANEW, 201, 203, now=NOW + 120)
    with pytest.raises(TrustListRefused) as caught:
        TrustStore.open(country.folder / "scanner", roots=PINNED_ANEW).update_trust_list(anew, now=NOW + 120)
    assert caught.value.code == "rollback"
    empty = TrustStore.open(country.folder / "emptied", roots=PINNED_ANEW)
    empty.update_trust_list(anew, now=NOW + 120)
    assert_refused(Verifier(empty), forged, RefusalCode.UNKNOWN_ISSUER_KEY, now=NOW + 120)


def test_a_scanner_that_was_long_away_needs_the_rotations_and_the_newest_list(country: Country) -> None:
    """Each list that changed the roots, in order, however old; none of those between. Without them it is lost."""
    trust, builder = store(country, "scanner"), next_list(country)
    at, numbers, rotations, sets = NOW, [101, 102], [], [country.roots]
    for year in (1, 2):
        at = NOW + year * 365 * DAY
        roots = RootSet(2, tuple(signer(200 * year + n).public_key for n in (1, 2, 3)))
        days = [WindowKey.new(at + n * DAY, at + (n + 1) * DAY, document_key_id=b"doc0").window for n in range(12)]
        keys = [SealingKeyEntry(SealingKey().public_key, at, at + 12 * DAY)]
        builder = TrustListBuilder(roots, builder.build(now=at)).add_windows(days).set_sealing_keys(keys)
        following = [200 * year + 1, 200 * year + 2]
        rotations.append(published(country, builder, sets[-1], *numbers, *following, now=at))
        numbers = following
        sets.append(roots)
    newest = published(country, TrustListBuilder(sets[-1], builder.build(now=at)), sets[-1], *numbers, now=at + DAY)
    now = at + DAY + 60
    for given in (newest, rotations[1]):
        with pytest.raises(TrustListRefused) as caught:
            trust.update_trust_list(given, now=now)
        assert caught.value.code == "threshold"
    for given in (*rotations, newest):
        trust.update_trust_list(given, now=now)
    assert trust.fresh(now)[1] == 0
    assert trust.roots == sets[-1]


# ---- Offices ------------------------------------------------------------------------------------------------------


def with_offices(country: Country, registrar: int, office: int, before: TrustList | None = None) -> TrustListBuilder:
    builder = TrustListBuilder(country.roots, before or country.content).set_policy(default_policy())
    return builder.set_registrars([signer(registrar).public_key]).set_risk_offices([signer(office).public_key])


def test_a_stolen_office_is_replaced(country: Country) -> None:
    """Its tables and certificates end with the list that no longer names it; the new office begins again at 1."""
    trust = store(country, "scanner")
    first = with_offices(country, 301, 302)
    trust.update_trust_list(published(country, first, country.roots, 101, 102), now=NOW + 60)
    thief, area = RiskOffice(signer(302)), 5
    trust.update_area_table(thief.publish(99_000, now=NOW + 60, lifetime=30 * DAY, high=[area]), now=NOW + 60)
    table = trust.area_table(NOW + 60)
    assert table is not None
    assert table.risk(area) is Risk.HIGH
    place = encode_place_text(Registrar(signer(301)).certify(PlaceClass.SCHOOL, area, now=NOW + 60))
    assert Verifier(trust, place=place).policy(now=NOW + 60)

    second = with_offices(country, 303, 304, first.build(now=NOW + 60))
    renewed = published(country, second, country.roots, 101, 102, now=NOW + 120)
    trust.update_trust_list(renewed, now=NOW + 120)
    assert trust.area_table(NOW + 120) is None
    with raises(
        TrustListRefused,
        "not-a-risk-office",
        "the area table is not by a risk office of the trust list; fetch the newest trust list",
    ):
        trust.update_area_table(thief.publish(99_001, now=NOW + 120), now=NOW + 120)
    trust.update_area_table(RiskOffice(signer(304)).publish(1, now=NOW + 120, medium=[area]), now=NOW + 120)
    assert_refused(Verifier(trust, place=place), "HP1:", RefusalCode.PLACE_NOT_CERTIFIED, now=NOW + 120)
    wallet = country.wallet()
    wallet.update_trust_list(renewed, now=NOW + 120)
    with pytest.raises(PlaceRefused) as caught:
        wallet.visit(place, now=NOW + 120)
    assert caught.value.code == "not-a-registrar"
    again = encode_place_text(Registrar(signer(303)).certify(PlaceClass.SCHOOL, area, now=NOW + 120))
    assert Verifier(trust, place=again).policy(now=NOW + 120)


@pytest.mark.parametrize(
    ("place_class", "permitted"),
    [
        (PlaceClass.HOSPITAL, True),
        (PlaceClass.CARE_HOME, True),
        (PlaceClass.SPECIAL_WORKPLACE, True),
        (PlaceClass.SCHOOL, False),
    ],
)
def test_without_an_area_table(country: Country, place_class: PlaceClass, permitted: bool) -> None:
    """By the shipped policy, hospitals, care homes and special workplaces go on, and nobody else may check."""
    trust = store(country, "scanner")
    trust.update_trust_list(published(country, with_offices(country, 301, 302), country.roots, 101, 102), now=NOW + 60)
    gate = Verifier(trust, place=Registrar(signer(301)).certify(place_class, 5, now=NOW + 60))
    if permitted:
        assert gate.policy(now=NOW + 60)
    else:
        assert_refused(gate, "HP1:", RefusalCode.PLACE_NOT_CERTIFIED, now=NOW + 60)


# ---- Time ---------------------------------------------------------------------------------------------------------


def test_an_expired_list_second_by_second(country: Country) -> None:
    trust = store(country, "scanner")
    expires = country.content.expires
    assert expires == NOW + 7 * DAY
    scanner = Verifier(trust)
    assert trust.fresh(expires - 1)[1] == 0
    assert trust.fresh(expires)[1] == 1
    assert trust.fresh(expires + 3 * DAY - 1)[1] == 3 * DAY
    assert_refused(scanner, "anything", RefusalCode.TRUST_LIST_EXPIRED, now=expires + 3 * DAY)
    with pytest.raises(TrustListRefused) as caught:
        TrustStore.open(country.folder / "new", roots=country.roots).update_trust_list(country.trust_list, now=expires)
    assert caught.value.code == "expired"


def test_clocks_that_are_wrong(country: Country) -> None:
    """A minute is tolerated each way; then the scanner says so, or refuses what it is shown."""
    trust, wallet = store(country, "scanner"), country.wallet()
    country.enrol(wallet, [person("绿")], showings=8)
    assert trust.fresh(NOW - 60)[1] == 0
    assert_refused(Verifier(trust), wallet.present(now=NOW).text, RefusalCode.TRUST_LIST_EXPIRED, now=NOW - 61)
    for ahead, code in ((-61, RefusalCode.PRESENTATION_FROM_FUTURE), (75, RefusalCode.PRESENTATION_STALE)):
        now = NOW + 600
        scanner = Verifier(trust)
        assert_refused(scanner, wallet.present(now=now).text, code, now=now + ahead)
        shift = -60 if ahead < 0 else 74
        assert scanner.verify(wallet.present(now=now).text, now=now + shift).colors == (Color.GREEN,)
    for now, code_word in ((NOW - 61, "from-the-future"), (NOW + 7 * DAY, "expired")):
        with pytest.raises(TrustListRefused) as caught:
            TrustStore(country.roots).update_trust_list(country.trust_list, now=now)
        assert caught.value.code == code_word
