"""A bundle: its one form, and what a store takes of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from healthpass import Decision, RefusalCode, Refused
from healthpass.authority import make_bundle
from healthpass.authority.bundles import is_delta_of
from healthpass.errors import FormatError, RevocationRefused, TrustListRefused
from healthpass.formats import cbor
from healthpass.formats.bundle import MAX_SIZE, Bundle, encode_bundle, parse_bundle
from healthpass.formats.revocation.builder import build_filter
from healthpass.verifier import BundleReport, TrustStore, Verifier
from tests.documents import DOCUMENT_KEY, OTHER_REGISTRAR, OTHER_SCANNER, SCANNER, deliver
from tests.making import DAY, NOW, PLACE, ROOTS, WINDOW, files, make_trust_list, show_own, sign_trust_list
from tests.placing import REGISTRAR, RISK_OFFICE, everywhere, make_area_table, make_place
from tests.raising import raises, raises_one_of
from tests.revoking import NO_SLOTS, REVOKER, digest_of, filters_of, kept, make_delta, make_snapshot, revoking_list
from tests.trusting import a_list, a_rotation, root_set

REVOKED = 5
TOO_LONG = "a bundle of over {} bytes: allow more, or make a smaller one"
DELIVERY = deliver(1)
TERMS: dict[str, Any] = {
    "registrar_keys": (REGISTRAR.public_key,),
    "risk_keys": (RISK_OFFICE.public_key,),
    "policy": everywhere(documents=0),
}


@dataclass
class Parts:
    """What goes into a bundle; a test changes a part."""

    version: int = 2
    trust_list: bytes = b""
    area_table: bytes | None = field(default_factory=lambda: make_area_table(1))
    places: list[bytes] = field(default_factory=lambda: [make_place()])
    snapshot: bytes = b""
    delta: bytes | None = field(default_factory=lambda: make_delta(2, {WINDOW: [REVOKED]}))
    filters: Callable[[str], bytes] | None = None
    document_keys: list[bytes] = field(default_factory=lambda: [DELIVERY])

    def made(self) -> bytes:
        snapshot, pieces = make_snapshot(1)
        return make_bundle(
            self.trust_list or sign_trust_list(revoking_list(self.version, **TERMS)),
            area_table=self.area_table,
            places=self.places,
            revocations=[(self.snapshot or snapshot, self.delta)],
            filters=self.filters or pieces,
            document_keys=self.document_keys,
        )


ALL = ["trust list", "area table", "place 1", "snapshot 1", "delta 1", "document keys 1"]
BUNDLE = Parts().made()


def states(report: BundleReport) -> dict[str, str]:
    return {name: "taken" if error is None else error.code for name, error in report.parts}


def held(folder: Path) -> dict[str, bytes]:
    """All that the store keeps, the generation file's own number apart."""
    return {name: data for name, data in {**kept(folder), **files(folder)}.items() if "generation" not in name}


def scanner(store: TrustStore, place: bytes) -> Verifier:
    return Verifier(store, place=place)


@pytest.mark.parametrize("folder", [False, True])
def test_one_file_is_enough_for_a_scanner_without_a_network(folder: bool, tmp_path: Path) -> None:
    path = str(tmp_path) if folder else None
    store = TrustStore(ROOTS, path, sealing_key=SCANNER)
    report = store.update_bundle(BUNDLE, now=NOW)
    assert states(report) == dict.fromkeys(ALL, "taken")
    assert (report.refused, report.places) == ((), (make_place(),))
    assert store.document_key(b"doc0") == DOCUMENT_KEY
    gate = scanner(TrustStore(ROOTS, path, sealing_key=SCANNER) if folder else store, report.places[0])
    assert gate.decide(show_own(1, audience=PLACE), now=NOW).decision is Decision.ADMIT
    with pytest.raises(Refused) as caught:
        gate.verify(show_own(REVOKED, audience=PLACE), now=NOW)
    assert caught.value.code is RefusalCode.REVOKED


