"""The region's side: nobody is looked up unlogged, and what cannot be answered is found out before, for everybody."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from healthpass.attester import Attester, ListedStation, Person, StationLimits, StationList
from healthpass.attester.audit.log import AuditError, AuditLog
from healthpass.crypto.signer import Signer
from healthpass.errors import AttestationRefused, BadInput, FormatError, StationRefused
from healthpass.formats.batch import encode_batch
from healthpass.formats.claim import Binding
from healthpass.formats.document import PASSPORT, Document
from healthpass.formats.platform import Platform
from healthpass.formats.trust_list import TrustList
from healthpass.formats.window import Window
from healthpass.issuer import Revocation
from tests.assisting import (
    ID_NUMBER,
    LIST,
    OTHER_ID,
    OTHER_STATION,
    PASSPORT_NUMBER,
    REGISTRAR,
    STATION,
    STATION_ID,
    STATIONS,
    Region,
    ask,
    assert_not_answered,
    assert_region_refuses,
    broken,
    document,
    is_wiped,
    make_query,
    make_trust,
    paper_pass,
    seal_query,
    sign_query,
)
from tests.auditing import AUDIT_KEY
from tests.issuing import REGION, make_rules
from tests.making import DAY, NOW, PLATFORM, TAG, WINDOW, make_claim, make_trust_list, signer
from tests.raising import raises


def known() -> Document:
    return document()


def unknown() -> Document:
    return document(PASSPORT)


@pytest.fixture
def region() -> Region:
    return Region()


# ---- 7: stations that the region serves ---------------------------------------------------------------------------


def served(*stations: tuple[Signer, str], **more: Any) -> StationList:
    return StationList([ListedStation("Desk", station_id, key.public_key, **more) for key, station_id in stations])


def query_of(region: Region, key: Signer, certificate: bytes, number: int = 0) -> bytes:
    """A station's query, with this certificate."""
    query = make_query(region, certificate=certificate, nonce=number.to_bytes(16, "big"))
    return seal_query(region, sign_query(query, key))


@pytest.mark.parametrize(
    ("stations", "code"),
    [
        (StationList(), "not-listed"),
        (served((OTHER_STATION, OTHER_ID)), "not-listed"),
        (served((STATION, OTHER_ID)), "not-listed"),
        (served((OTHER_STATION, STATION_ID)), "not-listed"),
        (served((STATION, STATION_ID), suspended=True), "suspended"),
    ],
    ids=["nobody", "another", "another id", "another key", "suspended"],
)
def test_a_station_that_the_region_does_not_serve(stations: StationList, code: str, region: Region) -> None:
    desk = region.make_desk(make_trust(keys=False), stations=stations)
    assert_region_refuses(region, ask(region).envelope, code, desk=desk)


def test_with_a_stolen_registrar_key_nobody_is_asked_about(region: Region) -> None:
    """The thief certifies keys of their own, under new ids and under those of stations that are served."""
    thief = signer(190)
    for n, station_id in enumerate([STATION_ID, OTHER_ID, *(f"{n:016x}" for n in range(20))]):
        certificate = REGISTRAR.certify_station(thief.public_key, 7, now=NOW, station_id=station_id)
        assert_not_answered(region, query_of(region, thief, certificate, n), "not-listed")
    assert region.documents == []
    assert region.log.entries == []
    assert region.desk.answer(ask(region).envelope, now=NOW)


def test_the_list_changes_at_any_time(region: Region) -> None:
    question = ask(region)
    region.desk.stations = STATIONS.removed(STATION_ID)
    assert_not_answered(region, question.envelope, "not-listed")
    region.desk.stations = STATIONS
    assert question.answer(region.desk.answer(question.envelope, now=NOW), now=NOW) is not None


