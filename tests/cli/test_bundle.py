"""`healthpass bundle`, and the scanner that is updated by one."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from healthpass.cli.main import main
from tests.cli.terminal import NOW, Terminal
from tests.cli.test_revocation import next_list, notice, revoke, snapshot


@pytest.fixture
def published(terminal: Terminal) -> Terminal:
    """A country whose pass is revoked, and a bundle that says so."""
    terminal.run("keygen", terminal.path("revocation.key"))
    next_list(terminal, "--revocation-key", terminal.path("revocation.key.pub"))
    snapshot(terminal)
    return terminal


def bundle(terminal: Terminal, *more: str, code: int = 0) -> str:
    lists = ("--trust-list", terminal.path("trust-list.cbor"), "--revocation", terminal.path("out"))
    return terminal.run("bundle", *lists, *more, "--out", terminal.path("gate.bundle"), code=code)


def scanner(terminal: Terminal, *more: str) -> list[str]:
    kept = ("--roots", terminal.path("roots.txt"), "--state", terminal.path("gate"), "--now", str(NOW))
    return [*kept, "--bundle", terminal.path("gate.bundle"), *more]


def test_a_scanner_goes_by_it(published: Terminal) -> None:
    bundle(published)
    text = published.present()["text"]
    assert published.run("verify", text, *scanner(published)).startswith("ADMIT: GREEN")
    notice(published, "--request", published.path("request.cbor"))
    revoke(published, "--notice", published.path("notice.cbor"))
    snapshot(published, "--delta", "--attestations", "1")
    bundle(published)
    assert published.run("verify", published.present()["text"], *scanner(published), code=1) == "REFUSE: REVOKED\n"


def test_what_is_refused_is_said_and_hinders_nothing(published: Terminal) -> None:
    bundle(published)
    path = Path(published.path("gate.bundle"))
    signature = Path(published.path("out/snapshot.cbor")).read_bytes()[-64:]
    path.write_bytes(path.read_bytes().replace(signature, bytes(64)))
    said = CliRunner().invoke(main, ["verify", published.present()["text"], *scanner(published)])
    assert "snapshot 1: refused (bad-signature): " in said.stderr
    assert (said.stdout, said.exit_code) == ("ASSIST: REVOCATION_DATA_STALE\n", 3)


def test_a_delta_upon_another_snapshot_stays_out(published: Terminal) -> None:
    """It lies beside the newest snapshot until the next delta comes."""
    snapshot(published, "--delta", "--attestations", "1")
    delta = Path(published.path("out/delta.cbor"))
    kept = delta.read_bytes() if delta.exists() else None
    snapshot(published)
    if kept is not None:
        delta.write_bytes(kept)
    bundle(published)
    assert "refused" not in published.run("verify", published.present()["text"], *scanner(published))


@pytest.mark.parametrize("data", [b"", b"\x88", b"HPB"])
def test_what_is_no_bundle(data: bytes, published: Terminal) -> None:
    Path(published.path("gate.bundle")).write_bytes(data)
    assert published.run("verify", "HP1:", *scanner(published), code=2).startswith("error (malformed): ")
    assert not Path(published.path("gate/trust-list.cbor")).exists()


def test_inspected(published: Terminal) -> None:
    bundle(published)
    shown = published.json("inspect", published.path("gate.bundle"))
    assert (shown["kind"], shown["rotations"], len(shown["snapshots"])) == ("bundle", 0, 1)


def test_a_filter_is_missing(published: Terminal) -> None:
    for each in Path(published.path("out")).glob("*.filter"):
        each.unlink()
    assert "error (missing-filter)" in bundle(published, code=2)
    assert not Path(published.path("gate.bundle")).exists()
