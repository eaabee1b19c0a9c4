"""`healthpass paper`, and docs/situations/paper.md: its commands run, in their order, on a platform of fifteen days."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import pytest

from healthpass.attester import Attester, Person
from healthpass.crypto.document_tag import document_seed
from healthpass.crypto.keyfile import parse_document_key, parse_private_key
from healthpass.formats.batch import encode_batch, parse_batch
from healthpass.formats.trust_list import TrustList
from healthpass.formats.window import Window
from healthpass.paper import system_fonts
from healthpass.trust.signed import open_trust_list
from tests.cli.terminal import DAY, NOW, SCALE, Terminal
from tests.paper.damage import read, render
from tests.paper.fonts import chinese, vera

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "situations" / "paper.md").read_text(encoding="utf-8")
COMMANDS = [shlex.split(line)[2:] for line in re.findall(r"^ *(\$ healthpass .*)$", PAGE, re.MULTILINE)]
ENGLISH = (DOCS.parent / "src/healthpass/paper/languages/en.toml").read_text(encoding="utf-8")
CARD = "11010519491231002X"
BASIC = ["--trust-list", "trust-list.cbor", "--roots", "roots.txt", "--zone", "Asia/Shanghai", "--now", str(NOW)]


def listed(folder: Path) -> TrustList:
    from healthpass.crypto.keyfile import parse_roots

    roots = parse_roots((folder / "roots.txt").read_text())
    return open_trust_list((folder / "trust-list.cbor").read_bytes(), roots)


def attest(folder: Path, days: int) -> bytes:
    """What a region says of somebody with a document and no phone, for so many days from now on."""

    key = parse_document_key((folder / "document.key").read_text())[1]
    periods = {(each.valid_from, each.expires) for each in listed(folder).windows.values()}
    seeds = {(start, end): document_seed(key, start, end, "resident-id", CARD) for start, end in periods}
    region = Attester(parse_private_key((folder / "region.key").read_text(), None))
    return region.attest_paper(listed(folder), Person("绿", seeds), now=NOW, periods=days)


@pytest.fixture(scope="module")
def country(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Roots, a platform whose windows bind to documents for fifteen days, a region, and two batches."""
    folder = tmp_path_factory.mktemp("paper")
    terminal, path = Terminal(folder), Terminal(folder).path
    for name in ("root1", "root2", "registrar"):
        terminal.run("keygen", path(f"{name}.key"))
    publics = [path(f"root{n}.key.pub") for n in (1, 2)]
    terminal.run("root", "pin", *publics, "--threshold", "2", "--out", path("roots.txt"))
    days = ["--days", "15", "--capacity", "1024", "--document-key-id", "d0d0d0d0"]
    terminal.run("windows", path("platform"), *days, "--now", str(NOW))
    windows = ["--windows", path("platform/platform.pub.cbor"), "--out", path("draft")]
    windows += ["--registrar", path("registrar.key.pub")]
    terminal.run("root", "draft", "--roots", path("roots.txt"), *windows, "--now", str(NOW))
    for n in (1, 2):
        terminal.run("root", "sign", "--yes", path("draft"), "--key", path(f"root{n}.key"), "--out", path(f"sig{n}"))
    out = ["--roots", path("roots.txt"), "--out", path("trust-list.cbor")]
    terminal.run("root", "combine", path("draft"), path("sig1"), path("sig2"), *out)
    terminal.run("keygen", path("gate.seal"), "--sealing")
    terminal.run("document-key", "new", path("document.key"), "--id", "d0d0d0d0")
    made = ["--key", path("registrar.key"), "--to", path("gate.seal.pub"), "--keys", path("document.key")]
    terminal.run("document-key", "deliver", *made, "--version", "1", "--out", path("gate.keys"), "--now", str(NOW))
    held = [path("trust-list.cbor"), "--roots", path("roots.txt"), "--now", str(NOW), "--confirm-clock"]
    terminal.run("hold", path("platform"), *held)
    key = terminal.json("keygen", path("region.key"))["public_key"]
    rule = f'[[attester]]\nregion = "North"\nkey = "{key}"\nbindings = ["document"]\n'
    Path(path("platform/rules.toml")).write_text(rule + SCALE, encoding="utf-8")
    for name, many in (("one", 1), ("fourteen", 14)):
        Path(path(f"{name}.request")).write_bytes(attest(folder, many))
        where = ["--platform", path("platform"), "--out", path(f"{name}.cbor"), "--now", str(NOW)]
        terminal.run("issue", path(f"{name}.request"), *where)
    return folder