@pytest.mark.parametrize("queries", [StationLimits(60, 2), StationLimits(60, None, 2)], ids=["registrar", "all"])
def test_no_more_queries_than_all_stations_may_ask(queries: StationLimits, region: Region) -> None:
    region.desk.stations = StationList(STATIONS, queries=queries)
    other = REGISTRAR.certify_station(OTHER_STATION.public_key, 7, now=NOW, station_id=OTHER_ID)
    region.desk.answer(ask(region).envelope, now=NOW)
    region.desk.answer(query_of(region, OTHER_STATION, other), now=NOW)
    for envelope in (ask(region).envelope, query_of(region, OTHER_STATION, other, 1)):
        assert_not_answered(region, envelope, "too-many-queries")


# ---- 11: what is found out before anybody is looked up -----------------------------------------------------------


def unavailable(region: Region, error: type[Exception], trust_list: TrustList = LIST, **more: Any) -> None:
    """Known or not: nothing is looked up, issued, logged or used up; and the same query is answered later."""
    desk = region.make_desk(make_trust(keys=False, trust_list=trust_list), **more)
    before = region.state()
    for whose in (known(), unknown()):
        question = ask(region, whose)
        with pytest.raises(error):
            desk.answer(question.envelope, now=NOW)
        assert region.state() == before
    region.log.full = False
    question.answer(region.desk.answer(question.envelope, now=NOW), now=NOW)
    assert [kind for _, _, kind, _ in region.log.entries] == ["not-known"]


def test_no_period_of_now() -> None:
    tomorrow = Window(b"kid1", signer(3).public_key, WINDOW.expires, WINDOW.expires + DAY, 4, 2, b"doc0")
    phones = Window(WINDOW.kid, WINDOW.key, WINDOW.valid_from, WINDOW.expires, 4, Binding.DEVICE)
    for windows in ([], [tomorrow], [phones]):
        listed = make_trust_list(windows=windows, registrar_keys=(REGISTRAR.public_key,))
        unavailable(Region(), AttestationRefused, listed)


def test_no_platform_of_that_name(region: Region) -> None:
    unavailable(region, AttestationRefused, platform="nowhere")
    several = make_trust_list(
        registrar_keys=(REGISTRAR.public_key,), platforms=[Platform("a", (b"kid0",)), Platform("b", (b"kid1",))]
    )
    unavailable(Region(), AttestationRefused, several)


def test_a_log_that_would_take_no_entry(region: Region) -> None:
    region.log.full = True
    unavailable(region, OSError)


def a_closed_log(log: AuditLog, path: Path) -> None:
    log.close()


def a_clock_that_was_ahead(log: AuditLog, path: Path) -> None:
    with document() as whose:
        log.record(station=STATION_ID, now=NOW + 7200, kind="pass", document=whose)


def a_file_that_was_removed(log: AuditLog, path: Path) -> None:
    path.unlink()


@pytest.mark.parametrize(
    ("codes", "happens"),
    [
        (("closed", "closed"), a_closed_log),
        (("clock-behind", "clock-behind"), a_clock_that_was_ahead),
        (("moved", "closed"), a_file_that_was_removed),
    ],
)
def test_an_audit_log_that_takes_no_entry(
    codes: tuple[str, str], happens: Callable[[AuditLog, Path], None], region: Region, tmp_path: Path
) -> None:
    with AuditLog.open(tmp_path / "log", key=AUDIT_KEY) as log:
        happens(log, tmp_path / "log")
        size = log.size
        desk = region.make_desk(make_trust(keys=False), audit=log)
        for code, whose in zip(codes, (known(), unknown()), strict=True):
            assert_not_answered(region, ask(region, whose).envelope, code, desk=desk)
        assert log.size == size


def test_every_kind_of_entry_fits_the_audit_log(region: Region, tmp_path: Path) -> None:
    with AuditLog.open(tmp_path / "log", key=AUDIT_KEY) as log:
        desk = region.make_desk(make_trust(keys=False), audit=log)
        for whose in (known(), unknown()):
            assert desk.answer(ask(region, whose).envelope, now=NOW)
        failing = region.make_desk(make_trust(keys=False), audit=log, issue=broken)
        with pytest.raises(OSError, match="gone"):
            failing.answer(ask(region).envelope, now=NOW)
        with document() as whose:
            assert [entry.kind for entry in log.find(whose)] == ["pass", "failed"]


