"""A clock that has jumped stops every command that keeps state, and what a wrong one has made can be left behind."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from healthpass.cli import clocks
from healthpass.cli.clocks import AHEAD, BEHIND, STEP, begin, check, keep, record_beside
from healthpass.cli.context import read_roots
from healthpass.cli.main import main
from healthpass.errors import BadInput
from healthpass.formats import cose
from healthpass.formats.trust_list import parse_trust_list
from healthpass.verifier import TrustStore
from tests.cli.terminal import DAY, NOW, Terminal
from tests.cli.test_revocation import next_list, notice, snapshot, told
from tests.making import files
from tests.raising import raises

FIRST_LINE = b"healthpass clock 1\n"
JUMP = "the clock says {}, and the last use was at {}: set the clock, or, if it is right, say so with --confirm-clock"


def check_and_keep(record: Path, now: int, confirmed: bool) -> None:
    """As a command does that succeeds."""
    begin(record, now, confirmed)
    keep([record], now)


# ---- The comparison and the record ---------------------------------------------------------------------------------


@pytest.mark.parametrize("far", [-BEHIND, 0, AHEAD])
def test_a_clock_that_goes_as_it_should(far: int) -> None:
    check(NOW, NOW + far, False)
    check(None, NOW + 10 * far, False)


@pytest.mark.parametrize(
    ("far", "said"),
    [(-BEHIND - 1, "2027-01-15 06:59 UTC"), (AHEAD + 1, "2027-01-16 10:00 UTC")],
)
def test_a_clock_that_has_jumped(far: int, said: str) -> None:
    with raises(BadInput, "clock-jump", JUMP.format(said, "2027-01-15 08:00 UTC")):
        check(NOW, NOW + far, False)
    check(NOW, NOW + far, True)


def test_the_newest_time_is_kept(tmp_path: Path) -> None:
    record = tmp_path / "clock.txt"
    for now, kept in [
        (NOW, NOW),
        (NOW + STEP - 1, NOW),
        (NOW + STEP, NOW + STEP),
        (NOW + STEP - BEHIND, NOW + STEP),
        (NOW + AHEAD, NOW + AHEAD),
    ]:
        check_and_keep(record, now, False)
        assert record.read_text() == f"healthpass clock 1\n{kept}\n"
    before = record.read_bytes()
    with pytest.raises(BadInput) as caught:
        check_and_keep(record, NOW, False)
    assert (caught.value.code, record.read_bytes()) == ("clock-jump", before)
    check_and_keep(record, NOW, True)
    assert record.read_text() == f"healthpass clock 1\n{NOW}\n"
    assert record.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("data", [b"", b"1800000000\n", FIRST_LINE + b"now\n", FIRST_LINE + b"1" * 99])
def test_a_record_that_is_none(tmp_path: Path, data: bytes) -> None:
    record = tmp_path / "clock.txt"
    record.write_bytes(data)
    said = "clock.txt is not what was kept of the last use: check the clock, and say --confirm-clock"
    with raises(BadInput, "clock-record", said):
        check_and_keep(record, NOW, False)
    assert record.read_bytes() == data
    check_and_keep(record, NOW, True)
    check_and_keep(record, NOW, False)


def test_a_record_that_cannot_be_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The key is on a medium that nobody can write to: another folder has its record."""
    key = tmp_path / "none" / "north.key"
    said = "the time of this use cannot be kept in north.key.clock: make its folder writable, or set HEALTHPASS_CLOCKS"
    with raises(BadInput, "clock-record", said):
        check_and_keep(record_beside(key), NOW, False)
    monkeypatch.setenv(clocks.FOLDER, str(tmp_path))
    check_and_keep(record_beside(key), NOW, False)
    assert record_beside(key).parent == tmp_path
    assert record_beside(key) != record_beside(tmp_path / "other" / "north.key")
    assert record_beside(key).is_file()


# ---- Every command that keeps state ---------------------------------------------------------------------------------


