"""Which platform of a trust list is meant, and which of its periods."""

from __future__ import annotations

from healthpass.errors import AttestationRefused
from healthpass.trust.periods import periods_for

TYPE_CHECKING = False
if TYPE_CHECKING:
    from healthpass.formats.platform import Platform
    from healthpass.formats.trust_list import TrustList

STATION_PERIOD = 26 * 3600
"""Seconds: a station vouches for no period that is longer than this."""


def platform_of(trust_list: TrustList, name: str | None) -> Platform:
    """The platform with this name; without a name, the only one that the list has.

    Raises:
        AttestationRefused: "unknown-platform": there is none of that name, or no name and not exactly one platform.
    """
    if name is None and len(trust_list.platforms) == 1:
        return trust_list.platforms[0]
    found = None if name is None else trust_list.platform(name)
    if found is None:
        missing = "has not exactly one platform: say which is meant" if name is None else "has no platform of that name"
        raise AttestationRefused("unknown-platform", f"the trust list {missing}")
    return found


def period_of_now(
    trust_list: TrustList, platform: str | None, binding: int, now: int, most: int | None = None
) -> tuple[int, int]:
    """The bounds of the period of now that takes this binding.

    Args:
        trust_list: whom to believe.
        platform: its name in the list; None for the only one.
        binding: `DEVICE`, `DOCUMENT` or `BOTH`.
        now: seconds since 1970 UTC.
        most: how long the period may be, in seconds; None for any length.

    Raises:
        AttestationRefused: "unknown-platform"; or "no-period": none has begun, or it is too long.
    """
    for valid_from, expires in periods_for(trust_list, platform_of(trust_list, platform).name, binding, now):
        if valid_from <= now and (most is None or expires - valid_from <= most):
            return valid_from, expires
    short = "" if most is None else f" of at most {most // 3600} hours"
    raise AttestationRefused("no-period", f"the trust list has no period of now{short} for such passes: fetch it again")