# ---- 14, 15: nobody is looked up unlogged ------------------------------------------------------------------------


def fails(region: Region, error: type[Exception], code: str = "", **more: Any) -> None:
    """No answer leaves, the query is used up, the log says so, the document is wiped; a new query is answered."""
    question, desk = ask(region), region.make_desk(make_trust(keys=False), **more)
    with pytest.raises(error) as caught:
        desk.answer(question.envelope, now=NOW)
    assert getattr(caught.value, "code", "") == code
    assert region.log.entries == [(STATION_ID, NOW, "failed", ID_NUMBER)]
    assert all(is_wiped(each) for each in region.documents)
    assert_not_answered(region, question.envelope, "replayed")
    stranger = ask(region, unknown())
    assert stranger.answer(desk.answer(stranger.envelope, now=NOW), now=NOW) is None
    again = ask(region)
    assert again.answer(region.desk.answer(again.envelope, now=NOW), now=NOW) is not None
    assert [kind for _, _, kind, _ in region.log.entries] == ["failed", "not-known", "pass"]


def test_a_platform_that_fails(region: Region) -> None:
    fails(region, OSError, issue=broken)


def test_a_window_that_is_full(region: Region) -> None:
    def full(attestation: bytes) -> bytes:
        raise AttestationRefused("window-full", "no room")

    fails(region, AttestationRefused, "window-full", issue=full)


def test_a_person_without_a_seed(region: Region) -> None:
    fails(
        region,
        FormatError,
        "malformed",
        look_up=lambda whose: Person("绿") if whose.number.decode() == ID_NUMBER else None,
    )


@pytest.mark.parametrize(
    ("code", "claims"),
    [
        ("malformed", []),
        ("not-a-paper-pass", [make_claim()]),
        ("bad-claim-signature", [paper_pass()[:-64] + bytes(64)]),
        ("other-claim", [paper_pass(document(PASSPORT))]),
        ("other-claim", [paper_pass(), paper_pass(slot=2)]),
        ("other-claim", [paper_pass(slot=2, tag=TAG)]),
        ("unknown-window", [paper_pass(kid=b"none")]),
    ],
)
def test_a_platform_that_issues_something_else(code: str, claims: list[bytes], region: Region) -> None:
    fails(region, BadInput, code, issue=lambda request: encode_batch(claims) if claims else b"")


def test_another_platform_that_issues(region: Region) -> None:
    """It answers for the one that the desk is to use, with a pass of the same period, for the same document."""
    ends = WINDOW.valid_from, WINDOW.expires
    other = Window(b"kid7", WINDOW.key, *ends, WINDOW.capacity, Binding.DOCUMENT, b"doc0")
    window = Window(WINDOW.kid, signer(7).public_key, *ends, WINDOW.capacity, Binding.DOCUMENT, b"doc0")
    listed = make_trust_list(
        windows=[window, other],
        registrar_keys=(REGISTRAR.public_key,),
        platforms=[Platform(PLATFORM, (b"kid0",)), Platform("other", (b"kid7",))],
    )
    desk = region.make_desk(
        make_trust(keys=False, trust_list=listed),
        issue=lambda request: encode_batch([paper_pass(kid=b"kid7")]),
        platform=PLATFORM,
    )
    with raises(
        StationRefused,
        "other-claim",
        "the platform has issued another pass than the one asked for; do not answer, and tell the platform",
    ):
        desk.answer(ask(region).envelope, now=NOW)
    assert region.make_desk(
        make_trust(keys=False, trust_list=listed),
        issue=lambda request: encode_batch([paper_pass(kid=b"kid7")]),
        platform="other",
    ).answer(ask(region).envelope, now=NOW)


def test_a_platform_that_does_not_recognise_the_region(region: Region) -> None:
    region.issuer.rules = make_rules(bindings=Binding.DEVICE)
    with raises(
        AttestationRefused,
        "binding",
        "this region may not ask for passes that are bound in this way; ask for another binding",
    ):
        region.desk.answer(ask(region).envelope, now=NOW)
    assert (region.log.entries, region.issued) == ([(STATION_ID, NOW, "failed", ID_NUMBER)], 0)


