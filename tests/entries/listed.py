"""All entries."""

from __future__ import annotations

from tests.entries.entry import Entry
from tests.entries.formats import FORMATS
from tests.entries.platforms import PLATFORMS
from tests.entries.scanners import SCANNERS

ENTRIES: tuple[Entry, ...] = (*SCANNERS, *PLATFORMS, *FORMATS)
