"""Where a wallet shows a pass: to a certified place where the policy permits a check, and by its holder's decision."""

from __future__ import annotations

from pathlib import Path

import pytest

from healthpass.authority import Registrar, RiskOffice
from healthpass.errors import BadInput, FormatError, PlaceRefused, TrustListRefused, WalletError
from healthpass.formats.check_policy import CheckPolicy, default_policy
from healthpass.formats.place import PlaceClass
from healthpass.formats.text import encode_place_text
from healthpass.formats.window import RootSet
from healthpass.holder import Wallet
from tests.making import DAY, NOW, PLACE, ROOT, STRANGER, make_trust_list, sign_trust_list, signer
from tests.raising import raises, raises_one_of
from tests.wallets import PASSPHRASE, content, fill, make_wallet, parsed

REGISTRAR, OFFICE = Registrar(signer(120)), RiskOffice(signer(121))
AREA = 110105
HUB, HOSPITAL = PlaceClass.TRANSPORT_HUB, PlaceClass.HOSPITAL
OFFICES = {"registrar_keys": (REGISTRAR.public_key,), "risk_keys": (OFFICE.public_key,)}


UNKNOWN = "without an area table in force nobody knows whether checks are permitted; fetch the newest table"


def poster(place_class: int = HUB, registrar: Registrar = REGISTRAR, issued: int = NOW) -> str:
    return encode_place_text(registrar.certify(place_class, AREA, now=issued, place_id=PLACE))


def list_with(policy: CheckPolicy | None = None, version: int = 2, **more: object) -> bytes:
    return sign_trust_list(make_trust_list(version, policy=policy or default_policy(), **{**OFFICES, **more}))  # type: ignore[arg-type]  # whatever the test wants


def table(version: int = 1, medium: tuple[int, ...] = (AREA,), issued: int = NOW) -> bytes:
    return OFFICE.publish(version, now=issued, medium=medium)


@pytest.fixture
def wallet() -> Wallet:
    """It has passes, a list with the default policy, and a table in which the area is of medium risk."""
    wallet = make_wallet()
    wallet.update_trust_list(list_with(), now=NOW)
    wallet.update_area_table(table(), now=NOW)
    fill(wallet)
    return wallet


def assert_shows_nothing(wallet: Wallet, error: type[BadInput], code: str, **options: object) -> None:
    """Nothing is shown for that reason; the wallet holds what it held."""
    before = content(wallet)
    with pytest.raises(error) as caught:
        wallet.present(**{"now": NOW, **options})  # type: ignore[arg-type]  # whatever the test wants
    assert caught.value.code == code
    assert content(wallet) == before


def test_a_pass_is_made_for_the_place(wallet: Wallet) -> None:
    assert parsed(wallet.present(now=NOW, place=poster()).text).audience == PLACE


def test_a_visit_says_how_people_may_be_checked(wallet: Wallet) -> None:
    visit = wallet.visit(poster(), now=NOW)
    assert (visit.place.id, visit.place.area, visit.place.place_class) == (PLACE, AREA, HUB)
    assert visit.rule is not None
    assert visit.rule.audience


GRACE = 3 * DAY


def test_a_visit_says_how_old_the_list_is(wallet: Wallet) -> None:
    wallet.update_trust_list(list_with(version=3, issued=NOW, expires=NOW + 7 * DAY, grace=GRACE), now=NOW)
    for after, stale in ((-30, 0), (0, 0), (7 * DAY - 1, 0), (7 * DAY, 1), (7 * DAY + GRACE - 1, GRACE)):
        visit = wallet.visit(poster(HOSPITAL), now=NOW + after)
        assert (visit.age, visit.stale) == (max(0, after), stale)


def test_a_registrar_whose_key_was_stolen_is_not_believed_for_ever(wallet: Wallet) -> None:
    """Somebody keeps the wallet from newer lists; the certificate is made yesterday, with the key."""
    wallet.update_trust_list(list_with(version=3, issued=NOW, expires=NOW + 7 * DAY, grace=GRACE), now=NOW)
    later = NOW + 7 * DAY + GRACE
    made = poster(HOSPITAL, issued=later - DAY)
    assert wallet.visit(made, now=later - 1).stale == GRACE
    for now in (later, later + 200 * DAY):
        with pytest.raises(WalletError) as caught:
            wallet.visit(poster(HOSPITAL, issued=now - DAY), now=now)
        assert caught.value.code == "trust-list-too-old"
    assert_shows_nothing(wallet, WalletError, "trust-list-too-old", place=made, now=later)
    wallet.update_trust_list(list_with(version=4, issued=later, expires=later + DAY, registrar_keys=()), now=later)
    with pytest.raises(PlaceRefused) as refused:
        wallet.visit(made, now=later)
    assert refused.value.code == "not-a-registrar"


