"""The honest side of the trust store's state machine: roots and risk offices, and what they have published.

Sets of roots and risk offices have numbers, as in `tests.trusting`; both are replaced by the next number.
"""

from __future__ import annotations

from dataclasses import dataclass

from healthpass.authority import RiskOffice
from healthpass.formats.trust_list import TrustList, encode_trust_list
from tests.making import DAY, NOW, make_trust_list, sign_trust_list, signer
from tests.trusting import root_set, root_signers


@dataclass(frozen=True)
class Published:
    """A signed object.

    Attributes:
        office: who signed it, for an area table; -1 for the roots.
    """

    version: int
    data: bytes
    is_rotation: bool = False
    office: int = -1


def office(number: int) -> RiskOffice:
    return RiskOffice(signer(5000 + number))


class World:
    """Who publishes. `now` is the true time.

    Attributes:
        lists, tables: everything published so far, in order.
        payloads: of all lists, to tell a published list from any other.
        poisoned: a table of the present office's stolen key is dated far ahead.
    """

    def __init__(self) -> None:
        self.now = NOW
        self.roots = 0
        self.office = 0
        self.lists: list[Published] = []
        self.tables: list[Published] = []
        self.payloads: set[bytes] = set()
        self.poisoned = False
        self.publish_list()

    def publish_list(
        self, *, rotate: bool = False, replace_office: bool = False, keep_old_office: bool = False, step: int = 1
    ) -> Published:
        """The next trust list, signed by two of the roots; by two of the next roots too if it rotates."""
        self.now += 1
        signers = root_signers(self.roots)[1:]
        offices = {self.office}
        if rotate:
            self.roots += 1
            signers += root_signers(self.roots)[:2]
        if replace_office:
            self.office += 1
            offices = {self.office, *offices} if keep_old_office and not self.poisoned else {self.office}
            self.poisoned = False
        content = self.content(self.newest_version + step, offices)
        self.payloads.add(encode_trust_list(content))
        self.lists.append(Published(content.version, sign_trust_list(content, signers), rotate))
        return self.lists[-1]

    def content(self, version: int, offices: set[int]) -> TrustList:
        """A list of now."""
        keys = tuple(sorted(office(number).public_key for number in offices))
        expires = self.now + 7 * DAY
        return make_trust_list(version, self.now, expires, roots=root_set(self.roots), risk_keys=keys, grace=DAY)

    def publish_table(self, *, ahead: int = 0, step: int = 1) -> Published:
        """The next table of the office; `ahead` is for who has stolen its key."""
        self.now += 1
        self.poisoned = self.poisoned or ahead > 0 or step > 1
        version = max([0, *(each.version for each in self.tables if each.office == self.office)]) + step
        data = office(self.office).publish(version, now=self.now + ahead, lifetime=2 * DAY)
        self.tables.append(Published(version, data, office=self.office))
        return self.tables[-1]

    @property
    def newest_version(self) -> int:
        return self.lists[-1].version if self.lists else 0

    @property
    def way(self) -> list[Published]:
        """What a scanner that knows nothing but the first roots needs: every rotation, then the newest list."""
        rotations = [each for each in self.lists if each.is_rotation]
        return [*rotations, *([] if self.lists[-1].is_rotation else self.lists[-1:])]
