"""What docs/benchmarks.md promises is what the benchmarks are held to, and what can be counted is counted here."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import segno
from benchmarks import _enrolments, _world, sizes, targets, verify
from benchmarks.targets import Limit

from healthpass.formats.text import encode_text
from tests.pages import DOCS

PAGE = (DOCS / "benchmarks.md").read_text(encoding="utf-8")
FOLDER = Path(targets.__file__).parent
SOURCES = {path.stem: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.py") if path.stem != "targets"}
ROW = re.compile(r"^\| (`.+`) \| (.+) \| ([<>]=) ([\d.,]+)(.*) \|$", re.MULTILINE)


def promised() -> dict[tuple[str, str], tuple[str, float, str]]:
    """The table on the page, read without the code that writes it."""
    found = ROW.findall(PAGE)
    return {
        (part.replace("`", ""), what): (sign, float(figure.replace(",", "")), rest.strip())
        for part, what, sign, figure, rest in found
    }


def test_the_page_promises_what_the_benchmarks_hold() -> None:
    expected = {
        (each.part, each.what): (">=" if each.least else "<=", each.figure, each.unit)
        for each in targets.limits().values()
    }
    for name, size in targets.SIZES.items():
        expected["sizes", name] = ("<=", size.bytes, f"bytes, {size.version}-L")
    assert promised() == expected


@pytest.mark.parametrize("name", targets.limits())
def test_every_limit_is_held_to_by_its_parts(name: str) -> None:
    for part in targets.limits()[name].part.split(", "):
        modules = [text for stem, text in SOURCES.items() if stem == part or stem.startswith(f"_{part}_")]
        assert any(re.search(rf"\btargets\.{name}\b", text) for text in modules)


def test_no_module_has_a_limit_of_its_own() -> None:
    """`_model.held`, by which all are held that are not sizes, takes nothing else."""
    assert not [stem for stem, text in SOURCES.items() if re.search(r"\bLimit\(", text)]


@pytest.mark.parametrize(("measured", "least", "more", "held"), [
    (1.2, False, 0.0, True), (1.21, False, 0.0, False), (1.21, False, 0.5, True),
    (1.2, True, 0.0, True), (1.19, True, 0.0, False),
])  # fmt: skip
def test_the_limit_itself_is_held(measured: float, least: bool, more: float, held: bool) -> None:
    assert Limit("part", "what", 1.2, "x", least).holds(measured, more) is held


@pytest.mark.parametrize("keys", _enrolments.KEYS)
def test_what_travels_during_enrolment(keys: int) -> None:
    column = _enrolments.KEYS.index(keys)
    for name, size in _enrolments.sizes(keys).items():
        found = re.search(rf"^\| {name} \| ([\d,]+) \| ([\d,]+) \|$", PAGE, re.MULTILINE)
        assert found is not None, name
        assert found[1 + column] == f"{size:,}"


@pytest.mark.parametrize(
    "kind", [kind for kind in sizes.KINDS if kind.name in targets.SIZES], ids=lambda kind: kind.name
)
def test_what_is_shown_has_its_size(kind: _world.Kind) -> None:
    data = _world.make(kind, 0)
    symbol = segno.make_qr(encode_text(data), error="L", boost_error=False)
    assert len(data) <= targets.SIZES[kind.name].bytes
    assert int(symbol.version) <= targets.SIZES[kind.name].version


def test_every_size_is_of_something_that_is_made() -> None:
    assert set(targets.SIZES) <= {kind.name for kind in sizes.KINDS}


@pytest.mark.parametrize("kind", [*verify.KINDS, _world.FULL], ids=str)
def test_everybody_whom_the_benchmark_shows_is_admitted(kind: _world.Kind, tmp_path: Path) -> None:
    store = verify.open_store(str(tmp_path))
    shown = verify.showings(kind, _world.texts(kind, 4))
    scanner = verify.new_scanner(store, len(shown))
    verify.check_admitted(scanner, kind, shown)
    with pytest.raises(AssertionError):
        verify.check_admitted(scanner, kind, shown[-1:])
