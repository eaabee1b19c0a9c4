"""The next trust list, made from the last one and what has changed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from healthpass._typed import typed
from healthpass._values import seconds
from healthpass.authority.ceremony import DAY, GRACE, LIFETIME
from healthpass.authority.rules import check_late_kids, check_revocable
from healthpass.errors import TrustListRefused
from healthpass.formats.platform import Platform, SealingKeyEntry, platform_name
from healthpass.formats.trust_list import TrustList
from healthpass.formats.window import RootSet, Window

if TYPE_CHECKING:
    from healthpass._values import Time
    from healthpass.formats.check_policy import CheckPolicy
    from healthpass.formats.hand_in import HandIn

KEPT_WHEN_OVER = 2 * DAY
"""For how long a window that is over stays listed, so that a late pass is called expired, not unknown; and a sealing
key, so that what was sealed to it is called too old."""
DEFAULT_PLATFORM = "national"
"""The name of a list's only platform, where nobody has named it."""


@typed
class TrustListBuilder:
    """Collects what the next trust list says. `healthpass.authority.draft` then makes the bytes to sign.

    Each method but `build` returns the builder, so that changes can be written one after the other.

    A single revocation key is for every window of the list, also for those that are added later. Of several nobody can
    say whose a new window is: `add_windows` is told, and `build` refuses a window that then stands under none.

    Args:
        roots: who signs the list after this one. Others than `previous` names are a rotation: a threshold of both must
            then sign this one.
        previous: the list before, whose windows, keys and policy are carried over; None for the first.
        clock_confirmed: whether this list may be issued before the previous one, because that was dated in the future.
            Nobody with a right clock has taken that one.
    """

    def __init__(self, roots: RootSet, previous: TrustList | None = None, *, clock_confirmed: bool = False) -> None:
        self._roots = roots
        self._previous = previous
        self._version = 1 if previous is None else previous.version + 1
        self._least_issued = 0 if previous is None or clock_confirmed else previous.issued
        self._windows = {} if previous is None else dict(previous.windows)
        platforms = () if previous is None else previous.platforms
        self._platform_of = {kid: platform.name for platform in platforms for kid in platform.kids}
        self._sealing = {platform.name: platform.sealing_keys for platform in platforms}
        self._removed: set[bytes] = set()
        self._revocation = {} if previous is None else dict(previous.revocation_keys)
        self._registrars = () if previous is None else previous.registrar_keys
        self._risk_offices = () if previous is None else previous.risk_keys
        self._policy = None if previous is None else previous.policy

    def add_windows(
        self, windows: Iterable[Window], *, platform: str | None = None, revoked_by: bytes | None = None
    ) -> TrustListBuilder:
        """Publish windows, well ahead of their use. One that is listed already may come again unchanged.

        Args:
            windows: the public sides.
            platform: the name of whose they are, 1 to 32 bytes of UTF-8. It may be left out where the list has one
                platform, or none yet: that is then "national".
            revoked_by: the revocation key for all of them, 32 bytes, where there are several or will be: one that is
                listed, or a new one. Windows that stood under another key change to this one. By default they stay
                where they are, and new ones are the single key's.

        Raises:
            TrustListRefused: "kid-changed": the kid is listed with another key, time or capacity, or is another
                platform's; "kid-removed": it was taken out of this very list, so the file of windows is one from
                before; or "which-platform": there are several, and none is named.
            FormatError: no name for a platform.
        """
        name = self._name(platform)
        for window in windows:
            if window.kid in self._removed:
                raise TrustListRefused(
                    "kid-removed", "a window that this list removes cannot be in it; leave out one of the two"
                )
            known = self._windows.get(window.kid, window), self._platform_of.get(window.kid, name)
            if known != (window, name):
                raise TrustListRefused(
                    "kid-changed", "a kid is listed already, and means something else; make a new window"
                )
            self._windows[window.kid] = window
            self._platform_of[window.kid] = name
            if revoked_by is not None:
                self._give(window.kid, revoked_by)
        return self

    def set_sealing_keys(self, keys: Iterable[SealingKeyEntry], *, platform: str | None = None) -> TrustListBuilder:
        """What wallets seal their openings to. Replaces what that platform had.

        Args:
            keys: the public sides, at most 32.
            platform: as for `add_windows`.

        Raises:
            TrustListRefused: "which-platform".
            FormatError: no name for a platform, a key twice, or too many.
        """
        name = self._name(platform)
        self._sealing[name] = Platform(name, (), tuple(keys)).sealing_keys
        return self

    def add_hand_in(self, hand_in: HandIn, *, revoked_by: bytes | None = None) -> TrustListBuilder:
        """Windows and sealing keys as a platform hands them in. Its sealing keys replace those that it had.

        Raises:
            TrustListRefused: as `add_windows`.
        """
        self.add_windows(hand_in.windows, platform=hand_in.name, revoked_by=revoked_by)
        return self.set_sealing_keys(hand_in.sealing_keys, platform=hand_in.name)

    def _name(self, platform: str | None) -> str:
        """The platform that is meant."""
        if platform is not None:
            return platform_name(platform)
        names = {*self._platform_of.values(), *self._sealing}
        if len(names) > 1:
            raise TrustListRefused("which-platform", "the list has several platforms: name the one that is meant")
        return next(iter(names), DEFAULT_PLATFORM)

    def _give(self, kid: bytes, revocation_key: bytes) -> None:
        """This window to that revocation key, and to no other."""
        without = {key: tuple(each for each in kids if each != kid) for key, kids in self._revocation.items()}
        self._revocation = {key: kids for key, kids in without.items() if kids or key == revocation_key}
        self._revocation[revocation_key] = (*self._revocation.get(revocation_key, ()), kid)

    def remove_window(self, kid: bytes) -> TrustListBuilder:
        """Take a window out at once, because its key is stolen: every pass under it is refused, and no other pass.

        The issuer must drop it too: a window that `add_windows` gets for a later list is listed again.

        Raises:
            TrustListRefused: "unknown-kid".
        """
        if kid not in self._windows:
            raise TrustListRefused("unknown-kid", "no window of this kid is listed; take one of the newest list")
        del self._windows[kid], self._platform_of[kid]
        self._removed.add(kid)
        return self

    def set_revocation_keys(self, keys: dict[bytes, tuple[bytes, ...]]) -> TrustListBuilder:
        """Who may revoke, and under which kids: public key (32 bytes) -> kids. Replaces what was there.

        A single key is for every window, whatever its kids here. No key at all is said to the signers in capitals.
        """
        self._revocation = dict(keys)
        return self

    def set_registrars(self, keys: Iterable[bytes]) -> TrustListBuilder:
        """Who may certify places: public keys, 32 bytes each. Replaces what was there."""
        self._registrars = tuple(sorted(keys))
        return self

    def set_risk_offices(self, keys: Iterable[bytes]) -> TrustListBuilder:
        """Who may sign area tables: public keys, 32 bytes each. Replaces what was there."""
        self._risk_offices = tuple(sorted(keys))
        return self

    def set_policy(self, policy: CheckPolicy | None) -> TrustListBuilder:
        """Where people may be checked, and how; None permits checks everywhere."""
        self._policy = policy
        return self

    def build(self, *, now: Time, lifetime: int = LIFETIME, grace: int = GRACE) -> TrustList:
        """The list as of `now`, without the windows and sealing keys that have been over for two days, and without
        platforms that then have none.

        Args:
            now: the time of issue, in seconds since 1970 UTC or an aware `datetime`.
            lifetime: seconds until it expires; 7 days by default.
            grace: seconds for which scanners go on after that; 3 days by default.

        Raises:
            TrustListRefused: "clock-behind": the list before was issued later than now; "nobody-can-revoke": there
                are several revocation keys, or were in the list before, and a window is no one's; or "late-kid": one
                joins a period of the list before that begins within 96 hours, and replaces none.
            FormatError: a key in two roles, or a value out of range.
        """
        issued = seconds(now)
        if issued < self._least_issued:
            raise TrustListRefused("clock-behind", "the list before was issued later: set the clock")
        windows = {kid: each for kid, each in self._windows.items() if each.expires + KEPT_WHEN_OVER > issued}
        content = TrustList(
            version=self._version,
            issued=issued,
            expires=issued + lifetime,
            roots=self._roots,
            windows=windows,
            revocation_keys=_covering(self._revocation, windows),
            registrar_keys=self._registrars,
            risk_keys=self._risk_offices,
            policy=self._policy,
            grace=grace,
            platforms=self._platforms(windows, issued),
        )
        # By the keys before those without a window left were dropped: else the last one would take the rule with it.
        check_revocable(content, self._revocation)
        if self._previous is not None:
            check_late_kids(content, self._previous)
        return content

    def _platforms(self, windows: Iterable[bytes], issued: int) -> list[Platform]:
        """Those that have a window or a sealing key left."""
        kids: dict[str, tuple[bytes, ...]] = {}
        for kid in windows:
            name = self._platform_of[kid]
            kids[name] = (*kids.get(name, ()), kid)
        found = []
        for name in {*kids, *self._sealing}:
            keys = tuple(each for each in self._sealing.get(name, ()) if each.expires + KEPT_WHEN_OVER > issued)
            if name in kids or keys:
                found.append(Platform(name, kids.get(name, ()), keys))
        return found


def _covering(
    revocation_keys: dict[bytes, tuple[bytes, ...]], windows: dict[bytes, Window]
) -> dict[bytes, tuple[bytes, ...]]:
    """The only key with every window; or several without the kids that are no longer listed, and without keys that
    then have none."""
    if len(revocation_keys) == 1:
        revocation_keys = dict.fromkeys(revocation_keys, tuple(sorted(windows)))
    kept = {key: tuple(kid for kid in kids if kid in windows) for key, kids in revocation_keys.items()}
    return {key: kids for key, kids in kept.items() if kids}
