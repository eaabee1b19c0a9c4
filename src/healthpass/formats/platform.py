"""A platform in a trust list: its name, its kids, and the keys that wallets seal their openings to."""

from __future__ import annotations

from healthpass._typed import typed
from healthpass.errors import FormatError
from healthpass.formats import fields
from healthpass.formats.claim import MIN_TIME

TYPE_CHECKING = False
if TYPE_CHECKING:
    from healthpass.formats.cbor import Value

MAX_PLATFORMS = 256
MAX_SEALING_KEYS = 32
"""Of one platform."""
MAX_NAME_SIZE = 32
"""Bytes of a name, in UTF-8."""


@typed
class SealingKeyEntry:
    """A platform's public X25519 key, and when wallets seal to it.

    Attributes:
        key: 32 bytes.
        valid_from, expires: in seconds since 1970 UTC.
    """

    __slots__ = ("expires", "key", "valid_from")

    def __init__(self, key: bytes, valid_from: int, expires: int) -> None:
        self.key = fields.byte_string(key, "sealing key", 32)
        self.valid_from = fields.uint(valid_from, "valid from", least=MIN_TIME)
        self.expires = fields.uint(expires, "expires", least=valid_from + 1)

    def values(self) -> list[Value]:
        """The fields in the order of the wire."""
        return [self.key, self.valid_from, self.expires]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, SealingKeyEntry):
            return NotImplemented
        return (self.key, self.valid_from, self.expires) == (other.key, other.valid_from, other.expires)

    def __hash__(self) -> int:
        return hash(self.key)

    def __repr__(self) -> str:
        return f"SealingKeyEntry(valid_from={self.valid_from}, expires={self.expires})"


@typed
class Platform:
    """One platform of a trust list.

    Attributes:
        name: 1 to 32 bytes of UTF-8.
        kids: of its windows, ascending.
        sealing_keys: by their beginning, then by key.

    Raises:
        FormatError: a field out of range, a kid or a key twice, or over 32 keys.
    """

    __slots__ = ("kids", "name", "sealing_keys")

    def __init__(self, name: str, kids: tuple[bytes, ...], sealing_keys: tuple[SealingKeyEntry, ...] = ()) -> None:
        self.name = check_platform_name(name)
        for kid in kids:
            fields.byte_string(kid, "kid", 4)
        self.kids = tuple(sorted(fields.distinct(list(kids), "kids of a platform")))
        fields.distinct([each.key for each in sealing_keys], "sealing keys")
        if len(sealing_keys) > MAX_SEALING_KEYS:
            raise FormatError(f"a platform has at most {MAX_SEALING_KEYS} sealing keys")
        self.sealing_keys = tuple(sorted(sealing_keys, key=_order))

    def sealing_key(self, now: int) -> SealingKeyEntry | None:
        """What to seal to at `now`: the newest that has begun and is not over."""
        usable = [each for each in self.sealing_keys if each.valid_from <= now < each.expires]
        return usable[-1] if usable else None

    def values(self) -> list[Value]:
        """The fields in the order of the wire."""
        keys: list[Value] = [each.values() for each in self.sealing_keys]
        return [self.name, list(self.kids), keys]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Platform):
            return NotImplemented
        return self.values() == other.values()

    def __hash__(self) -> int:
        return hash(self.name)

    def __repr__(self) -> str:
        return f"Platform({self.name!r}, kids={len(self.kids)}, sealing_keys={len(self.sealing_keys)})"


def _order(entry: SealingKeyEntry) -> tuple[int, bytes]:
    return entry.valid_from, entry.key


@typed
def check_platform_name(value: Value) -> str:
    """A platform's name: 1 to 32 bytes of UTF-8. Raises `FormatError` otherwise."""
    name = fields.text(value, "platform", MAX_NAME_SIZE)
    try:
        size = len(name.encode())
    except UnicodeEncodeError:
        size = 0
    if not 1 <= size <= MAX_NAME_SIZE:
        raise FormatError(f"platform: not 1 to {MAX_NAME_SIZE} bytes of UTF-8")
    return name


@typed
def platform_name(value: str) -> str:
    """A platform's name as somebody gives it, in NFC and without blanks around it. Raises `FormatError` as above."""
    from healthpass.formats.words import plain_word  # here: a scanner takes names as they are in the list

    return check_platform_name(plain_word(value) if isinstance(value, str) else value)


@typed
def parse_platform(value: Value, most_kids: int) -> Platform:
    """A platform from its decoded array. Raises `FormatError` if a field is out of range, or out of order."""
    name, kids, keys = fields.record(value, "platform", 3)
    platform = Platform(
        check_platform_name(name),
        tuple(fields.array(kids, "kids of a platform", _kid, most_kids)),
        tuple(fields.array(keys, "sealing keys", parse_sealing_key, MAX_SEALING_KEYS)),
    )
    if platform.values() != value:
        raise FormatError("platform: kids or sealing keys out of order")
    return platform


def _kid(value: Value, name: str) -> bytes:
    return fields.byte_string(value, name, 4)


@typed
def parse_sealing_key(value: Value, name: str) -> SealingKeyEntry:
    """A sealing key from its decoded array. Raises `FormatError` if a field is out of range."""
    key, valid_from, expires = fields.record(value, name, 3)
    return SealingKeyEntry(
        fields.byte_string(key, name, 32), fields.uint(valid_from, "valid from"), fields.uint(expires, "expires")
    )
