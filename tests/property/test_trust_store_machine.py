"""Updates, attacks, reboots, wrong clocks and damaged files in any order: never older, never unsigned, never stuck."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from healthpass import _files
from healthpass.errors import BadInput
from healthpass.formats.area_table import parse_area_table
from healthpass.formats.cose import AREA_TABLE, decode_sign1
from healthpass.formats.trust_list import encode_trust_list
from healthpass.verifier.root_chain import MAX_ROTATIONS
from tests.faults import QuickDisk
from tests.making import DAY, STRANGER, sign_trust_list
from tests.property.trust_world import Published, World, office
from tests.raising import raises
from tests.trusting import AREAS, FLOORS, GENERATION, LIST, ROTATIONS, open_store, root_set, root_signers, version_of

FILES = (LIST, ROTATIONS, AREAS, FLOORS, GENERATION)
OFFSETS = (0, 0, 0, 60, -60, -61, -DAY, DAY, 30 * DAY, 20 * 365 * DAY)
any_of_them = st.integers(0, 999)


class TrustStoreMachine(RuleBasedStateMachine):
    """A scanner, with what must be true of it.

    Attributes:
        floor, table_floors: the highest version accepted, of lists and of each office's tables, as far as the files
            that were not lost still say so.
        lost: files that were damaged since they were last written.
    """

    def __init__(self) -> None:
        super().__init__()
        self.patch = pytest.MonkeyPatch()
        self.patch.setattr(_files, "os", QuickDisk())
        self.folder = Path(tempfile.mkdtemp())
        self.world = World()
        self.clock = 0
        self.floor = 0
        self.table_floors: dict[int, int] = {}
        self.lost: set[str] = set()
        self.store = open_store(self.folder)

    def teardown(self) -> None:
        try:
            self.recover()
        finally:
            self.patch.undo()
            shutil.rmtree(self.folder)

    @property
    def now(self) -> int:
        """What the scanner's clock says."""
        return self.world.now + self.clock

    # What the publishers do.

    @rule(replace=st.booleans(), keep=st.booleans(), step=st.sampled_from([1, 1, 1, 1000]))
    def a_list_is_published(self, replace: bool, keep: bool, step: int) -> None:
        self.world.publish_list(replace_office=replace, keep_old_office=keep, step=step)

    @precondition(lambda self: self.world.roots < MAX_ROTATIONS)
    @rule(replace=st.booleans())
    def the_roots_are_replaced(self, replace: bool) -> None:
        self.world.publish_list(rotate=True, replace_office=replace)

    @rule()
    def a_table_is_published(self) -> None:
        self.world.publish_table()

    @rule(ahead=st.sampled_from([0, 0, 61, DAY, 30 * DAY]), step=st.sampled_from([1, 100_000]))
    def a_stolen_office_signs(self, ahead: int, step: int) -> None:
        self.world.publish_table(ahead=ahead, step=step)

    # What the scanner is given.

    @rule()
    def everything_is_offered(self) -> None:
        for each in self.world.way:
            self.offer_list(each)
        if self.world.tables:
            self.offer_table(self.world.tables[-1])

    @rule(which=any_of_them)
    def any_list_is_offered(self, which: int) -> None:
        self.offer_list(self.world.lists[-1 - which % len(self.world.lists)])

    @precondition(lambda self: self.world.tables)
    @rule(which=any_of_them)
    def any_table_is_offered(self, which: int) -> None:
        self.offer_table(self.world.tables[-1 - which % len(self.world.tables)])

    def offer_list(self, offered: Published) -> None:
        before = version_of(self.store)
        try:
            self.store.update_trust_list(offered.data, now=self.now)
        except BadInput:
            return
        if version_of(self.store) == offered.version > before:
            assert offered.version >= self.floor
            self.floor = offered.version
            self.lost -= {LIST, FLOORS, GENERATION}
            listed = self.store.trust_list.risk_keys if self.store.trust_list else ()
            self.table_floors = {n: each for n, each in self.table_floors.items() if office(n).public_key in listed}

    def offer_table(self, offered: Published) -> None:
        try:
            self.store.update_area_table(offered.data, now=self.now)
        except BadInput:
            return
        assert offered.version >= self.table_floors.get(offered.office, 0)
        self.table_floors[offered.office] = offered.version

    @rule(by=st.sampled_from(["one root", "strangers", "old roots", "an office"]), rotate=st.booleans())
    def a_forged_list_is_refused(self, by: str, rotate: bool) -> None:
        content = self.world.content(self.world.newest_version + 1, {7777})
        if rotate:
            content.roots = root_set(8888)
        roots = self.world.roots
        signers = {
            "one root": [root_signers(roots)[0], STRANGER],
            "strangers": root_signers(9999),
            "old roots": root_signers(max(roots - 1, 0))[: 2 if roots else 1],
            "an office": [root_signers(roots)[1], root_signers(9999)[0]],
        }[by]
        if by == "old roots" and self.store.roots != root_set(roots):
            return  # to this scanner they are the roots
        with raises(
            BadInput,
            "threshold",
            "too few of the known roots have signed the trust list; fetch the list with all signatures",
        ):
            self.store.update_trust_list(sign_trust_list(content, signers), now=self.now)

    @rule(which=any_of_them, at=st.integers(0, 10_000), flip=st.integers(1, 255))
    def an_altered_message_is_refused_or_means_the_same(self, which: int, at: int, flip: int) -> None:
        """The same: a signature that nobody needs may be any bytes."""
        messages = [*self.world.lists, *self.world.tables]
        original = messages[which % len(messages)]
        at %= len(original.data)
        data = original.data[:at] + bytes((original.data[at] ^ flip,)) + original.data[at + 1 :]
        altered = Published(original.version, data, original.is_rotation, original.office)
        (self.offer_list if original.office < 0 else self.offer_table)(altered)

    # What befalls the scanner.

    @rule(offset=st.sampled_from(OFFSETS))
    def the_clock_is_set(self, offset: int) -> None:
        self.clock = offset

    @rule(passed=st.sampled_from([1, 3600, DAY, 8 * DAY]))
    def time_passes(self, passed: int) -> None:
        self.world.now += passed

    @rule()
    def reboot(self) -> None:
        list_stands = not self.lost & {LIST, ROTATIONS}
        if {FLOORS, GENERATION} <= self.lost:
            self.floor = self.floor if list_stands else 0
            self.table_floors = {}
        self.store = open_store(self.folder)
        self.lost -= {FLOORS, GENERATION}  # written again, from the other copy or from what there is

    @rule(name=st.sampled_from(FILES), content=st.sampled_from([None, b"", b"\x00" * 50, b"cut"]), off=st.booleans())
    def a_file_is_damaged(self, name: str, content: bytes | None, off: bool) -> None:
        path = self.folder / name
        if not path.exists():
            return
        if content is None:
            path.unlink()
        else:
            path.write_bytes(path.read_bytes()[:-9] if content == b"cut" else content)
        self.lost.add(name)
        if off:
            self.reboot()

    @rule()
    def recover(self) -> None:
        """By a right clock, the way and the newest list are taken, whatever was before; and then the newest table."""
        self.clock = 0
        self.world.publish_list(replace_office=self.world.poisoned)
        for each in self.world.way:
            self.offer_list(each)
        assert version_of(self.store) == self.world.newest_version
        assert self.store.roots == root_set(self.world.roots)
        self.offer_table(self.world.publish_table())
        assert self.store.fresh(self.now)[1] == 0
        assert self.store.area_table(self.now) is not None
        assert self.store.area_table(self.now).version == self.world.tables[-1].version  # type: ignore[union-attr]

    # What always holds.

    @invariant()
    def nothing_older_is_in_force(self) -> None:
        assert version_of(self.store) == 0 or version_of(self.store) >= self.floor

    @invariant()
    def nothing_unsigned_is_in_force(self) -> None:
        trust_list, area = self.store.trust_list, self.store.state().area
        assert trust_list is None or encode_trust_list(trust_list) in self.world.payloads
        assert any(self.store.roots == root_set(number) for number in range(self.world.roots + 1))
        if area is not None:
            assert trust_list is not None
            assert area[0] in trust_list.risk_keys
            tables = {decode_sign1(each.data, AREA_TABLE, 1 << 20).payload: each for each in self.world.tables}
            signed = {
                (office(each.office).public_key, parse_area_table(payload).issued) for payload, each in tables.items()
            }
            assert (area[0], area[1].issued) in signed


TrustStoreMachine.TestCase.settings = settings(stateful_step_count=50)
TestTrustStore = TrustStoreMachine.TestCase
