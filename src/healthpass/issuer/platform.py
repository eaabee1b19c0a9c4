"""The platform's folder: what each call goes by is what the folder holds when the call begins."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from healthpass._files import read_secret
from healthpass._followed import Followed
from healthpass._texts import text_of
from healthpass._typed import typed
from healthpass.formats import cose
from healthpass.formats.trust_list import MAX_SIZE as MAX_LIST_SIZE
from healthpass.formats.trust_list import TrustList, parse_trust_list
from healthpass.issuer.recognition import MAX_FILE_SIZE as MAX_RULES_SIZE
from healthpass.issuer.recognition import RecognitionRules
from healthpass.issuer.sealing_keys import MAX_FILE_SIZE as MAX_SEALING_SIZE
from healthpass.issuer.sealing_keys import SealingKeys, parse_sealing_keys
from healthpass.issuer.window_keys import MAX_FILE_SIZE as MAX_KEYS_SIZE
from healthpass.issuer.window_keys import WindowKeys, parse_window_keys
from healthpass.trust.station_list import StationList, follow_stations

if TYPE_CHECKING:
    from healthpass.trust.assisted import Believed

KEYS_FILE = "windows.cbor"
RULES_FILE = "rules.toml"
STATIONS_FILE = "stations.toml"
SEALING_FILE = "sealing.keys"
TRUST_LIST_FILE = "trust-list.cbor"


@typed
@dataclass(frozen=True, slots=True)
class PlatformState:
    """What one call of an issuer goes by, from its first step to its last.

    Attributes:
        windows: the platform's keys.
        rules: which regions it recognises.
        stations: which stations it serves.
        sealing: what it opens enrolments with, and its name.
        trust_list: the list that it holds, or who keeps one: chance decides among the windows that it names. Without
            one nothing new is issued.
    """

    windows: WindowKeys
    rules: RecognitionRules
    stations: StationList
    sealing: SealingKeys
    trust_list: TrustList | Believed | None = None


@typed
class PlatformFolder:
    """The files of a platform that its programs share: `windows.cbor`, which `healthpass windows` writes, `rules.toml`,
    which people edit, `stations.toml`, which `healthpass station add` and `remove` write, `sealing.keys`, which
    `healthpass sealing` writes, and `trust-list.cbor`, which `healthpass hold` has checked. What is not there yet
    counts as empty: no window, no region, no station, no sealing key, no trust list.

    An issuer, publisher or server may run for months on one of these: a key that was given up, a region that was
    suspended, a station that was taken out or a window that was added counts from the next call on.

    Args:
        path: the folder.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = os.fspath(path)
        self._windows = Followed(self._beneath(KEYS_FILE), MAX_KEYS_SIZE, parse_window_keys, WindowKeys([]))
        self._rules = Followed(self._beneath(RULES_FILE), MAX_RULES_SIZE, _parse_rules, RecognitionRules([]))
        self._stations = follow_stations(self._beneath(STATIONS_FILE))
        self._sealing = Followed(
            self._beneath(SEALING_FILE), MAX_SEALING_SIZE, parse_sealing_keys, SealingKeys.new(), read_secret
        )
        self._held: Followed[TrustList | None] = Followed(
            self._beneath(TRUST_LIST_FILE), MAX_LIST_SIZE, parse_held_list, None
        )

    @property
    def windows(self) -> WindowKeys:
        """The window keys now. Raises `FolderError`, as `state`."""
        return self._windows.now()

    def state(self) -> PlatformState:
        """All of it, now: one `stat` for each file that has not changed.

        Raises:
            FolderError: "unreadable-file": one of the files cannot be read, or is not what it should be. Nothing is
                issued until it is mended.
        """
        return PlatformState(
            self._windows.now(), self._rules.now(), self._stations.now(), self._sealing.now(), self._held.now()
        )

    def _beneath(self, name: str) -> str:
        return os.path.join(self.path, name)

    def __repr__(self) -> str:
        return "PlatformFolder(...)"


def parse_held_list(data: bytes) -> TrustList:
    """What the trust list in the folder says. Its signatures were checked before it was put there: who writes into the
    folder has the platform's keys too."""
    return parse_trust_list(cose.decode_sign(data, cose.TRUST_LIST, MAX_LIST_SIZE).payload)


def _parse_rules(data: bytes) -> RecognitionRules:
    return RecognitionRules.from_toml(text_of(data))
