"""Is this a place where people may be checked, and how? The same answer in a scanner and in a wallet."""

from __future__ import annotations

from healthpass.errors import PlaceRefused
from healthpass.formats import cose
from healthpass.formats.place import MAX_SIZE, Place, parse_place
from healthpass.trust.signed import open_signed
from healthpass.trust.updates import CLOCK_SKEW

TYPE_CHECKING = False
if TYPE_CHECKING:
    from healthpass.formats.area_table import AreaTable
    from healthpass.formats.check_policy import CheckRule
    from healthpass.formats.trust_list import TrustList


def open_place(data: bytes, trust_list: TrustList) -> Place:
    """The place of a certificate that one of the trust list's registrars has signed.

    1. It is a place certificate in its one form.
    2. The signer is a registrar of the trust list.
    3. The signature holds.
    4. The payload has its form.

    Args:
        data: the COSE_Sign1, at most 512 bytes.
        trust_list: whom to believe.

    Raises:
        FormatError: 1 or 4.
        PlaceRefused: 2 ("not-a-registrar") or 3 ("bad-signature").
    """
    message = open_signed(
        data,
        cose.PLACE,
        MAX_SIZE,
        by=trust_list.registrar_keys,
        not_theirs=PlaceRefused(
            "not-a-registrar",
            "the place certificate is not by a registrar of the trust list; fetch the newest trust list",
        ),
        bad_signature=PlaceRefused(
            "bad-signature", "the place certificate's signature does not hold; get it from the registrar again"
        ),
    )
    return parse_place(message.payload)


def check_place_times(place: Place, now: int) -> None:
    """Whether a certificate is in force. Raises `PlaceRefused`: "place-expired" or "place-from-the-future"."""
    if now >= place.expires:
        raise PlaceRefused("place-expired", "the place certificate has expired: the venue needs a new one")
    if now < place.issued - CLOCK_SKEW:
        raise PlaceRefused(
            "place-from-the-future", "the place certificate is issued after this clock's time; set the clock"
        )


def rule_at(place: Place, trust_list: TrustList, table: AreaTable | None, now: int) -> CheckRule | None:
    """How people may be checked at a place now; None where the trust list has no policy: then anyhow.

    Without an area table in force the risk is not known. People may then be checked only where the policy says the same
    for every risk.

    Raises:
        PlaceRefused: "place-expired", "place-from-the-future"; "class-not-named": the policy has no rule for such a
            place at any risk; "risk-unknown": there is no area table, and it matters; or "check-not-permitted": in an
            area of this risk nobody is checked at such a place.
    """
    check_place_times(place, now)
    policy = trust_list.policy
    if policy is None:
        return None
    if not policy.names(place.place_class):
        raise PlaceRefused(
            "class-not-named", "the check policy says nothing of places of this class; do not check there"
        )
    if table is not None:
        rule = policy.rule(table.risk(place.area), place.place_class)
        if rule is None:
            raise PlaceRefused("check-not-permitted", "no check is permitted at this place today; let people pass")
        return rule
    rule = policy.rule_at_any_risk(place.place_class)
    if rule is None:
        raise PlaceRefused(
            "risk-unknown",
            "without an area table in force nobody knows whether checks are permitted; fetch the newest table",
        )
    return rule
