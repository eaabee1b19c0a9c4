"""Whom a wallet believes: one trust list and one area table, which only get newer; and what they say of a place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from healthpass._typed import typed
from healthpass.errors import TrustListRefused, WalletError
from healthpass.formats.area_table import AreaTable
from healthpass.formats.check_policy import CheckRule
from healthpass.formats.place import Place, PlaceClass
from healthpass.formats.text import decode_place_text
from healthpass.formats.trust_list import TrustList
from healthpass.formats.window import RootSet
from healthpass.trust.areas import check_area_update
from healthpass.trust.places import open_place, rule_at
from healthpass.trust.signed import open_trust_list
from healthpass.trust.updates import CLOCK_SKEW, Floor, check_list_times, check_not_older, floor_of, seconds_late


@dataclass(frozen=True, slots=True, repr=False)
class Trust:
    """Everything signed by others that a wallet goes by.

    Attributes:
        roots: who signs the next trust list.
        trust_list: the newest accepted list, or None.
        list_data: that list as it was published; b"" if there is none.
        area: signer and content of the area table in force, or None.
        area_data: that table as it was published; b"" if there is none.
        floors: by signer of an area table, the newest that was ever accepted.
    """

    roots: RootSet
    trust_list: TrustList | None = None
    list_data: bytes = b""
    area: tuple[bytes, AreaTable] | None = None
    area_data: bytes = b""
    floors: Mapping[bytes, Floor] = field(default_factory=dict)

    def __repr__(self) -> str:
        return "Trust(...)"


@typed
@dataclass(frozen=True, slots=True)
class Visit:
    """A place that has been looked at, and where a pass may be shown.

    Attributes:
        place: what the registrar certifies of it.
        rule: how people may be checked there; None where the trust list has no policy.
        age: seconds since the trust list was issued by which both were looked at (0 if it is ahead of the clock). What
            the roots have taken out since, such as the key of a registrar, still counts here.
        stale: by how many seconds that list is past its expiry; 0 while it is fresh.
    """

    place: Place
    rule: CheckRule | None
    age: int
    stale: int


def with_trust_list(trust: Trust, data: bytes, now: int) -> Trust:
    """Whom to believe after a newer trust list. Raises what a scanner's store raises, and for the same reasons."""
    content = open_trust_list(data, trust.roots)
    floor = Floor() if trust.trust_list is None else floor_of(trust.trust_list, trust.list_data)
    check_not_older(floor_of(content, data), floor)
    check_list_times(content, trust.roots, floor, now)
    listed = {key: each for key, each in trust.floors.items() if key in content.risk_keys}
    changed = replace(trust, roots=content.roots, trust_list=content, list_data=data, floors=listed)
    if trust.area is not None and trust.area[0] not in content.risk_keys:
        return replace(changed, area=None, area_data=b"")
    return changed


def with_area_table(trust: Trust, data: bytes, now: int) -> Trust:
    """Whom to believe after a newer area table. Raises what a scanner's store raises, and for the same reasons."""
    if trust.trust_list is None:
        raise TrustListRefused("no-trust-list", "an area table is believed by a trust list: fetch that first")
    key, table, floor = check_area_update(data, trust.trust_list, trust.floors, now)
    return replace(trust, area=(key, table), area_data=data, floors={**trust.floors, key: floor})


def visit(trust: Trust, poster: str, now: int) -> Visit:
    """Whether, and how, a pass may be shown at the place of a poster.

    Raises:
        FormatError: not the text of a poster.
        PlaceRefused: the place is not certified, or no check is permitted there today.
        WalletError: "no-trust-list", "trust-list-too-old" or "clock-behind".
    """
    trust_list = _held(trust)
    check_in_force(trust_list, now)
    return _look(trust, trust_list, poster, now)


def _held(trust: Trust) -> TrustList:
    if trust.trust_list is None:
        raise WalletError("no-trust-list", "the wallet needs a trust list before it can check a place; fetch one")
    return trust.trust_list


def _look(trust: Trust, trust_list: TrustList, poster: str, now: int) -> Visit:
    """What the poster says by the list that is held, however old that is."""
    place = open_place(decode_place_text(poster), trust_list)
    table = None if trust.area is None or now >= trust.area[1].expires else trust.area[1]
    rule = rule_at(place, trust_list, table, now)
    return Visit(place, rule, max(0, now - trust_list.issued), seconds_past(trust, now))


def check_in_force(trust_list: TrustList, now: int) -> None:
    """A list counts until its grace time is over, by a clock that is not behind it.

    Raises:
        WalletError: "trust-list-too-old" or "clock-behind".
    """
    if now < trust_list.issued - CLOCK_SKEW:
        raise WalletError("clock-behind", "the clock is behind the newest trust list: set the clock")
    if seconds_late(trust_list, trust_list.grace, now) is None:
        raise WalletError(
            "trust-list-too-old", "the wallet's trust list is too old to tell who may ask: fetch a newer one"
        )


def seconds_past(trust: Trust, now: int) -> int:
    """By how many seconds the list that is held is past its expiry; 0 if it is not, or if there is none."""
    return 0 if trust.trust_list is None else max(0, now - trust.trust_list.expires + 1)


def addressee(
    trust: Trust, poster: str | None, audience: str | None, anywhere: bool, works_here: bool, now: int
) -> str | None:
    """The place id that a showing is made for; None for no place.

    Raises:
        ValueError: a poster and an audience both.
        WalletError: "works-here": it is a workplace of special personnel, and the holder has not said so.
        WalletError: "place-required": there is a check policy, and neither a poster nor the holder's own decision;
            "trust-list-too-old" or "clock-behind", without that decision.
        FormatError, PlaceRefused: as `visit`.
    """
    if poster is not None and audience is not None:
        raise ValueError("a poster has its own audience")
    if trust.trust_list is not None and not anywhere:
        check_in_force(trust.trust_list, now)
    if poster is not None:
        place = _look(trust, _held(trust), poster, now).place
        if place.place_class == PlaceClass.SPECIAL_WORKPLACE and not works_here:
            raise WalletError(
                "works-here",
                "this is the staff entrance of a workplace of special personnel: do you work here?",
            )
        return place.id
    if trust.trust_list is not None and trust.trust_list.policy is not None and not anywhere:
        raise WalletError(
            "place-required", "the place's poster was not scanned; scan it, or decide to show the pass without one"
        )
    return audience
