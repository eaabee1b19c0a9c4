"""The issuer: from a region's attestation to a batch of signed claims."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from healthpass._frames import guarded
from healthpass._values import Color, seconds
from healthpass.crypto import ed25519
from healthpass.crypto.signer import open_message
from healthpass.errors import AttestationRefused
from healthpass.formats import claim as claim_format
from healthpass.formats import cose
from healthpass.formats.attestation import MAX_SIZE, Attestation, parse_attestation
from healthpass.formats.claim import Claim
from healthpass.formats.window import Window
from healthpass.issuer import asking
from healthpass.issuer.ledger import Entry, Ledger
from healthpass.issuer.platform import PlatformFolder, PlatformState
from healthpass.issuer.recognition import RecognitionRules
from healthpass.issuer.revoking import (
    Revocation,
    expected_until,
    open_notice,
    revoke,
    revoke_by_code,
    too_many_notices,
    unknown_attestation,
)
from healthpass.issuer.window_keys import WindowKey, WindowKeys, WindowState
from healthpass.trust.station_list import StationList

if TYPE_CHECKING:
    from healthpass._values import Time
    from healthpass.formats.trust_list import TrustList


@dataclass(frozen=True, slots=True, repr=False)
class Batch:
    """The claims of one attestation: their numbers are given, they are signed as they are taken out.

    Iterating gives each claim's bytes, in the order of the attestation's grants and, within a grant, of its people.
    Signing is deterministic, so iterating again gives the same bytes. `len()` is how many there are.
    """

    _attestation: Attestation
    _colors: Sequence[Color]
    _windows: dict[bytes, tuple[WindowKey, Entry]]

    def __len__(self) -> int:
        return len(self._attestation.grants) * len(self._colors)

    def __iter__(self) -> Iterator[bytes]:
        numbers = {kid: entry.first for kid, (_, entry) in self._windows.items()}
        for grant in self._attestation.grants:
            key, _ = self._windows[grant.kid]
            for person, color in enumerate(self._colors):
                number = numbers[grant.kid]
                numbers[grant.kid] = number + 1
                tag = None if grant.tags is None else grant.tags[person]
                window = key.window
                slot = key.slots.slot(number)
                yield sign_claim(key, Claim(window.kid, window.expires, slot, color, grant.holder_key, tag))

    def __repr__(self) -> str:
        return f"Batch({len(self)} claims)"


class Issuer:
    """The national platform's signing side. It sees opaque keys and references, no person.

    Each call goes by one state of windows and rules, taken when it begins.

    Args:
        windows: its keys. Replace `issuer.windows` to add some or to drop those that are over.
        rules: which regions it recognises. Replace `issuer.rules` when they change.
        ledger: which numbers are given away.
        stations: which stations it serves, by `StationIssuer`; by default none. Replace `issuer.stations` when they
            change.
    """

    def __init__(
        self, windows: WindowKeys, rules: RecognitionRules, ledger: Ledger, stations: StationList | None = None
    ) -> None:
        self._state = PlatformState(windows, rules, StationList() if stations is None else stations)
        self._folder: PlatformFolder | None = None
        self._ledger = ledger

    @classmethod
    def of_folder(cls, folder: PlatformFolder, ledger: Ledger) -> Issuer:
        """An issuer that goes by what is in the platform's folder, whoever changes it: each call by what is there when
        it begins. A call raises `FolderError`, and does nothing, while a file in the folder cannot be used."""
        issuer = cls(WindowKeys([]), RecognitionRules([]), ledger)
        issuer._folder = folder
        return issuer

    @property
    def state(self) -> PlatformState:
        """What a call that begins now goes by. Raises `FolderError`, as `PlatformFolder.state`."""
        return self._state if self._folder is None else self._folder.state()

    @property
    def windows(self) -> WindowKeys:
        """Its keys now."""
        return self.state.windows

    @windows.setter
    def windows(self, windows: WindowKeys) -> None:
        self._check_no_folder()
        self._state = replace(self._state, windows=windows)

    @property
    def rules(self) -> RecognitionRules:
        """The regions that it recognises now."""
        return self.state.rules

    @rules.setter
    def rules(self, rules: RecognitionRules) -> None:
        self._check_no_folder()
        self._state = replace(self._state, rules=rules)

    @property
    def stations(self) -> StationList:
        """The stations that it serves now."""
        return self.state.stations

    @stations.setter
    def stations(self, stations: StationList) -> None:
        self._check_no_folder()
        self._state = replace(self._state, stations=stations)

    def _check_no_folder(self) -> None:
        if self._folder is not None:
            raise TypeError("this issuer goes by a folder: change what is in the folder")

    def issue(self, attestation: bytes, *, now: Time) -> list[bytes]:
        """The claims for an attestation, all signed. Raises what `prepare` raises."""
        return list(self.prepare(attestation, now=now))

    def prepare(self, attestation: bytes, *, now: Time) -> Batch:
        """Recognise an attestation and give it its numbers.

        1. It is an attestation, and its signature holds.
        2. The platform has a rule for the region that signed it, which is not suspended.
        3. Each of the region's colours has a rule.
        4. If it came before, byte for byte, it gets the numbers that it got then. The same reference with other
           content, or with colours that now mean something else, is refused: one number never stands for two claims.
        5. The region's rule takes it: not from the future, not too old, its binding, its size; and every window is
           known, not over, and open to this region and binding.
        6. No holder key is of small order or has a second encoding. (The region has checked possession and order.)
        7. The ledger writes down its numbers, or refuses: a notice or a code has taken it back already, the region has
           had all claims that its rule allows in a period, a window is full, or a holder key that is bound to a
           document came in another attestation.

        Args:
            attestation: at most 524,288 bytes.
            now: seconds since 1970 UTC, or an aware `datetime`.

        Raises:
            FormatError: not an attestation.
            BadInput: "bad-signature".
            FolderError: of an issuer of a folder.
            AttestationRefused: "unknown-attester", "other-content", "suspended", "from-the-future", "too-old",
                "binding", "too-many-claims", "unknown-colour", "unknown-window", "window-over", "window-too-far",
                "window-binding", "weak-key", "revoked-before", "quota", "window-full" or "repeated-key". Nothing has
                changed.
        """
        time = seconds(now)
        attester, payload = open_message(attestation, cose.ATTESTATION, MAX_SIZE)  # 1
        state = self.state
        rule = state.rules.rule_for(attester)  # 2
        content = parse_attestation(payload)
        colors = rule.colors(content)  # 3
        keys = asking.window_keys(content, state.windows)
        digest = ed25519.sha512(attestation + bytes(colors))[:32]
        entries = self._ledger.find(attester, content.reference, digest)  # 4
        if entries is None:
            rule.check(content, time)  # 5
            for key in keys.values():
                rule.check_window(key.window, content, time)
            asking.check_keys(content)  # 6
            limits = asking.quotas(rule, keys, state)
            entries = self._ledger.reserve(asking.request(attester, digest, content, keys, limits))  # 7
        by_kid = {entry.kid: entry for entry in entries}
        if by_kid.keys() != keys.keys():
            raise AttestationRefused("window-over", "a window that the attestation asks for is over")
        return Batch(content, colors, {kid: (key, by_kid[kid]) for kid, key in keys.items()})

    def replace(self, notice: bytes, attestation: bytes, *, now: Time) -> list[bytes]:
        """Revoke what a notice takes back, and issue for an attestation in its place: somebody's colour has changed.

        Nothing is revoked unless the new claims can be issued. If what it takes back has not come yet, the notice is
        kept, as `healthpass.issuer.revoke` does, so that it issues nothing later. The same call again gives the same
        claims.

        Args:
            notice: by the region that vouched for the old passes.
            attestation: by that region or another one.
            now: seconds since 1970 UTC, or an aware `datetime`.

        Raises:
            FormatError, BadInput, AttestationRefused: as `prepare` and `healthpass.issuer.revoke` do, or
                "same-reference": it would revoke what it issues. Nothing has changed.
        """
        attester, taken_back = open_notice(notice, seconds(now))
        reference, until = taken_back.reference, expected_until(attester, self.state)
        if not self._ledger.holds(attester, reference):
            if until is None:
                raise unknown_attestation()
            if not self._ledger.has_room(attester, reference):
                raise too_many_notices()
        if (attester, reference) == _name_of(attestation):
            raise AttestationRefused(
                "same-reference", "the notice takes back the very attestation that is to be issued"
            )
        batch = self.prepare(attestation, now=now)
        self._ledger.revoke(attester, reference, now=seconds(now), at_wish=taken_back.at_wish, until=until)
        return list(batch)

    def revoke(self, notice: bytes, *, now: Time) -> Revocation:
        """See `healthpass.issuer.revoke`."""
        return revoke(self._ledger, notice, self.state, now=now)

    @guarded
    def revoke_by_code(self, code: str, *, now: Time) -> Revocation:
        """See `healthpass.issuer.revoke_by_code`."""
        return revoke_by_code(self._ledger, code, self.state, now=now)

    def offered(self, *, now: Time, keys_per_window: int = 1, binding: int | None = None) -> list[Window]:
        """The windows to ask under: of each period that is not over, the first kid with room for so many claims.

        With `binding` (`DEVICE`, `DOCUMENT` or `BOTH`), of the windows that take passes which are bound in this way.
        """
        return offered(self.state.windows, self._ledger, seconds(now), keys_per_window, binding)

    def drop_over(self, trust_list: TrustList) -> int:
        """Forget the keys and ledger entries of windows that are over, for good. Returns how many windows.

        A window goes once a trust list is held that was issued more than an hour (3600 s, the largest skew) after the
        window's end. This platform's clock has no say, so a night with a wrong one deletes nothing. Whoever keeps keys
        in a file writes it after this call: if it comes not so far, the next call does the same again.

        Args:
            trust_list: the newest that was checked, such as `healthpass.verifier.TrustStore.trust_list`.

        Raises:
            TypeError: this is an issuer of a folder: `healthpass windows` drops what is over there.
        """
        self._check_no_folder()
        finished = self.windows.finished(trust_list)
        left = self.windows.without(finished)
        forget(self._ledger, finished, left)
        self.windows = left
        return len(finished)


def forget(ledger: Ledger, finished: Iterable[bytes], left: WindowKeys) -> None:
    """Forget the ledger entries of windows that are over, and the notices for which none of the windows that are left
    could be meant: all of these end later than what the notice was kept for."""
    for kid in finished:
        ledger.drop(kid)
    ends = [key.window.expires for key in left]
    if ends:
        ledger.forget_notices(before=min(ends))


def offered(
    windows: WindowKeys, ledger: Ledger, now: int, keys_per_window: int = 1, binding: int | None = None
) -> list[Window]:
    """See `Issuer.offered`; of these windows."""
    periods: dict[tuple[int, int], Window] = {}
    for key in windows:
        window = key.window
        period = (window.valid_from, window.expires)
        if key.state(now) is WindowState.OVER or period in periods:
            continue
        if binding is not None and not window.bindings & binding:
            continue
        if ledger.issued(window.kid) + keys_per_window <= window.capacity:
            periods[period] = window
    return list(periods.values())


def _name_of(attestation: bytes) -> tuple[bytes, bytes]:
    attester, payload = open_message(attestation, cose.ATTESTATION, MAX_SIZE)
    return attester, parse_attestation(payload).reference


def sign_claim(key: WindowKey, claim: Claim) -> bytes:
    """The claim's bytes, signed by the key of its window."""
    data = claim_format.unsigned_claim(claim)
    return claim_format.with_signature(data, key.signer.sign(claim_format.signed_part(data)))