def test_a_document_key_that_the_region_has_not() -> None:
    region = Region(document_keys={})
    with pytest.raises(AttestationRefused) as caught:
        region.desk.answer(ask(region).envelope, now=NOW)
    assert caught.value.code == "no-document-key"
    assert (region.log.entries, region.issued) == ([(STATION_ID, NOW, "failed", ID_NUMBER)], 0)
    assert is_wiped(region.documents[0])


def test_a_look_up_that_fails(region: Region) -> None:
    """It may fail for those who are known alone, so it is an entry too."""
    with pytest.raises(OSError, match="gone"):
        region.make_desk(make_trust(keys=False), look_up=broken).answer(ask(region, unknown()).envelope, now=NOW)
    assert region.log.entries == [(STATION_ID, NOW, "failed", PASSPORT_NUMBER)]


def test_whatever_the_platform_does_each_look_up_is_an_entry() -> None:
    """Silence for those who are known, and an answer for the others: the station learns it, but not untraced."""
    region = Region()
    desk = region.make_desk(make_trust(keys=False), issue=broken)
    for n in range(20):
        try:
            desk.answer(ask(region, unknown() if n % 2 else known()).envelope, now=NOW)
        except OSError:
            assert n % 2 == 0
    assert len(region.log.entries) == len(region.documents) == 20


@pytest.mark.parametrize("whose", [known, unknown])
def test_a_log_that_fails_when_it_is_written(whose: Callable[[], Any], region: Region) -> None:
    region.log.fails = True
    question = ask(region, whose())
    for issue in (region.issue, broken):
        with pytest.raises(OSError, match=r"full|gone"):
            region.make_desk(make_trust(keys=False), issue=issue).answer(question.envelope, now=NOW)
        assert_not_answered(region, question.envelope, "replayed")
        question = ask(region, whose())
    assert region.log.entries == []
    assert all(is_wiped(each) for each in region.documents)


def test_the_log_is_asked_first_and_written_after_the_pass_and_before_the_answer(region: Region) -> None:
    seen: list[tuple[str, int, int]] = []

    class Sink:
        def check(self, *, now: int) -> None:
            seen.append(("check", len(region.documents), region.issued))

        def record(self, **entry: object) -> None:
            seen.append(("record", len(region.documents), region.issued))

    region.make_desk(make_trust(keys=False), audit=Sink()).answer(ask(region).envelope, now=NOW)
    assert seen == [("check", 0, 0), ("record", 1, 1)]


def test_a_log_that_is_lost_while_the_pass_is_issued(region: Region, tmp_path: Path) -> None:
    path = tmp_path / "log"

    def issue(attestation: bytes) -> bytes:
        path.rename(tmp_path / "elsewhere")
        return region.issue(attestation)

    with AuditLog.open(path, key=AUDIT_KEY) as log:
        desk = region.make_desk(make_trust(keys=False), audit=log, issue=issue)
        with pytest.raises(AuditError) as caught:
            desk.answer(ask(region).envelope, now=NOW)
        assert caught.value.code == "moved"


def test_a_pass_that_was_held_back_is_taken_back_before_it_is_issued(region: Region) -> None:
    """The platform, or who relays to it, has the attestation and answers nothing; the region takes it back at once."""
    held: list[bytes] = []

    def hold(attestation: bytes) -> bytes:
        held.append(attestation)
        return broken()  # type: ignore[no-any-return]  # it raises

    with pytest.raises(OSError, match="gone"):
        region.make_desk(make_trust(keys=False), issue=hold).answer(ask(region).envelope, now=NOW)
    north = Attester(REGION)
    notice = north.revoke(north.reference(held[0]), now=NOW)
    assert region.issuer.revoke(notice, now=NOW) == Revocation("kept", 0)
    with raises(
        AttestationRefused,
        "revoked-before",
        "the attestation was taken back before it came: the region vouches anew, if it still does",
    ):
        region.issuer.issue(held[0], now=NOW)
    assert region.issued == 0