def test_the_same_again_changes_nothing(tmp_path: Path) -> None:
    store = TrustStore(ROOTS, str(tmp_path), sealing_key=SCANNER)
    store.update_bundle(BUNDLE, now=NOW)
    before = held(tmp_path)
    assert states(store.update_bundle(BUNDLE, now=NOW + 60)) == dict.fromkeys(ALL, "taken")
    assert held(tmp_path) == before


def test_what_is_newer_stays(tmp_path: Path) -> None:
    store = TrustStore(ROOTS, str(tmp_path), sealing_key=SCANNER)
    newer = Parts(3, area_table=make_area_table(2), delta=make_delta(3, {WINDOW: [REVOKED, 6]})).made()
    store.update_bundle(newer, now=NOW)
    before = held(tmp_path)
    report = store.update_bundle(BUNDLE, now=NOW)
    assert states(report) == {
        "trust list": "rollback",
        "area table": "rollback",
        "place 1": "taken",
        "snapshot 1": "taken",
        "delta 1": "rollback",
        "document keys 1": "taken",
    }
    assert report.refused == ()
    assert held(tmp_path) == before


WRONG: dict[str, tuple[Parts, dict[str, str]]] = {
    "list by nobody": (
        Parts(trust_list=sign_trust_list(revoking_list(2, **TERMS), [REVOKER])),
        {"trust list": "threshold", "area table": "no-trust-list", "place 1": "no-trust-list"}
        | {"snapshot 1": "no-trust-list", "delta 1": "no-trust-list", "document keys 1": "no-trust-list"},
    ),
    "table by nobody": (Parts(area_table=make_area_table(1, office=REVOKER)), {"area table": "not-a-risk-office"}),
    "table of yesterday": (
        Parts(area_table=make_area_table(1, issued=NOW - DAY, expires=NOW)),
        {"area table": "expired"},
    ),
    "place by nobody": (Parts(places=[make_place(registrar=REVOKER)]), {"place 1": "not-a-registrar"}),
    "place that is over": (Parts(places=[make_place(issued=NOW - DAY, expires=NOW)]), {"place 1": "place-expired"}),
    "snapshot by nobody": (
        Parts(snapshot=make_snapshot(1, by=REGISTRAR)[0]),
        {"snapshot 1": "not-a-revoker", "delta 1": "other-snapshot"},
    ),
    "delta upon another": (Parts(delta=make_delta(3, {WINDOW: [1]}, base=2)), {"delta 1": "other-snapshot"}),
    "keys by nobody": (
        Parts(document_keys=[deliver(1, registrar=OTHER_REGISTRAR)]),
        {"document keys 1": "not-a-registrar"},
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_each_part_is_refused_on_its_own_terms(case: str, tmp_path: Path) -> None:
    """And the others are taken all the same."""
    parts, refused = WRONG[case]
    store = TrustStore(ROOTS, str(tmp_path), sealing_key=SCANNER)
    report = store.update_bundle(parts.made(), now=NOW)
    assert states(report) == {**dict.fromkeys(ALL, "taken"), **refused}
    assert [name for name, _ in report.refused] == [name for name in ALL if name in refused]
    assert len(report.places) == ("place 1" not in refused)


def test_a_part_that_is_refused_changes_nothing(tmp_path: Path) -> None:
    store = TrustStore(ROOTS, str(tmp_path), sealing_key=SCANNER)
    store.update_bundle(BUNDLE, now=NOW)
    before = held(tmp_path)
    for parts, _ in WRONG.values():
        store.update_bundle(parts.made(), now=NOW)
    assert held(tmp_path) == before


@pytest.mark.parametrize(
    ("late", "taken"), [(-1, 0), (0, 1), (259_199, 259_200), (259_200, None)], ids=["fresh", "due", "last", "over"]
)
def test_without_anything_newer_it_is_taken_within_its_grace_time(late: int, taken: int | None) -> None:
    """The list and the snapshot expire together; a verdict says by how much they are late."""
    expires = NOW + DAY
    parts = Parts(
        trust_list=sign_trust_list(revoking_list(2, expires=expires, grace=259_200, **TERMS)), document_keys=[]
    )
    parts.area_table, now = None, expires + late
    store = TrustStore(ROOTS)
    report = store.update_bundle(parts.made(), now=now)
    if taken is None:
        assert states(report)["trust list"] == "expired"
        assert store.trust_list is None
    else:
        assert set(states(report).values()) == {"taken"}
        assert store.fresh(now)[1] == taken
    alone = TrustStore(ROOTS)
    if late >= 0:  # by itself it is not taken: who has a network fetches a newer one
        with raises(TrustListRefused, "expired", "it has expired: fetch a newer one"):
            alone.update_trust_list(parts.trust_list, now=now)


def test_roots_that_have_changed(tmp_path: Path) -> None:
    store = TrustStore(root_set(0), str(tmp_path))
    rotations = [a_rotation(2, 0, 1), a_rotation(3, 1, 2)]
    data = make_bundle(a_list(4, by=2), rotations=rotations)
    assert states(store.update_bundle(data, now=NOW)) == dict.fromkeys(
        ["rotation 1", "rotation 2", "trust list"], "taken"
    )
    assert store.roots == root_set(2)
    before = held(tmp_path)
    assert states(store.update_bundle(data, now=NOW)) == {
        "rotation 1": "rollback",
        "rotation 2": "rollback",
        "trust list": "taken",
    }
    assert held(tmp_path) == before


def test_keys_for_another_scanner_are_not_this_ones_matter() -> None:
    for store in (TrustStore(ROOTS), TrustStore(ROOTS, sealing_key=OTHER_SCANNER)):
        assert "document keys 1" not in states(store.update_bundle(BUNDLE, now=NOW))


def test_a_filter_that_the_bundle_does_not_have(tmp_path: Path) -> None:
    whole = parse_bundle(BUNDLE)
    without = encode_bundle(Bundle(whole.trust_list, revocations=whole.revocations, filters={}))
    report = TrustStore(ROOTS, str(tmp_path)).update_bundle(without, now=NOW)
    assert states(report) == {"trust list": "taken", "snapshot 1": "missing-filter", "delta 1": "other-snapshot"}


# ---- Its form -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", range(8))
def test_each_filter_lies_on_a_multiple_of_four(size: int) -> None:
    pieces = {digest_of(bytes((n,) * 40)): b"\xaa" * (20 + n + size) for n in range(6)}
    data = encode_bundle(Bundle(b"list" * (size + 1), filters=pieces))
    for piece in pieces.values():
        assert any(data.startswith(piece, at) for at in range(0, len(data), 4))
    assert parse_bundle(data).filters == pieces


def test_it_is_read_as_it_was_written() -> None:
    parsed = parse_bundle(BUNDLE)
    assert encode_bundle(parsed) == BUNDLE
    assert sorted(parsed.filters) == sorted(digest_of(each) for each in set(filters_of(NO_SLOTS).values()))
    value = cbor.decode(BUNDLE)
    assert isinstance(value, list)
    assert [type(each) for each in value] == [int, list, bytes, bytes, list, list, list, list]


def altered(change: Callable[[list[Any]], None]) -> bytes:
    content = cbor.decode(BUNDLE)
    assert isinstance(content, list)
    change(content)
    return cbor.encode(content)


ALTERED: dict[str, Callable[[list[Any]], None]] = {
    "another format": lambda content: content.__setitem__(0, 2),
    "a part more": lambda content: content.append([]),
    "a part less": lambda content: content.pop(),
    "no trust list": lambda content: content.__setitem__(2, None),
    "an empty list": lambda content: content.__setitem__(2, b""),
    "a text": lambda content: content.__setitem__(3, "table"),
    "a snapshot alone": lambda content: content[5].__setitem__(0, [content[5][0][0]]),
    "no snapshot": lambda content: content[5].__setitem__(0, [None, None]),
    "a filter less one byte of padding": lambda content: content[6][0].__setitem__(1, content[6][0][1] + b"\x00"),
    "padding that is not zero": lambda content: content[6][0].__setitem__(1, b"\x01"),
    "padding of four": lambda content: content[6][0].__setitem__(1, bytes(4)),
    "a short digest": lambda content: content[6][0].__setitem__(0, bytes(31)),
    "a filter twice": lambda content: content[6].append(content[6][0]),
    "an empty filter": lambda content: content[6][0].__setitem__(2, b""),
    "empty document keys": lambda content: content[7].append(b""),
}


@pytest.mark.parametrize("change", ALTERED.values(), ids=ALTERED)
def test_no_other_form_is_taken(change: Callable[[list[Any]], None], tmp_path: Path) -> None:
    store = TrustStore(ROOTS, str(tmp_path))
    before = held(tmp_path)
    with raises_one_of("malformed"):
        store.update_bundle(altered(change), now=NOW)
    assert held(tmp_path) == before


def test_filters_in_another_order() -> None:
    first, second = (build_filter(WINDOW.capacity, slots) for slots in ([1], [2]))
    pieces = sorted((digest_of(each), each) for each in (first, second))
    data = encode_bundle(Bundle(b"list", filters=dict(pieces)))
    content = cbor.decode(data)
    assert isinstance(content, list)
    content[6] = [content[6][1], content[6][0]]
    with raises_one_of("malformed"):
        parse_bundle(cbor.encode(content))


@pytest.mark.parametrize("end", [0, 1, 2, -1, "more"])
def test_cut_short_or_longer(end: int | str) -> None:
    data = BUNDLE + b"\x00" if isinstance(end, str) else BUNDLE[:end]
    with raises_one_of("malformed"):
        parse_bundle(data)


def test_how_long_it_may_be() -> None:
    assert parse_bundle(BUNDLE, len(BUNDLE)).trust_list
    with raises(FormatError, "malformed", TOO_LONG.format(len(BUNDLE) - 1)):
        TrustStore(ROOTS).update_bundle(BUNDLE, now=NOW, most=len(BUNDLE) - 1)
    with raises(FormatError, "malformed", TOO_LONG.format(MAX_SIZE)):
        parse_bundle(b"\x88" + bytes(MAX_SIZE))


# ---- Who makes one ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        {"trust_list": make_place()},
        {"area_table": make_place()},
        {"places": [make_area_table(1)]},
        {"delta": make_snapshot(1)[0]},
        {"snapshot": make_delta(2)},
        {"document_keys": [make_place()]},
    ],
    ids=lambda change: next(iter(change)),
)
def test_no_file_goes_by_anothers_name(change: dict[str, Any]) -> None:
    with raises_one_of("malformed"):
        Parts(**change).made()


