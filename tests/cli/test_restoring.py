"""docs/operations/restore.md: its commands run and print what stands there, around a backup that is put back."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.cli.terminal import Terminal
from tests.cli.test_documentation import PAGE as COMMAND_LINE
from tests.cli.test_documentation import play
from tests.cli.test_operating_revocation import PAGE as REVOCATION
from tests.making import files

PAGE = (Path(__file__).parents[2] / "docs" / "operations" / "restore.md").read_text(encoding="utf-8")
BEFORE, AFTER = PAGE.split("## After a restore")
ERROR, REST = AFTER.split("1. **Recover.**")
PLATFORM = ("--platform", "platform")


def plain(page: str) -> str:
    """Blocks of a list begin at the margin, for `play`."""
    return "\n".join(line.removeprefix("    ") for line in page.splitlines()) + "\n"


def issue_another(terminal: Terminal, name: str) -> None:
    """For the same phone, of the same region."""
    trust = ("--trust-list", "trust-list3.cbor", "--roots", "roots.txt")
    terminal.run("attest", "offer", "--key", "north.key", *trust, "--out", f"{name}.offer")
    terminal.run("wallet", "answer", "me.wallet", f"{name}.offer", "--out", f"{name}.answer")
    words = ("--offer", f"{name}.offer", "--answer", f"{name}.answer", "--color", "绿", *trust)
    terminal.run("attest", "sign", "--key", "north.key", *words, "--out", f"{name}.attestation")
    terminal.run("issue", f"{name}.attestation", *PLATFORM, "--out", f"{name}.batch")


@pytest.mark.slow
def test_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    terminal = Terminal(tmp_path)
    play(terminal, COMMAND_LINE.split("## Taking passes back")[0])
    play(terminal, REVOCATION.split("## Floors")[0])
    play(terminal, BEFORE)
    assert {"ledger.mark", "ledger.given"} <= {path.name for path in Path("other-disk/marks").iterdir()}
    shutil.copytree("platform", "backup")
    issue_another(terminal, "later")
    words = ("--request", "later.attestation", "--out", "later.notice")
    terminal.run("attest", "revoke", "--key", "north.key", *words)
    terminal.run("revoke", *PLATFORM, "--notice", "later.notice")
    terminal.run("snapshot", *PLATFORM, "--key", "revocation.key", "--out", "published")
    shutil.rmtree("platform")
    shutil.move("backup", "platform")

    before = files(Path("platform")), files(Path("other-disk/marks"))
    said = f"{ERROR.split('```text')[1].split('```')[0].strip()}\n"
    for refused in (
        ("issue", "request.cbor", *PLATFORM, "--out", "again"),
        ("issue", "later.attestation", *PLATFORM, "--out", "again"),
        ("revoke", *PLATFORM, "--notice", "notice.cbor"),
        ("snapshot", *PLATFORM, "--key", "revocation.key", "--out", "published"),
    ):
        assert terminal.run(*refused, code=2) == said
    assert not Path("again").exists()
    held = {name for name in before[0] if not name.endswith(("-wal", "-shm"))}
    assert {name: files(Path("platform"))[name] for name in held} == {name: before[0][name] for name in held}
    assert files(Path("other-disk/marks")) == before[1]

    play(terminal, plain(REST))
    terminal.run("issue", "later.attestation", *PLATFORM, "--out", "later.again")
    assert Path("later.again").read_bytes() != Path("later.batch").read_bytes()
