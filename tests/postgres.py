"""A PostgreSQL server of the tests' own: in a new folder, on a socket there and on no port, gone at the end."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

REQUIRED = "HEALTHPASS_REQUIRE_POSTGRES"
"""If this environment variable is 1, a server that is not there fails the tests instead of skipping them."""
_USER = "postgres"
"""Debian makes this user with the server, which does not run as root."""
_numbers = count()


class Postgres:
    """A server that runs.

    Attributes:
        conninfo: how to connect to it.
    """

    def __init__(self, binaries: Path, folder: Path) -> None:
        self._pg_ctl, self._data, self._log = binaries / "pg_ctl", folder / "data", folder / "log"
        self._root = os.geteuid() == 0
        if self._root:
            shutil.chown(folder, _USER)
        self.conninfo = f"host={folder} user=healthpass dbname=postgres"
        self._run(binaries / "initdb", "-U", "healthpass", "--auth=trust", "--no-locale", "--no-sync", self._data)
        options = f"-k {folder} -c listen_addresses='' -c max_connections=50"
        self._run(self._pg_ctl, "-D", self._data, "-l", self._log, "-o", options, "-w", "start")

    def stop(self) -> None:
        """At once: nothing of it is needed again."""
        self._run(self._pg_ctl, "-D", self._data, "-m", "immediate", "-w", "stop")

    def new_ledger(self) -> str:
        """The name, as in `tests.ledgers.open_named`, of a ledger that no other test has got."""
        return f"test_{next(_numbers)}@{self.conninfo}"

    def _run(self, *words: object) -> None:
        user = {"user": _USER, "group": pwd.getpwnam(_USER).pw_gid, "extra_groups": ()} if self._root else {}
        with tempfile.TemporaryFile("w+") as out:  # not a pipe, which the server would keep open
            done = subprocess.run(list(map(str, words)), stdout=out, stderr=out, cwd="/", check=False, **user)  # type: ignore[call-overload]
            out.seek(0)
            assert done.returncode == 0, out.read()


def binaries() -> Path | None:
    """The folder of initdb and pg_ctl, where Debian or the path has them; the newest."""
    on_path = shutil.which("initdb")
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda each: int(each.parts[-3]))
    if found:
        return found[-1].parent
    return None if on_path is None else Path(on_path).resolve().parent


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """One server for all tests; each has a schema of its own."""
    where = binaries()
    if where is None:
        if os.environ.get(REQUIRED) == "1":
            pytest.fail("no PostgreSQL server on this machine, and it is required")
        pytest.skip("no PostgreSQL server on this machine")
    folder = Path(tempfile.mkdtemp(prefix="hp-", dir="/tmp"))  # a socket's path has at most 107 bytes
    try:
        server = Postgres(where, folder)
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder)
