"""Documents in the terminal: keys made, delivered and used; a number is typed or piped, and shows up nowhere."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from healthpass.authority import Registrar
from healthpass.crypto.keyfile import parse_document_key, parse_private_key, parse_sealing_key
from healthpass.crypto.sealing import seal
from tests.cli.terminal import DAY, NOW, SCALE, Terminal
from tests.documents import NUMBERS

CARD, OTHER_CARD = NUMBERS
AT = ("--now", str(NOW))
KEY_ID = "0badcafe"


class Desk(Terminal):
    """A country with a registrar, whose windows of today bind to documents; a region and a scanner with the key."""

    def prepare(self) -> None:
        path = self.path
        for name in ("root1", "root2", "registrar"):
            self.run("keygen", path(f"{name}.key"))
        for name in ("north.seal", "gate.seal"):
            self.run("keygen", path(name), "--sealing")
        self.run(
            "root", "pin", path("root1.key.pub"), path("root2.key.pub"), "--threshold", "2", "--out", path("roots")
        )
        self.run("document-key", "new", path("doc.key"), "--id", KEY_ID)
        self.run("windows", path("platform"), "--days", "12", "--capacity", "1024", "--document-key-id", KEY_ID, *AT)
        windows = ("--windows", path("platform/platform.pub.cbor"), "--registrar", path("registrar.key.pub"))
        self.run("root", "draft", "--roots", path("roots"), *windows, "--out", path("draft"), *AT)
        for n in (1, 2):
            self.run("root", "sign", "--yes", path("draft"), "--key", path(f"root{n}.key"), "--out", path(f"sig{n}"))
        signed = (path("draft"), path("sig1"), path("sig2"))
        self.run("root", "combine", *signed, "--roots", path("roots"), "--out", path("list"))
        self.run("hold", path("platform"), path("list"), "--roots", path("roots"), "--confirm-clock", *AT)
        for name in ("north", "gate"):
            self.deliver(f"{name}.seal.pub", f"{name}.keys")
        key = self.json("keygen", path("north.key"))["public_key"]
        rule = f'[[attester]]\nregion = "North"\nkey = "{key}"\nbindings = ["device", "document", "both"]\n'
        Path(path("platform/rules.toml")).write_text(rule + SCALE, encoding="utf-8")

    def deliver(self, to: str, out: str, *files: str, version: int = 1, code: int = 0) -> str:
        keys = [word for name in files or ("doc.key",) for word in ("--keys", self.path(name))]
        signed = ("--key", self.path("registrar.key"), "--to", self.path(to))
        more = ("--version", str(version), "--out", self.path(out), *AT)
        return self.run("document-key", "deliver", *signed, *keys, *more, code=code)

    def vouch(self, *options: str, stdin: str, code: int = 0) -> str:
        """The region's answer to a wallet: with documents, whose numbers are typed."""
        path = self.path
        trust = ("--trust-list", path("list"), "--roots", path("roots"))
        signed = ("--key", path("north.key"), "--offer", path("offer"), "--answer", path("answer"))
        keys = ("--sealing-key", path("north.seal"), "--document-keys", path("north.keys"), *trust)
        return self.run(
            "attest", "sign", *signed, *keys, *options, "--out", path("request"), *AT, code=code, stdin=stdin
        )

    def enrol(self, *options: str, stdin: str) -> str:  # type: ignore[override]  # with documents
        path = self.path
        trust = ("--trust-list", path("list"), "--roots", path("roots"))
        offered = ("--key", path("north.key"), *trust, "--showings", "8", "--out", path("offer"))
        people = str(options.count("--color"))
        self.run("attest", "offer", *offered, "--with-documents", "--people", people, *AT)
        self.run("wallet", "new", path("me.wallet"), "--roots", path("roots"))
        self.run(
            "wallet",
            "answer",
            path("me.wallet"),
            path("offer"),
            "--out",
            path("answer"),
            "--trust-list",
            path("list"),
            *AT,
        )
        said = self.vouch(*options, stdin=stdin)
        self.run("issue", path("request"), "--platform", path("platform"), "--out", path("batch"), *AT)
        self.run("wallet", "accept", path("me.wallet"), path("batch"), "--trust-list", path("list"), *AT)
        return said

    def verifying(self) -> list[str]:
        path = self.path
        keys = ["--sealing-key", path("gate.seal"), "--document-keys", path("gate.keys")]
        trust = ["--roots", path("roots"), "--state", path("gate"), "--trust-list", path("list")]
        return ["verify", self.present()["text"], *trust, *keys, *AT]

    def verify(self, *options: str, code: int = 0, stdin: str | bytes | None = None) -> str:
        return self.run(*self.verifying(), *options, code=code, stdin=stdin)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    desk = Desk(tmp_path_factory.mktemp("desk"))
    desk.prepare()
    desk.enrol("--color", "绿", "--document", "resident-id", stdin=CARD + "\n")
    return desk


