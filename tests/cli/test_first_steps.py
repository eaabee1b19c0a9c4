"""What somebody meets who has never seen the commands: help that leads on, and errors that name the option to use."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from healthpass.cli.main import main
from tests.cli.terminal import NOW, Terminal

NOW_ = ("--now", str(NOW))


def groups(group: click.Group = main, path: tuple[str, ...] = ()) -> Iterator[tuple[click.Group, tuple[str, ...]]]:
    yield group, path
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from groups(command, (*path, name))


@pytest.mark.parametrize("path", [path for _, path in groups()], ids=" ".join)
def test_each_command_is_listed_once_with_its_whole_sentence(path: tuple[str, ...]) -> None:
    group = next(group for group, at in groups() if at == path)
    text = CliRunner().invoke(main, [*path, "--help"]).stdout
    listed = re.findall(r"^  ([a-z][a-z-]+)  +\S", text.split("-h, --help")[1], re.MULTILINE)
    assert sorted(listed) == sorted(group.commands)
    flat = " ".join(text.split("-h, --help")[1].split())
    assert "..." not in flat
    for command in group.commands.values():
        assert " ".join(command.get_short_help_str(10_000).split()).split()[-1] in flat


def test_the_sections_are_in_the_order_of_a_country() -> None:
    text = CliRunner().invoke(main, ["--help"]).stdout
    order = ["demo", "keygen", "root", "windows", "hold", "issue", "attest", "wallet", "present", "verify", "station"]
    at = [re.search(rf"^  {name} ", text, re.MULTILINE) for name in order]
    places = [found.start() for found in at if found is not None]
    assert len(places) == len(order)
    assert places == sorted(places)
    assert (Path(__file__).parents[2] / "docs/cli.md").is_file()
    assert "docs/cli.md" in text


def test_the_rules_in_the_help_are_rules(terminal: Terminal) -> None:
    """The form that `issue --help` shows is taken, with a key in it."""
    text = CliRunner().invoke(main, ["issue", "--help"]).stdout
    form = text[text.index("[[attester]]") : text.index("Options:")]
    assert set(tomllib.loads(form)) == {"attester"}
    key = terminal.json("inspect", terminal.path("region.key.pub"))["key"]
    rules = Path(terminal.path("platform/rules.toml"))
    rules.write_text(re.sub(r'key = ".*"', f'key = "{key}"', form), encoding="utf-8")
    words = ("issue", terminal.path("request.cbor"), "--platform", terminal.path("platform"), *NOW_)
    assert terminal.json(*words, "--out", terminal.path("again"))["claims"] == 16
    rules.unlink()
    said = terminal.run(*words, "--out", terminal.path("x"), code=2)
    assert said.endswith("platform/rules.toml: no such file; write the rules of recognition into it, as"
                         " `healthpass issue --help` shows them\n")  # fmt: skip
    assert not Path(terminal.path("x")).exists()


def test_a_wallet_without_a_trust_list(terminal: Terminal) -> None:
    terminal.run("wallet", "new", terminal.path("new.wallet"), "--roots", terminal.path("roots.txt"))
    words = ("wallet", "answer", terminal.path("new.wallet"), terminal.path("offer.cbor"), *NOW_)
    said = terminal.run(*words, "--out", terminal.path("x"), code=2)
    assert said == (
        "error (no-trust-list): the wallet needs a trust list before it can answer an offer; give it one with"
        " --trust-list\n"
    )
    assert not Path(terminal.path("x")).exists()


def test_people_are_numbered_as_the_option_has_them(terminal: Terminal) -> None:
    before = Path(terminal.path("me.wallet")).read_bytes()
    said = terminal.run("present", terminal.path("me.wallet"), "--person", "3", *NOW_, code=2)
    assert said == (
        "error (no-such-people): these are not people of this pass; choose them with --person by their numbers from 1"
        " on, each once, in order\n"
    )
    assert Path(terminal.path("me.wallet")).read_bytes() == before


def test_the_first_list_needs_what_a_platform_hands_in(terminal: Terminal) -> None:
    words = ("root", "draft", "--roots", terminal.path("roots.txt"), "--out", terminal.path("x"), *NOW_)
    said = terminal.run(*words, code=2)
    assert said.startswith("error: the first list needs --windows: the platform.pub.cbor of each platform; ")
    assert not Path(terminal.path("x")).exists()


def test_days_that_keep_their_windows_are_told(terminal: Terminal) -> None:
    """A document key changes no window that is there: which would go unnoticed until a station cannot vouch."""
    words = ["windows", terminal.path("platform"), "--document-key-id", "0a0b0c0d", *NOW_]
    told = CliRunner().invoke(main, [*words, "--days", "12"])
    assert told.exit_code == 0
    assert told.stderr.startswith("12 days had windows before and keep them: these do not go by this document key")
    kid = terminal.json("inspect", terminal.path("platform/windows.cbor"))["windows"][0]["kid"]
    assert CliRunner().invoke(main, [*words, "--days", "12", "--drop", kid]).stderr.startswith("11 days had")
    fresh = CliRunner().invoke(main, ["windows", terminal.path("other"), "--document-key-id", "0a0b0c0d", *NOW_])
    assert (fresh.exit_code, fresh.stderr) == (0, "")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["verify", "HP1:", "--now", "2026-11-28"], "'2026-11-28' is not a whole number"),
        (["windows", "p", "--days", "two"], "'two' is not a whole number"),
        (["windows", "p", "--utc-offset", "east"], "'east' is not a number"),
        (["place", "table", "--medium", "north"], "'north' is not a whole number"),
    ],
)
def test_a_value_that_is_no_number(words: list[str], says: str) -> None:
    said = CliRunner().invoke(main, words)
    assert said.exit_code == 2
    assert says in said.stderr
    assert "valid" not in said.stderr.replace("invalid value for", "")


def test_no_terminal_to_ask_for_a_passphrase_at(terminal: Terminal) -> None:
    words = ["wallet", "new", terminal.path("x"), "--roots", terminal.path("roots.txt")]
    said = CliRunner(env={"HEALTHPASS_PASSPHRASE": None}).invoke(main, words, input="")
    assert said.exit_code == 2
    assert "error: no passphrase: there is no terminal to ask at; set HEALTHPASS_PASSPHRASE; " in said.stderr
    assert not Path(terminal.path("x")).exists()


def test_a_scanner_that_was_given_no_place(terminal: Terminal) -> None:
    """Under a check policy nobody is checked without a place: whoever runs the command has forgotten the option."""
    at = terminal.path
    draft = ("--roots", at("roots.txt"), "--previous", at("trust-list.cbor"), "--policy", "default", *NOW_)
    terminal.run("root", "draft", *draft, "--confirm-clock", "--out", at("d"))
    for n in (1, 2):
        terminal.run("root", "sign", "--yes", at("d"), "--key", at(f"root{n}.key"), "--out", at(f"s{n}"))
    terminal.run("root", "combine", at("d"), at("s1"), at("s2"), "--roots", at("roots.txt"), "--out", at("newer"))
    words = ["verify", "HP1:", "--roots", at("roots.txt"), "--trust-list", at("newer"), *NOW_]
    said = CliRunner().invoke(main, words)
    assert (said.exit_code, said.stdout) == (3, "ASSIST: PLACE_NOT_CERTIFIED\n")
    note = "This scanner was given no place: name the file with the text of its poster (--place).\n"
    assert note in said.stderr
    assert note not in CliRunner().invoke(main, [*words, "--json"]).stderr
    said = CliRunner(env={"HEALTHPASS_PASSPHRASE": "grandmother's tea"}).invoke(
        main, ["wallet", "update", at("me.wallet"), "--trust-list", at("newer"), *NOW_]
    )
    assert said.exit_code == 0, said.stderr
    before = Path(at("me.wallet")).read_bytes()
    shown = terminal.run("present", at("me.wallet"), *NOW_, code=2)
    assert shown.startswith("error (place-required): there is a check policy, and no place is named; name the file")
    assert "(--place)" in shown
    assert "(--anywhere)" in shown
    assert Path(at("me.wallet")).read_bytes() == before
