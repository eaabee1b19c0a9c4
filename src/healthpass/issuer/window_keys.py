"""The issuer's keys, one for each validity window: what to sign with, and how to number what is signed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from hashlib import blake2b
from typing import TYPE_CHECKING

from nacl.utils import random

from healthpass._frames import guarded
from healthpass._typed import typed
from healthpass._values import seconds
from healthpass.crypto.signer import Signer, SoftwareSigner
from healthpass.errors import FormatError
from healthpass.formats import cbor, fields
from healthpass.formats.claim import BOTH, DEVICE, DOCUMENT
from healthpass.formats.window import LARGEST_SKEW, Window, parse_window
from healthpass.issuer.slots import SECRET_SIZE, SlotPermutation

if TYPE_CHECKING:
    from collections.abc import Container

    from healthpass._values import Time
    from healthpass.formats.cbor import Value
    from healthpass.formats.trust_list import TrustList

DAY = 86_400
CAPACITY = 4**12
"""Claims under one kid by default: 16,777,216."""
MAX_FILE_SIZE = 1_048_576
MAX_WINDOWS = 2048
_FORMAT = 1
_MARK_PERSON = b"healthpass mark"


class WindowState(Enum):
    """Where a window stands: claims are issued while it is upcoming or open, and accepted while it is open."""

    UPCOMING = "upcoming"
    OPEN = "open"
    OVER = "over"


@typed
@dataclass(frozen=True, slots=True, repr=False)
class WindowKey:
    """The secret side of a window.

    Attributes:
        window: the public side, as the trust list has it.
        signer: signs its claims; its public key is the window's.
        slot_secret: 32 bytes, for the permutation of its numbers.

    Raises:
        FormatError: the signer is another key's, or the secret is not 32 bytes.
    """

    window: Window
    signer: Signer
    slot_secret: bytes
    slots: SlotPermutation = field(init=False, compare=False)

    def __post_init__(self) -> None:
        if self.signer.public_key != self.window.key:
            raise FormatError("a window's signer is the key that the window names")
        object.__setattr__(self, "slots", SlotPermutation(self.slot_secret, self.window.capacity))

    @classmethod
    @guarded
    def new(
        cls,
        valid_from: Time,
        expires: Time,
        *,
        capacity: int = CAPACITY,
        bindings: int = DEVICE | DOCUMENT | BOTH,
        document_key_id: bytes | None = None,
    ) -> WindowKey:
        """A fresh key, kid and slot secret for one window.

        Raises:
            FormatError: the times, capacity, binding kinds or document key id do not go together.
        """
        signer = SoftwareSigner()
        window = Window(
            kid=random(4),
            key=signer.public_key,
            valid_from=seconds(valid_from),
            expires=seconds(expires),
            capacity=capacity,
            bindings=bindings,
            document_key_id=document_key_id,
        )
        return cls(window, signer, random(SECRET_SIZE))

    def state(self, now: int) -> WindowState:
        """Upcoming, open, or over for whoever vouches and issues, at `now` (seconds since 1970 UTC)."""
        if now >= self.window.expires:
            return WindowState.OVER
        return WindowState.OPEN if now >= self.window.valid_from else WindowState.UPCOMING

    @guarded
    def mark(self, holder_key: bytes) -> bytes:
        """16 bytes that tell a holder key apart from others under this kid, and nothing without the slot secret."""
        return blake2b(holder_key, digest_size=16, key=self.slot_secret, person=_MARK_PERSON).digest()

    def __repr__(self) -> str:
        return "WindowKey(...)"


WindowKey.__init__ = guarded(WindowKey.__init__)  # type: ignore[method-assign]  # which the dataclass has made


@typed
class WindowKeys:
    """The issuer's windows by kid, in the order in which they begin.

    Args:
        keys: of the windows.
        given_up: the public side of windows whose keys were given up, until their ledger entries may go too.

    Raises:
        FormatError: two windows of one kid, or with one key or one slot secret.
    """

    @guarded
    def __init__(self, keys: Iterable[WindowKey], given_up: Iterable[Window] = ()) -> None:
        listed = sorted(keys, key=lambda key: (key.window.valid_from, key.window.expires))
        self.given_up = tuple(sorted(given_up, key=lambda window: (window.valid_from, window.expires)))
        windows = [*(key.window for key in listed), *self.given_up]
        fields.distinct([window.kid for window in windows], "kids")
        fields.distinct([window.key for window in windows], "window keys")
        fields.distinct([key.slot_secret for key in listed], "slot secrets")
        self._by_kid = {key.window.kid: key for key in listed}
        self._by_period: dict[tuple[int, int], list[WindowKey]] = {}
        for key in listed:
            self._by_period.setdefault((key.window.valid_from, key.window.expires), []).append(key)

    def __len__(self) -> int:
        return len(self._by_kid)

    def __iter__(self) -> Iterator[WindowKey]:
        return iter(self._by_kid.values())

    def get(self, kid: bytes) -> WindowKey | None:
        """The window of this kid, or None."""
        return self._by_kid.get(kid)

    def of_period(self, valid_from: int, expires: int) -> list[WindowKey]:
        """The windows that begin and end at these times, in seconds since 1970 UTC."""
        return self._by_period.get((valid_from, expires), [])

    def live(self, now: int) -> WindowKeys:
        """Those that are not over at `now`: what claims are issued and revoked under. Never what may be deleted: that
        `now` may be wrong, and a deleted key is gone for good; see `finished`."""
        return WindowKeys(key for key in self if not key.window.is_over(now))

    def finished(self, trust_list: TrustList) -> list[bytes]:
        """The kids whose windows, given up or not, were over for more than an hour (3600 s, the largest skew) when a
        trust list was issued. Their keys and ledger entries may be deleted: not one clock says so, but the roots."""
        windows = (*(key.window for key in self), *self.given_up)
        return [window.kid for window in windows if trust_list.issued > window.expires + LARGEST_SKEW]

    def without(self, kids: Container[bytes]) -> WindowKeys:
        """All but those, given up or not."""
        keys = (key for key in self if key.window.kid not in kids)
        return WindowKeys(keys, (window for window in self.given_up if window.kid not in kids))

    def giving_up(self, kids: Container[bytes]) -> WindowKeys:
        """The same without the keys of these kids; their windows are remembered as given up."""
        keys = (key for key in self if key.window.kid not in kids)
        return WindowKeys(keys, (*self.given_up, *(key.window for key in self if key.window.kid in kids)))

    def __repr__(self) -> str:
        return f"WindowKeys({len(self)} windows)"


@guarded
def encode_window_keys(keys: WindowKeys) -> bytes:
    """The content of a window key file, deterministic. It is secret: whoever reads it can issue passes.

    Raises:
        FormatError: a signer that is not a `SoftwareSigner` cannot be written to a file; nor can over 2,048 windows.
    """
    if len(keys) + len(keys.given_up) > MAX_WINDOWS:
        raise FormatError(f"a window key file has at most {MAX_WINDOWS} windows")
    listed: list[Value] = []
    for key in keys:
        if not isinstance(key.signer, SoftwareSigner):
            raise FormatError("only keys in memory can be written to a file")
        listed.append([key.window.values(), key.signer.seed, key.slot_secret])
    return cbor.encode([_FORMAT, listed, [window.values() for window in keys.given_up]])


@guarded
def parse_window_keys(data: bytes) -> WindowKeys:
    """The windows of a window key file of at most 1,048,576 bytes.

    Raises:
        FormatError: it is not one.
    """
    if len(data) > MAX_FILE_SIZE:
        raise FormatError(f"a window key file has at most {MAX_FILE_SIZE} bytes")
    version, listed, given_up = fields.record(cbor.decode(data), "window keys", 3)
    fields.uint(version, "format", least=_FORMAT, most=_FORMAT)
    return WindowKeys(
        fields.array(listed, "window keys", _window_key, MAX_WINDOWS),
        fields.array(given_up, "windows given up", lambda value, _: parse_window(value), MAX_WINDOWS),
    )


def _window_key(value: Value, name: str) -> WindowKey:
    window, seed, secret = fields.record(value, name, 3)
    signer = SoftwareSigner(fields.byte_string(seed, "seed", 32))
    return WindowKey(parse_window(window), signer, fields.byte_string(secret, "slot secret", SECRET_SIZE))
