"""The public interface, found: what packages name in `__all__`, and what the pages of the reference show."""

from __future__ import annotations

import ast
import importlib
import re
from pathlib import Path

import healthpass

DOCS = Path(healthpass.__file__).parents[2] / "docs"
PAGES = sorted((DOCS / "api").glob("*.md"))
PACKAGES = (
    "healthpass",
    "healthpass.errors",
    *(f"healthpass.{role}" for role in ("verifier", "holder", "attester", "issuer", "authority", "station", "paper")),
    "healthpass.attester.audit",
    "healthpass.issuer.ledger",
    "healthpass.crypto",
)
_SHOWN = re.compile(r"^::: ([\w.]+)\n((?:    .*\n)*)", re.MULTILINE)


def defined_as(package: str) -> dict[str, str]:
    """Where the names of a package come from: `Outcome` of `healthpass.verifier` is in `verifier.outcome`."""
    module = importlib.import_module(package)
    tree = ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))
    taken = {
        each.asname or each.name: f"{node.module}.{each.name}"
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for each in node.names
    }
    return {name: taken.get(name, f"{package}.{name}") for name in module.__all__}


def shown() -> list[tuple[str, str, str]]:
    """Page, path and options of everything that the reference shows."""
    return [
        (page.name, found[1], found[2]) for page in PAGES for found in _SHOWN.finditer(page.read_text(encoding="utf-8"))
    ]


def look_up(path: str) -> object:
    """What stands behind a dotted name: a module, or something in one."""
    module, _, name = path.rpartition(".")
    try:
        return importlib.import_module(path)
    except ModuleNotFoundError:
        return getattr(importlib.import_module(module), name)
