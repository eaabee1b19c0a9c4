"""Enrolment: a region's offer to a wallet, and the wallet's answer, which the region cannot read.

    offer        [1, attester, reference, platform, binding, people, [[from, to, count]]]
    opening      [1, blinder, answer key, [[holder key] of each period], recovery hash or null]
    key request  [1, offer, commitment, sealing key, sealed opening]

An offer is not secret and not signed. The opening is sealed to the platform; what the region gets is a commitment to
it (`healthpass.crypto.commitment`), for its attestation, and the sealed bytes, to hand on.
"""

from __future__ import annotations

from dataclasses import dataclass

from healthpass._typed import typed
from healthpass.errors import FormatError
from healthpass.formats import cbor, fields
from healthpass.formats.claim import BOTH, DEVICE
from healthpass.formats.period import MAX_KEYS, MAX_PERIODS, Period, check_periods, parse_periods, period_values
from healthpass.formats.platform import check_platform_name
from healthpass.formats.presentation import MAX_PEOPLE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from healthpass.formats.cbor import Value

FORMAT = 1
MAX_OFFER_SIZE = 2048
MAX_SIZE = 300_000
"""Bytes of a key request, and of an issue request."""
MAX_SEALED_OPENING = 262_144
REFERENCE_SIZE = 16
LEAST_KEYS = 8
"""For a period: one key would mark the person, who has to show it again and again."""
RECOVERY_HASH_SIZE = 32
COMMITMENT_SIZE = 32
BLINDER_SIZE = 32
MAX_CLAIMS = 8192
"""Keys times people, of one attestation."""


@typed
def check_shape(binding: int, people: int, periods: tuple[Period, ...]) -> None:
    """What is asked for can be issued: the periods, how many people, how many claims.

    Raises:
        FormatError: no periods, or as `check_periods`; several people without a document each; several claims for one
            period on paper; over 8,192 claims.
    """
    check_periods(periods)
    if not 1 <= people <= MAX_PEOPLE:
        raise FormatError(f"1 to {MAX_PEOPLE} people")
    if people > 1 and binding != BOTH:
        raise FormatError("several people under one holder key need a document each")
    if people * sum(period.count for period in periods) > MAX_CLAIMS:
        raise FormatError(f"at most {MAX_CLAIMS} claims at once")


@typed
@dataclass(frozen=True, slots=True, repr=False)
class Offer:
    """What a region asks of a wallet.

    Attributes:
        attester: the region's public key, 32 bytes.
        reference: 16 random bytes, the name of the attestation to come.
        platform: which platform is to issue, by its name in the trust list, 1 to 32 bytes of UTF-8.
        binding: `DEVICE` or `BOTH`.
        people: for how many the passes are, 1 to 8; several only with `BOTH`.
        periods: 1 to 64, ascending, apart, with at most 4,096 keys in all.

    Raises:
        FormatError: any of that does not hold.
    """

    attester: bytes
    reference: bytes
    platform: str
    binding: int
    people: int
    periods: tuple[Period, ...]

    def __post_init__(self) -> None:
        fields.byte_string(self.attester, "attester", 32)
        fields.byte_string(self.reference, "reference", REFERENCE_SIZE)
        check_platform_name(self.platform)
        if self.binding not in (DEVICE, BOTH):
            raise FormatError("binding of an offer: neither to a phone alone nor to phone and document")
        check_shape(self.binding, self.people, self.periods)

    @property
    def keys(self) -> int:
        """How many holder keys it asks for."""
        return sum(period.count for period in self.periods)

    def __repr__(self) -> str:
        return f"Offer(people={self.people}, periods={len(self.periods)}, keys={self.keys})"


@typed
def encode_offer(offer: Offer) -> bytes:
    """The offer's bytes, deterministic."""
    periods = period_values(offer.periods)
    return cbor.encode([FORMAT, offer.attester, offer.reference, offer.platform, offer.binding, offer.people, periods])


@typed
def parse_offer(data: bytes) -> Offer:
    """An offer from its bytes, at most 2,048. Raises `FormatError` if it is not one."""
    if len(data) > MAX_OFFER_SIZE:
        raise FormatError(f"an offer has at most {MAX_OFFER_SIZE} bytes")
    content = fields.record(cbor.decode(data, cbor.FEW_ITEMS), "offer", 7)
    version, attester, reference, platform, binding, people, periods = content
    fields.uint(version, "format", least=FORMAT, most=FORMAT)
    return Offer(
        attester=fields.byte_string(attester, "attester", 32),
        reference=fields.byte_string(reference, "reference", REFERENCE_SIZE),
        platform=check_platform_name(platform),
        binding=fields.uint(binding, "binding"),
        people=fields.uint(people, "people"),
        periods=parse_periods(periods, "periods"),
    )