def commands(terminal: Terminal) -> dict[str, list[str]]:
    """One call of each; all but `--now`."""
    path = terminal.path
    trust = ["--trust-list", path("trust-list.cbor"), "--roots", path("roots.txt")]
    region, out = ["--key", path("region.key")], ["--out", path("made")]
    signing = ["--offer", path("offer.cbor"), "--answer", path("answer.cbor"), "--color", "绿", *trust]
    platform = ["--platform", path("platform")]
    key, public = ["--key", path("registrar.key")], path("registrar.key.pub")
    return {
        "windows": ["windows", path("platform"), "--days", "12"],
        "sealing": ["sealing", path("platform"), "--days", "12"],
        "hold": ["hold", path("platform"), path("trust-list.cbor"), "--roots", path("roots.txt")],
        "issue": ["issue", path("request.cbor"), *platform, *out],
        "revoke": ["revoke", *platform, "--notice", path("notice.cbor")],
        "snapshot": ["snapshot", *platform, "--key", path("revocation.key"), "--out", path("out"), *trust],
        "attest offer": ["attest", "offer", *region, *trust, *out],
        "attest sign": ["attest", "sign", *region, *signing, *out],
        "attest revoke": ["attest", "revoke", *region, "--request", path("request.cbor"), *out],
        "place certify": ["place", "certify", *key, "--class", "school", "--area", "5", *out],
        "place table": ["place", "table", *key, "--version", "1", *out],
        "station certify": ["station", "certify", *key, "--station", public, "--area", "5", *out],
        "station certify-region": ["station", "certify-region", *key, "--region", public, "--name", "North", *out],
        "document-key deliver": [
            *("document-key", "deliver", *key, "--to", path("seal.pub"), "--keys", path("doc.key"), "--version", "1"),
            *out,
        ],
        "root draft": ["root", "draft", "--roots", path("roots.txt"), "--previous", path("trust-list.cbor"), *out],
        "root publish": [
            "root",
            "publish",
            path("trust-list.cbor"),
            "--roots",
            path("roots.txt"),
            "--to",
            path("public"),
        ],
    }


NAMES = [
    *("windows", "sealing", "hold", "issue", "revoke", "snapshot"),
    *("root draft", "root publish", "document-key deliver"),
    *("attest offer", "attest sign", "attest revoke", "place certify", "place table"),
    *("station certify", "station certify-region"),
]


@pytest.fixture
def country(terminal: Terminal) -> Terminal:
    """Everybody has acted at NOW, and the list of NOW names who may revoke."""
    for name in ("registrar.key", "revocation.key"):
        terminal.run("keygen", terminal.path(name))
    terminal.run("keygen", terminal.path("seal"), "--sealing")
    terminal.run("document-key", "new", terminal.path("doc.key"))
    next_list(terminal, "--revocation-key", terminal.path("revocation.key.pub"))
    notice(terminal, "--request", terminal.path("request.cbor"))
    for words in commands(terminal).values():
        terminal.run(*words, "--now", str(NOW))
    return terminal


def everything(terminal: Terminal) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in sorted(terminal.folder.rglob("*")) if path.is_file()}


@pytest.mark.parametrize("name", NAMES)
def test_it_stops_where_the_clock_has_jumped(country: Terminal, name: str) -> None:
    """A day and two hours ahead, or more than an hour behind. Nothing is done then."""
    words = commands(country)[name]
    before = everything(country)
    for now in (NOW + AHEAD + 1, NOW - BEHIND - 1, NOW + 20 * DAY, NOW - 20 * DAY):
        said = country.run(*words, "--now", str(now), code=2)
        assert said.startswith("error (clock-jump): the clock says "), said
    assert everything(country) == before


def test_what_is_refused_is_no_use(country: Terminal) -> None:
    """Or one that is mistyped would stop the next. A confirmation counts at once."""
    record = country.folder / "platform" / "clock.txt"
    words = ["revoke", "--platform", country.path("platform"), "--notice", country.path("offer.cbor")]
    before = record.read_bytes()
    country.run(*words, "--now", str(NOW + AHEAD), code=2)
    assert record.read_bytes() == before
    country.run(*words, "--now", str(NOW + AHEAD), "--confirm-clock", code=2)
    assert record.read_bytes() == FIRST_LINE + b"%d\n" % (NOW + AHEAD)