def test_with_an_old_list_what_a_poster_says_counts_by_the_holders_decision() -> None:
    wallet = make_wallet()
    wallet.update_trust_list(list_with(expires=NOW + 60, grace=60), now=NOW)
    fill(wallet)
    later = NOW + 120
    showing = wallet.present(now=later, place=poster(HOSPITAL), anywhere=True)
    assert (parsed(showing.text).audience, showing.stale) == (PLACE, 61)
    assert_shows_nothing(wallet, PlaceRefused, "risk-unknown", place=poster(), anywhere=True, now=later)
    stranger = poster(HOSPITAL, registrar=Registrar(STRANGER))
    assert_shows_nothing(wallet, PlaceRefused, "not-a-registrar", place=stranger, anywhere=True, now=later)


def test_a_clock_that_was_set_back_makes_no_old_certificate_good(wallet: Wallet) -> None:
    old = poster(HOSPITAL, issued=NOW - 40 * DAY)
    with pytest.raises(WalletError) as caught:
        wallet.visit(old, now=NOW - 20 * DAY)
    assert caught.value.code == "clock-behind"
    assert_shows_nothing(wallet, WalletError, "clock-behind", place=old, now=NOW - 20 * DAY)


def test_no_check_is_permitted_in_a_low_risk_area(wallet: Wallet) -> None:
    wallet.update_area_table(table(2, medium=()), now=NOW)
    assert_shows_nothing(wallet, PlaceRefused, "check-not-permitted", place=poster())
    assert wallet.present(now=NOW, place=poster(HOSPITAL)).text


def test_without_a_table_in_force_only_what_every_risk_permits(wallet: Wallet) -> None:
    later = NOW + 2 * DAY
    with raises(PlaceRefused, "risk-unknown", UNKNOWN):
        wallet.visit(poster(), now=later)
    assert wallet.visit(poster(HOSPITAL), now=later).rule


def test_at_a_workplace_of_special_personnel_the_holder_is_asked_first(wallet: Wallet) -> None:
    """Whatever else was decided: nothing is shown to a staff entrance by whoever does not work there."""
    staff = poster(PlaceClass.SPECIAL_WORKPLACE)
    for options in ({}, {"anywhere": True}, {"works_here": False}):
        assert_shows_nothing(wallet, WalletError, "works-here", place=staff, **options)
    assert wallet.visit(staff, now=NOW).place.place_class == PlaceClass.SPECIAL_WORKPLACE
    assert parsed(wallet.present(now=NOW, place=staff, works_here=True).text).audience == PLACE
    assert parsed(wallet.present(now=NOW, place=poster(), works_here=True).text).audience == PLACE


def test_a_class_that_the_policy_does_not_name(wallet: Wallet) -> None:
    assert_shows_nothing(wallet, PlaceRefused, "class-not-named", place=poster(7))


def test_a_pass_without_a_place_is_the_holders_decision(wallet: Wallet) -> None:
    assert_shows_nothing(wallet, WalletError, "place-required")
    assert_shows_nothing(wallet, WalletError, "place-required", audience=PLACE)
    assert parsed(wallet.present(now=NOW, anywhere=True).text).audience is None
    assert parsed(wallet.present(now=NOW, anywhere=True, audience=PLACE).text).audience == PLACE


def test_a_list_without_a_policy_asks_for_no_place() -> None:
    wallet = make_wallet()
    fill(wallet)
    assert parsed(wallet.present(now=NOW).text).audience is None


