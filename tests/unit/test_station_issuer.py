"""What the platform issues for a station, and each thing for which it issues nothing."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from healthpass import Color
from healthpass.authority import Registrar
from healthpass.crypto.document_tag import document_tag
from healthpass.crypto.signer import SoftwareSigner
from healthpass.errors import AttestationRefused, BadInput, FormatError, StationRefused
from healthpass.formats import cose
from healthpass.formats.batch import parse_batch
from healthpass.formats.claim import DEVICE, DOCUMENT, Claim, parse_claim
from healthpass.formats.text import encode_text
from healthpass.issuer import (
    ListedStation,
    Revocation,
    SQLiteLedger,
    StationIssuer,
    StationLimits,
    StationList,
    StationRules,
    WindowKey,
)
from healthpass.station.vouching import notice_for
from tests.issuing import REGION, TODAY_KEY, TOMORROW_KEY, dump, make_issuer, window_key
from tests.making import DAY, NOW, TOMORROW, WINDOW, make_verifier, signer
from tests.raising import raises
from tests.stations import (
    CERTIFICATE,
    OTHER_ID,
    OTHER_STATION,
    REGISTRAR,
    SEED,
    STATION,
    STATION_ID,
    certificate,
    listed,
    sign_vouching,
    station_list,
    stations_of,
    vouch,
)


@pytest.fixture
def ledger(tmp_path: Path) -> SQLiteLedger:
    return SQLiteLedger(tmp_path / "ledger")


def platform(
    ledger: SQLiteLedger,
    windows: Iterable[WindowKey] = (TODAY_KEY, TOMORROW_KEY),
    stations: StationList | None = None,
    **rules: Any,
) -> StationIssuer:
    """The platform with both stations on its list, unless another is given."""
    keys = list(windows)
    content = station_list(windows=[key.window for key in keys])
    return StationIssuer(
        make_issuer(ledger, keys, None, stations or stations_of()), ledger, content, StationRules(**rules)
    )


def assert_refused(stations: StationIssuer, ledger: SQLiteLedger, data: bytes, code: str, now: int = NOW) -> None:
    """Refused with this code; the ledger is as it was, and an honest attestation is served afterwards."""
    before = dump(ledger)
    with pytest.raises(BadInput) as caught:
        stations.issue(data, now=now)
    assert caught.value.code == code
    assert dump(ledger) == before


def only(batch: bytes) -> Claim:
    """The one claim of a batch."""
    (data,) = parse_batch(batch)
    return parse_claim(data)


def test_one_paper_pass_of_the_period_of_now(ledger: SQLiteLedger) -> None:
    (data,) = parse_batch(platform(ledger).issue(vouch(), now=NOW))
    claim = parse_claim(data)
    assert (claim.binding, claim.kid, claim.exp, len(data)) == (DOCUMENT, WINDOW.kid, WINDOW.expires, 108)
    assert (claim.color, claim.tag) == (Color.YELLOW, document_tag(SEED, WINDOW.kid, claim.slot))
    assert make_verifier().verify(encode_text(data), now=NOW).colors == (Color.YELLOW,)


def test_it_is_numbered_like_anybody_elses(ledger: SQLiteLedger) -> None:
    stations = platform(ledger)
    slots = [only(stations.issue(vouch(reference=bytes((n,)) * 16), now=NOW)).slot for n in range(5)]
    assert slots == [TODAY_KEY.slots.slot(n) for n in range(5)]


def test_the_same_again_gets_the_same(ledger: SQLiteLedger) -> None:
    stations = platform(ledger, stations=stations_of(most=1))
    first = stations.issue(vouch(), now=NOW)
    assert stations.issue(vouch(), now=NOW + 7200) == first
    assert ledger.issued(WINDOW.kid) == 1


def test_the_same_reference_with_other_content(ledger: SQLiteLedger) -> None:
    stations = platform(ledger)
    stations.issue(vouch(), now=NOW)
    assert_refused(stations, ledger, vouch(color=Color.GREEN), "other-content")


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (vouch(valid_from=TOMORROW.valid_from, expires=TOMORROW.expires), "window-too-far"),
        (vouch(expires=WINDOW.expires - 1), "unknown-window"),
        (vouch(issued=NOW + 61), "from-the-future"),
        (vouch(issued=NOW - 3601), "too-old"),
        (vouch(color=Color.RED), "unknown-colour"),
        (vouch(OTHER_STATION), "other-key"),
        (vouch(certificate=certificate(registrar=type(REGISTRAR)(signer(77)))), "not-a-registrar"),
        (vouch(certificate=certificate(now=NOW - 40 * DAY)), "certificate-expired"),
        (vouch(certificate=certificate(now=NOW + 61)), "certificate-from-the-future"),
        (vouch(certificate=CERTIFICATE[:-1] + bytes((CERTIFICATE[-1] ^ 1,))), "bad-signature"),
        (vouch(certificate=b"\x00"), "malformed"),
        (vouch()[:-1] + bytes((vouch()[-1] ^ 1,)), "bad-signature"),
        (sign_vouching(b"\xa0"), "malformed"),
        (b"", "malformed"),
    ],
    ids=[
        "tomorrow",
        "no window",
        "future",
        "old",
        "colour",
        "stolen certificate",
        "nobody's registrar",
        "expired",
        "not yet",
        "certificate changed",
        "no certificate",
        "changed",
        "empty",
        "nothing",
    ],
)
def test_refused(ledger: SQLiteLedger, data: bytes, code: str) -> None:
    stations = platform(ledger, colors={Color.GREEN, Color.YELLOW})
    assert_refused(stations, ledger, data, code)
    assert stations.issue(vouch(), now=NOW)


def test_a_window_that_is_over(ledger: SQLiteLedger) -> None:
    late = WINDOW.expires
    assert_refused(platform(ledger), ledger, vouch(issued=late), "window-over", now=late)


def test_a_window_without_paper(ledger: SQLiteLedger) -> None:
    key = window_key(900, bindings=DEVICE)
    assert_refused(platform(ledger, [key]), ledger, vouch(), "window-binding")


@pytest.mark.parametrize(("hours", "refused"), [(26, False), (26 + 1 / 3600, True), (24 * 14, True)])
def test_a_period_of_at_most_26_hours(ledger: SQLiteLedger, hours: float, refused: bool) -> None:
    """What a station vouches for is over soon."""
    end = WINDOW.valid_from + round(hours * 3600)
    stations, data = platform(ledger, [window_key(905, expires=end)]), vouch(expires=end)
    if refused:
        assert_refused(stations, ledger, data, "window-too-long")
    else:
        assert stations.issue(data, now=NOW)


def test_the_platform_draws_the_kid_and_keeps_it(ledger: SQLiteLedger) -> None:
    """Of two of one period each comes up; the same attestation again has the kid that it had."""
    stations = platform(ledger, [window_key(901), window_key(902)])
    batches = [stations.issue(vouch(reference=bytes((n,)) * 16), now=NOW) for n in range(40)]
    assert len({only(batch).kid for batch in batches}) == 2
    assert [stations.issue(vouch(reference=bytes((n,)) * 16), now=NOW) for n in range(40)] == batches


def other_station(reference: int = 0, **more: Any) -> bytes:
    """What the other station vouches for, with a certificate of its own."""
    return vouch(
        OTHER_STATION,
        reference=bytes((reference,)) * 16,
        certificate=certificate(OTHER_STATION, station_id=OTHER_ID, **more),
    )


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        (listed(STATION, STATION_ID, suspended=True), "suspended"),
        (listed(STATION, "00000000000000a9"), "not-listed"),
        (listed(signer(182), STATION_ID), "not-listed"),
    ],
    ids=["suspended", "another id", "another key"],
)
def test_a_station_that_is_not_served(ledger: SQLiteLedger, entry: ListedStation, code: str) -> None:
    stations = platform(ledger, stations=stations_of(entry, listed(OTHER_STATION, OTHER_ID)))
    assert_refused(stations, ledger, vouch(), code)
    assert stations.issue(other_station(), now=NOW)


def test_without_a_list_no_station_is_served(ledger: SQLiteLedger) -> None:
    stations = StationIssuer(make_issuer(ledger), ledger, station_list())
    assert_refused(stations, ledger, vouch(), "not-listed")


def test_a_stolen_registrar_key_mints_no_pass(ledger: SQLiteLedger) -> None:
    """The thief certifies keys of their own, under new ids and under those of stations that are served; and a key that
    is served under other ids, which is of no use without that station's private half."""
    stations = platform(ledger)
    thief = signer(190)
    for n, station_id in enumerate((STATION_ID, OTHER_ID, *(f"{n:016x}" for n in range(20)))):
        data = vouch(thief, reference=bytes((n,)) * 16, certificate=certificate(thief, station_id=station_id))
        assert_refused(stations, ledger, data, "not-listed")
        borrowed = vouch(thief, reference=bytes((n,)) * 16, certificate=certificate(station_id=station_id))
        assert_refused(stations, ledger, borrowed, "other-key")
    assert ledger.issued(WINDOW.kid) == 0
    assert stations.issue(vouch(), now=NOW)


