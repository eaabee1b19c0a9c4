"""The ledger in PostgreSQL: which tables it does not take for its own, what never stands in them, lost connections.

What waits for what: `test_postgres_locks`.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest

from healthpass.errors import LedgerError
from healthpass.issuer.ledger import Entry, numbers
from healthpass.issuer.ledger.postgres import _VERSION, PostgresLedger
from tests.issuing import TOMORROW_KEY, holder_key, list_issued
from tests.ledgers import KID, issue_much, request_for
from tests.making import NOW, WINDOW
from tests.postgres import Postgres

Db = psycopg.Connection[Any]
TABLES = (
    "attesters",
    "coded",
    "codes",
    "counts",
    "entries",
    "healthpass_ledger",
    "marks",
    "names",
    "noticed",
    "notices",
    "publications",
    "revocations",
    "revoked",
    "totals",
    "windows",
)


@pytest.fixture
def schema(postgres: Postgres) -> str:
    return postgres.new_ledger().partition("@")[0]


@pytest.fixture
def db(postgres: Postgres, schema: str) -> Iterator[Db]:
    """Somebody else's connection."""
    with psycopg.connect(postgres.conninfo, autocommit=True, client_encoding="UTF8") as opened:
        opened.execute("SELECT set_config('search_path', %s, false)", (schema,))
        yield opened


@pytest.fixture
def ledger(postgres: Postgres, schema: str) -> Iterator[PostgresLedger]:
    with PostgresLedger(postgres.conninfo, schema=schema) as opened:
        yield opened


def tables_of(db: Db, schema: str) -> tuple[str, ...]:
    query = "SELECT relname FROM pg_class WHERE relnamespace = to_regnamespace(%s) AND relkind = 'r' ORDER BY relname"
    return tuple(row[0] for row in db.execute(query, (schema,)))


def state(db: Db, schema: str) -> tuple[list[tuple[Any, ...]], list[bytes]]:
    """All tables, indexes and sequences of a schema, and when each was made or changed; and what is in the tables."""
    query = "SELECT relname, oid, xmin::text FROM pg_class WHERE relnamespace = to_regnamespace(%s) ORDER BY relname"
    relations = db.execute(query, (schema,)).fetchall()
    return relations, [copied(db, table) for table in tables_of(db, schema)]


def copied(db: Db, table: str) -> bytes:
    """All that stands in a table, as the server holds it."""
    with db.cursor() as cursor, cursor.copy(f"COPY {table} TO STDOUT (FORMAT binary)".encode()) as copy:
        return b"".join(copy)


def lose(ledger: PostgresLedger, db: Db) -> None:
    """The server ends the ledger's connection."""
    gone = db.execute("SELECT pg_terminate_backend(%s, 60000)", (ledger._db.info.backend_pid,)).fetchone()
    assert gone == (True,)


WRONG = {
    "another program's table": "CREATE TABLE notes AS SELECT 'mine' AS text",
    "another program's sequence": "CREATE SEQUENCE notes",
    "another program's table of our name": "CREATE TABLE healthpass_ledger AS SELECT 'mine' AS text",
    "an older version": "CREATE TABLE healthpass_ledger AS SELECT 1 AS version",
    "no version": "CREATE TABLE healthpass_ledger (version integer)",
    "two versions": f"CREATE TABLE healthpass_ledger AS SELECT {_VERSION} AS version FROM generate_series(1, 2)",
}


@pytest.mark.parametrize("statement", WRONG.values(), ids=WRONG.keys())
def test_a_schema_that_is_no_ledger_stays_as_it_is(statement: str, postgres: Postgres, schema: str, db: Db) -> None:
    db.execute(f"CREATE SCHEMA {schema}".encode())
    db.execute(statement.encode())
    before = state(db, schema)
    assert before[0]
    with pytest.raises(LedgerError, match="not a ledger of this version") as caught:
        PostgresLedger(postgres.conninfo, schema=schema)
    assert caught.value.code == "not-a-ledger"
    assert state(db, schema) == before


@pytest.mark.parametrize("name", ["", "A", "1a", "a-b", 'a"; DROP SCHEMA b', "é", "a" * 64, "a\n"])
def test_what_is_no_name_of_a_schema(name: str, postgres: Postgres) -> None:
    with pytest.raises(ValueError, match="a schema's name"):
        PostgresLedger(postgres.conninfo, schema=name)


@pytest.mark.parametrize("text", ["hunter2", "postgresql://me:hunter2@[", "password=hunter2 hots=x"])
def test_what_is_no_connection_string_is_not_shown(text: str) -> None:
    with pytest.raises(ValueError, match="not a connection string") as caught:
        PostgresLedger(text)
    assert "hunter2" not in str(caught.value)
    assert caught.value.__suppress_context__, "nor does the error before it"


def test_a_word_of_sql_and_an_empty_schema(postgres: Postgres, schema: str, db: Db) -> None:
    db.execute(f"CREATE SCHEMA {schema}".encode())
    for name in ("user", schema):
        with PostgresLedger(postgres.conninfo, schema=name) as ledger:
            assert ledger.reserve(request_for()) == [Entry(KID, 0, 3)]
        assert tables_of(db, f'"{name}"') == TABLES


def test_several_ledgers_in_one_database(postgres: Postgres, ledger: PostgresLedger) -> None:
    with PostgresLedger(postgres.conninfo, schema=postgres.new_ledger().partition("@")[0]) as other:
        for each in (ledger, other):
            assert each.reserve(request_for()) == [Entry(KID, 0, 3)]