@typed
@dataclass(frozen=True, slots=True, repr=False)
class Opening:
    """What a wallet tells the platform, and nobody else.

    Attributes:
        blinder: 32 random bytes: without them nobody can test a guess at the rest against the commitment.
        answer_key: the X25519 public key, 32 bytes, that the batch is to be sealed to.
        keys: the holder keys of each period, 32 bytes each, 1 to 4,096 in all.
        recovery_hash: 32 bytes, or None; see `healthpass.crypto.recovery`.

    Raises:
        FormatError: any of that does not hold.
    """

    blinder: bytes
    answer_key: bytes
    keys: tuple[tuple[bytes, ...], ...]
    recovery_hash: bytes | None

    def __post_init__(self) -> None:
        fields.byte_string(self.blinder, "blinder", BLINDER_SIZE)
        fields.byte_string(self.answer_key, "answer key", 32)
        if not 1 <= len(self.keys) <= MAX_PERIODS or not all(self.keys) or len(self.all_keys) > MAX_KEYS:
            raise FormatError(f"an opening has keys for 1 to {MAX_PERIODS} periods, {MAX_KEYS} at most")
        for key in self.all_keys:
            fields.byte_string(key, "holder key", 32)
        if self.recovery_hash is not None:
            fields.byte_string(self.recovery_hash, "recovery hash", RECOVERY_HASH_SIZE)

    @property
    def all_keys(self) -> list[bytes]:
        """The holder keys, period by period."""
        return [key for keys in self.keys for key in keys]

    def __repr__(self) -> str:
        return f"Opening(periods={len(self.keys)})"


@typed
def encode_opening(opening: Opening) -> bytes:
    """The opening's bytes, deterministic."""
    keys: list[Value] = [list(each) for each in opening.keys]
    return cbor.encode([FORMAT, opening.blinder, opening.answer_key, keys, opening.recovery_hash])


@typed
def parse_opening(data: bytes) -> Opening:
    """An opening from its bytes, at most 262,144. Raises `FormatError` if it is not one."""
    if len(data) > MAX_SEALED_OPENING:
        raise FormatError(f"an opening has at most {MAX_SEALED_OPENING} bytes")
    decoded = cbor.decode(data, MAX_KEYS + MAX_PERIODS + cbor.FEW_ITEMS)
    version, blinder, answer_key, keys, recovery_hash = fields.record(decoded, "opening", 5)
    fields.uint(version, "format", least=FORMAT, most=FORMAT)
    return Opening(
        blinder=fields.byte_string(blinder, "blinder", BLINDER_SIZE),
        answer_key=fields.byte_string(answer_key, "answer key", 32),
        keys=tuple(fields.array(keys, "holder keys", _keys, MAX_PERIODS, 1)),
        recovery_hash=optional_hash(recovery_hash),
    )


@typed
def optional_hash(value: Value) -> bytes | None:
    """A recovery hash, 32 bytes, or None. Raises `FormatError` otherwise."""
    return None if value is None else fields.byte_string(value, "recovery hash", RECOVERY_HASH_SIZE)


def _keys(value: Value, name: str) -> tuple[bytes, ...]:
    return tuple(fields.array(value, name, lambda key, name: fields.byte_string(key, name, 32), MAX_KEYS, 1))


@typed
@dataclass(frozen=True, slots=True, repr=False)
class KeyRequest:
    """A wallet's answer to an offer.

    Attributes:
        offer: what it answers, as bytes.
        commitment: to offer and opening, 32 bytes.
        sealing_key: the platform's public key that the opening is sealed to, 32 bytes.
        sealed_opening: at most 262,144 bytes.

    Raises:
        FormatError: any of that does not hold.
    """

    offer: bytes
    commitment: bytes
    sealing_key: bytes
    sealed_opening: bytes

    def __post_init__(self) -> None:
        parse_offer(self.offer)
        fields.byte_string(self.commitment, "commitment", COMMITMENT_SIZE)
        fields.byte_string(self.sealing_key, "sealing key", 32)
        some_bytes(self.sealed_opening, "sealed opening", MAX_SEALED_OPENING)

    def __repr__(self) -> str:
        return "KeyRequest(...)"


@typed
def encode_key_request(request: KeyRequest) -> bytes:
    """The answer's bytes, deterministic."""
    return cbor.encode([FORMAT, request.offer, request.commitment, request.sealing_key, request.sealed_opening])


@typed
def parse_key_request(data: bytes) -> KeyRequest:
    """An answer from its bytes, at most 300,000. Raises `FormatError` if it is not one."""
    if len(data) > MAX_SIZE:
        raise FormatError(f"a key request has at most {MAX_SIZE} bytes")
    content = fields.record(cbor.decode(data, cbor.FEW_ITEMS), "key request", 5)
    version, offer, commitment, sealing_key, sealed_opening = content
    fields.uint(version, "format", least=FORMAT, most=FORMAT)
    return KeyRequest(
        offer=some_bytes(offer, "offer", MAX_OFFER_SIZE),
        commitment=fields.byte_string(commitment, "commitment", COMMITMENT_SIZE),
        sealing_key=fields.byte_string(sealing_key, "sealing key", 32),
        sealed_opening=some_bytes(sealed_opening, "sealed opening", MAX_SEALED_OPENING),
    )


@typed
def some_bytes(value: Value, name: str, most: int) -> bytes:
    """A byte string of 1 to `most` bytes. Raises `FormatError` otherwise."""
    if type(value) is not bytes or not 1 <= len(value) <= most:
        raise FormatError(f"{name}: not 1 to {most} bytes")
    return value
