"""Revoking from the terminal: a notice or a code, a snapshot or a delta, and a scanner that takes them."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from healthpass.cli.main import main
from healthpass.formats.trust_list import TrustList
from healthpass.issuer import PublishingOptions
from tests.cli.terminal import NOW, Terminal

TIME = ("--now", str(NOW))
WAIT = PublishingOptions().longest_wait


@pytest.fixture
def revoking(terminal: Terminal) -> Terminal:
    """The next list names a revocation key, and there is a snapshot."""
    terminal.run("keygen", terminal.path("revocation.key"))
    next_list(terminal, "--revocation-key", terminal.path("revocation.key.pub"))
    snapshot(terminal)
    return terminal


def next_list(terminal: Terminal, *changes: str, now: int = NOW) -> None:
    path = terminal.path
    roots, before, draft = ("--roots", path("roots.txt")), ("--previous", path("trust-list.cbor")), path("draft.cbor")
    terminal.run("root", "draft", *roots, *before, *changes, "--out", draft, "--now", str(now))
    for n in (1, 2):
        terminal.run("root", "sign", "--yes", draft, "--key", path(f"root{n}.key"), "--out", path(f"sig{n}"))
    terminal.run("root", "combine", draft, path("sig1"), path("sig2"), *roots, "--out", path("trust-list.cbor"))


def snapshot(terminal: Terminal, *more: str, now: int = NOW, code: int = 0) -> str:
    words = ["--platform", terminal.path("platform"), "--key", terminal.path("revocation.key"), *believing(terminal)]
    return terminal.run("snapshot", *words, "--out", terminal.path("out"), *more, "--now", str(now), code=code)


def believing(terminal: Terminal) -> list[str]:
    """The trust list that the revocation key is checked with."""
    return ["--trust-list", terminal.path("trust-list.cbor"), "--roots", terminal.path("roots.txt")]


def told(terminal: Terminal, *names: str, now: int = NOW) -> list[str]:
    """A scanner that takes these files."""
    files = [word for name in names for word in ("--revocation", terminal.path(f"out/{name}"))]
    return terminal.scanner(*files, "--pieces", terminal.path("out"), now=now)


def revoke(terminal: Terminal, *words: str, code: int = 0) -> str:
    return terminal.run("revoke", "--platform", terminal.path("platform"), *words, *TIME, code=code)


def notice(terminal: Terminal, *words: str, key: str = "region.key", code: int = 0) -> str:
    out = ("--out", terminal.path("notice.cbor"))
    return terminal.run("attest", "revoke", "--key", terminal.path(key), *words, *out, *TIME, code=code)


def test_a_region_takes_back(revoking: Terminal) -> None:
    text = [revoking.present()["text"] for _ in range(3)]
    assert revoking.run("verify", text[0], *told(revoking, "snapshot.cbor")).startswith("ADMIT")
    notice(revoking, "--request", revoking.path("request.cbor"))
    for _ in range(2):
        assert revoke(revoking, "--notice", revoking.path("notice.cbor")).split()[-1] == "16"
    snapshot(revoking)
    assert revoking.run("verify", text[1], *told(revoking, "snapshot.cbor"), code=1) == "REFUSE: REVOKED\n"
    assert revoking.run("verify", text[2], *revoking.scanner(), code=1) == "REFUSE: REVOKED\n", "it is kept"


def test_a_reference_does_as_well(revoking: Terminal) -> None:
    reference = revoking.json("inspect", revoking.path("offer.cbor"))["reference"]
    notice(revoking, "--reference", reference)
    assert revoke(revoking, "--notice", revoking.path("notice.cbor")).split()[-1] == "16"


def test_a_lost_phone_and_a_delta(revoking: Terminal) -> None:
    path = revoking.path
    code = revoking.json("wallet", "answer", path("me.wallet"), path("offer.cbor"), "--out", path("x"))["recovery_code"]
    again = ("revoke", "--platform", path("platform"), "--code", code, "--now", str(NOW))
    assert "`healthpass wallet code --used`" in CliRunner().invoke(main, again).stderr
    assert "waits" in snapshot(revoking, "--delta")
    assert not Path(path("out/delta.cbor")).exists()
    later = NOW + WAIT
    snapshot(revoking, "--delta", now=later)
    text = revoking.present(now=later)["text"]
    words = told(revoking, "snapshot.cbor", "delta.cbor", now=later)
    assert revoking.run("verify", text, *words, code=1) == "REFUSE: REVOKED\n"
    snapshot(revoking, now=later)
    assert not Path(path("out/delta.cbor")).exists(), "it adds to the snapshot before"


def test_whoever_is_not_told_refuses(revoking: Terminal) -> None:
    text = revoking.present()["text"]
    assert revoking.run("verify", text, *revoking.scanner(), code=3) == "ASSIST: REVOCATION_DATA_STALE\n"


def test_a_notice_that_comes_before_its_attestation(revoking: Terminal) -> None:
    """It is kept, and never called revoked; what comes then is refused."""
    path, given = revoking.path, ("--platform", revoking.path("platform"), "--now", str(NOW))
    trust = ("--trust-list", path("trust-list.cbor"), "--roots", path("roots.txt"), "--now", str(NOW))
    region = ("--key", path("region.key"))
    revoking.run("attest", "offer", *region, *trust, "--showings", "8", "--out", path("late.offer"))
    revoking.run("wallet", "answer", path("me.wallet"), path("late.offer"), "--out", path("late.answer"), *trust[-2:])
    words = ("--offer", path("late.offer"), "--answer", path("late.answer"), "--color", "绿", "--out", path("late"))
    revoking.run("attest", "sign", *region, *words, *trust)
    notice(revoking, "--request", path("late"))
    for _ in range(2):
        said = revoking.json("revoke", *given, "--notice", path("notice.cbor"))
        assert said == {"answer": "kept", "claims": 0}
    words = ("issue", path("late"), *given, "--out", path("late.batch"))
    assert "error (revoked-before)" in revoking.run(*words, code=2)
    assert not Path(path("late.batch")).exists()
    notice(revoking, "--request", path("request.cbor"))
    said = revoking.json("revoke", *given, "--notice", path("notice.cbor"))
    assert said == {"answer": "revoked", "claims": 16}


def test_misuse(revoking: Terminal) -> None:
    path = revoking.path
    before = Path(path("platform/ledger.sqlite")).read_bytes()
    revoking.run("keygen", path("other.key"))
    attestation, given = ("--request", path("request.cbor")), ("--notice", path("notice.cbor"))
    assert "other-attester" in notice(revoking, *attestation, key="other.key", code=2)
    reference = revoking.json("inspect", path("offer.cbor"))["reference"]
    notice(revoking, "--reference", reference, key="other.key")
    assert "unknown-attestation" in revoke(revoking, *given, code=2)
    for words in ([], [*attestation, "--reference", reference], ["--reference", "12"], ["--reference", "x"]):
        notice(revoking, *words, code=2)
    for words in ([], [*given, "--code", "x"], ["--code", "x"], ["--notice", path("offer.cbor")]):
        revoke(revoking, *words, code=2)
    revoking.run("revoke", "--platform", path("none"), *given, code=2)
    for name in ("none", "out"):
        words = ["--platform", path(name), "--key", path("revocation.key"), "--out", path("out2")]
        revoking.run("snapshot", *words, *believing(revoking), code=2)
    words = ["--platform", path("platform"), "--key", path("revocation.key"), "--out", path("empty"), "--delta", *TIME]
    words += believing(revoking)
    assert "no-snapshot" in revoking.run("snapshot", *words, code=2)
    assert Path(path("platform/ledger.sqlite")).read_bytes() == before


def test_a_scanner_without_the_filters(revoking: Terminal) -> None:
    words = revoking.scanner("--revocation", revoking.path("out/snapshot.cbor"))
    for more in (["--pieces", revoking.path("platform")], ["--pieces", revoking.path(".")]):
        assert "missing-filter" in revoking.run("verify", "HP1:", *words, *more, code=2)


def test_new_windows_are_the_revocation_keys_too(revoking: Terminal) -> None:
    revoking.run("windows", revoking.path("platform"), "--days", "14", "--capacity", "1024", *TIME)
    next_list(revoking, "--windows", revoking.path("platform/platform.pub.cbor"))
    content = read_list(revoking)
    assert [set(kids) for kids in content.revocation_keys.values()] == [set(content.windows)]
    assert len(content.windows) == 14


def read_list(terminal: Terminal) -> TrustList:
    from healthpass.cli.context import read_roots
    from healthpass.trust.signed import open_trust_list

    roots = read_roots(Path(terminal.path("roots.txt")))
    return open_trust_list(Path(terminal.path("trust-list.cbor")).read_bytes(), roots)


def test_inspect_names_them(revoking: Terminal) -> None:
    notice(revoking, "--request", revoking.path("request.cbor"))
    snapshot(revoking, "--delta")
    files = {path.name for path in Path(revoking.path("out")).iterdir()}
    (piece,) = (name for name in files if name.endswith(".filter"))
    assert files == {"snapshot.cbor", "delta.cbor", piece}
    kinds = {
        "out/snapshot.cbor": "revocation snapshot",
        "out/delta.cbor": "revocation delta",
        f"out/{piece}": "revocation filter",
        "notice.cbor": "revocation notice",
    }
    for name, kind in kinds.items():
        assert revoking.json("inspect", revoking.path(name))["kind"] == kind
