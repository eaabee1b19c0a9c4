"""May this scanner check people here, now? Decided by its place certificate, before any pass is looked at."""

from __future__ import annotations

from healthpass.errors import BadInput, RefusalCode, Refused
from healthpass.formats.text import decode_place_text
from healthpass.trust.places import open_place, rule_at
from healthpass.trust.updates import CLOCK_SKEW

TYPE_CHECKING = False
if TYPE_CHECKING:
    from healthpass.formats.check_policy import CheckRule
    from healthpass.formats.place import Place
    from healthpass.formats.trust_list import TrustList
    from healthpass.verifier.state import State


class Gate:
    """The place where a scanner stands.

    Args:
        certificate: the place certificate, as bytes or as the text of its poster.

    Raises:
        FormatError: the text of a poster that is not one.
    """

    __slots__ = ("_certificate", "_known")

    def __init__(self, certificate: bytes | str) -> None:
        self._certificate = decode_place_text(certificate) if isinstance(certificate, str) else certificate
        self._known: tuple[TrustList, Place] | None = None

    def at(self, state: State, trust_list: TrustList, now: int) -> tuple[str, CheckRule | None]:
        """The place id and how people may be checked there; None where the trust list has no policy.

        That nobody is checked here opens doors, so it takes signed data in force: a certificate, a table, and a list
        before its own expiry, by a clock that is not behind what was signed. Who keeps a scanner off the network, or
        sets its clock back, gets the other code.

        Args:
            state: what the scanner goes by.
            trust_list: the list of that state.
            now: seconds since 1970 UTC.

        Raises:
            Refused: `CHECK_NOT_PERMITTED`, or `PLACE_NOT_CERTIFIED`.
        """
        try:
            place = self._place(trust_list)
            return place.id, rule_at(place, trust_list, state.area_table(now), now)
        except BadInput as error:
            if error.code == "check-not-permitted" and _is_fresh(state, now):
                raise Refused(RefusalCode.CHECK_NOT_PERMITTED) from None
            raise Refused(RefusalCode.PLACE_NOT_CERTIFIED) from None

    def _place(self, trust_list: TrustList) -> Place:
        """The place, verified once for each trust list."""
        known = self._known
        if known is None or known[0] is not trust_list:
            known = self._known = trust_list, open_place(self._certificate, trust_list)
        return known[1]


def _is_fresh(state: State, now: int) -> bool:
    if now < state.floors.newest_revocation - CLOCK_SKEW:
        return False
    try:
        return state.fresh(now)[1] == 0
    except Refused:
        return False
