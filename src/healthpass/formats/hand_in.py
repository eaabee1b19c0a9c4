"""What a platform hands in to the roots for the next trust list: its name, the public sides of its windows, and its
public sealing keys. Deterministic CBOR, not signed:

    [1, name, [window], [[sealing key, valid from, expires]]]

Nobody believes this file by itself; what the roots sign is the trust list that they make of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from healthpass._typed import typed
from healthpass.errors import FormatError
from healthpass.formats import cbor, fields
from healthpass.formats.platform import Platform, SealingKeyEntry, check_platform_name, parse_platform
from healthpass.formats.trust_list import MAX_WINDOWS
from healthpass.formats.window import Window, check_periods, parse_window

if TYPE_CHECKING:
    from healthpass.formats.cbor import Value

MAX_SIZE = 262_144
_FORMAT = 1


@typed
@dataclass(frozen=True, slots=True)
class HandIn:
    """What one platform hands in.

    Attributes:
        name: the platform's, 1 to 32 bytes of UTF-8.
        windows: by kid.
        sealing_keys: by their beginning.

    Raises:
        FormatError: a kid or a key twice, a name or a number out of range; or "overlapping-windows": see
            `healthpass.formats.window.check_periods`.
    """

    name: str
    windows: tuple[Window, ...]
    sealing_keys: tuple[SealingKeyEntry, ...] = ()

    def __post_init__(self) -> None:
        check_platform_name(self.name)
        windows = sorted(self.windows, key=lambda window: window.kid)
        if len(windows) > MAX_WINDOWS:
            raise FormatError(f"a platform hands in at most {MAX_WINDOWS} windows")
        check_periods(windows)
        object.__setattr__(self, "windows", tuple(windows))
        object.__setattr__(self, "sealing_keys", self.platform.sealing_keys)

    @property
    def platform(self) -> Platform:
        """Its entry in a trust list that has all these windows."""
        return Platform(self.name, tuple(window.kid for window in self.windows), self.sealing_keys)


@typed
def encode_hand_in(name: str, windows: Iterable[Window], sealing_keys: Iterable[SealingKeyEntry] = ()) -> bytes:
    """The file's bytes, deterministic. Raises what `HandIn` raises."""
    hand_in = HandIn(name, tuple(windows), tuple(sealing_keys))
    keys = hand_in.platform.values()[2]
    return cbor.encode([_FORMAT, name, [window.values() for window in hand_in.windows], keys])


@typed
def parse_hand_in(data: bytes) -> HandIn:
    """What is in a file of at most 262,144 bytes.

    Raises:
        FormatError: it is not one, or its kids or keys are repeated or out of order; or "overlapping-windows".
    """
    if len(data) > MAX_SIZE:
        raise FormatError(f"a platform's file for the roots has at most {MAX_SIZE} bytes")
    decoded = cbor.decode(data, 8 * MAX_WINDOWS + cbor.FEW_ITEMS)
    version, name, listed, keys = fields.record(decoded, "platform's file", 4)
    fields.uint(version, "format", least=_FORMAT, most=_FORMAT)
    windows = fields.array(listed, "windows", lambda value, _: parse_window(value), MAX_WINDOWS)
    kids: list[Value] = [window.kid for window in windows]
    platform = parse_platform([name, kids, keys], MAX_WINDOWS)  # which refuses what is out of order
    return HandIn(platform.name, tuple(windows), platform.sealing_keys)
