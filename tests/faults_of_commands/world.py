"""A little country in one folder, with something for every command to do; and what its region does meanwhile."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from healthpass.attester import DailyKeys, DocumentSeeds, Person, QueryAnswerer, QueryMemory
from healthpass.attester.audit.log import PASS, AuditLog
from healthpass.cli import memory
from healthpass.cli.audit import parse_audit_key
from healthpass.cli.context import read_roots, read_signer
from healthpass.crypto import passphrase
from healthpass.crypto.keyfile import parse_document_key, parse_sealing_key
from healthpass.formats.batch import parse_batch
from healthpass.formats.document import RESIDENT_ID, Document
from healthpass.formats.text import encode_text
from healthpass.issuer import Issuer, PlatformFolder, SQLiteLedger, StationIssuer
from healthpass.station import Desk
from healthpass.verifier import TrustStore
from healthpass.verifier.replay_boot import Boot
from tests.assisting import Log
from tests.auditing import STATIONS, record
from tests.cli.desk_world import PERSON, STRANGER, SURVEY, TRAVELLER
from tests.cli.terminal import DAY, NOW, SCALE, Terminal

KEY_ID = b"doc0"
TRUST = ("--roots", "roots.txt", "--trust-list", "trust-list.cbor")
AT = ("--now", str(NOW))
LISTED = ("--trust-list", "trust-list.cbor", "--roots", "roots.txt")
CHEAP = ((1, 8192),) * 3
"""Operations and bytes of memory of Argon2id: here a passphrase costs next to nothing."""


@contextmanager
def in_folder(folder: Path, ram: Path | None = None) -> Iterator[Terminal]:
    """Commands run in this folder, where a passphrase costs little and the umask hides nothing. What is kept in RAM is
    in `ram`, of a machine that has just started; its faults are tried in tests/hostile/test_replay_killed.py."""
    umask = os.umask(0)
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(folder)
            patch.setattr(passphrase, "_LEVELS", CHEAP)
            patch.setattr(memory, "ram_folders", lambda runtime: () if ram is None else (str(ram),))
            patch.setattr(memory, "this_boot", lambda: Boot(bytes(16), lambda: 1000))
            yield Terminal(folder)
    finally:
        os.umask(umask)


def build(folder: Path) -> Country:
    """Everything in `folder`, which is empty before."""
    with in_folder(folder) as terminal:
        _keys_and_lists(terminal)
        _offices(terminal)
        _people(terminal)
        _station(terminal)
        _region(terminal)
        country = Country(folder)
        (folder / "asked").mkdir()
        (folder / "asked/sealing-key.cbor").write_bytes(country.keys.rotate(now=NOW)[0])
        _vectors(folder / "vectors")
    return country


def _vectors(folder: Path) -> None:
    """One case, of a scanner that knows nothing."""
    for each in (folder, folder / "cases"):
        each.mkdir(0o755)
    shared = {"format": 1, "registrar_seed": "", "messages": {}, "setups": {"bare": {"scanner": {}, "steps": []}}}
    (folder / "shared.json").write_text(json.dumps(shared))
    step = {"do": "show", "now": NOW, "text": None, "expect": {"decision": "ASSIST", "refusal": 4}}
    (folder / "cases/one.json").write_text(json.dumps([{"id": "one-1", "setup": "bare", "steps": [step]}]))


def _keys_and_lists(terminal: Terminal) -> None:
    run = terminal.run
    for name in ("root1", "root2", "registrar", "risk", "revocation", "north", "station", "checkpoints"):
        run("keygen", f"{name}.key")
    for name in ("north", "station", "gate"):
        run("keygen", f"{name}.seal", "--sealing")
    run("root", "pin", "root1.key.pub", "root2.key.pub", "--threshold", "2", "--out", "roots.txt")
    run("document-key", "new", "document.key", "--id", KEY_ID.hex())
    days = ("--days", "14", "--capacity", "1024", "--document-key-id", KEY_ID.hex())
    run("windows", "platform", *days, "--now", str(NOW - 2 * DAY))
    offices = ("--registrar", "registrar.key.pub", "--risk-office", "risk.key.pub")
    others = (
        "--policy",
        "default",
        "--revocation-key",
        "revocation.key.pub",
        "--windows",
        "platform/platform.pub.cbor",
    )
    _list(terminal, "trust-list.cbor", *offices, *others, "--now", str(NOW - 3600))
    run("hold", "platform", "trust-list.cbor", "--roots", "roots.txt", "--confirm-clock", *AT)
    run("root", "publish", "trust-list.cbor", "--roots", "roots.txt", "--to", "site", *AT)
    _list(terminal, "trust-list2.cbor", "--previous", "trust-list.cbor", "--now", str(NOW - 60))


def _list(terminal: Terminal, name: str, *changes: str) -> None:
    terminal.run("root", "draft", "--roots", "roots.txt", *changes, "--out", "draft.cbor")
    for n in (1, 2):
        terminal.run("root", "sign", "--yes", "draft.cbor", "--key", f"root{n}.key", "--out", f"root{n}.sig")
    terminal.run("root", "combine", "draft.cbor", "root1.sig", "root2.sig", "--roots", "roots.txt", "--out", name)


def _offices(terminal: Terminal) -> None:
    run, certify = terminal.run, ("--key", "registrar.key")
    place = ("--class", "hospital", "--area", "110105")
    run("place", "certify", *certify, *place, "--out", "hospital.txt", *AT)
    table = ("--key", "risk.key", "--medium", "110105")
    run("place", "table", *table, "--version", "1", "--out", "areas.cbor", "--now", str(NOW - 60))
    run("place", "publish", "areas.cbor", *LISTED, "--to", "site", *AT)
    run("place", "table", *table, "--version", "2", "--out", "areas2.cbor", *AT)
    run("station", "certify", *certify, "--station", "station.key.pub", "--area", "7", "--out", "station.cert", *AT)
    region = ("--region", "north.key.pub", "--name", "North")
    run("station", "certify-region", *certify, *region, "--out", "north.cert", *AT)
    for file in ("platform/stations.toml", "stations.toml"):
        run("station", "add", file, "--certificate", "station.cert", "--name", "City hospital")
    for name in ("north", "station", "gate"):
        to = ("--to", f"{name}.seal.pub", "--keys", "document.key", "--version", "1", "--out", f"{name}.keys")
        run("document-key", "deliver", *certify, *to, *AT)
    key = terminal.json("inspect", "north.key.pub")["key"]
    rules = f'[[attester]]\nregion = "North"\nkey = "{key}"\nbindings = ["device", "document", "both"]\n' + SCALE
    Path("platform/rules.toml").write_text(rules, encoding="utf-8")


def _people(terminal: Terminal) -> None:
    """me.wallet has a batch, other.wallet waits for it, of third.wallet's request nothing is issued yet; it has
    answered for a relative too, whom nobody has vouched for."""
    run, north = terminal.run, ("--key", "north.key")
    for name in ("me", "other", "third"):
        run("attest", "offer", *north, *LISTED, "--days", "2", "--showings", "8", "--out", f"{name}.offer", *AT)
        run("wallet", "new", f"{name}.wallet", "--roots", "roots.txt")
        listed = ("--trust-list", "trust-list.cbor")
        run("wallet", "answer", f"{name}.wallet", f"{name}.offer", *listed, "--out", f"{name}.answer", *AT)
        signed = ("--offer", f"{name}.offer", "--answer", f"{name}.answer", "--color", "绿")
        run("attest", "sign", *north, *signed, *LISTED, "--out", f"{name}.request", *AT)
    relative = ("--with-documents", "--showings", "8", "--out", "relative.offer")
    run("attest", "offer", *north, *LISTED, *relative, *AT)
    carried = ("third.wallet", "relative.offer", "--name", "mother", "--out", "relative.answer")
    run("wallet", "answer", *carried, *AT)
    bound = ("--sealing-key", "north.seal", "--document-keys", "north.keys", *LISTED, "--document", RESIDENT_ID)
    paper = (*north, "--color", "绿", *bound)
    run("attest", "paper", *paper, "--out", "paper.request", *AT, stdin=TRAVELLER + "\n")
    for name in ("me", "other", "paper"):
        run("issue", f"{name}.request", "--platform", "platform", "--out", f"{name}.batch", *AT)
        if name == "me":
            shutil.copytree("platform", "restored")
    run("wallet", "accept", "me.wallet", "me.batch", "--trust-list", "trust-list.cbor", *AT)
    run("wallet", "update", "me.wallet", "--area-table", "areas.cbor", *AT)
    shown = terminal.json("present", "me.wallet", "--place", "hospital.txt", *AT)
    Path("pass.txt").write_text(shown["text"] + "\n", encoding="utf-8")
    publish = ("--platform", "platform", "--key", "revocation.key", "--out", "published")
    run("snapshot", *publish, "--now", str(NOW - 600))
    for name in ("me", "other"):
        taken = ("--request", f"{name}.request", "--out", f"{name}.notice")
        run("attest", "revoke", *north, *taken, "--now", str(NOW))
    run("revoke", "--platform", "platform", "--notice", "me.notice", "--now", str(NOW))
    shutil.copytree("platform.marks", "restored.marks")  # what an old backup of the platform's folder does not have


def _station(terminal: Terminal) -> None:
    run = terminal.run
    run("station", "survey", "--out", "answers.txt", *AT, stdin=SURVEY)
    own = ("--key", "station.key", "--certificate", "station.cert", "--sealing-key", "station.seal")
    about = ("--document", RESIDENT_ID, "--answers", "answers.txt", "--color", "yellow")
    keys = ("--document-keys", "station.keys", *TRUST)
    run("station", "vouch", *own, *about, *keys, "--out", "vouched.cbor", *AT, stdin=STRANGER + "\n")


def _region(terminal: Terminal) -> None:
    terminal.run("audit", "key", "audit.key")
    Path("people.toml").write_text(PERSON.format(TRAVELLER, "绿"), encoding="utf-8")
    with AuditLog.open("audit.log", key=parse_audit_key(Path("audit.key").read_text())) as log:
        for n in range(2):
            record(log, n)
    with (
        AuditLog.open("ahead.log", key=parse_audit_key(Path("audit.key").read_text())) as log,
        Document(RESIDENT_ID, TRAVELLER) as document,
    ):
        log.record(station=STATIONS[0], now=NOW + 30 * DAY, kind=PASS, document=document)
    checkpoint = ("--key", "checkpoints.key", "--origin", "audit.north.example/2027")
    terminal.run("audit", "checkpoint", "audit.log", *checkpoint, "--out", "checkpoint-1")


class Country:
    """What others in the country do while a command waits for them: a station asks, a region and a platform answer.

    Args:
        folder: as `build` has left it.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._station, self._north = (read_signer(folder / f"{name}.key") for name in ("station", "north"))
        self._document_keys = dict([parse_document_key((folder / "document.key").read_text())])
        self._roots = read_roots(folder / "roots.txt")
        self._trust_list = (folder / "trust-list.cbor").read_bytes()
        self._certificates = [(folder / f"{name}.cert").read_bytes() for name in ("station", "north")]
        self._deliveries = {name: (folder / f"{name}.keys").read_bytes() for name in ("station", "north")}
        self._openers = {
            name: parse_sealing_key((folder / f"{name}.seal").read_text()) for name in ("station", "north")
        }
        self._platform = PlatformFolder(folder / "platform").state()
        self.keys = DailyKeys(self._north, QueryMemory(None))

    def _store(self, name: str) -> TrustStore:
        store = TrustStore(self._roots, sealing_key=self._openers[name])
        store.update_trust_list(self._trust_list, now=NOW)
        store.update_document_keys(self._deliveries[name], now=NOW)
        return store

    def asks(self, published: Path, query: Path) -> None:
        """The station's desk asks the region, by the sealing key that it has published."""
        desk = Desk(self._station, self._certificates[0], self._store("station"))
        with Document(RESIDENT_ID, TRAVELLER) as document:
            key = _wait_for(published)
            question = desk.ask(document, self._certificates[1], key, consent=True, now=NOW)
        query.write_bytes(question.envelope)

    def answers(self, query: Path, answer: Path) -> None:
        """The region answers; how often a station has asked before in these tests is not counted."""
        self.keys.memory = QueryMemory(None)
        store = self._store("north")
        seeds = DocumentSeeds(store.fresh(NOW)[0], self._document_keys)
        with SQLiteLedger(":memory:") as ledger:
            issuer = self._issuer(ledger)
            desk = QueryAnswerer(
                self._north,
                self.keys,
                store,
                look_up=lambda document: Person("绿", seeds.of(document)),
                issue=lambda request: issuer.issue(request, now=NOW),
                audit=Log(),
                stations=self._platform.stations,
            )
            answer.write_bytes(desk.answer(_wait_for(query), now=NOW))

    def issues(self, attestation: Path, text: Path) -> None:
        """The platform issues what a station has vouched for."""
        with SQLiteLedger(":memory:") as ledger:
            issuer = StationIssuer(self._issuer(ledger), ledger, self._store("station"))
            (claim,) = parse_batch(issuer.issue(_wait_for(attestation), now=NOW))
        text.write_text(encode_text(claim) + "\n")

    def _issuer(self, ledger: SQLiteLedger) -> Issuer:
        state = self._platform
        return Issuer(state.windows, state.rules, ledger, state.sealing, state.trust_list, state.stations)


def _wait_for(path: Path) -> bytes:
    """What is in a file that a command in another process is about to write; in this process it is there already."""
    for _ in range(600):
        if path.exists():
            return path.read_bytes()
        time.sleep(0.05)
    raise FileNotFoundError(path)