def test_it_is_served_until_it_is_taken_off_the_list_and_what_it_has_it_gets_again_no_more(
    ledger: SQLiteLedger,
) -> None:
    issuer = make_issuer(ledger, stations=stations_of())
    stations = StationIssuer(issuer, ledger, station_list())
    stations.issue(vouch(), now=NOW)
    issuer.stations = issuer.stations.removed(STATION_ID)
    assert_refused(stations, ledger, vouch(), "not-listed")


def test_no_more_than_it_may(ledger: SQLiteLedger) -> None:
    stations = platform(ledger, stations=stations_of(most=3))
    for n in range(3):
        stations.issue(vouch(reference=bytes((n,)) * 16), now=NOW)
    assert_refused(stations, ledger, vouch(reference=b"\x09" * 16), "limit")
    assert stations.issue(vouch(reference=bytes(16)), now=NOW), "what it has it gets again"
    assert stations.issue(other_station(), now=NOW)
    tomorrow = vouch(
        reference=b"\x0a" * 16,
        valid_from=TOMORROW.valid_from,
        expires=TOMORROW.expires,
        issued=TOMORROW.valid_from,
    )
    assert stations.issue(tomorrow, now=TOMORROW.valid_from)


@pytest.mark.parametrize(
    "limits", [StationLimits(50, per_registrar=3), StationLimits(50, in_all=3), StationLimits(50, 3, 3)], ids=repr
)
def test_no_more_than_all_of_them_may(ledger: SQLiteLedger, limits: StationLimits) -> None:
    stations = platform(ledger, stations=stations_of(passes=limits))
    for n in range(2):
        stations.issue(vouch(reference=bytes((n,)) * 16), now=NOW)
    stations.issue(other_station(), now=NOW)
    assert_refused(stations, ledger, other_station(1), "limit")
    assert_refused(stations, ledger, vouch(reference=b"\x09" * 16), "limit")


