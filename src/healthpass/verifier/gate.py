"""May this scanner check people here, now? Decided by its place certificate, before any pass is looked at."""

from __future__ import annotations

from healthpass.errors import BadInput, RefusalCode, Refused
from healthpass.formats.text import decode_place_text
from healthpass.trust.places import open_place, rule_at

TYPE_CHECKING = False
if TYPE_CHECKING:
    from healthpass.formats.area_table import AreaTable
    from healthpass.formats.check_policy import CheckRule
    from healthpass.formats.place import Place
    from healthpass.formats.trust_list import TrustList


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

    def at(self, trust_list: TrustList, table: AreaTable | None, now: int) -> tuple[str, CheckRule | None]:
        """The place id and how people may be checked there; None for anyhow.

        Args:
            trust_list: whom to believe about the place.
            table: the area table in force, or None.
            now: seconds since 1970 UTC.

        Raises:
            Refused: `CHECK_NOT_PERMITTED`.
        """
        try:
            place = self._place(trust_list)
            return place.id, rule_at(place, trust_list, table, now)
        except BadInput:
            raise Refused(RefusalCode.CHECK_NOT_PERMITTED) from None

    def _place(self, trust_list: TrustList) -> Place:
        """The place, verified once for each trust list."""
        known = self._known
        if known is None or known[0] is not trust_list:
            known = self._known = trust_list, open_place(self._certificate, trust_list)
        return known[1]
