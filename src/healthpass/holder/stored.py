"""A wallet's state as bytes and back: deterministic CBOR, what goes into the sealed file.

    1 format   2 seed   3 [threshold, root keys]   4 trust list, or null   5 enrolments   6 area table, or null
    7 floors   8 forgotten offers, 32 bytes each in one byte string   9 generation

A floor is [signer of area tables, version, issued, digest].

An enrolment is [name, offer, public keys, people, claim size, windows]; people, claim size and windows are 0, 0 and []
while there is no batch. A window is [kid, valid from, expires, claims, used]. Keys, claims and flags are each one byte
string, so that the largest wallet stays within the reader's number of items.
"""

from __future__ import annotations

from healthpass.errors import BadInput, WalletError
from healthpass.formats import cbor, fields
from healthpass.formats.claim import BINDING_BY_SIZE, BOTH, DOCUMENT, MIN_TIME
from healthpass.formats.enrolment import encode_offer, parse_offer
from healthpass.formats.presentation import MAX_PEOPLE
from healthpass.formats.trust_list import MAX_KEYS
from healthpass.formats.window import MAX_ROOTS, RootSet
from healthpass.holder.keys import SEED_SIZE
from healthpass.holder.state import (
    MAX_FORGOTTEN,
    MAX_PENDING,
    MAX_WINDOWS,
    UNUSED,
    USED,
    Batch,
    Enrolment,
    HeldWindow,
    State,
)
from healthpass.holder.trust import Trust
from healthpass.trust.areas import open_area_table
from healthpass.trust.signed import open_trust_list
from healthpass.trust.updates import Floor

TYPE_CHECKING = False
if TYPE_CHECKING:
    from healthpass.formats.cbor import Value

FORMAT = 1
MAX_SIZE = 16_777_216
"""Bytes; 65,536 claims and their keys are about 12,000,000."""
MAX_NAME_CHARS = 64
_KEY_SIZE = 32


def encode_state(state: State) -> bytes:
    """The bytes of a state.

    Raises:
        WalletError: "wallet-full": over 16,777,216 bytes.
    """
    trust = state.trust
    content: dict[int | str, Value] = {
        1: FORMAT,
        2: state.seed,
        3: [trust.roots.threshold, list(trust.roots.keys)],
        4: trust.list_data or None,
        5: [_enrolment_values(each) for each in state.enrolments],
        6: trust.area_data or None,
        7: [[key, each.version, each.issued, each.digest] for key, each in sorted(trust.floors.items())],
        8: b"".join(state.forgotten),
        9: state.generation,
    }
    data = cbor.encode(content)
    if len(data) > MAX_SIZE:
        raise WalletError("wallet-full", "the wallet holds as many passes as it can")
    return data


def _enrolment_values(enrolment: Enrolment) -> Value:
    batch = enrolment.batch or Batch(0, 0, ())
    windows: list[Value] = [[each.kid, each.valid_from, each.expires, each.claims, each.used] for each in batch.windows]
    keys = b"".join(enrolment.keys)
    return [enrolment.name, encode_offer(enrolment.offer), keys, batch.people, batch.claim_size, windows]


def parse_state(data: bytes) -> State:
    """The state that was written.

    Raises:
        WalletError: "damaged": not the bytes of a state, or of a version that this software does not know.
    """
    try:
        if len(data) > MAX_SIZE:
            raise WalletError("damaged", "too long")
        return _parse(data)
    except BadInput:
        raise WalletError("damaged", "not the content of a wallet that this version knows") from None


def _parse(data: bytes) -> State:
    content = fields.labelled(cbor.decode(data), "wallet", required=frozenset(range(1, 10)))
    fields.uint(content[1], "format", least=FORMAT, most=FORMAT)
    return State(
        seed=fields.byte_string(content[2], "seed", SEED_SIZE),
        trust=_trust(content),
        enrolments=tuple(fields.array(content[5], "enrolments", _enrolment, MAX_PENDING + MAX_WINDOWS)),
        forgotten=_forgotten(_bytes(content[8], "forgotten offers")),
        generation=fields.uint(content[9], "generation"),
    )


