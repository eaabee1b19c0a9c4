"""What the documentation says of the code is what the code does."""

from __future__ import annotations

import ast
import contextlib
import io
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

import healthpass
from healthpass import RefusalCode
from healthpass.formats import area_table, assisted_envelope, cose, document, place, trust_list
from healthpass.formats import claim as claim_format
from healthpass.formats.claim import Binding
from healthpass.formats.place import PlaceClass
from healthpass.formats.presentation import Shape, template_of
from healthpass.formats.template import Template
from healthpass.formats.window import _WINDOW_FIELDS
from healthpass.verifier import replay_boot
from tests import pages
from tests.making import SHAPES
from tests.placing import REGISTRAR, make_place

DOCS = pages.DOCS
PAGES = sorted(DOCS.rglob("*.md"))
PROTOCOL = (DOCS / "protocol.md").read_text(encoding="utf-8")
FENCES = re.compile(r"^```(\w+)[^\n]*\n(.*?)^```$", re.DOTALL | re.MULTILINE)
LINKS = re.compile(r"\]\(([^)#\s]+)")


def name(path: Path) -> str:
    return path.relative_to(DOCS).as_posix()


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_what_a_page_shows_of_the_code(path: Path) -> None:
    page = path.read_text(encoding="utf-8")
    assert pages.up_to_date(page) == page, "python -m tests.pages writes it anew"


def test_every_table_has_its_place() -> None:
    shown = [found[2] for found in pages.PLACES.finditer("".join(p.read_text(encoding="utf-8") for p in PAGES))]
    assert sorted(shown) == sorted(pages.WHAT)


@pytest.mark.parametrize("file", pages.EXAMPLE_FILES)
def test_example_files(file: str) -> None:
    assert (DOCS / "example" / file).read_bytes() == pages.EXAMPLE_FILES[file].encode()


def test_a_text_survives_being_copied() -> None:
    for text in (pages.EXAMPLE_FILES[name] for name in ("live.txt", "paper.txt", "place.txt")):
        assert text == text.strip()
        assert "  " not in text


def same(pieces: list[pages.Piece], template: Template) -> bool:
    """Whether the layout on the page and the template are the same bytes with the same holes."""
    shown = Template(*(what for what, _ in pieces))
    return (shown.size, shown.fields) == (template.size, template.fields) and joined(shown) == joined(template)


def joined(template: Template) -> list[bytes | tuple[str, int]]:
    """The parts, neighbouring constants as one."""
    parts: list[bytes | tuple[str, int]] = []
    for part in template.parts:
        last = parts[-1] if parts else None
        if isinstance(part, bytes) and isinstance(last, bytes):
            parts[-1] = last + part
        else:
            parts.append(part)
    return parts


@pytest.mark.parametrize("binding", [Binding.DEVICE, Binding.DOCUMENT, Binding.BOTH])
def test_the_layout_of_a_claim(binding: Binding) -> None:
    assert same(pages.claim_pieces(binding), claim_format.TEMPLATES[binding])


@pytest.mark.parametrize("shape", SHAPES)
def test_the_layout_of_a_presentation(shape: Shape) -> None:
    assert same(pages.presentation_pieces(shape), template_of(shape))


def test_the_layout_of_a_place_certificate() -> None:
    assert same(pages.place_payload_pieces(), place._PAYLOAD)
    whole = Template(*(what for what, _ in pages.place_pieces()))
    for data in (make_place(), pages.EXAMPLE_PLACE):
        assert whole.matches(data)
        assert data[whole.fields["key"]] == REGISTRAR.public_key
        assert data[whole.fields["signature"]] == data[-64:]


def test_the_layout_of_the_envelopes() -> None:
    assert same(pages.assisted_query_pieces(), assisted_envelope._QUERY)
    assert same(pages.assisted_answer_pieces(), assisted_envelope._ANSWER)


def test_every_code_of_the_assisted_query_is_in_its_section() -> None:
    """What the source can raise, word for word: the tables name each code, and no other."""
    source = Path(healthpass.__file__).parent
    files = [
        "station/desk.py",
        "station/question.py",
        "trust/assisted.py",
        "trust/stations.py",
        "trust/station_list.py",
    ]
    files += [f"attester/{name}.py" for name in ("answers", "daily_keys", "query_memory")]
    code = "".join((source / name).read_text(encoding="utf-8") for name in files)
    raised = set(re.findall(r'(?:StationRefused|AttestationRefused)\(\s*"([a-z-]+)"', code))
    section = PROTOCOL.split("## Assisted query")[1].split("\n## ")[0]
    raised |= {"no-consent", "no-document-key"}  # by the form of a query, and by `DocumentSeeds`
    raised |= {"no-period", "which-platform", "unknown-platform"}  # by `healthpass.trust.platforms`
    assert len(raised) > 30
    assert set(re.findall(r"`([a-z]+(?:-[a-z]+)*)`", section)) == raised | {"malformed", *document.TYPES}