def test_each_registrar_for_itself(ledger: SQLiteLedger) -> None:
    other = Registrar(signer(31))
    stations = platform(ledger, stations=stations_of(passes=StationLimits(50, per_registrar=1)))
    stations.trust_list = station_list(registrar_keys=(REGISTRAR.public_key, other.public_key))
    stations.issue(vouch(), now=NOW)
    assert_refused(stations, ledger, other_station(), "limit")
    stations.issue(other_station(registrar=other), now=NOW)
    assert_refused(stations, ledger, other_station(1, registrar=other), "limit")


def test_all_together_have_as_much_as_each_of_the_list(ledger: SQLiteLedger) -> None:
    """A list that grows shorter does not leave to those that remain what the others have not had."""
    issuer = make_issuer(ledger, stations=stations_of(most=2))
    stations = StationIssuer(issuer, ledger, station_list())
    stations.issue(vouch(), now=NOW)
    stations.issue(other_station(), now=NOW)
    issuer.stations = issuer.stations.removed(OTHER_ID)
    assert_refused(stations, ledger, vouch(reference=b"\x09" * 16), "limit")
    issuer.stations = stations_of(most=2)
    assert stations.issue(vouch(reference=b"\x09" * 16), now=NOW)


def test_neither_another_key_nor_another_id_begins_anew(ledger: SQLiteLedger) -> None:
    """The station has a new key, or the key a new id, and the list says so; in all there is room for more."""
    passes = StationLimits(2, 100, 100)
    issuer = make_issuer(ledger, stations=stations_of(passes=passes))
    stations = StationIssuer(issuer, ledger, station_list())
    for n in range(2):
        stations.issue(vouch(reference=bytes((n,)) * 16), now=NOW)
    issuer.stations = stations_of(listed(OTHER_STATION, STATION_ID), passes=passes)
    assert_refused(stations, ledger, vouch(OTHER_STATION, certificate=certificate(OTHER_STATION)), "limit")
    issuer.stations = stations_of(listed(STATION, "00000000000000a9"), passes=passes)
    other_id = vouch(reference=b"\x09" * 16, certificate=certificate(station_id="00000000000000a9"))
    assert_refused(stations, ledger, other_id, "limit")


