"""docs/operations: the commands and programs of each page run, in their order, in one folder; its tables are whole."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from healthpass import Color
from healthpass.cli.context import read_roots
from healthpass.formats.hand_in import parse_hand_in
from healthpass.formats.trust_list import parse_trust_list
from healthpass.issuer import Issuer, ListedStation, RecognitionRules, StationList
from healthpass.verifier import TrustStore
from tests.cli.terminal import Terminal
from tests.making import signer

PAGES = Path(__file__).parents[2] / "docs" / "operations"
BLOCKS = re.compile(r"```(console|py|toml)\n(.*?)```", re.DOTALL)


@pytest.fixture
def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    monkeypatch.chdir(tmp_path)
    return Terminal(tmp_path)


def page(name: str) -> str:
    return (PAGES / name).read_text(encoding="utf-8")


def run(terminal: Terminal, commands: str) -> None:
    """What `verify` is given on these pages is no pass, so it exits with 1. A root that is asked says yes."""
    for line in commands.splitlines():
        words = shlex.split(line)
        assert words[:2] == ["$", "healthpass"]
        signs = words[2:4] == ["root", "sign"]
        terminal.run(*words[2:], code=3 if words[2] == "verify" else 0, typed="y\n" if signs else None)


def version(name: str) -> int:
    """The version of the list that the scanner holds which is built with these roots."""
    content = TrustStore.open("scanner", roots=read_roots(Path(name))).trust_list
    assert content is not None
    return content.version


@pytest.mark.slow
def test_the_ceremony(terminal: Terminal) -> None:
    for language, block in BLOCKS.findall(page("trust-list.md")):
        if language == "console":
            run(terminal, block)
    assert terminal.json("root", "check", "trust-list.cbor", "--roots", "new-roots.txt")["version"] == 4
    assert version("roots.txt") == 4


def test_the_incidents(terminal: Terminal) -> None:
    """After a ceremony of three roots, with keys that are not sealed, and with a scanner that has the first list."""
    first = page("trust-list.md").split("## Every day")[0].replace(" --seal", "")
    for language, block in BLOCKS.findall(first):
        run(terminal, block if language == "console" else "")
    run(terminal, "$ healthpass verify HP1: --roots roots.txt --state scanner --trust-list trust-list.cbor")
    windows = parse_hand_in(Path("platform/platform.pub.cbor").read_bytes()).windows
    stolen = min(windows, key=lambda window: window.valid_from)
    listed = StationList([ListedStation("City hospital", "1f00000000000001", bytes(32))])
    Path("platform/stations.toml").write_text(listed.to_toml())
    for language, block in BLOCKS.findall(page("incidents.md")):
        text = block.replace("STOLEN_KID", stolen.kid.hex()).replace("STATION_ID", "1f00000000000001")
        if language == "console":
            run(terminal, text)
        elif language == "py":
            exec(text, {})
    left = parse_hand_in(Path("platform/platform.pub.cbor").read_bytes()).windows
    spare = (set(left) - set(windows)).pop()
    assert (spare.valid_from, spare.expires) == (stolen.valid_from, stolen.expires)
    assert set(windows) - set(left) == {stolen}
    assert set(parse_trust_list(Path("draft.cbor").read_bytes()).windows.values()) == set(left)
    assert version("new-roots.txt") == 4
    assert len(StationList.from_toml(Path("platform/stations.toml").read_text())) == 0


def test_the_sealing_keys(terminal: Terminal) -> None:
    for language, block in BLOCKS.findall(page("sealing-keys.md")):
        if language == "console":
            run(terminal, block)
        else:
            exec(block, {})
    north = parse_hand_in(Path("north/platform.pub.cbor").read_bytes())
    assert (north.name, len(north.windows), len(north.sealing_keys)) == ("north", 14, 14)


def test_the_rule_of_a_region() -> None:
    (text,) = (block for language, block in BLOCKS.findall(page("recognition.md")) if language == "toml")
    key = signer(1).public_key
    rule = RecognitionRules.from_toml(text.replace("REGION_PUBLIC_KEY", key.hex())).rule_for(key)
    assert rule.scale["raised"] is rule.scale["high"] is Color.YELLOW
    assert (rule.windows_ahead, rule.attestation_age, rule.max_claims) == (24 * 3600, 3600, 512)
    assert rule.claims_per_period == 8_000_000


def test_suspending_a_region() -> None:
    (line,) = (block for language, block in BLOCKS.findall(page("incidents.md")) if language == "toml")
    (text,) = (block for language, block in BLOCKS.findall(page("recognition.md")) if language == "toml")
    key = signer(1).public_key
    text = text.replace("REGION_PUBLIC_KEY", key.hex()).replace("suspended = false\n", line)
    assert RecognitionRules.from_toml(text).rule_for(key).suspended


def test_every_field_of_a_rule_and_its_default() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| (\w*) ?\|", page("recognition.md"), re.MULTILINE))
    key = signer(1).public_key
    least = f'[[attester]]\nregion = "x"\nkey = "{key.hex()}"\nbindings = ["device"]\nscale = {{ a = "red" }}\n'
    rule = RecognitionRules.from_toml(least).rule_for(key)
    defaults = {
        "windows_ahead_hours": rule.windows_ahead // 3600,
        "attestation_hours": rule.attestation_age // 3600,
        "max_claims": rule.max_claims,
        "suspended": str(rule.suspended).lower(),
    }
    without = dict.fromkeys(("region", "key", "bindings", "scale", "claims_per_period"), "")
    assert rule.claims_per_period is None
    assert rows == without | {n: str(v) for n, v in defaults.items()}


def test_every_refusal_of_the_platform() -> None:
    section = page("recognition.md").split("## Refusals")[1].split("## ")[0]
    rows = re.findall(r"^\| (`[^|]+`) \|", section, re.MULTILINE)
    listed = [code for row in rows for code in re.findall(r"`([a-z-]+)`", row)]
    said = re.findall(r'"([a-z-]+)"', str(Issuer.prepare.__doc__))
    assert sorted(listed) == sorted({*said, "malformed"})
