"""What `healthpass snapshot` publishes and when: cadence, floors, workers, progress, and filters that nobody needs."""

from __future__ import annotations

import io
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from healthpass.cli.publishing import Watched
from healthpass.issuer import PublishedFolder, PublishingOptions
from healthpass.issuer.published_folder import PIECE_SUFFIX
from healthpass.issuer.publisher import build_piece
from tests.cli.terminal import NOW, Terminal
from tests.cli.test_revocation import believing, next_list, notice, revoke, snapshot, told
from tests.faults import KILL, LOST, failing

DEFAULTS = PublishingOptions()
ATTESTATION = "request.cbor"


@pytest.fixture
def revoked(terminal: Terminal) -> Terminal:
    """After a first snapshot, an attestation of three claims for two days is revoked."""
    terminal.run("keygen", terminal.path("revocation.key"))
    next_list(terminal, "--revocation-key", terminal.path("revocation.key.pub"))
    snapshot(terminal)
    notice(terminal, "--request", terminal.path(ATTESTATION))
    revoke(terminal, "--notice", terminal.path("notice.cbor"))
    return terminal


def published(terminal: Terminal) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in Path(terminal.path("out")).iterdir() if path.is_file()}


def filters(terminal: Terminal) -> set[str]:
    return {name for name in published(terminal) if name.endswith(PIECE_SUFFIX)}


def named(terminal: Terminal) -> set[str]:
    found = PublishedFolder(terminal.path("out")).named()
    assert found
    return found


def slots(terminal: Terminal) -> list[int]:
    said = terminal.json("inspect", terminal.path("out/delta.cbor"))["revoked_slots"]
    return sorted(each["count"] for each in said)


def revoke_another(terminal: Terminal, at: int) -> None:
    """The next filters are others: another attestation is issued and taken back."""
    path = terminal.path
    trust = ("--trust-list", path("trust-list.cbor"), "--roots", path("roots.txt"), "--now", str(NOW))
    words = ("--key", path("region.key"), "--days", "1", "--showings", "8", "--out", path(f"offer{at}"))
    terminal.run("attest", "offer", *words, *trust)
    terminal.run("wallet", "answer", path("me.wallet"), path(f"offer{at}"), "--out", path("answer"), "--now", str(NOW))
    signing = ("--offer", path(f"offer{at}"), "--answer", path("answer"), "--color", "amber", "--now", str(NOW))
    terminal.run("attest", "sign", "--key", path("region.key"), *signing, *trust[:-2], "--out", path("other"))
    terminal.run("issue", path("other"), "--platform", path("platform"), "--out", path("batch"), "--now", str(NOW))
    notice(terminal, "--request", path("other"))
    revoke(terminal, "--notice", path("notice.cbor"))


def test_a_delta_that_waits_for_nobody(revoked: Terminal) -> None:
    snapshot(revoked, "--delta", "--attestations", "1", "--least-slots", "0")
    assert slots(revoked) == [8, 8]


def test_a_delta_that_is_filled_up(revoked: Terminal) -> None:
    snapshot(revoked, "--delta", "--attestations", "1", "--least-slots", "40")
    assert slots(revoked) == [40, 40]


def test_a_delta_that_has_waited(revoked: Terminal) -> None:
    """Revoked at NOW."""
    wait = ("--delta", "--longest-wait", "100", "--least-slots", "0")
    assert "waits" in snapshot(revoked, *wait, now=NOW + 99)
    assert not Path(revoked.path("out/delta.cbor")).exists()
    snapshot(revoked, *wait, now=NOW + 100)
    assert slots(revoked) == [8, 8]


def test_company(revoked: Terminal) -> None:
    two = ("--delta", "--attestations", "2", "--least-slots", "0")
    assert "waits" in snapshot(revoked, *two)
    revoke_another(revoked, 1)
    snapshot(revoked, *two)
    assert slots(revoked) == [8, 16]


def test_how_long_it_is_good(revoked: Terminal) -> None:
    """A scanner does not take what has expired."""
    snapshot(revoked, "--lifetime", "60")
    text = revoked.present(now=NOW + 60)["text"]
    words = told(revoked, "snapshot.cbor", now=NOW + 60)
    assert "expired" in revoked.run("verify", text, *words, code=2)
    snapshot(revoked, "--lifetime", "61")
    assert revoked.run("verify", text, *told(revoked, "snapshot.cbor", now=NOW + 60), code=1) == "REFUSE: REVOKED\n"


@pytest.mark.parametrize(
    ("option", "values"),
    [
        ("--attestations", ["0", "-1", "1000001", "x", ""]),
        ("--longest-wait", ["-1", "604801", "1.5"]),
        ("--least-slots", ["-1", "131073"]),
        ("--lifetime", ["0", "59", "2592001"]),
        ("--workers", ["0", "62"]),
    ],
)
def test_values_that_make_no_sense(revoked: Terminal, option: str, values: list[str]) -> None:
    before = published(revoked), Path(revoked.path("platform/ledger.sqlite")).read_bytes()
    for value in values:
        assert option in snapshot(revoked, option, value, code=2)
    assert (published(revoked), Path(revoked.path("platform/ledger.sqlite")).read_bytes()) == before


def test_the_help_has_the_defaults(terminal: Terminal) -> None:
    said = " ".join(terminal.run("snapshot", "--help").split())
    for option, value in {
        "--attestations": DEFAULTS.attestations,
        "--longest-wait": DEFAULTS.longest_wait,
        "--least-slots": DEFAULTS.least_slots,
        "--lifetime": DEFAULTS.lifetime,
        "--workers": 1,
    }.items():
        assert f"[default: {value};" in said.split(f"{option} NUMBER")[1].split("]")[0] + "]"


