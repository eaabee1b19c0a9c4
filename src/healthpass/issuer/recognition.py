"""Recognition: who may vouch for what, and what a region's words mean in the unified colours.

The rules are a TOML file that people read and review:

    [[attester]]
    region = "North"
    key = "…64 hexadecimal digits…"
    bindings = ["device", "both", "document"]
    windows_ahead_hours = 336        # may vouch for windows that begin within so many hours
    attestation_hours = 24           # how old an attestation may be when it comes
    max_claims = 4096                # in one attestation
    claims_per_period = 8_000_000    # under all windows of one period together
    suspended = false

    [attester.scale]
    "绿" = "green"
    amber = "yellow"

Only `region`, `key`, `bindings` and `scale` must be there; the other values above are the defaults, but for
`claims_per_period`. Its default is a quarter of what the windows of the period have room for, so that one region's
stolen key, or its defect, cannot fill them for everybody; where the rules know one region alone, which is then its own
issuer, it is all of it. What has no rule is refused, not guessed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from healthpass._toml import tables_of
from healthpass._typed import typed
from healthpass._values import Color
from healthpass.errors import AttestationRefused, FormatError
from healthpass.formats import fields
from healthpass.formats.attestation import MAX_COLOR_CHARS, Attestation
from healthpass.formats.claim import BOTH, DEVICE, DOCUMENT
from healthpass.formats.enrolment import MAX_CLAIMS
from healthpass.formats.window import Window
from healthpass.formats.words import plain_word, word

MAX_FILE_SIZE = 1_048_576
CLOCK_SKEW = 60
"""Seconds by which a region's clock may be ahead of the platform's."""
HOUR = 3600
QUOTA_DIVISOR = 4
"""By default a region may have one part in so many of what a period has room for."""
_BINDINGS = {"device": DEVICE, "document": DOCUMENT, "both": BOTH}
_COLORS = {"green": Color.GREEN, "yellow": Color.YELLOW, "red": Color.RED}
_OPTIONAL = frozenset(("windows_ahead_hours", "attestation_hours", "max_claims", "claims_per_period", "suspended"))
_REQUIRED = frozenset(("region", "key", "bindings", "scale"))


@typed
@dataclass(frozen=True, slots=True, repr=False)
class AttesterRule:
    """What one region may vouch for.

    Attributes:
        region: its name, for people; 1 to 64 characters.
        key: the public key that signs its attestations, 32 bytes.
        scale: the region's word -> the unified colour. Words are compared in Unicode's NFC, without blanks around them.
        bindings: the binding kinds that it may ask for, as bits (`DEVICE`, `DOCUMENT`, `BOTH`).
        windows_ahead: seconds; it may vouch for windows that begin at most so far ahead.
        attestation_age: seconds; an older attestation is refused when it first comes.
        max_claims: in one attestation.
        claims_per_period: with this key, under all windows together that begin and end at the same times. None: a
            quarter of their capacity; all of it if there are rules for this region alone. A new key begins anew, so
            that what a thief has had is not missing to the region.
        suspended: whether it may vouch for nothing at present.

    Raises:
        FormatError: any of these is out of range.
    """

    region: str
    key: bytes
    scale: Mapping[str, Color]
    bindings: int
    windows_ahead: int = 336 * HOUR
    attestation_age: int = 24 * HOUR
    max_claims: int = 4096
    claims_per_period: int | None = None
    suspended: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "region", word(self.region, "region", 64))
        fields.byte_string(self.key, "key", 32)
        fields.uint(self.bindings, "bindings", least=1, most=DEVICE | DOCUMENT | BOTH)
        fields.uint(self.windows_ahead, "windows_ahead_hours")
        fields.uint(self.attestation_age, "attestation_hours")
        fields.uint(self.max_claims, "max_claims", least=1, most=MAX_CLAIMS)
        if self.claims_per_period is not None:
            fields.uint(self.claims_per_period, "claims_per_period", least=1)
        if not self.scale:
            raise FormatError("scale: no colour has a rule")
        scale = {word(each, "scale", MAX_COLOR_CHARS): color for each, color in self.scale.items()}
        if len(scale) < len(self.scale):
            raise FormatError("scale: one word in two spellings that Unicode takes for the same")
        object.__setattr__(self, "scale", MappingProxyType(scale))

    def colors(self, attestation: Attestation) -> list[Color]:
        """The unified colours of the people whom an attestation is about, in its order.

        Raises:
            AttestationRefused: "suspended": the region may vouch for nobody at present; or "unknown-colour": a local
                colour has no rule.
        """
        if self.suspended:
            raise AttestationRefused(
                "suspended", "this region may not vouch for anybody at present; ask the platform why"
            )
        try:
            return [self.scale[plain_word(color)] for color in attestation.colors]
        except KeyError:
            raise AttestationRefused(
                "unknown-colour", "a colour of the region has no recognition rule; have one made for it"
            ) from None

    def check(self, attestation: Attestation, now: int) -> None:
        """Whether the region may ask for this: not from the future, not too old, not too large, bound as it may be.

        Raises:
            AttestationRefused: "from-the-future", "too-old", "binding" or "too-many-claims".
        """
        if attestation.issued > now + CLOCK_SKEW:
            raise AttestationRefused(
                "from-the-future", "the attestation is issued after the platform's time: see to the clocks"
            )
        if attestation.issued + self.attestation_age < now:
            raise AttestationRefused("too-old", "the attestation is too old: the region must make a new one")
        if not attestation.binding & self.bindings:
            raise AttestationRefused(
                "binding", "this region may not ask for passes that are bound in this way; ask for another binding"
            )
        if attestation.claims > self.max_claims:
            raise AttestationRefused(
                "too-many-claims", "the attestation asks for more claims than the region may; ask for fewer"
            )

    def check_window(self, window: Window, attestation: Attestation, now: int) -> None:
        """Whether the region may vouch for this window now, in this way.

        Raises:
            AttestationRefused: "window-over", "window-too-far" or "window-binding".
        """
        if now >= window.expires:
            raise AttestationRefused("window-over", "a window that the attestation asks for is over: make a new offer")
        if window.valid_from > now + self.windows_ahead:
            raise AttestationRefused(
                "window-too-far",
                "a window begins further ahead than the region may vouch for; ask for an earlier period",
            )
        if not attestation.binding & window.bindings:
            raise AttestationRefused(
                "window-binding",
                "a window does not take passes that are bound in this way; ask for another binding or period",
            )

    def __repr__(self) -> str:
        return f"AttesterRule(region={self.region!r})"


@typed
class RecognitionRules:
    """The regions that the platform recognises.

    Raises:
        FormatError: one key in two rules.
    """

    def __init__(self, rules: Iterable[AttesterRule]) -> None:
        self._rules = list(rules)
        fields.distinct([rule.key for rule in self._rules], "attester keys")
        self._by_key = {rule.key: rule for rule in self._rules}

    def __iter__(self) -> Iterator[AttesterRule]:
        """The rules, in the order of the file."""
        return iter(self._rules)

    def __len__(self) -> int:
        return len(self._rules)

    def __contains__(self, attester: bytes) -> bool:
        """Whether there is a rule for this key."""
        return attester in self._by_key

    def rule_for(self, attester: bytes) -> AttesterRule:
        """The rule of the region with this key.

        Raises:
            AttestationRefused: "unknown-attester".
        """
        rule = self._by_key.get(attester)
        if rule is None:
            raise AttestationRefused(
                "unknown-attester",
                "the platform does not recognise this region's key; have it added to the recognition rules",
            )
        return rule

    def quota(self, rule: AttesterRule, capacity: int) -> int:
        """How many claims the region may have under the windows of one period, which have so many numbers together."""
        if rule.claims_per_period is not None:
            return rule.claims_per_period
        alone = all(each.region == rule.region for each in self._rules)
        return capacity if alone else capacity // QUOTA_DIVISOR

    @classmethod
    def from_toml(cls, text: str) -> RecognitionRules:
        """The rules of a file, at most 1,048,576 characters.

        Raises:
            FormatError: not TOML, or a rule with a field missing, unknown or out of range; says which rule.
        """
        return cls(tables_of(text, "recognition rules", "attester", MAX_FILE_SIZE, _rule))

    def __repr__(self) -> str:
        return f"RecognitionRules({len(self)} attesters)"


def _rule(entry: Any) -> AttesterRule:
    if not isinstance(entry, dict) or not _REQUIRED <= entry.keys() <= _REQUIRED | _OPTIONAL:
        raise FormatError("region, key, bindings and scale must be there, and no field that is not known")
    suspended = entry.get("suspended", False)
    if type(suspended) is not bool:
        raise FormatError("suspended: neither true nor false")
    return AttesterRule(
        region=entry["region"],
        key=_key(entry["key"]),
        scale=_scale(entry["scale"]),
        bindings=_bits(entry["bindings"]),
        windows_ahead=_hours(entry.get("windows_ahead_hours", 336), "windows_ahead_hours"),
        attestation_age=_hours(entry.get("attestation_hours", 24), "attestation_hours"),
        max_claims=entry.get("max_claims", 4096),
        claims_per_period=entry.get("claims_per_period"),
        suspended=suspended,
    )


def _key(value: Any) -> bytes:
    try:
        key = bytes.fromhex(value)
    except (ValueError, TypeError):
        key = b""
    return fields.byte_string(key, "key: 64 hexadecimal digits, so", 32)


def _hours(value: Any, name: str) -> int:
    return fields.uint(value, name, most=87_600) * HOUR


def _bits(value: Any) -> int:
    if not isinstance(value, list) or not all(isinstance(each, str) and each in _BINDINGS for each in value):
        raise FormatError('bindings: a list of "device", "document" and "both"')
    return sum(_BINDINGS[each] for each in set(value))


def _scale(value: Any) -> dict[str, Color]:
    if not isinstance(value, dict) or not all(isinstance(each, str) and each in _COLORS for each in value.values()):
        raise FormatError('scale: each word of the region stands for "green", "yellow" or "red"')
    return {word: _COLORS[color] for word, color in value.items()}
