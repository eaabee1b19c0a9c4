"""The platform's narrow door for stations: one paper pass for one document, in the window of now, under the common kid.

A station is a constrained attester. Whatever it signs, nothing comes out of here but that.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from healthpass._values import Color, seconds
from healthpass.crypto import ed25519
from healthpass.crypto.signer import open_message
from healthpass.errors import AttestationRefused, FormatError, StationRefused
from healthpass.formats import cose, fields
from healthpass.formats.claim import DOCUMENT, Claim
from healthpass.formats.station_attestation import MAX_SIZE, StationAttestation, parse_station_attestation
from healthpass.formats.trust_list import TrustList
from healthpass.issuer.issuer import offered, sign_claim
from healthpass.issuer.ledger import Limit, Request
from healthpass.issuer.window_keys import WindowState
from healthpass.trust.assisted import fresh_list
from healthpass.trust.stations import open_station
from healthpass.trust.updates import CLOCK_SKEW, seconds_late

if TYPE_CHECKING:
    from healthpass._values import Time
    from healthpass.formats.station import Station
    from healthpass.issuer.issuer import Issuer
    from healthpass.issuer.ledger import Ledger
    from healthpass.issuer.platform import PlatformState
    from healthpass.issuer.window_keys import WindowKey, WindowKeys
    from healthpass.trust.assisted import Believed


@dataclass(frozen=True, slots=True)
class StationRules:
    """What stations may vouch for.

    Attributes:
        most: passes that one station may have under the windows of one period (a day, by default), whichever of its
            keys asks, and one key, under whichever id.
        colors: that it may give.
        attestation_age: seconds; an older attestation is refused when it first comes.
        suspended: stations that may vouch for nothing at present: their ids (16 hexadecimal digits), or their keys (32
            bytes).

    Raises:
        FormatError: any of these is out of range.
    """

    most: int = 50
    colors: Set[Color] = frozenset((Color.GREEN, Color.YELLOW, Color.RED))
    attestation_age: int = 3600
    suspended: Set[str | bytes] = field(default_factory=frozenset)

    def __post_init__(self) -> None:
        fields.uint(self.most, "most", least=1)
        fields.uint(self.attestation_age, "attestation age")
        if not self.colors or not all(isinstance(color, Color) for color in self.colors):
            raise FormatError("colors: at least one of the three")


class StationIssuer:
    """Issues what stations vouch for, with the windows and the ledger of the issuer.

    Args:
        issuer: the platform's.
        ledger: that issuer's.
        trust_list: whose registrars certify stations. Replace `trust_list` when there is a newer one: one that has
            expired, and is past its grace time, is believed no more. Or who keeps one and takes newer ones, such as
            `healthpass.verifier.TrustStore`.
        rules: see `StationRules`.
    """

    def __init__(
        self, issuer: Issuer, ledger: Ledger, trust_list: TrustList | Believed, rules: StationRules | None = None
    ) -> None:
        self.trust_list = trust_list
        self.rules = rules or StationRules()
        self._issuer = issuer
        self._ledger = ledger

    def issue(self, attestation: bytes, *, now: Time) -> bytes:
        """The paper pass for a station's attestation.

        1. It is a station attestation, and its signature holds.
        2. It brings a certificate of a registrar that counts now, by a trust list that is in force, for the key that
           signed it, which has no other role.
        3. The station is not suspended, by its id or its key.
        4. If it came before, byte for byte, it gets the same pass again. The same reference with other content is
           refused.
        5. It is neither from the future nor too old, and its colour is one that a station may give.
        6. Its window is open now, takes paper, and is the one that everybody is offered: else the kid would tell.
        7. The ledger writes down its number, or refuses: the station, or its key, has had all that it may in this
           period, or the window is full.

        Args:
            attestation: at most 1,024 bytes.
            now: seconds since 1970 UTC, or an aware `datetime`.

        Returns:
            One document-bound claim, 108 bytes: with the colour and tag that were asked for, and the expiry of the
            window.

        Raises:
            FormatError: not a station attestation.
            BadInput: "bad-signature".
            StationRefused: "no-trust-list"; "not-a-registrar", "bad-signature", "certificate-from-the-future",
                "certificate-expired" (of the certificate); "other-key", "two-roles" or "suspended".
            AttestationRefused: "other-content", "from-the-future", "too-old", "unknown-colour", "unknown-window",
                "window-over", "window-too-far", "window-binding", "other-window", "limit" or "window-full".
                Nothing has changed.
        """
        time = seconds(now)
        signer, payload = open_message(attestation, cose.STATION_ATTESTATION, MAX_SIZE)  # 1
        content = parse_station_attestation(payload)
        state, rules = self._issuer.state, self.rules
        station = self._station(content.certificate, signer, time, state)  # 2
        if not rules.suspended.isdisjoint((station.id, signer)):  # 3
            raise StationRefused("suspended", "this station may vouch for nobody at present")
        key = state.windows.get(content.kid)
        if key is None:
            raise AttestationRefused("unknown-window", "the platform has no window that the attestation asks for")
        digest = ed25519.sha512(attestation)[:32]
        entries = self._ledger.find(signer, content.reference, digest)  # 4
        if entries is None:
            self._check(content, key, time, rules, state.windows)  # 5, 6
            entries = self._ledger.reserve(_request(station, digest, content, key, rules, state.windows))  # 7
        window = key.window
        claim = Claim(window.kid, window.expires, key.slots.slot(entries[0].first), content.color, None, content.tag)
        return sign_claim(key, claim)

    def _list(self, now: int) -> TrustList:
        """The trust list in force."""
        trust_list = self.trust_list
        if not isinstance(trust_list, TrustList):
            return fresh_list(trust_list, now)
        if now < trust_list.issued - CLOCK_SKEW or seconds_late(trust_list, trust_list.grace, now) is None:
            raise StationRefused(
                "no-trust-list", "the trust list has expired, or is ahead of the clock: fetch a newer one"
            )
        return trust_list

    def _station(self, certificate: bytes, signer: bytes, now: int, state: PlatformState) -> Station:
        trust_list = self._list(now)
        station = open_station(certificate, trust_list, now)
        if station.key != signer:
            raise StationRefused("other-key", "the certificate is for another station's key")
        keys = (key.window.key for key in state.windows)
        if signer in state.rules or signer in trust_list.all_keys() or signer in keys:
            raise StationRefused("two-roles", "the station's key has another role: it must have one of its own")
        return station

    def _check(
        self, content: StationAttestation, key: WindowKey, now: int, rules: StationRules, windows: WindowKeys
    ) -> None:
        if content.issued > now + CLOCK_SKEW:
            raise AttestationRefused("from-the-future", "the attestation is issued after the platform's time")
        if content.issued + rules.attestation_age < now:
            raise AttestationRefused("too-old", "the attestation is too old: the station must make a new one")
        if content.color not in rules.colors:
            raise AttestationRefused("unknown-colour", "a station may not give this colour")
        state = key.state(now)
        if state is WindowState.OVER:
            raise AttestationRefused("window-over", "the window that the attestation asks for is over")
        if state is WindowState.UPCOMING:
            raise AttestationRefused("window-too-far", "a station vouches for the window of now alone")
        if not key.window.bindings & DOCUMENT:
            raise AttestationRefused("window-binding", "the window does not take paper passes")
        if key.window not in offered(windows, self._ledger, now, binding=DOCUMENT):
            raise AttestationRefused("other-window", "everybody is offered another window now: ask under that one")

    def __repr__(self) -> str:
        return "StationIssuer(...)"


def _request(
    station: Station,
    digest: bytes,
    content: StationAttestation,
    key: WindowKey,
    rules: StationRules,
    windows: WindowKeys,
) -> Request:
    period = (key.window.valid_from, key.window.expires)
    kids = [each.window.kid for each in windows if (each.window.valid_from, each.window.expires) == period]
    wanted = [(content.kid, key.window.capacity, 1)]
    limit = Limit((station.key, bytes.fromhex(station.id)), kids, rules.most)
    return Request(station.key, content.reference, digest, wanted, limit=limit)