@pytest.fixture
def terminal(country: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    shutil.copytree(country, tmp_path / "country")
    monkeypatch.chdir(tmp_path / "country")
    return Terminal(tmp_path / "country")


def test_the_page(terminal: Terminal, tmp_path: Path) -> None:
    shutil.copy("fourteen.request", "attestation.cbor")
    shutil.copy("one.request", "one-day.cbor")
    for words in COMMANDS:
        terminal.run(*words, "--now", str(NOW))
    assert {words[0] for words in COMMANDS} == {"issue", "paper"}
    assert len(read(render(Path("sheet.pdf").read_bytes(), 300, tmp_path))) == 14
    assert len(read(render(Path("card.pdf").read_bytes(), 300, tmp_path))) == 1


def test_what_is_printed_opens_a_gate_on_its_day(terminal: Terminal, tmp_path: Path) -> None:
    said = terminal.json("paper", "fourteen.cbor", *BASIC, "--sheet", "--out", "sheet.pdf")
    assert said == {"passes": 14, "kind": "sheet", "written": ["sheet.pdf"]}
    texts = read(render(Path("sheet.pdf").read_bytes(), 300, tmp_path))
    keys = ["--sealing-key", "gate.seal", "--document-keys", "gate.keys", "--document", "resident-id"]
    for day in range(2):  # a pass of the day before yesterday is refused: no clock is as wrong
        results = [
            terminal.run("verify", text, *terminal.scanner(*keys, now=NOW + day * DAY), code=c, stdin=CARD + "\n")
            for text, c in ((text, 0 if n == day else 3) for n, text in enumerate(in_order(texts, terminal.folder)))
        ]
        assert [result.split(" ", 2)[:2] for result in results] == (
            [["ASSIST:", "EXPIRED\n"]] * day
            + [["ADMIT:", "GREEN"]]
            + [["ASSIST:", "ISSUER_KEY_NOT_VALID\n"]] * (13 - day)
        )


def test_what_is_over_is_not_printed(terminal: Terminal) -> None:
    """Nor by a trust list that no scanner goes by any more."""
    content = listed(terminal.folder)
    (expires,) = {each.expires for each in content.windows.values() if each.valid_from <= NOW < each.expires}
    words = ["paper", "one.cbor", *BASIC[:-1]]
    for now, code in ((expires, "window-over"), (content.expires + content.grace, "trust-list-expired")):
        assert f"error ({code})" in terminal.run(*words, str(now), "--card", "--out", "x.pdf", code=2)
        assert not Path("x.pdf").exists()
    terminal.run(*words, str(expires - 1), "--card", "--out", "x.pdf")
    late = str(content.expires + content.grace - 1)
    assert "error (window-over)" in terminal.run(*words, late, "--card", "--out", "y.pdf", code=2)


def in_order(texts: list[str], folder: Path) -> list[str]:
    from healthpass.formats.text import decode_text

    windows: dict[bytes, Window] = dict(listed(folder).windows)
    return sorted(texts, key=lambda text: windows[decode_text(text)[8:12]].valid_from)


@pytest.mark.parametrize("suffix", ["pdf", "svg"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_again_the_same_bytes(terminal: Terminal, suffix: str, language: str) -> None:
    for name in ("a", "b"):
        words = ["--language", language, "--card", "--out", f"{name}.{suffix}"]
        terminal.run("paper", "one.cbor", *BASIC, *words)
    assert Path(f"a.{suffix}").read_bytes() == Path(f"b.{suffix}").read_bytes()
    if suffix == "svg":
        assert ("星期" in Path("a.svg").read_text(encoding="utf-8")) == (language == "zh")


def test_a_language_by_a_file(terminal: Terminal) -> None:
    Path("de.toml").write_text(ENGLISH.replace("Health pass", "Gesundheitspass"), encoding="utf-8")
    terminal.run("paper", "one.cbor", *BASIC, "--language", "de.toml", "--card", "--out", "a.svg")
    assert "Gesundheitspass" in Path("a.svg").read_text(encoding="utf-8")
    Path("de.toml").write_text("title = 7", encoding="utf-8")
    said = terminal.run("paper", "one.cbor", *BASIC, "--language", "de.toml", "--card", "--out", "b.svg", code=2)
    assert "language: check is missing" in said
    assert not Path("b.svg").exists()


@pytest.mark.parametrize("kind", ["--card", "--sheet"])
@pytest.mark.parametrize("suffix", ["pdf", "svg"])
def test_a_script_that_cannot_be_set_right_is_not_printed(terminal: Terminal, kind: str, suffix: str) -> None:
    Path("ar.toml").write_text(ENGLISH.replace("Health pass", "تصريح صحي"), encoding="utf-8")
    said = terminal.run("paper", "one.cbor", *BASIC, "--language", "ar.toml", kind, "--out", f"x.{suffix}", code=2)
    assert said.startswith("error (script-not-supported): words that cannot be set right: Arabic is joined")
    assert not Path(f"x.{suffix}").exists()


def test_chinese_where_no_font_has_it(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is written, by cards and by forms, and the error names what to install."""
    monkeypatch.setattr(system_fonts, "PLACES", (Path("none.ttf"), Path("latin.ttf")))
    Path("latin.ttf").write_bytes(vera())
    for words in (
        ("paper", "one.cbor", *BASIC, "--card", "--language", "zh", "--out", "x.pdf"),
        ("station", "form", "--language", "zh", "--out", "x.pdf"),
    ):
        said = terminal.run(*words, code=2)
        assert said.startswith("error (no-font): no font of this system has all letters of this language; install ")
        assert "fonts-droid-fallback or fonts-wqy-zenhei (Debian), wqy-zenhei-fonts (Fedora)" in said
        assert not Path("x.pdf").exists()
        given = terminal.run(*words, "--font", "latin.ttf", code=2)
        assert given.startswith("error (font-lacks-letters): the font lacks ")
        assert not Path("x.pdf").exists()
    Path("none.ttf").write_bytes(chinese())
    terminal.run("paper", "one.cbor", *BASIC, "--card", "--language", "zh", "--out", "x.pdf")
    assert b"/FontFile2" in Path("x.pdf").read_bytes()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["one.cbor", *BASIC, "--out", "x.pdf"], "one of --card and --sheet"),
        (["one.cbor", *BASIC, "--card", "--out", "x.png"], "ends in .pdf or .svg"),
        (["one.cbor", *BASIC, "--card", "--language", "fr", "--out", "x.pdf"], "--language is one of en, zh"),
        (["one.cbor", *BASIC[:4], *BASIC[6:], "--zone", "Mars", "--card", "--out", "x.pdf"], "not a time zone"),
        (["one.cbor", *BASIC, "--card", "--font", "roots.txt", "--out", "x.pdf"], "not a TrueType font"),
        (["fourteen.cbor", *BASIC, "--card", "--out", "x.pdf"], "not-one"),
        (["roots.txt", *BASIC, "--card", "--out", "x.pdf"], "malformed"),
        (["twice.cbor", *BASIC, "--sheet", "--out", "x.pdf"], "repeated-slot"),
        (["forged.cbor", *BASIC, "--sheet", "--out", "x.pdf"], "bad-claim-signature"),
        (["one.cbor", "--trust-list", "one.cbor", *BASIC[2:], "--card", "--out", "x.pdf"], "malformed"),
        (["one.cbor", *BASIC[:2], "--roots", "other-roots.txt", *BASIC[4:], "--card", "--out", "x.pdf"], "threshold"),
    ],
)
def test_misuse_writes_nothing(terminal: Terminal, words: list[str], says: str) -> None:
    (claim,) = parse_batch(Path("one.cbor").read_bytes())
    Path("twice.cbor").write_bytes(encode_batch([claim, claim]))
    Path("forged.cbor").write_bytes(encode_batch([claim[:-1] + bytes((claim[-1] ^ 1,))]))
    terminal.run("keygen", "other.key")
    terminal.run("root", "pin", "other.key.pub", "--threshold", "1", "--out", "other-roots.txt")
    said = terminal.run("paper", *words, code=2)
    assert says in said
    assert not [path.name for path in Path().iterdir() if path.name.startswith("x.")]


def test_a_wallet_s_batch_is_not_for_paper(terminal: Terminal, filled: Path) -> None:
    words = ["--trust-list", str(filled / "trust-list.cbor"), "--roots", str(filled / "roots.txt"), *BASIC[4:]]
    said = terminal.run("paper", str(filled / "batch.cbor"), *words, "--sheet", "--out", "x.pdf", code=2)
    assert said.startswith("error (malformed)"), "it is sealed to the wallet"
    assert not Path("x.pdf").exists()