def test_a_trust_list_that_is_in_force_no_more(ledger: SQLiteLedger) -> None:
    stations = platform(ledger)
    issued, expires = station_list().issued, station_list().expires
    stations.trust_list = station_list(grace=3600)
    for now in (issued - 61, expires + 3600):
        assert_refused(stations, ledger, vouch(issued=now), "no-trust-list", now=now)
    late = window_key(904, expires, expires + DAY)
    stations = platform(ledger, [late])
    stations.trust_list = station_list(grace=3600, windows=[late.window])
    young = certificate(now=expires - DAY)
    data = vouch(valid_from=expires, expires=expires + DAY, issued=expires + 3599, certificate=young)
    assert stations.issue(data, now=expires + 3599)


@pytest.mark.parametrize(
    ("key", "listed"),
    [(REGION, {}), (TODAY_KEY.signer, {"windows": [TOMORROW]}), (signer(62), {"risk_keys": (signer(62).public_key,)})],
    ids=["region", "window", "risk office"],
)
def test_a_key_with_another_role(ledger: SQLiteLedger, key: SoftwareSigner, listed: dict[str, Any]) -> None:
    stations = platform(ledger)
    stations.trust_list = station_list(**listed)
    assert_refused(stations, ledger, vouch(key, certificate=certificate(key)), "two-roles")
    stations.trust_list = station_list()
    assert stations.issue(vouch(), now=NOW)


def test_what_it_had_under_another_kid_of_the_period_counts(ledger: SQLiteLedger) -> None:
    small, spare = window_key(902, capacity=4), window_key(903, capacity=4)
    stations = platform(ledger, [small, spare], stations_of(most=5))
    for n in range(5):
        stations.issue(vouch(reference=bytes((n,)) * 16), now=NOW)
    assert 1 <= ledger.issued(spare.window.kid) <= 5
    assert_refused(stations, ledger, vouch(reference=b"\x09" * 16), "limit")


def test_it_takes_back_its_own(ledger: SQLiteLedger) -> None:
    issuer = make_issuer(ledger, stations=stations_of())
    stations = StationIssuer(issuer, ledger, station_list())
    stations.issue(vouch(), now=NOW)
    with raises(
        AttestationRefused,
        "unknown-attestation",
        "there is nothing here that this could revoke: mistyped, over, or taken back already",
    ):
        issuer.revoke(notice_for(signer(182), vouch(signer(182)), now=NOW), now=NOW)
    with pytest.raises(StationRefused) as caught:
        notice_for(OTHER_STATION, vouch(), now=NOW)
    assert caught.value.code == "other-station"
    assert issuer.revoke(notice_for(STATION, vouch(), now=NOW), now=NOW) == Revocation("revoked", 1)


def test_what_it_takes_back_before_it_comes_is_not_issued(ledger: SQLiteLedger) -> None:
    """Also of a station that was suspended; another station's attestation of the same reference is its own."""
    suspended = stations_of(listed(STATION, STATION_ID, suspended=True), listed(OTHER_STATION, OTHER_ID))
    issuer = make_issuer(ledger, stations=suspended)
    notice = notice_for(STATION, vouch(), now=NOW)
    assert issuer.revoke(notice, now=NOW) == issuer.revoke(notice, now=NOW) == Revocation("kept", 0)
    issuer.stations = stations_of()
    stations = StationIssuer(issuer, ledger, station_list())
    assert_refused(stations, ledger, vouch(), "revoked-before")
    assert stations.issue(other_station(), now=NOW)


@pytest.mark.parametrize("typ", [cose.ATTESTATION, cose.REVOCATION_NOTICE])
def test_another_type_of_message(ledger: SQLiteLedger, typ: str) -> None:
    from healthpass.crypto.signer import open_message, sign_message

    _, payload = open_message(vouch(), cose.STATION_ATTESTATION, 1024)
    assert_refused(platform(ledger), ledger, sign_message(STATION, typ, payload), "malformed")


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"colors": frozenset()}, "colors: at least one of the three"),
        ({"attestation_age": -1}, "attestation age: not an integer from 0 to 4294967295"),
    ],
    ids=repr,
)
def test_rules_that_are_none(more: dict[str, Any], sentence: str) -> None:
    with raises(FormatError, "malformed", sentence):
        StationRules(**more)


def test_reprs_show_nothing(ledger: SQLiteLedger) -> None:
    assert repr(platform(ledger)) == "StationIssuer(...)"