@pytest.mark.parametrize(
    ("text", "error", "code"),
    [
        (poster(registrar=Registrar(STRANGER)), PlaceRefused, "not-a-registrar"),
        (poster(issued=NOW - 30 * DAY), PlaceRefused, "place-expired"),
        (poster(issued=NOW + 61), PlaceRefused, "place-from-the-future"),
        (poster()[:-2], FormatError, "malformed"),
        ("HPL1:", FormatError, "malformed"),
        ("HP1:" + poster()[5:], FormatError, "malformed"),
        ("", FormatError, "malformed"),
    ],
    ids=["stranger", "expired", "future", "cut", "empty", "as a pass", "nothing"],
)
def test_a_place_that_is_not_certified(wallet: Wallet, text: str, error: type[BadInput], code: str) -> None:
    assert_shows_nothing(wallet, error, code, place=text)


def test_a_poster_with_a_flipped_bit(wallet: Wallet) -> None:
    data = REGISTRAR.certify(HUB, AREA, now=NOW)
    for bit in range(0, 8 * len(data), 7):
        altered = (int.from_bytes(data, "big") ^ 1 << bit).to_bytes(len(data), "big")
        with raises_one_of("bad-signature", "malformed", "not-a-registrar"):
            wallet.visit(encode_place_text(altered), now=NOW)


def test_a_poster_and_an_audience(wallet: Wallet) -> None:
    with pytest.raises(ValueError, match="audience"):
        wallet.present(now=NOW, place=poster(), audience=PLACE)


def test_a_place_needs_a_trust_list() -> None:
    with pytest.raises(WalletError) as caught:
        Wallet(RootSet(1, (ROOT.public_key,))).visit(poster(), now=NOW)
    assert caught.value.code == "no-trust-list"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (table(1, medium=()), "rollback"),
        (table(2, issued=NOW - 1), "rollback"),
        (table(200_000), "version-step"),
        (table(2, issued=NOW + 61), "from-the-future"),
        (RiskOffice(STRANGER).publish(2, now=NOW), "not-a-risk-office"),
        (table(2)[:-1] + b"\x00", "bad-signature"),
    ],
    ids=["other content", "issued earlier", "step", "future", "stranger", "signature"],
)
def test_area_tables_that_are_not_taken(wallet: Wallet, data: bytes, code: str) -> None:
    before = content(wallet)
    with pytest.raises(TrustListRefused) as caught:
        wallet.update_area_table(data, now=NOW)
    assert caught.value.code == code
    assert content(wallet) == before
    wallet.update_area_table(table(2), now=NOW)


def test_a_removed_risk_office_takes_its_table_and_floor_along(wallet: Wallet) -> None:
    wallet.update_trust_list(list_with(version=3, risk_keys=()), now=NOW)
    with raises(PlaceRefused, "risk-unknown", UNKNOWN):
        wallet.visit(poster(), now=NOW)
    wallet.update_trust_list(list_with(version=4), now=NOW)
    wallet.update_area_table(table(1, medium=(AREA, 7)), now=NOW)
    assert wallet.visit(poster(), now=NOW)


def test_all_of_it_is_kept_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "wallet"
    wallet = make_wallet(path)
    wallet.update_trust_list(list_with(), now=NOW)
    wallet.update_area_table(table(5), now=NOW)
    again = Wallet.open(path, PASSPHRASE)
    assert again.visit(poster(), now=NOW).rule
    with raises(TrustListRefused, "rollback", "a newer one was accepted before; fetch the newest"):
        again.update_area_table(table(4), now=NOW)


def test_rotated_roots_are_followed(tmp_path: Path) -> None:
    path = tmp_path / "wallet"
    wallet = make_wallet(path)
    new = signer(130)
    roots = RootSet(1, (new.public_key,))
    rotation = make_trust_list(2, roots=roots)
    with pytest.raises(TrustListRefused) as caught:
        wallet.update_trust_list(sign_trust_list(rotation), now=NOW)
    assert caught.value.code == "new-roots"
    wallet.update_trust_list(sign_trust_list(rotation, (ROOT, new)), now=NOW + 8 * DAY)  # expired, and followed
    again = Wallet.open(path, PASSPHRASE)
    after = make_trust_list(3, expires=NOW + 30 * DAY, roots=roots)
    with raises(
        TrustListRefused,
        "threshold",
        "too few of the known roots have signed the trust list; fetch the list with all signatures",
    ):
        again.update_trust_list(sign_trust_list(after), now=NOW)
    again.update_trust_list(sign_trust_list(after, (new,)), now=NOW)