@pytest.fixture
def desk(prepared: Desk, tmp_path: Path) -> Desk:
    shutil.copytree(prepared.folder, tmp_path / "desk")
    return Desk(tmp_path / "desk")


def test_with_the_right_card_and_with_another(desk: Desk) -> None:
    card = ("--document", "resident-id")
    assert desk.verify(*card, stdin="110105 19491231 002x\r\n").startswith("ADMIT: GREEN")
    assert desk.verify(*card, stdin=OTHER_CARD + "\n", code=1) == "REFUSE: DOCUMENT_MISMATCH\n"
    assert desk.verify("--document", "other", stdin=CARD + "\n", code=1) == "REFUSE: DOCUMENT_MISMATCH\n"
    assert desk.verify(code=5) == "ASK: DOCUMENT_REQUIRED\n", "a country without a policy asks too"
    assert desk.verify(*card, *card, stdin=f"{CARD}\n{OTHER_CARD}\n", code=1) == "REFUSE: DOCUMENT_MISMATCH\n"


def test_a_zone_of_several_lines_is_one_document(desk: Desk) -> None:
    """As a reader types it: a person's passport between, and the card after it."""
    first, second = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L898902C36UTO7408122F1204159ZE184226B<<<<<10"
    both = ("--document", "passport", "--document", "resident-id")
    for end in ("\n", "\r\n"):
        said = desk.verify(*both, stdin=end.join((first, second, CARD, "")), code=1)
        assert said == "REFUSE: DOCUMENT_MISMATCH\n"
        assert "18 characters" in desk.verify(*both, stdin=end.join((first, second, "1", "")), code=2)
    assert "no line for document 1" in desk.verify(*both, stdin=first + "\n", code=2)


@pytest.mark.parametrize("typed", ["110105194912310020", CARD[:-1], "\u8bc1" * 18, b"\xff" * 20, "1" * 5000, "\n"])
def test_an_impossible_number_is_misuse_and_not_repeated(typed: str | bytes, desk: Desk) -> None:
    said = desk.verify("--document", "resident-id", stdin=typed, code=2)
    assert said.startswith("error (malformed): ")
    assert "11010519" not in said
    assert "0xff" not in said
    assert len(said) < 200


def test_no_number_at_all(desk: Desk) -> None:
    assert "no line for document 1" in desk.verify("--document", "resident-id", stdin="", code=2)
    assert "no line for document 2" in desk.verify(*["--document", "other"] * 2, stdin="1234\n", code=2)


def test_what_does_not_go_together(desk: Desk) -> None:
    trust = ("--roots", desk.path("roots"), "--trust-list", desk.path("list"), *AT)
    card = ("--document", "resident-id")
    assert "--sealing-key" in desk.run("verify", "HP1:", *trust, *card, stdin=CARD, code=2)
    sealing = ("--sealing-key", desk.path("gate.seal"))
    assert "not -" in desk.run("verify", "-", *trust, *card, *sealing, stdin=CARD, code=2)
    assert "invalid value" in desk.run("verify", "HP1:", *trust, "--document", CARD, stdin="", code=2)
    keys = ("--document-keys", desk.path("gate.keys"))
    assert "sealing-key-required" in desk.run("verify", "HP1:", *trust, *keys, code=2)
    assert "other-recipient" in desk.run(
        "verify", "HP1:", *trust, *keys, "--sealing-key", desk.path("north.seal"), code=2
    )


def test_a_scanner_without_the_key(desk: Desk) -> None:
    desk.run("document-key", "new", desk.path("other.key"))
    desk.deliver("gate.seal.pub", "gate.keys", "other.key", version=2)
    assert desk.verify("--document", "resident-id", stdin=CARD, code=3) == "ASSIST: DOCUMENT_KEY_MISSING\n"
    assert desk.verify(code=3) == "ASSIST: DOCUMENT_KEY_MISSING\n"
    desk.deliver("gate.seal.pub", "gate.keys", "other.key", "doc.key", version=3)
    assert desk.verify("--document", "resident-id", stdin=CARD).startswith("ADMIT: GREEN")


def test_the_number_is_in_no_file_and_no_output(desk: Desk) -> None:
    out = desk.vouch("--color", "绿", "--document", "resident-id", stdin=CARD + "\n")
    out += desk.verify("--document", "resident-id", stdin=CARD + "\n")
    assert CARD not in out
    contents = [path.read_bytes() for path in desk.folder.rglob("*") if path.is_file()]
    assert len(contents) > 25
    assert not any(CARD.encode() in each or CARD.encode().hex().encode() in each for each in contents)