@pytest.mark.parametrize("name", NAMES)
def test_it_goes_on_when_somebody_has_looked(country: Terminal, name: str) -> None:
    """For the platform and for who has a key, from then on by that clock."""
    words = commands(country)[name]
    later = NOW + AHEAD + 1
    country.run(*words, "--now", str(later), "--confirm-clock")
    if not name.startswith("root"):
        country.run(*words, "--now", str(later + AHEAD), "--confirm-clock")
        assert "clock-jump" in country.run(*words, "--now", str(NOW), code=2)


def test_all_that_keep_state_and_have_a_clock_are_here() -> None:
    """Or say why not: they keep nothing, or a scanner's and a wallet's own floors hold them."""
    found = {}

    def walk(command: Any, name: str) -> None:
        for word, each in getattr(command, "commands", {}).items():
            walk(each, f"{name} {word}".strip())
        options = {option.name for option in command.params}
        if "fixed" in options:
            found[name] = "confirmed" in options

    walk(main, "")
    without = {name for name, confirms in found.items() if not confirms}
    assert without == {
        *("demo", "doctor", "paper", "root impact", "station survey", "audit set-clock"),  # nothing that goes on
        *("verify", "present", "wallet answer", "wallet accept", "wallet update", "wallet code"),  # floors of their own
    }
    with_one = found.keys() - without
    desk = {f"station {name}" for name in ("ask", "desk", "vouch", "revoke", "issue", "answer")}
    elsewhere = {"attest paper", "place publish", *desk}
    assert with_one == {*NAMES, *elsewhere}


# ---- Ways out -------------------------------------------------------------------------------------------------------


def scanner(terminal: Terminal, name: str) -> TrustStore:
    return TrustStore.open(terminal.folder / name, roots=read_roots(Path(terminal.path("roots.txt"))))


def test_a_snapshot_that_is_dated_in_the_future(country: Terminal) -> None:
    """A scanner with a right clock has refused it; the next one, under a higher version and dated right, follows."""
    ahead = NOW + 3 * DAY
    text = country.present()["text"]
    country.run("verify", text, *told(country, "snapshot.cbor"), code=1)
    snapshot(country, "--confirm-clock", now=ahead)
    future = (country.folder / "out" / "snapshot.cbor").read_bytes()
    version = country.json("inspect", country.path("out/snapshot.cbor"))["version"]
    assert "from-the-future" in country.run("verify", text, *told(country, "snapshot.cbor"), code=2)
    # The clock is right again.
    assert "clock-jump" in snapshot(country, now=NOW + 600, code=2)
    assert "clock-behind" in snapshot(country, "--delta", "--confirm-clock", now=NOW + 600, code=2)
    assert "clock-behind" in snapshot(country, now=NOW + 600, code=2)
    assert (country.folder / "out" / "snapshot.cbor").read_bytes() == future
    snapshot(country, "--confirm-clock", now=NOW + 600)
    assert country.json("inspect", country.path("out/snapshot.cbor"))["version"] == version + 1
    assert (country.folder / "out" / f"dated-ahead-{version}.cbor").read_bytes() == future
    other = country.present(now=NOW + 600)["text"]
    assert country.run("verify", other, *told(country, "snapshot.cbor", now=NOW + 600), code=1) == "REFUSE: REVOKED\n"
    snapshot(country, "--delta", now=NOW + 1200)
    country.run("verify", "HP1:", *told(country, "delta.cbor", now=NOW + 1200), code=3)
    snapshot(country, now=NOW + 1800)
    country.run("verify", "HP1:", *told(country, "snapshot.cbor", now=NOW + 1800), code=3)


