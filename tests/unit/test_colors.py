"""Whatever names colours or binding kinds knows all of them: each table, sentence and page is held to the one type.

The last test adds a colour to the type alone, in a copy of the source, and asks everything that has colours about it.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from itertools import chain, combinations
from pathlib import Path

import pytest

import healthpass
from healthpass import Color
from healthpass.authority.changes import _terms
from healthpass.authority.policy_file import policy_from_toml, policy_to_toml
from healthpass.authority.wording import span
from healthpass.cli.station.vouch import COLORS
from healthpass.formats.check_policy import CheckPolicy, CheckRule, bits_of, colors_in
from healthpass.formats.claim import TEMPLATES, Binding, bindings_in, parse_claim
from healthpass.formats.place import PlaceClass, Risk
from healthpass.formats.window import Window
from healthpass.formats.words import by_word, word_of
from healthpass.issuer import RecognitionRules
from healthpass.issuer.stations import StationRules
from tests.making import ISSUER, NOW, make_claim

ROOT = Path(__file__).parents[2]
SETS = list(chain.from_iterable(combinations(Color, count) for count in range(len(Color) + 1)))
WORDS = ", ".join(map(word_of, Color))


def read(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def rules(bindings: str, color: str) -> str:
    key = bytes(32).hex()
    return f'[[attester]]\nregion = "x"\nkey = "{key}"\nbindings = [{bindings}]\nscale = {{w = "{color}"}}'


@pytest.mark.parametrize("color", Color, ids=word_of)
def test_each_colour(color: Color) -> None:
    for binding in Binding:
        assert parse_claim(make_claim(binding=binding, color=color)).color is color
    rule = CheckRule(Risk.LOW, PlaceClass.SCHOOL, admitted=bits_of(color))
    assert [each for each in Color if rule.admits(each)] == [color]
    assert _terms(rule).startswith(f"admits {word_of(color)}, helps nobody")
    (recognised,) = RecognitionRules.from_toml(rules('"device"', word_of(color)))
    assert recognised.scale == {"w": color}
    assert COLORS[word_of(color)] is color
    assert color in StationRules().colors


@pytest.mark.parametrize("colors", SETS, ids=str)
def test_each_set_of_colours(colors: tuple[Color, ...]) -> None:
    assert colors_in(bits_of(*colors)) == list(colors)
    others = [color for color in Color if color not in colors]
    policy = CheckPolicy(
        [CheckRule(Risk.HIGH, PlaceClass.SCHOOL, admitted=bits_of(*colors), assisted=bits_of(*others))]
    )
    assert policy_from_toml(policy_to_toml(policy)) == policy
    said = ["+".join(map(word_of, each)) or "nobody" for each in (colors, others)]
    assert _terms(policy.rules[0]).startswith(f"admits {said[0]}, helps {said[1]}, documents for paper+phone")


def test_each_binding() -> None:
    assert TEMPLATES.keys() == set(Binding)
    for bits in range(1, sum(Binding) + 1):
        kinds = bindings_in(bits)
        assert sum(kinds) == bits
        window = Window(b"kid0", ISSUER.public_key, NOW, NOW + 60, 4, bits, b"doc0")
        assert f", {'+'.join(map(word_of, kinds))}, document key" in span(window)
        names = ", ".join(f'"{word_of(kind)}"' for kind in kinds)
        (recognised,) = RecognitionRules.from_toml(rules(names, "green"))
        assert recognised.bindings == bits


def test_the_pages_and_the_core_name_the_same_colours() -> None:
    cddl = re.search(r"^color = ([0-9 /]+?) +; (.*)$", read("docs/healthpass.cddl"), re.MULTILINE)
    assert cddl is not None
    assert cddl[1].split(" / ") == [str(each.value) for each in Color]
    assert cddl[2] == WORDS
    bytes_of = ", ".join(f"{each.value:02x} {word_of(each)}" for each in Color)
    assert read("docs/protocol.md").count(f"| **color** | {bytes_of} |") == len(Binding)
    bits = ", ".join(f"{bits_of(each)} {word_of(each)}" for each in Color)
    assert f"sum of {bits}: let in" in read("docs/protocol.md")
    header = read("firmware/include/healthpass.h")
    assert f"enum {{ {', '.join(f'HP_{each.name} = {each.value}' for each in Color)} }};" in header
    assert f"Colours are bits: {bits}." in header


FOURTH = """
from healthpass import Color
from healthpass.authority.changes import _terms
from healthpass.authority.policy_file import policy_from_toml, policy_to_toml
from healthpass.cli.station.vouch import COLORS
from healthpass.formats.check_policy import CheckPolicy, CheckRule, bits_of, default_policy, parse_check_policy
from healthpass.formats.claim import Binding, Claim, parse_claim, unsigned_claim
from healthpass.formats.station_attestation import StationAttestation, encode_station_attestation
from healthpass.formats.station_attestation import parse_station_attestation
from healthpass.issuer import RecognitionRules
from healthpass.issuer.stations import StationRules
from healthpass.verifier.outcome import decide_colors

blue = Color.BLUE
claim = Claim(b"kid0", 1_800_000_000, 1, blue, bytes(32), b"tt")
assert parse_claim(unsigned_claim(claim)) == claim
rule = CheckRule(0, 5, admitted=bits_of(blue), assisted=bits_of(Color.RED))
assert _terms(rule).startswith("admits blue, helps red")
policy = CheckPolicy([rule])
assert policy_from_toml(policy_to_toml(policy)) == parse_check_policy(policy.values()) == policy
assert decide_colors(rule, [blue]).name == "ADMIT"
assert default_policy().rule(0, 2).assists(blue)
text = f'[[attester]]\\nregion = "x"\\nkey = "{bytes(32).hex()}"\\nbindings = ["device"]\\nscale = {{w = "blue"}}'
(recognised,) = RecognitionRules.from_toml(text)
assert recognised.scale["w"] is blue
assert COLORS["blue"] is blue and blue in StationRules().colors
station = StationAttestation(bytes(16), 1_800_000_000, blue, 1_800_000_000, 1_800_000_060, bytes(32), bytes(32), b"x")
assert parse_station_attestation(encode_station_attestation(station)).color is blue
print("all know it")
"""


def test_a_fourth_colour_is_one_line(tmp_path: Path) -> None:
    source = tmp_path / "healthpass"
    shutil.copytree(Path(healthpass.__file__).parent, source, ignore=shutil.ignore_patterns("__pycache__"))
    values = source / "_values.py"
    text = values.read_text(encoding="utf-8")
    assert text.count("    RED = 3\n") == 1
    values.write_text(text.replace("    RED = 3\n", "    RED = 3\n    BLUE = 4\n"), encoding="utf-8")
    script = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); sys.dont_write_bytecode = True\n{FOURTH}"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "all know it\n"), done.stderr


def test_words() -> None:
    assert by_word(PlaceClass)["care-home"] is PlaceClass.CARE_HOME
    assert list(by_word(Binding)) == ["device", "document", "both"]
