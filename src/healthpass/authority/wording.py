"""How windows, keys and times are written for those who read a draft before they sign."""

from __future__ import annotations

import time
from collections.abc import Iterable

from healthpass._shown import compared, shown
from healthpass.formats.claim import bindings_in
from healthpass.formats.platform import SealingKeyEntry
from healthpass.formats.window import Window
from healthpass.formats.words import word_of


def in_time(windows: Iterable[Window]) -> list[Window]:
    """In the order of their beginning."""
    return sorted(windows, key=lambda window: (window.valid_from, window.kid))


def span(window: Window) -> str:
    """A window but for its kid."""
    kinds = "+".join(map(word_of, bindings_in(window.bindings)))
    tags = "" if window.document_key_id is None else f", document key {shown(window.document_key_id)}"
    times = f"{when(window.valid_from)} to {when(window.expires)}"
    return f"{times}, {window.capacity} claims, {kinds}{tags}, by key {compared(window.key)}"


def span_of_key(entry: SealingKeyEntry) -> str:
    """When wallets seal to a key."""
    return f"{when(entry.valid_from)} to {when(entry.expires)}"


def when(seconds: int) -> str:
    """To the second where it is not a full minute, for a second is enough for a mark."""
    return time.strftime("%Y-%m-%d %H:%M:%S UTC" if seconds % 60 else "%Y-%m-%d %H:%M UTC", time.gmtime(seconds))
