"""The public sides of an issuer's windows, as it hands them to the roots: deterministic CBOR, not signed.

Nobody believes this file by itself; what the roots sign is the trust list that they make of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from healthpass.errors import FormatError
from healthpass.formats import cbor, fields
from healthpass.formats.trust_list import MAX_WINDOWS
from healthpass.formats.window import Window, check_periods, parse_window

if TYPE_CHECKING:
    from collections.abc import Iterable

    from healthpass.formats.cbor import Value

MAX_SIZE = 262_144
_FORMAT = 1


def encode_windows(windows: Iterable[Window]) -> bytes:
    """The windows in one file, in ascending order of their kids. Raises what `parse_windows` raises."""
    listed = sorted(windows, key=lambda window: window.kid)
    data = cbor.encode([_FORMAT, [window.values() for window in listed]])
    parse_windows(data)
    return data


def parse_windows(data: bytes) -> list[Window]:
    """The windows of a file of at most 262,144 bytes.

    Raises:
        FormatError: it is not one, or its kids are repeated or out of order; or "overlapping-windows": see
            `check_periods`.
    """
    if len(data) > MAX_SIZE:
        raise FormatError(f"a file of windows has at most {MAX_SIZE} bytes")
    version, listed = fields.record(cbor.decode(data, 8 * MAX_WINDOWS + cbor.FEW_ITEMS), "windows", 2)
    fields.uint(version, "format", least=_FORMAT, most=_FORMAT)
    windows = fields.array(listed, "windows", _window, MAX_WINDOWS)
    kids = fields.distinct([window.kid for window in windows], "kids")
    if kids != sorted(kids):
        raise FormatError("kids: out of order")
    check_periods(windows)
    return windows


def _window(value: Value, name: str) -> Window:
    return parse_window(value)