def test_workers_build_the_same(revoked: Terminal) -> None:
    snapshot(revoked)
    alone = named(revoked), {name: data for name, data in published(revoked).items() if name in named(revoked)}
    snapshot(revoked, "--workers", "2")
    assert (
        named(revoked),
        {name: data for name, data in published(revoked).items() if name in named(revoked)},
    ) == alone


def test_filters_of_the_snapshot_before_stay(revoked: Terminal) -> None:
    """Until the next one: a scanner may be fetching by it."""
    newest = [named(revoked)]
    for n in range(3):
        removed = filters_removed(revoked)
        newest.append(named(revoked))
        assert filters(revoked) == newest[-2] | newest[-1]
        gone = newest[-3] - filters(revoked) if n else set()
        assert (removed, bool(gone)) == (len(gone), n == 2), (
            "the first snapshot has only empty filters, as all others do"
        )
        revoke_another(revoked, n)


def filters_removed(terminal: Terminal) -> int:
    """How many filters a new snapshot removes."""
    words = ("--platform", terminal.path("platform"), "--key", terminal.path("revocation.key"), *believing(terminal))
    said = terminal.json("snapshot", *words, "--out", terminal.path("out"), "--now", str(NOW))
    return int(said["filters_removed"])


def test_nothing_else_is_removed(revoked: Terminal) -> None:
    out = Path(revoked.path("out"))
    digest = "0" * 64
    kept = [
        f"{digest[1:]}.filter",
        f"{digest}0.filter",
        f"{'A' * 64}.filter",
        f"{'g' * 64}.filter",
        f"x{digest}.filter",
        f"{digest}.filter.new",
        f"{digest}.filter\n",
        digest,
        "index.html",
    ]
    for name in kept:
        (out / name).write_bytes(b"mine")
    (out / f"{'1' * 64}.filter").mkdir()
    (out / f"{digest}.filter").write_bytes(b"left by one that was killed")
    snapshot(revoked)
    assert not (out / f"{digest}.filter").exists()
    assert all((out / name).read_bytes() == b"mine" for name in kept)
    assert (out / f"{'1' * 64}.filter").is_dir()


@pytest.mark.parametrize("damaged", [b"", b"\xd2", b"x" * 200_000])
def test_what_cannot_be_read_names_nothing_to_remove(revoked: Terminal, damaged: bytes) -> None:
    """Then nobody can say which filters were being fetched; the next snapshot knows again."""
    out = Path(revoked.path("out"))
    first = filters(revoked)
    (out / "snapshot.cbor").write_bytes(damaged)
    snapshot(revoked)
    second = named(revoked)
    assert filters(revoked) == first | second
    snapshot(revoked)
    assert filters(revoked) == second | named(revoked)


@pytest.mark.slow
@pytest.mark.parametrize("kind", [KILL, LOST])
def test_ended_while_it_publishes(revoked: Terminal, kind: str) -> None:
    """Whenever it ends, every filter that the snapshot in the folder names is there, and the next one puts all in
    order."""
    snapshot(revoked, "--delta", "--attestations", "1")
    for at in range(0, 200, 3):  # a file is written in eight operations: in three rounds each of them has been the last
        other = Terminal(revoked.folder.parent / f"{kind}{at}")
        shutil.copytree(revoked.folder, other.folder)
        old = named(other)
        with failing(Path(other.path("out")), kind, at) as disk:
            snapshot(other)
        assert named(other) <= filters(other)
        assert old <= filters(other)
        if not disk.happened:
            break
        snapshot(other)
        assert named(other) <= filters(other)
        assert "delta.cbor" not in published(other)
        text = other.present()["text"]
        assert other.run("verify", text, *told(other, "snapshot.cbor"), code=1) == "REFUSE: REVOKED\n"
    assert 20 < at < 198


def test_everybody_may_read_what_is_published(revoked: Terminal) -> None:
    snapshot(revoked, "--delta", "--attestations", "1")
    modes = {path.name: path.stat().st_mode & 0o777 for path in Path(revoked.path("out")).iterdir()}
    assert set(modes.values()) == {0o644}


class Screen(io.StringIO):
    """A terminal, or not."""

    def __init__(self, terminal: bool) -> None:
        super().__init__()
        self._terminal = terminal

    def isatty(self) -> bool:
        return self._terminal


MUCH, LITTLE = 500_000, 499_999


@pytest.mark.parametrize(("count", "terminal"), [(MUCH, True), (MUCH, False), (LITTLE, True)])
@pytest.mark.parametrize("elsewhere", [True, False])
def test_progress(count: int, terminal: bool, elsewhere: bool) -> None:
    """Shown for much work on a terminal alone; what is built is the same."""
    screen = Screen(terminal)
    parts = [4, count - 4]
    given = [b"".join(n.to_bytes(4, "big") for n in range(part)) for part in parts]
    with ThreadPoolExecutor(1) as pool:
        watched = Watched(pool if elsewhere else None, screen)
        sizes = list(watched.map(lambda capacity, slots: (capacity, len(slots)), [4**10, 4**12], given))
    assert sizes == [(4**10, 16), (4**12, 4 * (count - 4))]
    assert ("Building filters" in screen.getvalue()) == (terminal and count == MUCH)
    assert ("100%" in screen.getvalue()) == (terminal and count == MUCH)


def test_progress_of_nothing() -> None:
    assert list(Watched(None, Screen(True)).map(build_piece, [], [])) == []
