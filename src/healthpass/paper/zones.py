"""Time zones by name or offset: what a card says is local time, and the library has no zone of its own."""

from __future__ import annotations

import re
from datetime import timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

from healthpass._typed import typed
from healthpass.errors import FormatError

_OFFSET = re.compile(r"([+-])([01][0-9]):([0-5][0-9])")
_NAME = re.compile(r"[A-Za-z0-9+_-]{1,32}(/[A-Za-z0-9+_-]{1,32}){0,2}")


@typed
def parse_zone(text: str) -> tzinfo:
    """A time zone from its name in the IANA database, such as "Asia/Shanghai", or from an offset such as "+08:00".

    Raises:
        FormatError: neither, or the system has no zone of this name.
    """
    offset = _OFFSET.fullmatch(text)
    if offset is not None:
        east = timedelta(hours=int(offset[2]), minutes=int(offset[3]))
        return timezone(east if offset[1] == "+" else -east)
    if _NAME.fullmatch(text):
        try:
            return ZoneInfo(text)
        except (KeyError, ValueError, OSError):  # none of this name; a file that is none; a folder such as "Asia"
            pass
    raise FormatError("not a time zone that is known here: a name such as Asia/Shanghai, or an offset such as +08:00")