WITH_A_RAM_FOLDER = """
import sys
from healthpass import __main__
from healthpass.cli import memory
folder = sys.argv.pop(1)
memory.ram_folders = lambda runtime: (folder,)
__main__.main()
"""


def test_at_a_terminal_it_is_asked_for_and_not_shown(desk: Desk, ram: Path) -> None:
    """A real one: what it shows is read back, and the number is not in it."""
    pty = pytest.importorskip("pty", reason="this system has no terminals of that kind")
    words = [*desk.verifying(), "--document", "resident-id"]
    child, terminal = pty.fork()
    if child == 0:  # nothing of the test runs here
        try:
            os.execv(sys.executable, [sys.executable, "-c", WITH_A_RAM_FOLDER, str(ram), *words])
        finally:
            os._exit(99)
    shown = b""
    while b"(resident-id):" not in shown:
        shown += os.read(terminal, 4096)
    os.write(terminal, CARD.encode() + b"\n")
    while True:
        try:
            more = os.read(terminal, 4096)
        except OSError:  # Linux says so when the other end is closed
            break
        if not more:
            break
        shown += more
    os.close(terminal)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0, shown
    assert b"Number of document 1 (resident-id):" in shown
    assert b"ADMIT: GREEN" in shown
    assert CARD.encode() not in shown


# ---- The region ---------------------------------------------------------------------------------------------------


