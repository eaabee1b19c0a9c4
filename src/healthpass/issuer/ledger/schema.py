"""The tables of the ledgers in SQL: one text for SQLite and PostgreSQL, whose words for types differ.

What stands in them is said in `healthpass.issuer.ledger.protocol`. `seal` tells that a row was altered; `names` says
again, in a place of its own, how many entries are found by what (`healthpass.issuer.ledger.seals`). A range in
`revocations` is in every publication of a version above `since`; `at` is when it was revoked, until that is published;
`wish` is 1 for what its holder wished. A publication is signed when it has a digest, and `done` is 1 once it is known
to be published. `notices` has those that came before what they take back: by whom, of which reference. `noticed` says
again, in a place of its own, that there is one; so does `coded` of `codes`, which finds attestations by their recovery
hashes.
"""

from __future__ import annotations

from healthpass.crypto import ed25519

_TABLES = """
CREATE TABLE attesters (id {id}, key {bytes} NOT NULL UNIQUE){rows};
CREATE TABLE windows (
    kid {bytes} PRIMARY KEY, capacity {int} NOT NULL, next {int} NOT NULL, mark {int} NOT NULL,
    seal {bytes} NOT NULL, CHECK (next BETWEEN 0 AND capacity)
){by_key};
CREATE TABLE entries (
    attester {int} NOT NULL, reference {bytes} NOT NULL, position {int} NOT NULL, digest {bytes} NOT NULL,
    kid {bytes} NOT NULL, first {int} NOT NULL, count {int} NOT NULL,
    seal {bytes} NOT NULL, PRIMARY KEY (attester, reference, position), CHECK (first >= 0 AND count > 0)
){by_key};
CREATE TABLE names (
    name {bytes} NOT NULL, kid {bytes} NOT NULL, entries {int} NOT NULL, PRIMARY KEY (name, kid)
){by_key};
CREATE UNIQUE INDEX entries_by_number ON entries (kid, first);
CREATE TABLE codes (
    hash {bytes} NOT NULL, attester {int} NOT NULL, reference {bytes} NOT NULL, seal {bytes} NOT NULL,
    PRIMARY KEY (hash, attester, reference)
){by_key};
CREATE TABLE coded (
    hash {bytes} NOT NULL, attester {int} NOT NULL, reference {bytes} NOT NULL,
    PRIMARY KEY (hash, attester, reference)
){by_key};
CREATE TABLE marks (kid {bytes} NOT NULL, mark {bytes} NOT NULL, PRIMARY KEY (kid, mark)){by_key};
CREATE TABLE revocations (
    kid {bytes} NOT NULL, first {int} NOT NULL, count {int} NOT NULL, since {int} NOT NULL, at {int},
    wish {int} NOT NULL, seal {bytes} NOT NULL, PRIMARY KEY (kid, first)
){by_key};
CREATE TABLE revoked (
    kid {bytes} NOT NULL, since {int} NOT NULL, ranges {int} NOT NULL, PRIMARY KEY (kid, since)
){by_key};
CREATE INDEX revocations_by_since ON revocations (since);
CREATE INDEX revocations_with_time ON revocations (kid, since) WHERE at IS NOT NULL;
CREATE TABLE counts (
    name {bytes} NOT NULL, kid {bytes} NOT NULL, used {int} NOT NULL, seal {bytes} NOT NULL,
    PRIMARY KEY (name, kid)
){by_key};
CREATE TABLE notices (
    author {bytes} NOT NULL, what {bytes} NOT NULL, until {int} NOT NULL, seal {bytes} NOT NULL,
    PRIMARY KEY (author, what)
){by_key};
CREATE TABLE noticed (name {bytes} PRIMARY KEY, until {int} NOT NULL){by_key};
CREATE TABLE publications (
    version {int} PRIMARY KEY, key {bytes} NOT NULL, issued {int} NOT NULL, base {int}, kids {bytes} NOT NULL,
    digest {bytes}, done {int} NOT NULL, seal {bytes} NOT NULL
){rows};
CREATE TABLE totals (name {bytes} PRIMARY KEY, value {int} NOT NULL, seal {bytes} NOT NULL){by_key};
"""
_SQLITE = {
    "id": "INTEGER PRIMARY KEY",
    "int": "INTEGER",
    "bytes": "BLOB",
    "rows": " STRICT",
    "by_key": " STRICT, WITHOUT ROWID",
}
_POSTGRES = {
    "id": "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
    "int": "BIGINT",
    "bytes": "BYTEA",
    "rows": "",
    "by_key": "",
}


def sqlite() -> list[str]:
    """The statements that make the tables in an empty SQLite file."""
    return _statements(_SQLITE)


def postgres() -> list[str]:
    """The same in an empty schema of a PostgreSQL database."""
    return _statements(_POSTGRES)


def version(statements: list[str]) -> int:
    """Names the tables, so that nothing opens a ledger of a version of healthpass that has others: 1 to 2**31 - 1."""
    return int.from_bytes(ed25519.sha512("\n".join(statements).encode())[:4], "big") >> 1 or 1


def _statements(words: dict[str, str]) -> list[str]:
    return [each.strip() for each in _TABLES.format_map(words).split(";\n") if each.strip()]