def test_the_classes_of_places() -> None:
    section = PROTOCOL.split("## Place certificate")[1].split("## ")[0]
    rows = re.findall(r"^\| (\d) \| ([a-z ]+) \|", section, re.MULTILINE)
    assert rows == [(str(each.value), each.name.lower().replace("_", " ")) for each in PlaceClass]


def test_the_labels_of_the_area_table() -> None:
    section = PROTOCOL.split("## Area table")[1].split("## ")[0]
    assert {int(row) for row in re.findall(r"^\| (\d+) \|", section, re.MULTILINE)} == area_table._REQUIRED


def test_the_types_of_messages() -> None:
    types = {value for key, value in vars(cose).items() if key.isupper() and str(value).startswith(cose.TYPE_PREFIX)}
    for each in types - {cose.TYPE_PREFIX}:
        assert f"`{each}`" in PROTOCOL


def test_the_labels_of_the_trust_list() -> None:
    section = PROTOCOL.split("### Content of the trust list")[1].split("### ")[0]
    labels = {int(row) for row in re.findall(r"^\| (\d+) \|", section, re.MULTILINE)}
    assert labels == trust_list._REQUIRED | {10}


def test_the_fields_of_a_window() -> None:
    section = PROTOCOL.split("### A window")[1].split("### ")[0]
    rows = re.findall(r"^\| ([a-z][a-z ]*?) \|", section, re.MULTILINE)
    assert tuple(row.replace(" ", "_") for row in rows if row != "field") == _WINDOW_FIELDS


def test_every_refusal_is_in_the_steps() -> None:
    section = PROTOCOL.split("## Verification")[1].split("### ")[0]
    assert {int(code) for code in re.findall(r"`(\d+) [A-Z_]+`", section)} == {code.value for code in RefusalCode}
    for number, code in re.findall(r"`(\d+) ([A-Z_]{5,})`", PROTOCOL):
        assert RefusalCode[code].value == int(number)


WITH_SNIPPETS = [path for path in PAGES if "```python" in path.read_text(encoding="utf-8")]


@pytest.mark.parametrize("path", WITH_SNIPPETS, ids=name)
def test_snippets_run(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The Python of a page, in order, in one namespace. A block of text right after one is what it prints."""
    shutil.copytree(DOCS / "example", tmp_path / "docs" / "example")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(replay_boot, "this_boot", lambda: replay_boot.Boot(bytes(16), lambda: 9))
    monkeypatch.setattr(replay_boot, "ram_folders", lambda runtime: (str(tmp_path),))
    namespace: dict[str, Any] = {"__name__": "snippet"}
    printed = ""
    for language, block in FENCES.findall(path.read_text(encoding="utf-8")):
        if language == "python":
            assert not printed, "what a snippet prints stands right after it"
            out = io.StringIO()
            with contextlib.redirect_stdout(out):
                exec(compile(block, str(path), "exec"), namespace)
            printed = out.getvalue()
        elif printed:
            assert block == printed
            printed = ""
    assert not printed


FORMATS_THEMSELVES = {"revocation-filter.md"}
"""Pages whose examples are of a format, and not of an application."""


def test_no_application_imports_from_formats() -> None:
    """What crosses between roles is bytes, and each role has what makes or takes them: in every example of the pages,
    of the README and of the source's docstrings, whether it runs or not."""
    root, source = DOCS.parent, Path(healthpass.__file__).parent
    pages_of_text = [*PAGES, *(root / f"{name}.md" for name in ("README", "CONTRIBUTING", "SECURITY"))]
    blocks = [
        (path.name, block) for path in pages_of_text for _, block in FENCES.findall(path.read_text(encoding="utf-8"))
    ]
    for path in source.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        holders = [each for each in ast.walk(tree) if isinstance(each, ast.Module | ast.ClassDef | ast.FunctionDef)]
        if "formats" not in path.parts:
            blocks += [(path.name, ast.get_docstring(each) or "") for each in holders]
    importing = {name for name, block in blocks if re.search(r"(from|import) healthpass\.formats", block)}
    assert importing == FORMATS_THEMSELVES


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_links_lead_somewhere(path: Path) -> None:
    for target in LINKS.findall(path.read_text(encoding="utf-8")):
        if "://" not in target and not target.startswith("mailto:"):
            assert (path.parent / target).exists(), target


def test_the_index_of_the_reference_has_each_page_once() -> None:
    index = DOCS / "api" / "index.md"
    listed = re.findall(r"^\| \[[^]]+\]\(([a-z]+\.md)\)", index.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(listed) == sorted(path.name for path in (DOCS / "api").glob("*.md") if path != index)


def test_every_page_is_in_the_navigation_once() -> None:
    nav = (DOCS.parent / "mkdocs.yml").read_text(encoding="utf-8").partition("\nnav:\n")[2]
    listed = re.findall(r"([a-z0-9/-]+\.md)$", nav, re.MULTILINE)
    assert sorted(listed) == sorted(name(path) for path in PAGES)
