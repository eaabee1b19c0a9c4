"""`healthpass doctor`: what is wrong, what is told of it, and what to do."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from healthpass.cli.context import read_roots
from healthpass.issuer import SQLiteLedger
from healthpass.issuer.ledger.protocol import Limit, Plan, Request
from healthpass.issuer.window_keys import parse_window_keys
from healthpass.verifier import TrustStore
from tests.cli.doctoring import SECRET, Doctor, every_file
from tests.cli.terminal import NOW

HOUR = 3600


def rewritten(name: str, change: Callable[[bytes], bytes]) -> Callable[[Doctor], object]:
    return lambda doctor: Path(name).write_bytes(change(Path(name).read_bytes()))


def mode(name: str, bits: int) -> Callable[[Doctor], object]:
    return lambda doctor: Path(name).chmod(bits)


def gone(*names: str) -> Callable[[Doctor], object]:
    def remove(doctor: Doctor) -> None:
        for name in names:
            Path(name).unlink()

    return remove


def copied(source: str, to: str) -> Callable[[Doctor], object]:
    return lambda doctor: shutil.copy(source, to)


def flipped(data: bytes) -> bytes:
    return data[:-1] + bytes((data[-1] ^ 1,))


def half_a_windows_step(doctor: Doctor) -> None:
    """`windows` was killed between its secret files and the public one."""
    before = Path("platform/platform.pub.cbor").read_bytes()
    doctor.terminal.run("windows", "platform", "--days", "16", "--capacity", "1024", "--now", str(NOW))
    Path("platform/platform.pub.cbor").write_bytes(before)


def given_up(doctor: Doctor) -> None:
    kid = sorted(parse_window_keys(Path("platform/windows.cbor").read_bytes()), key=lambda key: key.window.valid_from)[
        3
    ]
    words = ("--days", "14", "--capacity", "1024", "--drop", kid.window.kid.hex(), "--now", str(NOW))
    doctor.terminal.run("windows", "platform", *words)


def half_a_publication(doctor: Doctor) -> None:
    with (
        SQLiteLedger("platform/ledger.sqlite", second_place="platform.marks") as ledger,
        ledger.publishing(key_of(doctor, "revocation.key.pub")) as turn,
    ):
        assert turn.begin(Plan(NOW - 600, [b"kid1"], {b"kid1"}))


def an_old_ledger(doctor: Doctor) -> None:
    path = Path("platform/ledger.sqlite")
    data = path.read_bytes()
    doctor.terminal.run("issue", "third.request", "--platform", "platform", "--out", "third.batch", "--now", str(NOW))
    for end in ("-wal", "-shm"):
        Path(f"{path}{end}").unlink(missing_ok=True)
    path.write_bytes(data)


def a_log_without_its_index(doctor: Doctor) -> None:
    Path("platform/ledger.sqlite-wal").write_bytes(b"x")


def given(count: int, name: str = "") -> Callable[[Doctor], object]:
    """So many numbers of the first kid are given away; or so many more, for somebody."""

    def give(doctor: Doctor) -> None:
        keys = parse_window_keys(Path("platform/windows.cbor").read_bytes())
        window = min((key.window for key in keys), key=lambda each: each.valid_from)
        names = {"": [], "stations": [b"stations"], "North": [b"region " + key_of(doctor, "north.key.pub")]}[name]
        limits = [Limit(names, [window.kid], window.capacity)] if names else []
        with SQLiteLedger("platform/ledger.sqlite", second_place="platform.marks") as ledger:
            more = count if names else count - ledger.issued(window.kid)
            wanted = [(window.kid, window.capacity, more)]
            ledger.reserve(Request(bytes(32), bytes(16), bytes(32), wanted, limits=limits))

    return give


def key_of(doctor: Doctor, name: str) -> bytes:
    return bytes.fromhex(doctor.terminal.json("inspect", name)["key"])


def an_update_that_was_cut_off(doctor: Doctor) -> None:
    before = Path("scanner/generation.txt").read_bytes()
    TrustStore.open("scanner", roots=read_roots(Path("roots.txt"))).update_trust_list(
        Path("trust-list2.cbor").read_bytes(), now=NOW
    )
    Path("scanner/generation.txt").write_bytes(before)


def an_older_delta(doctor: Doctor) -> None:
    publish = ("--platform", "platform", "--key", "revocation.key", "--out", "published")
    doctor.terminal.run("snapshot", *publish, "--longest-wait", "0", "--delta", "--now", str(NOW))
    kept = Path("published/delta.cbor").read_bytes()
    doctor.terminal.run("snapshot", *publish, "--now", str(NOW))
    Path("published/delta.cbor").write_bytes(kept)
    Path("published/delta.cbor").chmod(0o644)


def a_list_that_is_not_out(doctor: Doctor) -> None:
    shutil.copy("trust-list2.cbor", "site/trust-list-2.cbor")


def leftover(folder: str) -> Callable[[Doctor], object]:
    return lambda doctor: Path(folder, ".healthpass-0123456789abcdef.new").write_bytes(b"half")


WRONGS: dict[str, tuple[str, Callable[[Doctor], object], tuple[str, str], str]] = {
    "window keys that others may read": (
        "platform",
        mode("platform/windows.cbor", 0o640),
        ("wrong", "windows.cbor"),
        "0640",
    ),
    "sealing keys that others may read": (
        "platform",
        mode("platform/sealing.keys", 0o604),
        ("wrong", "sealing.keys"),
        "0604",
    ),
    "a ledger that others may read": (
        "platform",
        mode("platform/ledger.sqlite", 0o644),
        ("wrong", "ledger.sqlite"),
        "0644",
    ),
    "a key that others may read": ("north.key", mode("north.key", 0o644), ("wrong", "private key"), "0644"),
    "a sealing key that others may read": ("gate.seal", mode("gate.seal", 0o640), ("wrong", "private key"), "0640"),
    "a document key that others may read": (
        "document.key",
        mode("document.key", 0o644),
        ("wrong", "secret key"),
        "0644",
    ),
    "an audit key that others may read": ("audit.key", mode("audit.key", 0o644), ("wrong", "secret key"), "0644"),
    "an audit log that others may read": ("audit.log", mode("audit.log", 0o644), ("wrong", "audit log"), "0644"),
    "a wallet that others may read": ("me.wallet", mode("me.wallet", 0o644), ("wrong", "wallet"), "0644"),
    "a folder that all may write in": ("scanner", mode("scanner", 0o777), ("wrong", "folder"), "everybody"),
    "a list that nobody can fetch": (
        "site",
        mode("site/trust-list.cbor", 0o600),
        ("wrong", "published file"),
        "0600",
    ),
    "a folder that nobody can fetch from": (
        "published",
        mode("published", 0o700),
        ("wrong", "published file"),
        "0700",
    ),
    "half a key pair": (".", gone("north.key.pub"), ("wrong", "private key"), "keygen"),
    "half a pair of sealing keys": (".", gone("gate.seal.pub"), ("wrong", "private key"), "keygen"),
    "half a windows step": ("platform", half_a_windows_step, ("wrong", "what is handed in"), "not what"),
    "nothing handed in": (
        "platform",
        gone("platform/platform.pub.cbor"),
        ("wrong", "what is handed in"),
        "not there",
    ),
    "a key that the list still names": (
        "platform",
        given_up,
        ("wrong", "windows.cbor"),
        "1 that the trust list names",
    ),
    "damaged window keys": ("platform", rewritten("platform/windows.cbor", flipped), ("wrong", "windows.cbor"), ""),
    "lost window keys": ("platform", gone("platform/windows.cbor"), ("wrong", "window keys"), "has run out"),
    "lost sealing keys": ("platform", gone("platform/sealing.keys"), ("wrong", "sealing.keys"), "trust list names"),
    "no list": ("platform", gone("platform/trust-list.cbor"), ("wrong", "trust list"), "holds none"),
    "no rules": ("platform", gone("platform/rules.toml"), ("wrong", "rules of recognition"), "no region"),
    "rules that are none": (
        "platform",
        rewritten("platform/rules.toml", lambda _: b"x"),
        ("wrong", "rules.toml"),
        "TOML",
    ),
    "stations that are none": (
        "stations.toml",
        rewritten("stations.toml", lambda _: b"x"),
        ("wrong", "list of stations"),
        "",
    ),
    "a publication that was cut off": ("platform", half_a_publication, ("wrong", "publication"), "not finished"),
    "an old ledger": ("platform", an_old_ledger, ("wrong", "ledger"), "ledger-behind"),
    "no marks": ("platform", lambda doctor: shutil.rmtree("platform.marks"), ("wrong", "ledger"), "no-mark"),
    "a damaged ledger": (
        "platform",
        rewritten("platform/ledger.sqlite", lambda each: each[:9000]),
        ("wrong", "ledger"),
        "",
    ),
    "a log without index": ("platform", a_log_without_its_index, ("wrong", "ledger"), "index"),
    "a kid that is nearly full": ("platform", given(922), ("soon", "room under kid"), "102 of 1024 left"),
    "a kid that is full": ("platform", given(1024), ("wrong", "room under kid"), "0 of 1024 left"),
    "a region's quota": ("platform", given(960, "North"), ("soon", "quota of region North"), "left"),
    "the stations' quota": ("platform", given(46, "stations"), ("soon", "quota of all stations"), "4 of 50 left"),
    "no stations' passes": ("platform", given(50, "stations"), ("wrong", "quota of all stations"), "0 of 50 left"),
    "a file aside": ("platform", leftover("platform"), ("wrong", "leftover"), "half of a file"),
    "a mark aside": ("platform", leftover("platform.marks"), ("wrong", "leftover"), "half of a file"),
    "a filter aside": ("scanner", leftover("scanner/revocation"), ("wrong", "leftover"), "half of a file"),
    "half an update": ("scanner", an_update_that_was_cut_off, ("wrong", "update"), "cut off"),
    "no floors": ("scanner", gone("scanner/floors.txt", "scanner/generation.txt"), ("wrong", "floors"), "lost"),
    "no list in a scanner": (
        "scanner",
        gone("scanner/trust-list.cbor"),
        ("wrong", "trust list"),
        "TRUST_LIST_EXPIRED",
    ),
    "a damaged table": ("scanner", rewritten("scanner/area-table.cbor", flipped), ("wrong", "area table"), "damaged"),
    "a delta of another snapshot": ("published", an_older_delta, ("wrong", "delta"), "another snapshot"),
    "no snapshot": (
        "published",
        rewritten("published/snapshot.cbor", lambda _: b"x"),
        ("wrong", "snapshot"),
        "damaged",
    ),
    "a list that is not out": ("site", a_list_that_is_not_out, ("wrong", "trust list"), "2 is in the folder"),
    "a damaged list": ("site", rewritten("site/trust-list.cbor", lambda _: b"x"), ("wrong", "trust list"), "damaged"),
    "half a line": (
        "audit.log",
        rewritten("audit.log", lambda each: each[:-5]),
        ("wrong", "audit log"),
        "unfinished",
    ),
    "a damaged log": (
        "audit.log",
        rewritten("audit.log", lambda each: each.replace(b" pass ", b" fail ", 1)),
        ("wrong", "audit log"),
        "damaged",
    ),
    "a record that is none": (
        "platform",
        rewritten("platform/clock.txt", lambda _: b"x"),
        ("wrong", "clock"),
        "not what was kept",
    ),
}
"""Role; what has happened; state and thing; what is said of it."""


@pytest.mark.parametrize("case", WRONGS)
def test_what_is_wrong(doctor: Doctor, case: str) -> None:
    role, happens, (state, what), says = WRONGS[case]
    happens(doctor)
    before = every_file(doctor.folder)
    code, found = doctor(role, secret=SECRET)
    assert every_file(doctor.folder) == before
    told = [each for each in found if each["state"] == state and each["what"].startswith(what) and says in each["says"]]
    assert told, [each for each in found if each["to_do"]]
    assert code == (2 if state == "wrong" else 3)
    assert told[0]["to_do"]
