"""A platform that runs on while others change its folder: each call goes by what is there when it begins."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from healthpass._followed import Followed
from healthpass.errors import BadInput, FolderError, FormatError, StationRefused
from healthpass.formats.claim import parse_claim
from healthpass.formats.platform import Platform
from healthpass.formats.trust_list import TrustList
from healthpass.issuer import (
    Issuer,
    PlatformFolder,
    PublishingOptions,
    RevocationPublisher,
    SQLiteLedger,
    StationIssuer,
    StationList,
    WindowKey,
    WindowKeys,
    revoke,
)
from healthpass.issuer.ledger import Entry
from healthpass.issuer.sealing_keys import SealingKeys, encode_sealing_keys
from healthpass.issuer.window_keys import encode_window_keys
from healthpass.trust.revocations import open_snapshot
from healthpass.verifier import TrustStore
from tests.issuing import (
    REGION,
    STATE,
    TODAY_KEY,
    TOMORROW_KEY,
    assert_refused,
    attest,
    claims_in,
    device_passes,
    dump,
    issued,
    list_issued,
    make_sealing,
)
from tests.making import DAY, NOW, PLATFORM, ROOTS, SEALING, TOMORROW, WINDOW, make_trust_list, sign_trust_list, signer
from tests.raising import raises
from tests.shelf import Shelf
from tests.stations import REGISTRAR, STATION_ID, station_list, stations_of, vouch
from tests.unit.issuer.test_publisher import LIST, REVOKER, notice

RULES = f"""[[attester]]
region = "North"
key = "{REGION.public_key.hex()}"
bindings = ["device", "document", "both"]
scale = {{ "绿" = "green" }}
"""


def put(path: Path, data: bytes) -> None:
    """As other programs do it: aside, then into place."""
    aside = path.with_name(path.name + ".aside")
    aside.write_bytes(data)
    aside.replace(path)


def put_windows(folder: Path, *keys: WindowKey) -> None:
    put(folder / "windows.cbor", encode_window_keys(WindowKeys(keys)))


def put_stations(folder: Path, stations: StationList) -> None:
    put(folder / "stations.toml", stations.to_toml().encode("utf-8"))


def put_sealing(folder: Path, keys: SealingKeys) -> None:
    put(folder / "sealing.keys", bytes(encode_sealing_keys(keys)))


def put_rules(folder: Path, text: str) -> None:
    put(folder / "rules.toml", text.encode("utf-8"))


def put_list(folder: Path, content: TrustList) -> None:
    """As `healthpass hold` does it, once it has checked the list."""
    put(folder / "trust-list.cbor", sign_trust_list(content))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    put_windows(tmp_path, TODAY_KEY, TOMORROW_KEY)
    put_rules(tmp_path, RULES)
    put_stations(tmp_path, stations_of())
    put_sealing(tmp_path, make_sealing())
    put_list(tmp_path, make_trust_list())
    return tmp_path


@pytest.fixture
def ledger(tmp_path: Path) -> SQLiteLedger:
    return SQLiteLedger(tmp_path / "ledger.sqlite")


@pytest.fixture
def issuer(folder: Path, ledger: SQLiteLedger) -> Issuer:
    return Issuer.of_folder(PlatformFolder(folder), ledger)


def test_a_key_that_was_given_up_signs_nothing_more(folder: Path, ledger: SQLiteLedger, issuer: Issuer) -> None:
    assert len(issued(issuer, attest())) == 3
    put_windows(folder, TOMORROW_KEY)
    assert_refused(issuer, ledger, attest(device_passes(first_key=9), reference=2), "unknown-window")


def test_a_window_that_was_added_is_issued_under(folder: Path, ledger: SQLiteLedger, issuer: Issuer) -> None:
    put_windows(folder, TODAY_KEY)
    assert_refused(issuer, ledger, attest(device_passes(windows=(TOMORROW,))), "unknown-window")
    put_windows(folder, TODAY_KEY, TOMORROW_KEY)
    assert len(issued(issuer, attest(device_passes(windows=(TOMORROW,))))) == 3


def test_a_region_that_was_suspended_or_removed(folder: Path, ledger: SQLiteLedger, issuer: Issuer) -> None:
    data = attest()
    for text, code in (
        (RULES.replace("scale", "suspended = true\nscale"), "suspended"),
        (RULES.replace(REGION.public_key.hex(), signer(1).public_key.hex()), "unknown-attester"),
        (RULES.replace("绿", "amber"), "unknown-colour"),
    ):
        put_rules(folder, text)
        assert_refused(issuer, ledger, data, code)
    put_rules(folder, RULES)
    assert len(issued(issuer, data)) == 3


def test_an_edit_in_place_counts_too(folder: Path, ledger: SQLiteLedger, issuer: Issuer) -> None:
    assert len(issued(issuer, attest())) == 3
    (folder / "rules.toml").write_text(RULES.replace("scale", "suspended = true\nscale"), encoding="utf-8")
    assert_refused(issuer, ledger, attest(device_passes(first_key=9), reference=2), "suspended")


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: put(path, b"[[attester]]\nregion ="),
        lambda path: put(path, b"\xff\xfe"),
        lambda path: put(path, b"#" * (2**20 + 1)),
        lambda path: (path.unlink(), path.mkdir()),
    ],
    ids=["half written", "not text", "too large", "a folder"],
)
def test_rules_that_cannot_be_read_stop_the_platform(
    folder: Path, ledger: SQLiteLedger, issuer: Issuer, damage: Callable[[Path], object]
) -> None:
    assert len(issued(issuer, attest())) == 3
    damage(folder / "rules.toml")
    before = dump(ledger)
    for again in range(2):
        with pytest.raises(FolderError, match=r"^rules\.toml: ") as caught:
            issuer.issue(attest(reference=2 + again), now=NOW)
        assert caught.value.code == "unreadable-file"
        assert REGION.public_key.hex() not in str(caught.value)
    assert dump(ledger) == before
    if (folder / "rules.toml").is_dir():
        (folder / "rules.toml").rmdir()
    put_rules(folder, RULES)
    assert len(issued(issuer, attest())) == 3


def test_damaged_window_keys_stop_it_too_and_the_error_keeps_none_of_them(folder: Path, issuer: Issuer) -> None:
    put(folder / "windows.cbor", encode_window_keys(WindowKeys([TODAY_KEY, TOMORROW_KEY])) + b"\x00")
    with pytest.raises(FolderError) as caught:
        issuer.issue(attest(), now=NOW)
    assert caught.value.code == "unreadable-file"
    assert caught.value.__context__ is None
    at = caught.value.__traceback__
    while at is not None:
        held = [value for value in at.tb_frame.f_locals.values() if isinstance(value, bytes)]
        assert not any(TODAY_KEY.slot_secret in value for value in held)
        at = at.tb_next


def test_without_files_there_is_no_window_and_no_region(tmp_path: Path, ledger: SQLiteLedger) -> None:
    issuer = Issuer.of_folder(tmp_path, ledger)
    assert (len(issuer.windows), len(issuer.rules), len(issuer.sealing)) == (0, 0, 0)
    assert_refused(issuer, ledger, attest(platform="national"), "unknown-attester")
    put_rules(tmp_path, RULES)
    assert_refused(issuer, ledger, attest(platform="national"), "unknown-window")
    put_windows(tmp_path, TODAY_KEY)
    assert_refused(issuer, ledger, attest(platform="national"), "no-trust-list")
    put_list(tmp_path, make_trust_list(platforms=[Platform("national", (WINDOW.kid, TOMORROW.kid), (SEALING,))]))
    assert_refused(issuer, ledger, attest(platform="national"), "unknown-sealing-key")


def test_files_that_are_gone_count_no_more(folder: Path, ledger: SQLiteLedger, issuer: Issuer) -> None:
    data = attest()
    (folder / "windows.cbor").unlink()
    assert_refused(issuer, ledger, data, "unknown-window")
    put_windows(folder, TODAY_KEY)
    (folder / "sealing.keys").unlink()
    assert_refused(issuer, ledger, data, "other-platform")
    put_sealing(folder, SealingKeys.new(PLATFORM))
    assert_refused(issuer, ledger, data, "unknown-sealing-key")
    put_sealing(folder, make_sealing())
    assert len(issued(issuer, data)) == 3


def test_the_trust_list_in_the_folder_is_the_one_that_it_goes_by(
    folder: Path, ledger: SQLiteLedger, issuer: Issuer
) -> None:
    put_list(folder, make_trust_list(windows=[TODAY_KEY.window]))
    tomorrow = attest(device_passes(windows=(TOMORROW,)))
    assert_refused(issuer, ledger, tomorrow, "unknown-window")
    put(folder / "trust-list.cbor", b"not a list")
    before = dump(ledger)
    with raises(FolderError, "unreadable-file", "trust-list.cbor: a message of another type, or with other headers"):
        issuer.issue(tomorrow, now=NOW)
    assert dump(ledger) == before
    put_list(folder, make_trust_list())
    assert len(issued(issuer, tomorrow)) == 3
    with pytest.raises(TypeError, match="this issuer goes by a folder"):
        issuer.trust_list = make_trust_list()


class Meddling(SQLiteLedger):
    """While a call looks into the ledger, another program changes the folder."""

    meddle: Callable[[], None] = staticmethod(lambda: None)

    def find(self, attester: bytes, reference: bytes, digest: bytes) -> list[Entry] | None:
        self.meddle()
        return super().find(attester, reference, digest)


def test_a_call_goes_by_one_state(folder: Path) -> None:
    with Meddling(folder / "ledger.sqlite") as ledger:
        issuer = Issuer.of_folder(PlatformFolder(folder), ledger)

        def meddle() -> None:
            put_windows(folder, TOMORROW_KEY)
            put_rules(folder, RULES.replace("scale", "suspended = true\nscale"))

        ledger.meddle = meddle
        assert {parse_claim(claim).kid for claim in issued(issuer, attest())} == {WINDOW.kid}
        assert_refused(issuer, ledger, attest(), "suspended")


def test_a_station_too(folder: Path, ledger: SQLiteLedger, issuer: Issuer) -> None:
    stations = StationIssuer(issuer, ledger, station_list())
    assert parse_claim(claims_in(stations.issue(vouch(), now=NOW))[0]).kid == WINDOW.kid
    put_windows(folder, TOMORROW_KEY)
    with pytest.raises(BadInput) as caught:
        stations.issue(vouch(reference=b"\x02" * 16), now=NOW)
    assert caught.value.code == "unknown-window"


def test_a_station_that_was_taken_out(folder: Path, ledger: SQLiteLedger, issuer: Issuer) -> None:
    stations = StationIssuer(issuer, ledger, station_list())
    served = stations_of()
    data = stations.issue(vouch(), now=NOW)
    before = dump(ledger)
    for text in (served.removed(STATION_ID).to_toml(), ""):
        put(folder / "stations.toml", text.encode())
        with raises(
            StationRefused,
            "not-listed",
            "this station, with this key, is not on the list of those served here; check the id, or have it added",
        ):
            stations.issue(vouch(), now=NOW)
    put(folder / "stations.toml", b"[[station]]\nname =")
    with raises(FolderError, "unreadable-file", "stations.toml: list of stations: not a TOML file"):
        stations.issue(vouch(), now=NOW)
    assert dump(ledger) == before
    put_stations(folder, served)
    assert stations.issue(vouch(), now=NOW) == data, "plain, so the very bytes"


def test_a_registrar_that_the_roots_have_removed(ledger: SQLiteLedger, issuer: Issuer, tmp_path: Path) -> None:
    store = TrustStore.open(str(tmp_path / "state"), roots=ROOTS)
    store.update_trust_list(sign_trust_list(station_list(version=7)), now=NOW)
    stations = StationIssuer(issuer, ledger, store)
    assert parse_claim(claims_in(stations.issue(vouch(), now=NOW))[0]).kid == WINDOW.kid
    store.update_trust_list(sign_trust_list(make_trust_list(version=8)), now=NOW)
    before = dump(ledger)
    with pytest.raises(BadInput) as caught:
        stations.issue(vouch(), now=NOW)
    assert caught.value.code == "not-a-registrar"
    assert dump(ledger) == before
    assert REGISTRAR.public_key not in make_trust_list().registrar_keys


def test_a_publisher_covers_the_windows_of_now(folder: Path, ledger: SQLiteLedger, issuer: Issuer) -> None:
    put_windows(folder, TODAY_KEY)
    publisher = RevocationPublisher(
        PlatformFolder(folder), ledger, REVOKER, Shelf(), LIST, PublishingOptions(1, least_slots=0)
    )
    made, _ = publisher.snapshot(NOW)
    assert open_snapshot(made, LIST)[1].filters.keys() == {WINDOW.kid}
    put_windows(folder, TODAY_KEY, TOMORROW_KEY)
    made, _ = publisher.snapshot(NOW + 1)
    assert open_snapshot(made, LIST)[1].filters.keys() == {WINDOW.kid, TOMORROW.kid}
    issuer.issue(attest(), now=NOW)
    revoke(ledger, notice(1), STATE, now=NOW)
    put_windows(folder, TOMORROW_KEY)
    with pytest.raises(BadInput) as caught:
        publisher.delta(NOW + 2)
    assert caught.value.code == "no-snapshot"


def test_what_a_folder_gives_is_changed_in_the_folder(ledger: SQLiteLedger, folder: Path, issuer: Issuer) -> None:
    publisher = RevocationPublisher(PlatformFolder(folder), ledger, REVOKER, Shelf(), LIST)
    before = dump(ledger)
    with pytest.raises(TypeError, match=r"change what is in the folder$"):
        issuer.windows = WindowKeys([])
    with pytest.raises(TypeError, match=r"change what is in the folder$"):
        issuer.rules = issuer.rules
    with pytest.raises(TypeError, match=r"change what is in the folder$"):
        issuer.stations = issuer.stations
    with pytest.raises(TypeError, match=r"change what is in the folder$"):
        publisher.windows = WindowKeys([])
    with pytest.raises(TypeError, match=r"change what is in the folder$"):
        issuer.drop_over(list_issued(WINDOW.expires + DAY // 2))
    assert dump(ledger) == before
    assert len(issuer.windows) == len(publisher.windows) == 2


def test_an_unchanged_file_is_looked_at_and_not_read(tmp_path: Path) -> None:
    read: list[bytes] = []

    def parse(data: bytes) -> int:
        read.append(data)
        if data == b"bad":
            raise FormatError("bad")
        return len(read)

    path = tmp_path / "file"
    followed = Followed(path, 10, parse, 0)
    assert followed.now() == 0
    put(path, b"one")
    assert [followed.now() for _ in range(3)] == [1, 1, 1]
    put(path, b"two")
    assert [followed.now() for _ in range(3)] == [2, 2, 2]
    put(path, b"bad")
    for _ in range(2):
        with pytest.raises(FolderError) as caught:
            followed.now()
        assert caught.value.code == "unreadable-file"
    put(path, b"two")
    assert followed.now() == 5
    assert read == [b"one", b"two", b"bad", b"bad", b"two"]
