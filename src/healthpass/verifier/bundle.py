"""What a bundle brings to a store: each part is taken or refused on its own terms."""

from __future__ import annotations

from healthpass._typed import typed
from healthpass.errors import BadInput, TrustListRefused
from healthpass.formats import cose
from healthpass.formats.trust_list import MAX_SIZE, parse_trust_list
from healthpass.trust.places import check_place_times, open_place

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol

    from healthpass.formats.bundle import Bundle
    from healthpass.formats.trust_list import TrustList
    from healthpass.verifier.filter_files import Fetch

    class Store(Protocol):
        """Of `healthpass.verifier.trust_store.TrustStore` what a bundle needs."""

        @property
        def trust_list(self) -> TrustList | None:
            """The list in force."""
            ...

        def update_area_table(self, data: bytes, *, now: int) -> None:
            """Take a newer table."""
            ...

        def update_document_keys(self, data: bytes, *, now: int) -> None:
            """Take newer keys."""
            ...


_NOT_OURS = ("other-recipient", "sealing-key-required")
"""Document keys for another scanner, or for one that compares documents."""


@typed
class BundleReport:
    """What became of a bundle.

    Attributes:
        parts: in order, each part's name ("trust list", "area table", "rotation 1", "snapshot 1", "delta 1", "place 1",
            "document keys 1") and the error with which it was refused; None if it was taken, or was here already. The
            code "rollback" says that something newer is here.
        places: the place certificates that count by the trust list in force, as bytes: for `Verifier(place=...)`.
    """

    __slots__ = ("parts", "places")

    def __init__(self, parts: tuple[tuple[str, BadInput | None], ...], places: tuple[bytes, ...]) -> None:
        self.parts = parts
        self.places = places

    @property
    def refused(self) -> tuple[tuple[str, BadInput], ...]:
        """The parts that were refused for anything but that something newer is here."""
        return tuple((name, error) for name, error in self.parts if error is not None and error.code != "rollback")

    def __repr__(self) -> str:
        return f"BundleReport(parts={len(self.parts)}, refused={len(self.refused)})"


def take_bundle(
    bundle: Bundle,
    store: Store,
    now: int,
    take_list: Callable[[bytes], None],
    take_revocation: Callable[[bytes, Fetch], None],
) -> BundleReport:
    """See `TrustStore.update_bundle`. The last two are its updates that take what is within its grace time."""
    pieces = {digest.hex(): piece for digest, piece in bundle.filters.items()}
    places: list[bytes] = []

    def take_rotation(data: bytes) -> None:
        held = store.trust_list
        if held is not None and _version_of(data) <= held.version:
            raise TrustListRefused("rollback", "these roots were followed already; make a new bundle")
        take_list(data)

    def take_place(data: bytes) -> None:
        trust_list = store.trust_list
        if trust_list is None:
            raise TrustListRefused("no-trust-list", "a place is checked against a trust list; fetch one first")
        check_place_times(open_place(data, trust_list), now)
        places.append(data)

    def take_published(data: bytes) -> None:
        take_revocation(data, pieces.__getitem__)

    steps: list[tuple[str, Callable[[bytes], None], bytes]] = []
    steps += [(f"rotation {n}", take_rotation, each) for n, each in enumerate(bundle.rotations, 1)]  # 1
    steps.append(("trust list", take_list, bundle.trust_list))  # 2
    if bundle.area_table is not None:  # 3
        steps.append(("area table", lambda data: store.update_area_table(data, now=now), bundle.area_table))
    steps += [(f"place {n}", take_place, each) for n, each in enumerate(bundle.places, 1)]  # 4
    for n, (snapshot, delta) in enumerate(bundle.revocations, 1):  # 5
        steps.append((f"snapshot {n}", take_published, snapshot))
        if delta is not None:
            steps.append((f"delta {n}", take_published, delta))
    keys = enumerate(bundle.document_keys, 1)
    steps += [(f"document keys {n}", lambda data: store.update_document_keys(data, now=now), each) for n, each in keys]

    parts: list[tuple[str, BadInput | None]] = []
    for name, take, data in steps:
        try:
            take(data)
        except BadInput as error:
            if error.code not in _NOT_OURS:
                parts.append((name, error.with_traceback(None)))
        else:
            parts.append((name, None))
    return BundleReport(tuple(parts), tuple(places))


def _version_of(data: bytes) -> int:
    return parse_trust_list(cose.decode_sign(data, cose.TRUST_LIST, MAX_SIZE).payload).version