def _forgotten(joined: bytes) -> tuple[bytes, ...]:
    if len(joined) % 32 or len(joined) > 32 * MAX_FORGOTTEN:
        raise WalletError("damaged", "forgotten offers of no size")
    return tuple(joined[at : at + 32] for at in range(0, len(joined), 32))


def _trust(content: dict[int, Value]) -> Trust:
    threshold, keys = fields.record(content[3], "roots", 2)
    roots = RootSet(fields.uint(threshold, "threshold"), tuple(fields.array(keys, "root keys", _key, MAX_ROOTS)))
    floors = dict(fields.array(content[7], "floors", _floor, MAX_KEYS))
    if content[4] is None:
        return Trust(roots, floors=floors)
    list_data = _bytes(content[4], "trust list")
    trust_list = open_trust_list(list_data, roots)
    area_data = b"" if content[6] is None else _bytes(content[6], "area table")
    area = open_area_table(area_data, trust_list) if area_data else None
    return Trust(roots, trust_list, list_data, area, area_data, floors)


def _floor(value: Value, name: str) -> tuple[bytes, Floor]:
    key, version, issued, digest = fields.record(value, name, 4)
    floor = Floor(fields.uint(version, "version"), fields.uint(issued, "issued"), fields.text(digest, "digest", 64))
    return _key(key, name), floor


def _enrolment(value: Value, name: str) -> Enrolment:
    owner, offer_data, keys, people, claim_size, windows = fields.record(value, name, 6)
    offer = parse_offer(_bytes(offer_data, "offer"))
    joined = fields.byte_string(keys, "keys", _KEY_SIZE * len(offer.kids))
    batch = None
    if people != 0:
        batch = _batch(people, claim_size, windows, dict(offer.wanted))
    elif claim_size != 0 or windows != []:
        raise WalletError("damaged", "claims of nobody")
    return Enrolment(
        name=check_name(owner),
        offer=offer,
        keys=tuple(joined[at : at + _KEY_SIZE] for at in range(0, len(joined), _KEY_SIZE)),
        batch=batch,
    )


def _batch(people: Value, claim_size: Value, windows: Value, wanted: dict[bytes, int]) -> Batch:
    count = fields.uint(people, "people", least=1, most=MAX_PEOPLE)
    size = fields.uint(claim_size, "claim size")
    if BINDING_BY_SIZE.get(size, DOCUMENT) == DOCUMENT or (count > 1 and BINDING_BY_SIZE[size] != BOTH):
        raise WalletError("damaged", "claims that a wallet does not hold")

    def window(value: Value, name: str) -> HeldWindow:
        return _window(value, name, count * size, wanted)

    held = tuple(fields.array(windows, "windows", window, MAX_WINDOWS, 1))
    fields.distinct([each.kid for each in held], "kids")
    return Batch(count, size, held)


def _window(value: Value, name: str, size: int, wanted: dict[bytes, int]) -> HeldWindow:
    kid_value, valid_from, expires, claims, used_value = fields.record(value, name, 5)
    kid = fields.byte_string(kid_value, "kid", 4)
    used = fields.byte_string(used_value, "used", wanted.get(kid, 0))
    if not used or used.strip(bytes((UNUSED, USED))):
        raise WalletError("damaged", "flags of no showing")
    start = fields.uint(valid_from, "valid from", least=MIN_TIME)
    return HeldWindow(
        kid=kid,
        valid_from=start,
        expires=fields.uint(expires, "expires", least=start + 1),
        claims=fields.byte_string(claims, "claims", size * len(used)),
        used=used,
    )


def check_name(value: Value) -> str:
    """A name under which passes are kept: 1 to 64 characters. Raises `FormatError` otherwise."""
    name = fields.text(value, "name", MAX_NAME_CHARS)
    cbor.encode(name)  # no half of a surrogate pair
    return name


def _key(value: Value, name: str) -> bytes:
    return fields.byte_string(value, name, _KEY_SIZE)


def _bytes(value: Value, name: str) -> bytes:
    if type(value) is not bytes:
        raise WalletError("damaged", "not a byte string")
    return value
