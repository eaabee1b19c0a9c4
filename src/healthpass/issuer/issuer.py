"""The issuer: from what a region vouches for, and what a wallet has sealed, to a batch of signed claims."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from healthpass._frames import guarded
from healthpass._typed import typed
from healthpass._values import seconds
from healthpass.crypto import ed25519
from healthpass.crypto.signer import open_message
from healthpass.errors import AttestationRefused
from healthpass.formats import cose
from healthpass.formats.attestation import MAX_SIZE, parse_attestation, parse_issue_request
from healthpass.issuer import asking
from healthpass.issuer.batch import Batch
from healthpass.issuer.ledger import Ledger
from healthpass.issuer.opening import opening_of
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
from healthpass.issuer.sealing_keys import SealingKeys
from healthpass.issuer.window_keys import WindowKeys
from healthpass.trust.station_list import StationList

if TYPE_CHECKING:
    from healthpass._values import Time
    from healthpass.formats.attestation import Attestation
    from healthpass.formats.enrolment import Opening
    from healthpass.formats.trust_list import TrustList
    from healthpass.formats.window import Window
    from healthpass.issuer.ledger import Entry
    from healthpass.issuer.recognition import AttesterRule
    from healthpass.trust.assisted import Believed


@typed
class Issuer:
    """The national platform's signing side. It sees opaque keys and references, no person, and by whom they are sent it
    sees nobody but a region.

    Each call goes by one state of windows, sealing keys and rules, taken when it begins.

    Args:
        windows: its keys. Replace `issuer.windows` to add some or to drop those that are over.
        rules: which regions it recognises. Replace `issuer.rules` when they change.
        ledger: which numbers are given away.
        sealing: what wallets seal to, and the platform's name. Replace `issuer.sealing` when there are new keys.
        trust_list: the newest that was checked, for chance decides among the windows that wallets find in theirs; or
            who keeps one and takes newer ones, such as `healthpass.verifier.TrustStore`. Else replace
            `issuer.trust_list` when there is a newer one, before wallets can have it.
        stations: which stations it serves, by `StationIssuer`; by default none. Replace `issuer.stations` when they
            change.
    """

    def __init__(
        self,
        windows: WindowKeys,
        rules: RecognitionRules,
        ledger: Ledger,
        sealing: SealingKeys,
        trust_list: TrustList | Believed | None,
        stations: StationList | None = None,
    ) -> None:
        served = StationList() if stations is None else stations
        self._state = PlatformState(windows, rules, served, sealing, trust_list)
        self._folder: PlatformFolder | None = None
        self._ledger = ledger

    @classmethod
    def of_folder(cls, folder: PlatformFolder | str | os.PathLike[str], ledger: Ledger) -> Issuer:
        """An issuer that goes by what is in the platform's folder, whoever changes it: each call by what is there when
        it begins. A call raises `FolderError`, and does nothing, while a file in the folder cannot be used.

            ledger = SQLiteLedger("platform/ledger.sqlite", second_place="/other-disk/marks")
            issuer = Issuer.of_folder("platform", ledger)
            batch = issuer.issue(request, now=now)
        """
        followed = folder if isinstance(folder, PlatformFolder) else PlatformFolder(folder)
        issuer = cls(WindowKeys([]), RecognitionRules([]), ledger, SealingKeys.new(), None)
        issuer._folder = followed
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
    def sealing(self) -> SealingKeys:
        """What wallets seal to now."""
        return self.state.sealing

    @sealing.setter
    def sealing(self, sealing: SealingKeys) -> None:
        self._check_no_folder()
        self._state = replace(self._state, sealing=sealing)

    @property
    def trust_list(self) -> TrustList | Believed | None:
        """The trust list that it holds, or who keeps it."""
        return self.state.trust_list

    @trust_list.setter
    def trust_list(self, trust_list: TrustList | Believed | None) -> None:
        self._check_no_folder()
        self._state = replace(self._state, trust_list=trust_list)

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

    def issue(self, request: bytes, *, now: Time) -> bytes:
        """The batch for an issue request, signed: for a wallet sealed to it, at most 2,097,152 bytes, which the region
        hands on; on paper plain, for who prints it. Raises what `prepare` raises."""
        return self.prepare(request, now=now).message()

    def prepare(self, request: bytes, *, now: Time) -> Batch:
        """Recognise an issue request and give it its numbers.

        1. It is an issue request with an attestation, whose signature holds, for this platform.
        2. The platform has a rule for the region that signed it, which is not suspended; each of the region's colours
           has a rule; and no two of the people have one document.
        3. If the attestation came before, byte for byte, it gets the numbers that it got then. The same reference with
           other content, or with colours that now mean something else, is refused: one number never stands for two
           claims.
        4. Else the region's rule takes it: not from the future, not too old, its binding, its size; and every period
           has windows that are not over, open to this region and binding, and named by a trust list in force.
        5. What the wallet sealed opens, and is what the region has the commitment of, with as many sound keys as it
           vouched for: see `healthpass.issuer.opening`.
        6. Chance decides for the kid of each period, among those of the trust list. A wallet can check it.
        7. The ledger writes down the numbers, or refuses: a notice has taken it back already, the region has had all
           claims that its rule allows in a period, a window is full, or a holder key that is bound to a document came
           in another attestation.

        Args:
            request: as `Attester.attest` or `Attester.attest_paper` made it, at most 300,000 bytes.
            now: seconds since 1970 UTC, or an aware `datetime`.

        Raises:
            FormatError: not an issue request, or not an attestation in it.
            BadInput: "bad-signature".
            FolderError: of an issuer of a folder.
            AttestationRefused: 1 ("other-platform"), 2 ("unknown-attester", "suspended", "unknown-colour",
                "same-document"), 3 ("other-content"), 4 ("from-the-future", "too-old", "binding", "too-many-claims",
                "unknown-window", "window-over", "window-too-far", "window-binding", "no-trust-list"), 5
                ("unknown-sealing-key", "bad-opening", "other-opening", "other-keys", "repeated-key", "weak-key",
                "weak-answer-key"), 6 ("window-over": the key was given up) or 7 ("revoked-before", "quota",
                "window-full", "repeated-key"). Nothing has changed. Each says who does what next.
        """
        time = seconds(now)
        parsed = parse_issue_request(request)  # 1
        attester, payload = open_message(parsed.attestation, cose.ATTESTATION, MAX_SIZE)
        state, content = self.state, parse_attestation(payload)
        _check_platform(content, state)
        rule = state.rules.rule_for(attester)  # 2
        colors = rule.colors(content)
        _check_documents(content)
        digest = ed25519.sha512(parsed.attestation + bytes(colors))[:32]
        entries = self._ledger.find(attester, content.reference, digest)  # 3
        if entries is None:
            listed = asking.choices(content, rule, state, time)  # 4
        opening = opening_of(parsed, attester, content, state.sealing, time)  # 5
        if entries is None:
            entries = self._reserve(rule, digest, content, opening, state, listed)
        shares = asking.shares(content, opening, entries, state.windows)
        return Batch(shares, colors, None if opening is None else opening.answer_key)

    @guarded
    def _reserve(
        self,
        rule: AttesterRule,
        digest: bytes,
        content: Attestation,
        opening: Opening | None,
        state: PlatformState,
        listed: list[list[Window]],
    ) -> list[Entry]:
        blinder, people = None if opening is None else opening.blinder, len(content.colors)
        drawn = [  # 6
            asking.draw(windows, state.windows, people * period.count, blinder, self._ledger)
            for windows, period in zip(listed, content.periods, strict=True)
        ]
        limits = asking.quotas(content, rule, state)
        return self._ledger.reserve(asking.request(rule.key, digest, content, opening, drawn, limits))  # 7

    def replace(self, notice: bytes, request: bytes, *, now: Time) -> bytes:
        """Revoke what a notice takes back, and issue for a request in its place: somebody's colour has changed.

        Nothing is revoked unless the new claims can be issued. If what it takes back has not come yet, the notice is
        kept, as `healthpass.issuer.revoke` does, so that it issues nothing later. The same call again gives the same
        claims.

        Args:
            notice: by the region that vouched for the old passes.
            request: by that region or another one.
            now: seconds since 1970 UTC, or an aware `datetime`.

        Returns:
            As `issue`.

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
        if (attester, reference) == _name_of(request):
            raise AttestationRefused(
                "same-reference",
                "the notice takes back the very attestation that is to be issued; name the earlier one",
            )
        batch = self.prepare(request, now=now)
        self._ledger.revoke(attester, reference, now=seconds(now), at_wish=taken_back.at_wish, until=until)
        return batch.message()

    def revoke(self, notice: bytes, *, now: Time) -> Revocation:
        """See `healthpass.issuer.revoke`."""
        return revoke(self._ledger, notice, self.state, now=now)

    @guarded
    def revoke_by_code(self, code: str, *, now: Time) -> Revocation:
        """See `healthpass.issuer.revoke_by_code`."""
        return revoke_by_code(self._ledger, code, now=now)

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


def _check_platform(content: Attestation, state: PlatformState) -> None:
    if content.platform != state.sealing.name:
        raise AttestationRefused(
            "other-platform", "the attestation is for another platform: the region sends it to the one that it names"
        )


def _check_documents(content: Attestation) -> None:
    if content.has_same_document:
        raise AttestationRefused(
            "same-document",
            "two of the people have one document: the region vouches for each with a document of theirs",
        )


def _name_of(request: bytes) -> tuple[bytes, bytes]:
    attester, payload = open_message(parse_issue_request(request).attestation, cose.ATTESTATION, MAX_SIZE)
    return attester, parse_attestation(payload).reference