def test_a_code_of_the_persons_own(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.prepare()
    said = desk.enrol("--color", "绿", "--document", "resident-id", "--own-code", stdin=CARD + "\n")
    code = said.split("recovery code  ")[1].strip()
    trust = ("--trust-list", desk.path("list"), *AT)
    out = ("--out", desk.path("answer"))
    wallets = desk.json("wallet", "answer", desk.path("me.wallet"), desk.path("offer"), *out, *trust)
    assert code not in str(wallets), "the phone has one of its own, which counts beside it"
    platform = ("--platform", desk.path("platform"), "--code")
    assert desk.json("revoke", *platform, code, *AT) == {"answer": "revoked", "claims": 8}


def test_a_family(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.prepare()
    card = ("--document", "resident-id")
    desk.enrol("--color", "绿", *card, "--color", "amber", *card, stdin=f"{CARD}\n{OTHER_CARD}\n")
    one = ("--color", "绿", *card)
    assert "same-document" in desk.vouch(*one, *one, stdin=f"{CARD}\n{CARD}\n", code=2)
    assert "GREEN YELLOW" in desk.verify(*card, *card, stdin=f"{OTHER_CARD}\n{CARD}\n", code=1)
    assert desk.verify(*card, stdin=CARD, code=5) == "ASK: DOCUMENT_REQUIRED (person 2)\n"
    assert desk.verify(*card, *card, stdin=f"{CARD}\n{CARD}\n", code=5) == "ASK: DOCUMENT_REQUIRED (person 2)\n"


def test_what_a_region_cannot_sign(desk: Desk) -> None:
    card = ("--document", "resident-id")
    before = Path(desk.path("request")).read_bytes()
    assert "same order" in desk.vouch("--color", "绿", *card, *card, stdin=f"{CARD}\n{OTHER_CARD}\n", code=2)
    both = ("--color", "绿", *card, "--color", "绿", *card)
    assert "another number of people" in desk.vouch(*both, stdin=f"{CARD}\n{OTHER_CARD}\n", code=2)
    assert "malformed" in desk.vouch("--color", "绿", *card, stdin="1\n", code=2)
    desk.deliver("gate.seal.pub", "north.keys", version=2)
    assert "other-recipient" in desk.vouch("--color", "绿", *card, stdin=CARD, code=2)
    desk.run("document-key", "new", desk.path("other.key"))
    desk.deliver("north.seal.pub", "north.keys", "other.key", version=3)
    assert "no-document-key" in desk.vouch("--color", "绿", *card, stdin=CARD, code=2)
    signed = ["--key", desk.path("north.key"), "--offer", desk.path("offer"), "--answer", desk.path("answer")]
    signed += ["--trust-list", desk.path("list"), "--roots", desk.path("roots")]
    words = ("attest", "sign", *signed, "--color", "绿", *card, "--out", desk.path("request"), *AT)
    assert "--sealing-key" in desk.run(*words, stdin=CARD, code=2)
    assert Path(desk.path("request")).read_bytes() == before


# ---- Keys ---------------------------------------------------------------------------------------------------------


def test_key_files_are_the_owners_alone_and_not_overwritten(desk: Desk) -> None:
    for name in ("doc.key", "gate.seal"):
        path = Path(desk.path(name))
        assert path.stat().st_mode & 0o077 == 0
        before = path.read_bytes()
        command = ("document-key", "new", str(path)) if name == "doc.key" else ("keygen", str(path), "--sealing")
        assert "not overwritten" in desk.run(*command, code=2)
        assert path.read_bytes() == before
    key_id, key = parse_document_key(Path(desk.path("doc.key")).read_text())
    assert (key_id.hex(), len(key)) == (KEY_ID, 32)
    ids = {desk.json("document-key", "new", desk.path(f"new{n}"))["document_key_id"] for n in range(3)}
    assert len(ids) == 3


def test_a_sealing_key_has_no_passphrase(desk: Desk) -> None:
    assert "no passphrase" in desk.run("keygen", desk.path("x"), "--sealing", "--seal", code=2)
    assert not Path(desk.path("x")).exists()


def test_keys_in_the_wrong_place(desk: Desk) -> None:
    """Each kind of key file is refused as another."""
    words = {"registrar.key.pub": "X25519", "gate.seal": "public sealing key", "doc.key": "public sealing key"}
    for name, says in words.items():
        assert says in desk.deliver(name, "x", code=2)
    for name in ("registrar.key", "gate.seal.pub", "roots"):
        assert "key file" in desk.deliver("gate.seal.pub", "x", name, code=2)
    assert "one id" in desk.deliver("gate.seal.pub", "x", "doc.key", "doc.key", code=2)
    assert "8 hexadecimal" in desk.run("document-key", "new", desk.path("x"), "--id", "0badcaf", code=2)
    assert not Path(desk.path("x")).exists()
    trust = ("--roots", desk.path("roots"), "--trust-list", desk.path("list"), *AT)
    for name in ("registrar.key", "gate.seal.pub", "doc.key"):
        assert "key" in desk.run("verify", "HP1:", *trust, "--sealing-key", desk.path(name), code=2)


def test_what_keygen_says_is_what_the_file_is(desk: Desk) -> None:
    said = desk.json("keygen", desk.path("fresh"), "--sealing")
    key = parse_sealing_key(Path(desk.path("fresh")).read_text())
    assert said["public_key"] == key.public_key.hex()
    assert key.open(seal(bytes.fromhex(said["public_key"]), b"x")) == b"x"


def test_inspect(desk: Desk) -> None:
    registrar = Registrar(parse_private_key(Path(desk.path("registrar.key")).read_text()))
    Path(desk.path("station")).write_bytes(registrar.certify_station(registrar.public_key, 7, now=NOW))
    Path(desk.path("region")).write_bytes(registrar.certify_region(registrar.public_key, "North", now=NOW))
    kinds = {
        "doc.key": "document key file",
        "gate.seal": "private sealing key file",
        "gate.seal.pub": "public sealing key file",
        "gate.keys": "delivery of document keys",
        "station": "station certificate",
        "region": "region certificate",
        "north.key": "private key file",
        "north.key.pub": "public key file",
    }
    secret = parse_document_key(Path(desk.path("doc.key")).read_text())[1].hex()
    sealing = parse_sealing_key(Path(desk.path("gate.seal")).read_text()).secret.hex()
    for name, kind in kinds.items():
        said = desk.json("inspect", desk.path(name))
        assert said["kind"] == kind
        assert secret not in str(said)
        assert sealing not in str(said)
    assert desk.json("inspect", desk.path("doc.key"))["document_key_id"] == KEY_ID


def test_a_region_goes_by_a_list_and_keys_that_count_now(desk: Desk) -> None:
    """Not by a list past its grace time, nor by a delivery that the clock has not reached."""
    path = desk.path
    trust = ("--trust-list", path("list"), "--roots", path("roots"))
    offered = ("attest", "offer", "--key", path("north.key"), *trust, "--out", path("late"), "--now")
    keys = ("--sealing-key", path("north.seal"), "--document-keys", path("north.keys"), *trust)
    vouched = ("attest", "sign", "--key", path("north.key"), "--offer", path("offer"), "--answer", path("answer"))
    printed = ("attest", "paper", "--key", path("north.key"))
    asked = ("--color", "绿", "--document", "resident-id", *keys, "--out", path("late"), "--now")
    for now, code in ((NOW + 30 * DAY, "trust-list-expired"), (NOW - 61, "clock-behind")):
        for words in (offered, (*vouched, *asked), (*printed, *asked)):
            said = desk.run(*words, str(now), "--confirm-clock", stdin=CARD + "\n", code=2)
            assert f"error ({code})" in said
    delivered = ("--key", path("registrar.key"), "--to", path("north.seal.pub"), "--keys", path("doc.key"))
    ahead = ("--version", "2", "--out", path("north.keys"), "--now", str(NOW + DAY))
    desk.run("document-key", "deliver", *delivered, *ahead)
    for signed in (vouched, printed):
        said = desk.run(*signed, *asked, str(NOW), "--confirm-clock", stdin=CARD + "\n", code=2)
        assert "error (from-the-future)" in said
    assert not Path(path("late")).exists()
