"""A key that the trust list does not name for what a command signs: it is refused, and nothing is written."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from healthpass.cli.context import read_roots
from healthpass.cli.main import main
from healthpass.trust.signed import open_trust_list
from tests.cli.terminal import DAY, NOW, Terminal
from tests.cli.test_revocation import believing, next_list, notice, revoke, snapshot
from tests.faults import ERROR, failing
from tests.making import files

TIME = ("--now", str(NOW))


@pytest.fixture
def named(terminal: Terminal) -> Terminal:
    """The list names a revocation key, a registrar and a risk office; other.key is none of them."""
    for name in ("revocation", "registrar", "risk", "other"):
        terminal.run("keygen", terminal.path(f"{name}.key"))
    words = [
        word
        for option, name in (("revocation-key", "revocation"), ("registrar", "registrar"), ("risk-office", "risk"))
        for word in (f"--{option}", terminal.path(f"{name}.key.pub"))
    ]
    next_list(terminal, *words)
    return terminal


def state(terminal: Terminal) -> tuple[dict[str, bytes], list[str]]:
    """What the platform holds, and which files there are beside."""
    return files(Path(terminal.path("platform"))), sorted(path.name for path in terminal.folder.iterdir())


def publish(terminal: Terminal, key: str, *more: str, code: int = 0) -> str:
    words = ("--platform", terminal.path("platform"), "--key", terminal.path(f"{key}.key"))
    return terminal.run("snapshot", *words, "--out", terminal.path("out"), *more, *TIME, code=code)


@pytest.mark.parametrize("more", [(), ("--delta",)])
def test_a_revocation_key(more: tuple[str, ...], named: Terminal) -> None:
    snapshot(named)
    published, before = files(Path(named.path("out"))), state(named)
    for key in ("other", "registrar", "region"):
        said = publish(named, key, *believing(named), *more, code=2)
        assert "it is not a revocation key of the trust list: nobody would believe it" in said
    assert (files(Path(named.path("out"))), state(named)) == (published, before)


def test_which_list(named: Terminal) -> None:
    """The one that the platform holds, or that is named; without one there is nothing to check the key with."""
    platform = Path(named.path("platform"))
    (platform / "trust-list.cbor").unlink(missing_ok=True)
    said = publish(named, "revocation", code=2)
    assert "no trust list to check the key with; name one with --trust-list and --roots" in said
    for half in believing(named)[:2], believing(named)[2:]:
        assert "--trust-list and --roots go together" in publish(named, "revocation", *half, code=2)
    assert not Path(named.path("out")).exists()
    named.run("hold", str(platform), named.path("trust-list.cbor"), "--roots", named.path("roots.txt"), *TIME)
    publish(named, "revocation")
    publish(named, "revocation", "--delta")
    named.run("keygen", named.path("next.key"))
    next_list(named, "--revocation-key", named.path("next.key.pub"))
    assert "not-a-revoker" in publish(named, "next", code=2), "the list that names it is not held yet"
    publish(named, "next", *believing(named))
    assert "not-a-revoker" in publish(named, "revocation", *believing(named), code=2)


def test_a_list_that_is_over(named: Terminal) -> None:
    words = ("--platform", named.path("platform"), "--key", named.path("revocation.key"), "--out", named.path("out"))
    said = named.run("snapshot", *words, *believing(named), "--now", str(NOW + 30 * DAY), "--confirm-clock", code=2)
    assert "past its grace time" in said
    assert not Path(named.path("out")).exists()


def test_a_revocation_that_no_scanner_would_learn_of(terminal: Terminal) -> None:
    """It is kept all the same: a revocation that is refused may never come again."""
    platform = terminal.path("platform")
    Path(platform, "trust-list.cbor").unlink()
    notice(terminal, "--request", terminal.path("request.cbor"))
    words = ["revoke", "--platform", platform, "--notice", terminal.path("notice.cbor"), *TIME]
    assert CliRunner().invoke(main, words).stderr == "", "no list is held, so nobody can say"
    held = ("hold", platform, terminal.path("trust-list.cbor"), "--roots", terminal.path("roots.txt"), *TIME)
    terminal.run(*held)
    result = CliRunner().invoke(main, words)
    assert (result.exit_code, result.stdout.split()[-1]) == (0, "16")
    assert "warning: the trust list names no revocation key for 12 of the platform's windows" in result.stderr
    terminal.run("keygen", terminal.path("revocation.key"))
    next_list(terminal, "--revocation-key", terminal.path("revocation.key.pub"))
    terminal.run(*held)
    assert CliRunner().invoke(main, words).stderr == ""


PLACE = ("--class", "hospital", "--area", "7")
COMMANDS: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "a place": ("registrar", "not-a-registrar", ("place", "certify", *PLACE)),
    "an area table": ("risk", "not-a-risk-office", ("place", "table", "--version", "1", "--high", "7")),
    "a station": ("registrar", "not-a-registrar", ("station", "certify", "--station", "other.key.pub", "--area", "7")),
    "a region": (
        "registrar",
        "not-a-registrar",
        ("station", "certify-region", "--region", "other.key.pub", "--name", "North"),
    ),
    "document keys": (
        "registrar",
        "not-a-registrar",
        ("document-key", "deliver", "--to", "seal.pub", "--keys", "document.key", "--version", "1"),
    ),
}


@pytest.mark.parametrize(("right", "error", "words"), COMMANDS.values(), ids=COMMANDS)
def test_an_online_key(
    right: str, error: str, words: tuple[str, ...], named: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(named.folder)
    named.run("keygen", "seal", "--sealing")
    named.run("document-key", "new", "document.key")
    for wrong in {"other", "risk", "registrar", "revocation"} - {right}:
        said = named.run(*words, "--key", f"{wrong}.key", *believing(named), "--out", "made", *TIME, code=2)
        assert f"({error})" in said or "the trust list does not name this key" in said
        assert not Path("made").exists()
    named.run(*words, "--key", f"{right}.key", *believing(named), "--out", "made", *TIME)
    assert Path("made").exists()
    Path("made").unlink()
    named.run(*words, "--key", "other.key", "--out", "made", *TIME)
    assert Path("made").exists(), "where no list is at hand, nothing is checked"


def test_a_region_with_another_key(named: Terminal) -> None:
    """A region's key stands in no trust list, so one that does is another role's."""
    for key in ("registrar", "revocation"):
        words = ("--key", named.path(f"{key}.key"), *believing(named), "--out", named.path("made"), *TIME)
        assert "the trust list names this key for something else" in named.run("attest", "offer", *words, code=2)
        signing = ("--offer", named.path("offer.cbor"), "--answer", named.path("answer.cbor"), "--color", "绿")
        assert "names this key for something else" in named.run("attest", "sign", *signing, *words, code=2)
    assert not Path(named.path("made")).exists()


def test_a_disk_that_is_full(named: Terminal) -> None:
    """The command fails, and says so; the next ones go on from what is there."""
    snapshot(named)
    snapshot(named, "--delta")
    notice(named, "--request", named.path("request.cbor"))
    revoke(named, "--notice", named.path("notice.cbor"))
    out = Path(named.path("out"))
    before = files(out)
    with failing(out, ERROR, 1) as disk:
        assert "second place cannot be read or written" in snapshot(named, code=2)
    assert disk.happened
    assert files(out) == before
    snapshot(named, "--delta", "--attestations", "1")
    text = named.present()["text"]
    told = [word for name in ("snapshot.cbor", "delta.cbor") for word in ("--revocation", str(out / name))]
    assert named.run("verify", text, *named.scanner(*told, "--pieces", str(out)), code=1) == "REFUSE: REVOKED\n"


def test_an_emptied_folder(named: Terminal) -> None:
    snapshot(named)
    for path in Path(named.path("out")).iterdir():
        path.unlink()
    assert "no snapshot of this key is published" in snapshot(named, "--delta", code=2)
    assert files(Path(named.path("out"))) == {}
    snapshot(named)
    snapshot(named, "--delta")


def test_a_snapshot_of_no_windows(named: Terminal) -> None:
    roots = read_roots(Path(named.path("roots.txt")))
    listed = open_trust_list(Path(named.path("trust-list.cbor")).read_bytes(), roots).windows.values()
    first, *others = sorted(listed, key=lambda window: window.valid_from)
    gone = [word for each in others for word in ("--remove-window", each.kid.hex())]
    next_list(named, *gone, "--allow-gap")
    said = snapshot(named, "--confirm-clock", now=first.expires + 3600, code=2)
    assert "no window that is not over is this revocation key's; use the key that the trust list names" in said
    assert not files(Path(named.path("out")))
