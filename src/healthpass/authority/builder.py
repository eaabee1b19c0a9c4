"""The next trust list, made from the last one and what has changed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from healthpass._values import seconds
from healthpass.authority.ceremony import GRACE, LIFETIME
from healthpass.errors import TrustListRefused
from healthpass.formats.trust_list import TrustList
from healthpass.formats.window import RootSet, Window

if TYPE_CHECKING:
    from healthpass._values import Time


class TrustListBuilder:
    """Collects what the next trust list says. `healthpass.authority.draft` then makes the bytes to sign.

    Args:
        roots: who signs.
        previous: the list before, whose windows and keys are carried over; None for the first.
    """

    def __init__(self, roots: RootSet, previous: TrustList | None = None) -> None:
        self._roots = roots
        self._version = 1 if previous is None else previous.version + 1
        self._least_issued = 0 if previous is None else previous.issued
        self._windows = {} if previous is None else dict(previous.windows)
        self._previous = previous

    def add_windows(self, windows: Iterable[Window]) -> TrustListBuilder:
        """Publish windows, well ahead of their use. One that is listed already may come again unchanged.

        Raises:
            TrustListRefused: "kid-changed": the kid is listed with another key, time or capacity.
        """
        for window in windows:
            if self._windows.get(window.kid, window) != window:
                raise TrustListRefused("kid-changed", "a kid is listed already, and means something else")
            self._windows[window.kid] = window
        return self

    def build(self, *, now: Time, lifetime: int = LIFETIME, grace: int = GRACE) -> TrustList:
        """The list as of `now`, without the windows that are over.

        Args:
            now: the time of issue, in seconds since 1970 UTC or an aware `datetime`.
            lifetime: seconds until it expires; 7 days by default.
            grace: seconds for which scanners go on after that; 3 days by default.

        Raises:
            TrustListRefused: "clock-behind": the list before was issued later than now.
            FormatError: a key in two roles, or a value out of range.
        """
        issued = seconds(now)
        if issued < self._least_issued:
            raise TrustListRefused("clock-behind", "the list before was issued later: set the clock")
        windows = {kid: window for kid, window in self._windows.items() if window.expires > issued}
        before = self._previous
        return TrustList(
            version=self._version,
            issued=issued,
            expires=issued + lifetime,
            roots=self._roots,
            windows=windows,
            revocation_keys={} if before is None else _still_listed(before.revocation_keys, windows),
            registrar_keys=() if before is None else before.registrar_keys,
            risk_keys=() if before is None else before.risk_keys,
            policy=None if before is None else before.policy,
            grace=grace,
        )


def _still_listed(
    revocation_keys: dict[bytes, tuple[bytes, ...]], windows: dict[bytes, Window]
) -> dict[bytes, tuple[bytes, ...]]:
    """The revocation keys without the kids that are no longer listed, and without keys that then have none."""
    kept = {key: tuple(kid for kid in kids if kid in windows) for key, kids in revocation_keys.items()}
    return {key: kids for key, kids in kept.items() if kids}
