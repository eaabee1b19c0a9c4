"""A scanner's area table: the newest one by a risk office of the trust list."""

from __future__ import annotations

from healthpass.errors import BadInput
from healthpass.formats.area_table import MAX_SIZE
from healthpass.trust.areas import check_area_update, open_area_table
from healthpass.trust.updates import floor_of, is_same, stands

TYPE_CHECKING = False
if TYPE_CHECKING:
    from healthpass.formats.area_table import AreaTable
    from healthpass.formats.trust_list import TrustList
    from healthpass.trust.updates import Floor, Floors
    from healthpass.verifier.state_folder import StateFolder, Writes

    Area = tuple[bytes, AreaTable, Floor]
    """The risk office that signed a table, the table, and the floor that it has set."""

AREA_TABLE = "area-table.cbor"


def load_area(
    held: Area | None, trust_list: TrustList, floors: Floors, files: StateFolder, lost: bool
) -> tuple[Area | None, Floors]:
    """The table in force under a list, and the floors with its own. See `healthpass.verifier.state.under`."""
    data, found = files.read(AREA_TABLE, MAX_SIZE), None
    if held is not None and held[0] not in trust_list.risk_keys:
        held = None
    if held is not None and is_same(data, held[2]):
        found = held
    elif data:
        try:
            key, table = open_area_table(data, trust_list)
        except BadInput:
            pass
        else:
            found = key, table, floor_of(table, data)
    for each in (found, None if lost else held):
        if each is not None and stands(each[0], each[2], floors.areas):
            return each, floors.changed("areas", each[0], each[2])
    return None, floors


def take_area(
    held: Area | None, data: bytes, trust_list: TrustList, floors: Floors, now: int
) -> tuple[Area, Floors, Writes]:
    """A newer table; see `TrustStore.update_area_table`."""
    known = None if held is None or not is_same(data, held[2]) else held[:2]
    key, table, new = check_area_update(data, trust_list, floors.areas, now, known)
    return (key, table, new), floors.changed("areas", key, new), ((AREA_TABLE, data),)