def test_a_minute_ahead_is_not_the_future(country: Terminal) -> None:
    """Scanners have taken such a snapshot, so nothing older may follow it; the next minute it may."""
    snapshot(country, now=NOW + 60)
    before = files(country.folder / "out")
    assert "rollback" in snapshot(country, "--confirm-clock", now=NOW, code=2)
    assert files(country.folder / "out") == before
    snapshot(country, now=NOW + 120)


def test_a_trust_list_that_is_dated_in_the_future(country: Terminal) -> None:
    """The signers see in capitals that the next one is dated before it; who has a right clock never took the first."""
    path, later = country.path, NOW + AHEAD + 1
    held = (path("trust-list.cbor"), "--roots", path("roots.txt"))
    country.run("verify", "HP1:", *country.scanner(), code=3)
    next_list(country, "--confirm-clock", now=later)
    country.run("root", "publish", *held, "--to", path("public"), "--now", str(later), "--confirm-clock")
    country.run("hold", path("platform"), *held, "--now", str(later), "--confirm-clock")
    assert "from-the-future" in country.run("verify", "HP1:", *country.scanner(), code=2)
    words = ("root", "draft", "--roots", path("roots.txt"), "--previous", path("trust-list.cbor"), "--out", path("d"))
    assert "clock-jump" in country.run(*words, "--now", str(NOW + 600), code=2)
    said = country.run(*words, "--now", str(NOW + 600), "--confirm-clock")
    assert "ISSUED BEFORE THE LIST THAT IT FOLLOWS" in said
    next_list(country, "--confirm-clock", now=NOW + 600)
    for command in (("root", "publish", *held, "--to", path("public")), ("hold", path("platform"), *held)):
        assert "clock-jump" in country.run(*command, "--now", str(NOW + 600), code=2)
        country.run(*command, "--now", str(NOW + 600), "--confirm-clock")
    country.run("verify", "HP1:", *country.scanner(now=NOW + 600), code=3)
    kept = (country.folder / "public").glob("trust-list-*.cbor")
    lists = [parse_trust_list(cose.decode_sign(each.read_bytes(), cose.TRUST_LIST, 262_144).payload) for each in kept]
    assert sorted((each.version, each.issued) for each in lists) == [(2, NOW), (3, later), (4, NOW + 600)]


def test_an_area_table_that_is_dated_in_the_future(country: Terminal) -> None:
    path, later = country.path, NOW + DAY
    next_list(country, "--risk-office", path("registrar.key.pub"))

    def publish(version: int, now: int, *more: str, code: int = 0) -> str:
        table = ("--key", path("registrar.key"), "--version", str(version), "--out", path("table"))
        country.run("place", "table", *table, "--now", str(now), "--confirm-clock")
        words = ("--trust-list", path("trust-list.cbor"), "--roots", path("roots.txt"), "--to", path("public"))
        return country.run("place", "publish", path("table"), *words, "--now", str(now), *more, code=code)

    publish(1, NOW)
    publish(2, later)
    before = files(country.folder / "public")
    assert "clock-jump" in publish(3, NOW + 600, code=2)
    assert files(country.folder / "public") == before
    assert "rollback" in publish(2, NOW + 600, "--confirm-clock", code=2)
    publish(3, NOW + 600, "--confirm-clock")


def test_a_night_with_a_wrong_clock_at_the_platform(country: Terminal) -> None:
    """A day and an hour: the clock is not yet said to have jumped, and still nothing is lost."""
    night = NOW + DAY + 3600
    before = (country.folder / "platform" / "windows.cbor").read_bytes()
    words = commands(country)["windows"]
    country.run(*words, "--now", str(night))
    country.run(*words, "--now", str(NOW + 600), "--confirm-clock")
    first = commands(country)["issue"]
    country.run(*first, "--now", str(NOW + 600))
    said = country.json("inspect", country.path("platform/windows.cbor"))["windows"]
    (country.folder / "platform" / "windows.cbor").write_bytes(before)
    kids = [each["kid"] for each in country.json("inspect", country.path("platform/windows.cbor"))["windows"]]
    assert kids == [each["kid"] for each in said][: len(kids)]
