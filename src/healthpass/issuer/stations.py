"""The platform's narrow door for stations: one paper pass for one document, in the period of now, under a drawn kid.

A station is a constrained attester. Whatever it signs, nothing comes out of here but that.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from typing import TYPE_CHECKING

from healthpass._typed import typed
from healthpass._values import Color, seconds
from healthpass.crypto import ed25519
from healthpass.crypto.signer import open_message
from healthpass.errors import AttestationRefused, FormatError, StationRefused
from healthpass.formats import cose, fields
from healthpass.formats.claim import DOCUMENT
from healthpass.formats.station_attestation import MAX_SIZE, StationAttestation, parse_station_attestation
from healthpass.issuer.asking import draw, listed_windows, unknown_window, window_over
from healthpass.issuer.batch import Batch, Share
from healthpass.issuer.ledger import Limit, Request
from healthpass.issuer.window_keys import WindowState
from healthpass.trust.assisted import fresh_list
from healthpass.trust.platforms import STATION_PERIOD
from healthpass.trust.stations import open_station, registrar_of
from healthpass.trust.updates import CLOCK_SKEW

if TYPE_CHECKING:
    from healthpass._values import Time
    from healthpass.formats.station import Station
    from healthpass.formats.trust_list import TrustList
    from healthpass.issuer.issuer import Issuer
    from healthpass.issuer.ledger import Ledger
    from healthpass.issuer.platform import PlatformState
    from healthpass.issuer.window_keys import WindowKey, WindowKeys
    from healthpass.trust.assisted import Believed


@typed
@dataclass(frozen=True, slots=True)
class StationRules:
    """What stations may vouch for.

    Attributes:
        colors: that it may give.
        attestation_age: seconds; an older attestation is refused when it first comes.

    Raises:
        FormatError: any of these is out of range.
    """

    colors: Set[Color] = frozenset((Color.GREEN, Color.YELLOW, Color.RED))
    attestation_age: int = 3600

    def __post_init__(self) -> None:
        fields.uint(self.attestation_age, "attestation age")
        if not self.colors or not all(isinstance(color, Color) for color in self.colors):
            raise FormatError("colors: at least one of the three")


@typed
class StationIssuer:
    """Issues what stations vouch for, with the windows and the ledger of the issuer.

    Args:
        issuer: the platform's. Its `stations` are those that are served; they say how many passes they may have.
        ledger: that issuer's.
        trust_list: whose registrars certify stations, and whose windows they get passes under. Replace `trust_list`
            when there is a newer one: one that has expired, and is past its grace time, is believed no more. Or who
            keeps one and takes newer ones, such as `healthpass.verifier.TrustStore`.
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
        3. The station is on the platform's list, with this key under this id, and is not suspended there: the
           certificate alone is worth nothing, so a registrar's stolen key mints no pass.
        4. If it came before, byte for byte, it gets the same pass again. The same reference with other content is
           refused.
        5. It is neither from the future nor too old, and its colour is one that a station may give.
        6. Its period has begun, is not over, lasts at most 26 hours, and has windows that take paper. Of those that the
           trust list names the kid is drawn at random, as for everybody's paper, so it does not tell a station's pass
           from another.
        7. The ledger writes down its number, or refuses: the station (its id, or its key), all stations of its
           registrar, or all together have had all that they may in this period, or the windows are full.

        Args:
            attestation: at most 1,024 bytes.
            now: seconds since 1970 UTC, or an aware `datetime`.

        Returns:
            A batch as on paper, plain, with one document-bound claim in it: with the colour that was asked for, the
            document's tag, and the expiry of the window.

        Raises:
            FormatError: not a station attestation.
            BadInput: "bad-signature".
            StationRefused: "no-trust-list"; "not-a-registrar", "bad-signature", "certificate-from-the-future",
                "certificate-expired" (of the certificate); "other-key", "two-roles", "not-listed" or "suspended".
            AttestationRefused: "other-content", "from-the-future", "too-old", "unknown-colour", "unknown-window",
                "window-over", "window-too-far", "window-too-long", "window-binding", "revoked-before", "limit" or
                "window-full". Nothing has changed.
        """
        time = seconds(now)
        signer, payload = open_message(attestation, cose.STATION_ATTESTATION, MAX_SIZE)  # 1
        content = parse_station_attestation(payload)
        state, rules = self._issuer.state, self.rules
        trust_list = fresh_list(self.trust_list, time)
        station = self._station(content.certificate, signer, trust_list, time, state)  # 2
        state.stations.check(station)  # 3
        digest = ed25519.sha512(attestation)[:32]
        entries = self._ledger.find(signer, content.reference, digest)  # 4
        if entries is None:
            self._check(content, time, rules, state.windows)  # 5, 6
            period = content.valid_from, content.expires
            listed = listed_windows(trust_list, state.sealing.name, DOCUMENT, *period)
            key = draw(listed, state.windows, 1, None, self._ledger)
            entries = self._ledger.reserve(_request(station, digest, content, key, state))  # 7
        held = state.windows.get(entries[0].kid)
        if held is None:
            raise window_over()
        return Batch([Share(held, entries[0], (None,), (content.seed,))], (content.color,), None).message()

    def _station(
        self, certificate: bytes, signer: bytes, trust_list: TrustList, now: int, state: PlatformState
    ) -> Station:
        station = open_station(certificate, trust_list, now)
        if station.key != signer:
            raise StationRefused("other-key", "the certificate is for another station's key; send the right one")
        keys = (key.window.key for key in state.windows)
        if signer in state.rules or signer in trust_list.all_keys() or signer in keys:
            raise StationRefused("two-roles", "the station's key has another role: it must have one of its own")
        return station

    def _check(self, content: StationAttestation, now: int, rules: StationRules, windows: WindowKeys) -> None:
        if content.issued > now + CLOCK_SKEW:
            raise AttestationRefused(
                "from-the-future", "the attestation is issued after the platform's time; see to the clocks"
            )
        if content.issued + rules.attestation_age < now:
            raise AttestationRefused("too-old", "the attestation is too old: the station must make a new one")
        if content.color not in rules.colors:
            raise AttestationRefused("unknown-colour", "a station may not give this colour; vouch with another")
        keys = windows.of_period(content.valid_from, content.expires)
        if not keys:
            raise unknown_window()
        state = keys[0].state(now)
        if state is WindowState.OVER:
            raise window_over()
        if state is WindowState.UPCOMING:
            raise AttestationRefused(
                "window-too-far", "a station vouches for the period of now alone; ask for that one"
            )
        if content.expires - content.valid_from > STATION_PERIOD:
            raise AttestationRefused(
                "window-too-long", "a station vouches for a period of at most 26 hours; ask for a shorter one"
            )
        if not any(key.window.bindings & DOCUMENT for key in keys):
            raise AttestationRefused(
                "window-binding", "the windows of this period do not take paper passes; ask for another period"
            )

    def __repr__(self) -> str:
        return "StationIssuer(...)"


def _request(
    station: Station, digest: bytes, content: StationAttestation, key: WindowKey, state: PlatformState
) -> Request:
    kids = [each.window.kid for each in state.windows.of_period(content.valid_from, content.expires)]
    most = state.stations.passes
    limits = [
        Limit([b"station key " + station.key, b"station id " + bytes.fromhex(station.id)], kids, most.per_station),
        Limit([b"registrar " + registrar_of(content.certificate)], kids, most.per_registrar),
        Limit([b"stations"], kids, most.in_all),
    ]
    wanted = [(key.window.kid, key.window.capacity, 1)]
    return Request(station.key, content.reference, digest, wanted, limits=limits)
