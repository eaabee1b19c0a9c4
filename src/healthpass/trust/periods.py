"""The periods of a platform: what regions ask for, wallets answer and platforms issue under, by one trust list.

A period is the time between two moments for which a platform has windows. Several windows may share one, where one
would be too small; they are then alike, so that it does not matter which of them chance decides for.
"""

from __future__ import annotations

from healthpass.errors import FormatError
from healthpass.formats.claim import Binding

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from healthpass.formats.trust_list import TrustList
    from healthpass.formats.window import Window


def check_alike(windows: Iterable[Window]) -> None:
    """The windows of each period have equal capacity, binding kinds and document key.

    Args:
        windows: of one platform.

    Raises:
        FormatError: "unequal-windows".
    """
    known: dict[tuple[int, int], tuple[int, int, bytes | None]] = {}
    for window in windows:
        terms = (window.capacity, window.bindings, window.document_key_id)
        if known.setdefault((window.valid_from, window.expires), terms) != terms:
            raise FormatError(
                "the windows of one period have different capacities, bindings or document keys; make them alike",
                code="unequal-windows",
            )


def of_platform(trust_list: TrustList, platform: str) -> list[Window]:
    """The windows of a platform, by their beginning. None where the list does not know it."""
    entry = trust_list.platform(platform)
    kids = () if entry is None else entry.kids
    return sorted((trust_list.windows[kid] for kid in kids), key=lambda window: (window.valid_from, window.kid))


def periods_for(trust_list: TrustList, platform: str, binding: Binding, now: int) -> list[tuple[int, int]]:
    """The bounds of the platform's periods that take this binding and are not over at `now`, in order.

    Args:
        trust_list: whom to believe.
        platform: its name in the list.
        binding: `Binding.DEVICE`, `Binding.DOCUMENT` or `Binding.BOTH`.
        now: seconds since 1970 UTC.
    """
    windows = of_platform(trust_list, platform)
    fitting = (window for window in windows if window.bindings & binding and now < window.expires)
    return list(dict.fromkeys((window.valid_from, window.expires) for window in fitting))


def windows_of(trust_list: TrustList, platform: str, binding: Binding, valid_from: int, expires: int) -> list[Window]:
    """The platform's windows of one period that take this binding, by kid; none where there is no such period."""
    bounds = (valid_from, expires)
    return [
        window
        for window in of_platform(trust_list, platform)
        if (window.valid_from, window.expires) == bounds and window.bindings & binding
    ]
