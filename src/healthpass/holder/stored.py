"""A wallet's state as bytes and back: deterministic CBOR, what goes into the sealed file.

    1 format   2 mark   3 [threshold, root keys]   4 trust list, or null   5 enrolments   6 area table, or null
    7 floors   8 recovery codes   9 generation

A floor is [signer of area tables, version, issued, digest]; a code is [name, secret, salts, one after the other].

An enrolment is [name, answer, secret, windows], without windows while there is no batch; the offer is in the answer,
and the secret is null once a window is over. A window is [kid, valid from, expires, secret, claims, used]. Claims and
flags are each one byte string, so that the largest wallet stays within the reader's number of items.
"""

from __future__ import annotations

from healthpass.crypto.recovery import CODE_SIZE, SALT_SIZE
from healthpass.errors import BadInput, WalletError
from healthpass.formats import cbor, fields
from healthpass.formats.claim import BINDING_BY_SIZE, MIN_TIME
from healthpass.formats.enrolment import MAX_SIZE as MAX_ANSWER_SIZE
from healthpass.formats.enrolment import Offer, parse_key_request, parse_offer, some_bytes
from healthpass.formats.trust_list import MAX_KEYS
from healthpass.formats.window import MAX_ROOTS, RootSet
from healthpass.holder.codes import MAX_CODES, MAX_SALTS, Code
from healthpass.holder.keys import SECRET_SIZE
from healthpass.holder.state import (
    MAX_PENDING,
    MAX_WINDOWS,
    UNUSED,
    USED,
    Enrolment,
    HeldBatch,
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
"""Bytes; 65,536 claims and what was sealed for them are about 12,000,000."""
MAX_NAME_CHARS = 64
MARK_SIZE = 16
_KEY_SIZE = 32


def encode_state(state: State) -> bytes:
    """The bytes of a state.

    Raises:
        WalletError: "wallet-full": over 16,777,216 bytes.
    """
    trust = state.trust
    content: dict[int | str, Value] = {
        1: FORMAT,
        2: state.mark,
        3: [trust.roots.threshold, list(trust.roots.keys)],
        4: trust.list_data or None,
        5: [_enrolment_values(each) for each in state.enrolments],
        6: trust.area_data or None,
        7: [[key, each.version, each.issued, each.digest] for key, each in sorted(trust.floors.items())],
        8: [[each.name, each.secret, each.salts] for each in state.codes],
        9: state.generation,
    }
    data = cbor.encode(content)
    if len(data) > MAX_SIZE:
        raise WalletError("wallet-full", "the wallet holds as many passes as it can; forget some of them")
    return data


def _enrolment_values(enrolment: Enrolment) -> Value:
    held = () if enrolment.batch is None else enrolment.batch.windows
    windows: list[Value] = [
        [each.kid, each.valid_from, each.expires, each.secret, each.claims, each.used] for each in held
    ]
    return [enrolment.name, enrolment.answer, enrolment.secret, windows]


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
        mark=fields.byte_string(content[2], "mark", MARK_SIZE),
        trust=_trust(content),
        enrolments=tuple(fields.array(content[5], "enrolments", _enrolment, MAX_PENDING + MAX_WINDOWS)),
        codes=_codes(content[8]),
        generation=fields.uint(content[9], "generation"),
    )


def _codes(value: Value) -> tuple[Code, ...]:
    codes = tuple(fields.array(value, "codes", _code, MAX_CODES))
    fields.distinct([each.name.encode() for each in codes], "names")
    return codes


def _code(value: Value, name: str) -> Code:
    owner, secret, salts = fields.record(value, name, 3)
    used = _bytes(salts, "salts")
    if len(used) % SALT_SIZE or len(used) > SALT_SIZE * MAX_SALTS:
        raise WalletError("damaged", "salts of no size")
    return Code(check_name(owner), fields.byte_string(secret, "code", CODE_SIZE), used)


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
    owner, answer, secret, windows = fields.record(value, name, 4)
    data = some_bytes(answer, "answer", MAX_ANSWER_SIZE)
    offer = parse_offer(parse_key_request(data).offer)
    return Enrolment(
        name=check_name(owner),
        offer=offer,
        answer=data,
        secret=None if secret is None and windows != [] else fields.byte_string(secret, "secret", SECRET_SIZE),
        batch=None if windows == [] else _batch(windows, offer),
    )


def _batch(windows: Value, offer: Offer) -> HeldBatch:
    claim_size = next(size for size, binding in BINDING_BY_SIZE.items() if binding == offer.binding)
    wanted = {(period.valid_from, period.expires): period.count for period in offer.periods}

    def window(value: Value, name: str) -> HeldWindow:
        return _window(value, name, offer.people * claim_size, wanted)

    held = tuple(fields.array(windows, "windows", window, MAX_WINDOWS, 1))
    fields.distinct([each.kid for each in held], "kids")
    return HeldBatch(offer.people, claim_size, held)


def _window(value: Value, name: str, size: int, wanted: dict[tuple[int, int], int]) -> HeldWindow:
    kid, start_value, expires_value, secret, claims, used_value = fields.record(value, name, 6)
    start = fields.uint(start_value, "valid from", least=MIN_TIME)
    expires = fields.uint(expires_value, "expires", least=start + 1)
    used = fields.byte_string(used_value, "used", wanted.get((start, expires), 0))
    if not used or used.strip(bytes((UNUSED, USED))):
        raise WalletError("damaged", "flags of no showing")
    return HeldWindow(
        kid=fields.byte_string(kid, "kid", 4),
        valid_from=start,
        expires=expires,
        secret=fields.byte_string(secret, "secret", SECRET_SIZE),
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