def test_filters_are_looked_for(tmp_path: Path) -> None:
    snapshot, pieces = make_snapshot(1)
    trust_list = sign_trust_list(make_trust_list(1))
    for name, piece in pieces.items():
        (tmp_path / f"{name}.filter").write_bytes(piece)
    whole = make_bundle(trust_list, revocations=[(snapshot, None)], filters=pieces)
    assert whole == make_bundle(trust_list, revocations=[(snapshot, None)], filters=tmp_path)
    name = next(iter(pieces))
    (tmp_path / f"{name}.filter").write_bytes(pieces[name][:-1] + b"\xff")
    with raises(RevocationRefused, "digest", "a filter is not the one that its snapshot names: fetch it again"):
        make_bundle(trust_list, revocations=[(snapshot, None)], filters=tmp_path)
    (tmp_path / f"{name}.filter").unlink()
    nothing: dict[str, bytes] = {}
    for source in (tmp_path, nothing.__getitem__, None):
        with raises(RevocationRefused, "missing-filter", "a filter that a snapshot names is not there; fetch it"):
            make_bundle(trust_list, revocations=[(snapshot, None)], filters=source)


def test_which_delta_adds_to_a_snapshot() -> None:
    snapshot = make_snapshot(3)[0]
    assert is_delta_of(make_delta(4, base=3), snapshot)
    assert not is_delta_of(make_delta(4, base=2), snapshot)
    assert not is_delta_of(make_delta(4, base=3, by=REGISTRAR), snapshot)
