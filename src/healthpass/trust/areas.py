"""Is this area table to be believed, and newer than the one before? The same answer in a scanner and in a wallet."""

from __future__ import annotations

from healthpass.errors import TrustListRefused
from healthpass.formats import cose
from healthpass.formats.area_table import MAX_SIZE, AreaTable, parse_area_table
from healthpass.trust.signed import open_signed
from healthpass.trust.updates import Floor, check_not_older, check_times_under, floor_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from healthpass.formats.trust_list import TrustList


def open_area_table(data: bytes, trust_list: TrustList) -> tuple[bytes, AreaTable]:
    """The key of the risk office that signed a table, and the table.

    1. It is an area table in its one form.
    2. The signer is a risk office of the trust list.
    3. The signature holds.
    4. The payload has its form.

    Args:
        data: the COSE_Sign1, at most 1,048,576 bytes.
        trust_list: whom to believe.

    Raises:
        FormatError: 1 or 4.
        TrustListRefused: 2 ("not-a-risk-office") or 3 ("bad-signature").
    """
    message = open_signed(
        data,
        cose.AREA_TABLE,
        MAX_SIZE,
        by=trust_list.risk_keys,
        not_theirs=TrustListRefused(
            "not-a-risk-office", "the area table is not by a risk office of the trust list; fetch the newest trust list"
        ),
        bad_signature=TrustListRefused(
            "bad-signature", "the area table's signature does not hold; fetch the table again"
        ),
    )
    return message.key, parse_area_table(message.payload)


def check_area_update(
    data: bytes,
    trust_list: TrustList,
    floors: Mapping[bytes, Floor],
    now: int,
    known: tuple[bytes, AreaTable] | None = None,
) -> tuple[bytes, AreaTable, Floor]:
    """The signer, content and floor of a table that may be taken.

    Versions rise for each key by itself, so that a stolen key which has jumped ahead binds nobody once it is replaced.

    1. `open_area_table`.
    2. It is not older than what this key has signed before.
    3. It is not issued before the newest of any key that is still listed.
    4. It is neither from the future nor expired, by a clock that is not behind what this key or the roots have signed.

    Args:
        data: the table.
        trust_list: whom to believe.
        floors: of each key, the newest table that was ever accepted from it.
        now: seconds since 1970 UTC.
        known: signer and content of these very bytes, if they were opened before.

    Raises:
        FormatError, TrustListRefused: as `open_area_table`; "rollback", "version-step", "clock-behind",
            "from-the-future" or "expired".
    """
    key, table = known or open_area_table(data, trust_list)  # 1
    floor, new = floors.get(key, Floor()), floor_of(table, data)
    check_not_older(new, floor)  # 2
    if any(table.issued < floors[each].issued for each in trust_list.risk_keys if each in floors):  # 3
        raise TrustListRefused("rollback", "a newer area table was accepted before; fetch the newest")
    check_times_under(trust_list, table, floor, now)  # 4
    return key, table, new
