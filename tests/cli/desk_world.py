"""A folder with all that a hospital's desk needs to be tried out by commands, and running commands to talk to."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from healthpass import Verdict
from healthpass.authority import Registrar
from healthpass.cli.context import read_roots, read_signer
from healthpass.crypto.keyfile import encode_sealing_key, parse_sealing_key
from healthpass.crypto.sealing import SealingKey
from healthpass.formats.document import RESIDENT_ID, Document
from healthpass.verifier import Outcome, TrustStore, Verifier
from tests.cli.terminal import NOW, SCALE, Terminal

TRAVELLER, NEIGHBOUR, STRANGER = "11010519491231002X", "440524188001010014", "110101199003078590"
DOCUMENT_KEY = bytes(range(32))
KEY_ID = b"doc0"
SURVEY = "n\n36.6\n2 3\n2027-1-3\n2\nn\nn\nn\nn\nn\n\n4\n"
RULE = '[[attester]]\nregion = "{0}"\nkey = "{1}"\nbindings = ["document"]\n' + SCALE
PERSON = '[[person]]\ntype = "resident-id"\nnumber = "{0}"\ncolor = "{1}"\n\n'
AT = ("--now", str(NOW))


def build(folder: Path) -> None:
    """Roots, a registrar, a platform, regions North and South, a certified station, and document keys for everybody."""
    terminal = Terminal(folder)
    run, path = terminal.run, terminal.path
    for name in ("root1", "root2", "registrar", "north", "south", "station"):
        run("keygen", path(f"{name}.key"))
    roots, windows, draft = path("roots.txt"), path("platform/platform.pub.cbor"), path("draft.cbor")
    run("root", "pin", path("root1.key.pub"), path("root2.key.pub"), "--threshold", "2", "--out", roots)
    make = ("--days", "12", "--capacity", "1024", "--document-key-id", KEY_ID.hex())
    run("windows", path("platform"), *make, *AT)
    registrar = ("--registrar", path("registrar.key.pub"), "--policy", "default")
    run("root", "draft", "--roots", roots, "--windows", windows, *registrar, "--out", draft, *AT)
    for n in (1, 2):
        run("root", "sign", "--yes", draft, "--key", path(f"root{n}.key"), "--out", path(f"sig{n}"))
    run("root", "combine", draft, path("sig1"), path("sig2"), "--roots", roots, "--out", path("trust-list.cbor"))
    run("hold", path("platform"), path("trust-list.cbor"), "--roots", roots, "--confirm-clock", *AT)
    certify = ("--key", path("registrar.key"))
    station = ("--station", path("station.key.pub"), "--area", "110105", "--out", path("station.cert"))
    run("station", "certify", *certify, *station, *AT)
    for file in ("platform/stations.toml", "north-stations.toml", "south-stations.toml"):
        run("station", "add", path(file), "--certificate", path("station.cert"), "--name", "City hospital")
    place = ("--class", "hospital", "--area", "110105", "--out", path("hospital.txt"))
    run("place", "certify", *certify, *place, *AT)
    rules = ""
    for name, people in (("north", [(TRAVELLER, "绿"), (NEIGHBOUR, "amber")]), ("south", [(STRANGER, "绿")])):
        region = ("--region", path(f"{name}.key.pub"), "--name", name, "--out", path(f"{name}.cert"))
        run("station", "certify-region", *certify, *region, *AT)
        run("audit", "key", path(f"{name}-audit.key"))
        Path(path(f"{name}.toml")).write_text("".join(PERSON.format(*each) for each in people), encoding="utf-8")
        rules += RULE.format(name, terminal.json("inspect", path(f"{name}.key.pub"))["key"])
    Path(path("platform/rules.toml")).write_text(rules, encoding="utf-8")
    office = Registrar(read_signer(folder / "registrar.key"))
    for version, name in enumerate(("station", "north", "south", "gate"), 1):
        key = SealingKey()
        (folder / f"{name}.sealing").write_text(encode_sealing_key(key))
        keys = {KEY_ID: DOCUMENT_KEY}
        delivery = office.deliver_document_keys(keys, key.public_key, version=version, now=NOW)
        (folder / f"{name}.keys").write_bytes(delivery)


class Running:
    """A command in a process of its own: `tell` it a line, `hear` one. Its standard error is read until it `waits`."""

    def __init__(self, words: list[str], errors: IO[bytes] | None = None) -> None:
        environment = {**os.environ, "HEALTHPASS_PASSPHRASE": "grandmother's tea", "PYTHONIOENCODING": "utf-8"}
        self.words = words
        self.process = subprocess.Popen(
            [sys.executable, "-m", "healthpass", *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE if errors is None else errors,
            env=environment,
        )
        self.told = b""

    def tell(self, *lines: str | bytes) -> None:
        assert self.process.stdin is not None
        for line in lines:
            self.process.stdin.write((line.encode() if isinstance(line, str) else line) + b"\n")
        self.process.stdin.flush()

    def hear(self) -> Any:
        """The next line of JSON on standard output."""
        assert self.process.stdout is not None
        return json.loads(self.process.stdout.readline())

    def waits(self, words: str) -> None:
        """Read standard error up to a line with these words."""
        assert self.process.stderr is not None
        while words not in (line := self.process.stderr.readline()).decode():
            assert line, self.told
            self.told += line
        self.told += line

    def end(self) -> tuple[int, str, str]:
        """At the end of its input: the exit code, and the rest of what it says."""
        out, errors = self.process.communicate()
        return self.process.returncode, out.decode(), (self.told + (errors or b"")).decode()


@dataclass(slots=True)
class World(Terminal):
    """The folder, and the options that its commands share."""

    def trust(self, name: str | None = None) -> list[str]:  # type: ignore[override]
        """Whom to believe; with document keys for that name."""
        given = ["--roots", self.path("roots.txt"), "--trust-list", self.path("trust-list.cbor"), *AT]
        if name is not None:
            given += ["--sealing-key", self.path(f"{name}.sealing"), "--document-keys", self.path(f"{name}.keys")]
        return given

    def desk(self, *words: str, region: str = "north") -> list[str]:
        """A command of the station that asks this region."""
        own = ["--key", self.path("station.key"), "--certificate", self.path("station.cert")]
        asked = ["--region", self.path(f"{region}.cert")]
        asked += ["--region-sealing-key", self.path(f"{region}/sealing-key.cbor")]
        return ["station", words[0], *own, *asked, *self.trust("station"), *words[1:]]

    def ask(self, out: str, *more: str, region: str = "north") -> list[str]:
        query = ("--document", RESIDENT_ID, "--out", self.path(out), "--json", *more)
        return self.desk("ask", *query, region=region)

    def answering(self, name: str = "north") -> list[str]:
        """The command with which a region answers."""
        own = ["--key", self.path(f"{name}.key"), "--people", self.path(f"{name}.toml"), "--out", self.path(name)]
        log = ["--audit", self.path(f"{name}.log"), "--audit-key", self.path(f"{name}-audit.key")]
        log += ["--stations", self.path(f"{name}-stations.toml")]
        log += ["--state", self.path(f"{name}-state")]
        return ["station", "answer", *own, *log, "--platform", self.path("platform"), *self.trust(name), "--json"]

    @contextmanager
    def region(self, name: str = "north") -> Iterator[Running]:
        """A region that answers; its standard error is in NAME.err."""
        with open(self.path(f"{name}.err"), "wb") as errors:
            running = Running(self.answering(name), errors)
            try:
                assert running.hear() == {"written": [self.path(f"{name}/sealing-key.cbor")]}
                yield running
            finally:
                code, out, _ = running.end()
        assert (code, out) == (0, "")

    def errors(self, name: str = "north") -> str:
        return Path(self.path(f"{name}.err")).read_text()

    def asked(self, name: str = "north") -> int:
        """How many entries the region's audit log has."""
        if not Path(self.path(f"{name}.log")).exists():
            return 0
        return int(self.json("audit", "check", self.path(f"{name}.log"))["size"])

    def vouch(self, *more: str, number: str = STRANGER, code: int = 0) -> str:
        """Vouch for somebody after a survey, unless `more` says otherwise."""
        if not Path(self.path("answers.txt")).exists():
            self.run("station", "survey", "--out", self.path("answers.txt"), *AT, stdin=SURVEY)
        own = ("--key", self.path("station.key"), "--certificate", self.path("station.cert"))
        about = ("--document", RESIDENT_ID, "--answers", self.path("answers.txt"), "--color", "yellow")
        words = ("station", "vouch", *own, *about, *self.trust("station"), "--out", self.path("vouched.cbor"), *more)
        return self.run(*words, code=code, stdin=number + "\n")

    def issue(self, *more: str, code: int = 0, name: str = "vouched.cbor") -> str:
        platform = ("--platform", self.path("platform"), "--out", self.path("pass.txt"))
        return self.run("station", "issue", self.path(name), *platform, *self.trust(), *more, code=code)

    def gate(self, text: str, number: str) -> Verdict:
        """What the hospital's scanner says of a pass that is shown with the person's card."""
        with Document(RESIDENT_ID, number) as card:
            return self.scanner_of_the_hospital().verify(text, now=NOW, documents=[card])

    def at_the_gate(self, text: str, number: str) -> Outcome:
        """What happens to whoever shows it with that card."""
        with Document(RESIDENT_ID, number) as card:
            return self.scanner_of_the_hospital().decide(text, now=NOW, documents=[card])

    def scanner_of_the_hospital(self) -> Verifier:
        """It has the document key, and what is in the folder."""
        key = parse_sealing_key((self.folder / "gate.sealing").read_text())
        store = TrustStore(read_roots(self.folder / "roots.txt"), sealing_key=key)
        store.update_trust_list((self.folder / "trust-list.cbor").read_bytes(), now=NOW)
        store.update_document_keys((self.folder / "gate.keys").read_bytes(), now=NOW)
        return Verifier(store, place=(self.folder / "hospital.txt").read_text().strip())

    def files_with(self, number: str) -> list[str]:
        """Files that hold a document number, apart from the regions' own registers."""
        files = [each for each in self.folder.rglob("*") if each.is_file() and each.suffix != ".toml"]
        return [each.name for each in files if number.encode() in each.read_bytes()]