def test_many_that_make_one_ledger_at_once(postgres: Postgres, schema: str) -> None:
    def reserve(number: int) -> Entry:
        with PostgresLedger(postgres.conninfo, schema=schema) as ledger:
            return ledger.reserve(request_for(number, 1))[0]

    with ThreadPoolExecutor(8) as pool:
        entries = list(pool.map(reserve, range(16)))
    assert sorted(entry.first for entry in entries) == list(range(16))


def test_the_defaults_of_server_and_user_do_not_count(postgres: Postgres, schema: str) -> None:
    careless = "synchronous_commit=off default_transaction_isolation=serializable lock_timeout=0 search_path=public"
    options = " ".join(f"-c {each}" for each in careless.split())
    with PostgresLedger(f"{postgres.conninfo} options='{options}'", schema=schema, wait=5) as ledger:
        with ledger._writing() as db:
            names = ("synchronous_commit", "transaction_isolation", "lock_timeout", "search_path")
            values = [db.rows(f"SHOW {name}")[0][0] for name in (*names, "idle_in_transaction_session_timeout")]
        assert values == ["on", "read committed", "5s", f'"{schema}"', "1min"]


def test_a_server_that_does_not_sync(postgres: Postgres, schema: str, db: Db) -> None:
    def reload(statement: bytes, value: str) -> None:
        db.execute(statement)
        db.execute("SELECT pg_reload_conf()")
        shown = None
        while shown != (value,):
            with psycopg.connect(postgres.conninfo, client_encoding="UTF8") as other:
                shown = other.execute("SHOW fsync").fetchone()

    reload(b"ALTER SYSTEM SET fsync = off", "off")
    try:
        with pytest.raises(LedgerError, match="switch its fsync on"):
            PostgresLedger(postgres.conninfo, schema=schema)
    finally:
        reload(b"ALTER SYSTEM RESET fsync", "on")
    assert state(db, schema) == ([], [])


def test_no_server(postgres: Postgres) -> None:
    with pytest.raises(LedgerError, match="see that it runs and lets us in"):
        PostgresLedger(f"host={postgres.folder}/none user=healthpass")


def test_a_lost_connection_is_told_and_made_again(ledger: PostgresLedger, db: Db) -> None:
    ledger.reserve(request_for(1))
    lose(ledger, db)
    with pytest.raises(LedgerError, match="see that it runs and lets us in"):
        ledger.reserve(request_for(2))
    assert ledger.reserve(request_for(2)) == [Entry(KID, 3, 3)]
    lose(ledger, db)
    with pytest.raises(LedgerError, match="see that it runs and lets us in"):
        ledger.issued(KID)
    assert ledger.issued(KID) == 6


def test_a_connection_lost_in_a_transaction(ledger: PostgresLedger, db: Db) -> None:
    def give() -> None:
        with ledger._writing() as inside:
            numbers.take(inside, KID, 64, 3)
            lose(ledger, db)

    with pytest.raises(LedgerError, match="see that it runs and lets us in"):
        give()
    assert ledger.reserve(request_for()) == [Entry(KID, 0, 3)]


def test_no_new_ledger_in_place_of_one_that_is_gone(ledger: PostgresLedger, db: Db, schema: str) -> None:
    """Its numbers would begin again at 0."""
    ledger.reserve(request_for())
    db.execute(f"DROP SCHEMA {schema} CASCADE".encode())
    lose(ledger, db)
    with pytest.raises(LedgerError, match="see that it runs and lets us in"):
        ledger.issued(KID)
    for _ in range(2):
        with pytest.raises(LedgerError, match="not a ledger"):
            ledger.reserve(request_for(2))
    assert state(db, schema) == ([], [])


def test_whatever_happened_before_what_is_given_is_kept(ledger: PostgresLedger, db: Db) -> None:
    """A connection that some failure left inside a transaction is not used: nothing in it would last."""
    ledger._db.execute("BEGIN")
    ledger.reserve(request_for())
    assert db.execute("SELECT next FROM windows").fetchall() == [(3,)]


def test_a_closed_ledger_stays_closed(ledger: PostgresLedger) -> None:
    ledger.close()
    for _ in range(2):
        with pytest.raises(LedgerError, match="closed"):
            ledger.issued(KID)


@pytest.mark.slow
def test_nothing_about_a_person_or_a_secret_is_in_the_database(
    postgres: Postgres, ledger: PostgresLedger, db: Db, schema: str
) -> None:
    """Not in its tables; and what is too long to be there by chance in no file of the server, its own log included."""
    issuer, secrets = issue_much(ledger)
    assert ledger.revoke_by_recovery([b"\x99" * 32], now=NOW) == 40
    assert len([secret for secret in secrets if len(secret) > 15]) > 100

    def assert_clean() -> bytes:
        held = b"".join(copied(db, table) for table in TABLES)
        assert not [secret for secret in secrets if secret in held]
        return held

    assert (3).to_bytes(16, "big") in assert_clean(), "references are found if they are there"
    issuer.drop_over(list_issued(WINDOW.expires + 3601))
    assert_clean()
    db.execute("CHECKPOINT")
    written = b"".join(path.read_bytes() for path in postgres.folder.rglob("*") if path.is_file())
    assert TOMORROW_KEY.mark(holder_key(105)) in written, "marks are found if they are there"
    assert not [secret for secret in secrets if len(secret) > 15 and secret in written]
