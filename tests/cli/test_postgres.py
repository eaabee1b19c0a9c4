"""A platform whose folder names a PostgreSQL database for its ledger."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import psycopg
import pytest

from healthpass.cli.platform import second_place
from healthpass.issuer.ledger.postgres import PostgresLedger
from tests.cli.terminal import NOW, Terminal
from tests.cli.test_revocation import believing, next_list
from tests.cli.test_windows import finished
from tests.making import files
from tests.postgres import Postgres

TIME = ("--now", str(NOW))


@pytest.fixture
def conninfo(postgres: Postgres) -> str:
    return postgres.new_database()


@pytest.fixture
def elsewhere(terminal: Terminal, conninfo: str) -> Terminal:
    """Nothing is issued yet, and the next numbers come from the database."""
    platform = Path(terminal.path("platform"))
    for path in platform.glob("ledger.sqlite*"):
        path.unlink()
    shutil.rmtree(second_place(platform))
    (platform / "ledger.postgres").write_text(conninfo + "\n", encoding="utf-8")
    return terminal


def issue(terminal: Terminal, out: str, code: int = 0, now: int = NOW) -> str:
    words = ["issue", terminal.path("request.cbor"), "--platform", terminal.path("platform")]
    return terminal.run(*words, "--out", terminal.path(out), "--now", str(now), code=code)


def test_every_command_of_the_platform_uses_it(elsewhere: Terminal, conninfo: str) -> None:
    terminal, platform = elsewhere, ("--platform", elsewhere.path("platform"))
    kids = [each["kid"] for each in terminal.json("inspect", terminal.path("trust-list.cbor"))["windows"]]
    for name in ("one", "two"):
        issue(terminal, name)
    with PostgresLedger(conninfo) as ledger:
        issued = {kid: ledger.issued(bytes.fromhex(kid)) for kid in kids}
        counts = {kid: count for kid, count in issued.items() if count}
        assert sorted(counts.values()) == [8, 8]
        for kid, count in counts.items():
            impact = terminal.json("root", "impact", terminal.path("trust-list.cbor"), kid, *platform, *TIME)
            assert impact["claims"] == count

        key, notice = ("--key", terminal.path("region.key")), terminal.path("notice")
        taken_back = ("--request", terminal.path("request.cbor"), "--out", notice)
        terminal.run("attest", "revoke", *key, *taken_back, *TIME)
        said = terminal.json("revoke", *platform, "--notice", notice, *TIME)
        assert said == {"answer": "revoked", "claims": sum(counts.values())}
        assert [len(ledger.revoked(bytes.fromhex(kid), before=1)) for kid in counts] == [1] * len(counts)
        terminal.run("keygen", terminal.path("revocation.key"))
        next_list(terminal, "--revocation-key", terminal.path("revocation.key.pub"))
        out = ("--key", terminal.path("revocation.key"), "--out", terminal.path("out"), *believing(terminal))
        assert terminal.json("snapshot", *platform, *out, *TIME)["filters"] > 1

        _, at = finished(terminal)
        terminal.run("windows", terminal.path("platform"), "--days", "12", "--now", str(at))
        assert sorted(ledger.issued(bytes.fromhex(kid)) for kid in counts)[-1] == 1024
    assert not Path(terminal.path("platform/ledger.sqlite")).exists()


def test_two_ledgers_are_one_too_many(elsewhere: Terminal) -> None:
    Path(elsewhere.path("platform/ledger.sqlite")).touch()
    before = files(Path(elsewhere.path("platform")))
    assert "which is its ledger" in issue(elsewhere, "out", code=2)
    assert files(Path(elsewhere.path("platform"))) == before
    assert not Path(elsewhere.path("out")).exists()


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("nonsense", "error: not a connection string for PostgreSQL"),
        ("host=/nowhere", "error (ledger-unreachable): PostgreSQL: "),
        ("", "error (ledger-unreachable): PostgreSQL: "),
    ],
)
def test_a_database_that_cannot_be_reached(
    text: str, error: str, elsewhere: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGHOST", elsewhere.path("nothing"))
    Path(elsewhere.path("platform/ledger.postgres")).write_text(text, encoding="utf-8")
    said = issue(elsewhere, "out", code=2)
    assert said.startswith(error)
    assert said.count("\n") == 1
    assert not Path(elsewhere.path("out")).exists()


def test_a_schema_of_somebody_else(elsewhere: Terminal, conninfo: str) -> None:
    with psycopg.connect(conninfo, autocommit=True) as db:
        db.execute("CREATE SCHEMA healthpass")
        db.execute("CREATE TABLE healthpass.notes (text text)")
    assert "not a ledger of this version" in issue(elsewhere, "out", code=2)


def test_without_psycopg(elsewhere: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("psycopg", "healthpass.issuer.ledger.postgres"):
        monkeypatch.setitem(sys.modules, name, None)
    assert "healthpass[postgres]" in issue(elsewhere, "out", code=2)
