"""Places, area tables and policies for tests of the right to check, from fixed seeds, as `tests.making` is."""

from __future__ import annotations

from collections.abc import Iterable

from healthpass.crypto.signer import Signer, sign_message
from healthpass.formats import cose
from healthpass.formats.area_table import AreaTable, encode_area_table
from healthpass.formats.check_policy import CheckPolicy, CheckRule, default_policy
from healthpass.formats.place import Place, PlaceClass, encode_place
from healthpass.formats.trust_list import TrustList
from healthpass.verifier import TrustStore, Verifier
from tests.making import DAY, NOW, PLACE, make_store, make_trust_list, signer

REGISTRAR = signer(30)
RISK_OFFICE = signer(31)
AREA = 110_105
POLICY = default_policy()


def make_place(
    place_class: int = PlaceClass.HOSPITAL,
    area: int = AREA,
    issued: int = NOW,
    expires: int = NOW + 30 * DAY,
    place_id: str = PLACE,
    registrar: Signer = REGISTRAR,
) -> bytes:
    """A signed place certificate."""
    return sign_place(encode_place(Place(place_id, int(place_class), area, issued, expires)), registrar)


def sign_place(payload: bytes, registrar: Signer = REGISTRAR) -> bytes:
    """A place certificate's message with this payload, whatever it is."""
    return sign_message(registrar, cose.PLACE, payload)


def make_area_table(
    version: int = 1,
    issued: int = NOW,
    expires: int = NOW + 2 * DAY,
    medium: Iterable[int] = (),
    high: Iterable[int] = (),
    office: Signer = RISK_OFFICE,
) -> bytes:
    """A signed area table."""
    table = AreaTable(version, issued, expires, medium=tuple(medium), high=tuple(high))
    return sign_message(office, cose.AREA_TABLE, encode_area_table(table))


def placed_list(version: int = 1, policy: CheckPolicy | None = POLICY, **more: object) -> TrustList:
    """The content of a trust list with a registrar, a risk office and a policy."""
    more = {"registrar_keys": (REGISTRAR.public_key,), "risk_keys": (RISK_OFFICE.public_key,), **more}
    return make_trust_list(version, policy=policy, **more)  # type: ignore[arg-type]  # whatever the test wants


def everywhere(**terms: object) -> CheckPolicy:
    """A policy of the same terms for every class at every risk; unless they say otherwise, green is admitted and
    no document asked for."""
    terms = {"admitted": 1, "documents": 0, **terms}
    return CheckPolicy(CheckRule(risk, kind, **terms) for risk in range(3) for kind in PlaceClass)  # type: ignore[arg-type]  # as above


def placed_store(trust_list: TrustList | None = None, table: bytes | None = None, now: int = NOW) -> TrustStore:
    """A store in memory that holds such a list, and perhaps a table."""
    store = make_store(trust_list or placed_list(), now=now)
    if table is not None:
        store.update_area_table(table, now=now)
    return store


def placed_verifier(
    trust_list: TrustList | None = None, place: bytes | str | None = None, table: bytes | None = None
) -> Verifier:
    """A scanner at a place, in a hospital unless the test says otherwise."""
    return Verifier(placed_store(trust_list, table), place=make_place() if place is None else place)
