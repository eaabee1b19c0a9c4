"""Which platform of a trust list is meant, and which of its periods."""

from __future__ import annotations

from healthpass.errors import AttestationRefused, HealthpassError
from healthpass.formats.claim import Binding
from healthpass.formats.trust_list import TrustList
from healthpass.formats.words import plain_word
from healthpass.trust.periods import periods_for
from healthpass.trust.updates import CLOCK_SKEW, seconds_late

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from healthpass.formats.platform import Platform

    class Believed(Protocol):
        """Who keeps a trust list; `healthpass.verifier.TrustStore` does."""

        def fresh(self, now: int) -> tuple[TrustList, int]:
            """The list in force and by how many seconds it is past its expiry. Raises `Refused` if there is none."""
            ...

    class BelievedWithKeys(Believed, Protocol):
        """The same with document keys."""

        def document_key(self, key_id: bytes | None) -> bytes | None:
            """The document key of that id, 32 bytes; None if it is not here."""
            ...


STATION_PERIOD = 26 * 3600
"""Seconds: a station vouches for no period that is longer than this."""


def list_that_counts(source: TrustList | Believed | None, now: int) -> TrustList | None:
    """The trust list that counts at `now`, as `list_in_force`; None where that is none."""
    if not isinstance(source, TrustList):
        try:
            return None if source is None else source.fresh(now)[0]
        except HealthpassError:
            return None
    known = now >= source.issued - CLOCK_SKEW and seconds_late(source, source.grace, now) is not None
    return source if known else None


def list_in_force(source: TrustList | Believed | None, now: int) -> TrustList:
    """The trust list that counts at `now`.

    Args:
        source: a list; or who keeps one and takes newer ones, such as `healthpass.verifier.TrustStore`; None: no list.
        now: seconds since 1970 UTC.

    Raises:
        AttestationRefused: "no-trust-list": there is none, it is past its grace time, or it is ahead of the clock.
    """
    found = list_that_counts(source, now)
    if found is None:
        raise AttestationRefused(
            "no-trust-list",
            "the trust list is missing, too old or ahead of the clock: fetch the newest, and set the clock",
        )
    return found


def platform_of(trust_list: TrustList, name: str | None) -> Platform:
    """The platform with this name; without a name, the only one that the list has.

    Raises:
        AttestationRefused: "unknown-platform": there is none of that name; or "which-platform": no name, and several.
    """
    if name is not None:
        name = plain_word(name)
    if name is None and len(trust_list.platforms) > 1:
        raise AttestationRefused("which-platform", "the trust list has several platforms: name the one that is meant")
    found = next((each for each in trust_list.platforms if name in (None, each.name)), None)
    if found is None:
        raise AttestationRefused("unknown-platform", "the trust list has no such platform: fetch the newest list")
    return found


def period_of_now(
    trust_list: TrustList, platform: str | None, binding: Binding, now: int, most: int | None = None
) -> tuple[int, int]:
    """The bounds of the period of now that takes this binding.

    Args:
        trust_list: whom to believe.
        platform: its name in the list; None for the only one.
        binding: `Binding.DEVICE`, `Binding.DOCUMENT` or `Binding.BOTH`.
        now: seconds since 1970 UTC.
        most: how long the period may be, in seconds; None for any length.

    Raises:
        AttestationRefused: as `platform_of`; or "no-period": none has begun, or it is too long.
    """
    for valid_from, expires in periods_for(trust_list, platform_of(trust_list, platform).name, binding, now):
        if valid_from <= now and (most is None or expires - valid_from <= most):
            return valid_from, expires
    short = "" if most is None else f" of at most {most // 3600} hours"
    raise AttestationRefused("no-period", f"the trust list has no period of now{short} for such passes: fetch it again")
