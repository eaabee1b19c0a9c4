"""The largest honest messages, each made once, when it is first asked for."""

from __future__ import annotations

from functools import cache
from hashlib import sha256

from healthpass.attester import Attester
from healthpass.crypto import ed25519
from healthpass.crypto.commitment import commitment
from healthpass.crypto.envelope import seal_padded
from healthpass.crypto.signer import sign_message
from healthpass.formats import cbor, cose
from healthpass.formats.attestation import Attestation, IssueRequest, encode_attestation, encode_issue_request
from healthpass.formats.claim import ANY_BINDING, Binding
from healthpass.formats.enrolment import (
    KeyRequest,
    Offer,
    Opening,
    encode_key_request,
    encode_offer,
    encode_opening,
)
from healthpass.formats.period import MAX_KEYS as MAX_KEYS_ASKED
from healthpass.formats.period import Period
from healthpass.formats.presentation import MAX_PEOPLE
from healthpass.formats.revocation.builder import build_filter
from healthpass.formats.revocation.messages import Snapshot, encode_snapshot
from healthpass.formats.trust_list import MAX_KEYS, MAX_WINDOWS, TrustList
from healthpass.formats.window import RootSet, Window
from healthpass.issuer import SealingKeys, WindowKey, WindowKeys
from healthpass.issuer.sealing_keys import MOST_DAYS, encode_sealing_keys
from healthpass.issuer.window_keys import encode_window_keys
from tests.issuing import REGION
from tests.making import (
    DAY,
    NOW,
    PLATFORM,
    ROOT,
    SEALING,
    TOMORROW,
    WINDOW,
    family,
    make_trust_list,
    sign_trust_list,
    signer,
)
from tests.placing import POLICY, REGISTRAR, RISK_OFFICE, make_area_table
from tests.revoking import REVOKER, make_delta

LARGE = Window(b"kid9", signer(9).public_key, WINDOW.valid_from, WINDOW.expires, 4**12, ANY_BINDING, b"doc0")
"""A window for a country: its filter can have a megabyte."""
_SLOTS = 260_000
ATTESTER = Attester(REGION)


def number(n: int, size: int = 32) -> bytes:
    """As many bytes as a key or kid has, another for each number."""
    return sha256(n.to_bytes(4, "big")).digest()[:size]


@cache
def windows() -> tuple[Window, ...]:
    """As many as a list can have, in periods of a day; those of the tests are among them."""
    more = [
        Window(number(n, 4), number(n), at, at + DAY, 4**10, ANY_BINDING, b"doc0")
        for n in range(MAX_WINDOWS - 3)
        for at in [WINDOW.valid_from + (n // 8) * DAY]
    ]
    return WINDOW, TOMORROW, LARGE, *more


@cache
def list_content() -> TrustList:
    """With as many windows, and keys of each role, as there can be."""
    kids = sorted(window.kid for window in windows())
    others = [number(10_000 + n) for n in range(MAX_KEYS - 1)]
    mine = (WINDOW.kid, TOMORROW.kid, LARGE.kid)
    rest = [kid for kid in kids if kid not in mine]
    share = len(rest) // len(others) + 1
    revokers = {key: tuple(rest[n * share : (n + 1) * share]) for n, key in enumerate(others)}
    return make_trust_list(
        windows=windows(),
        roots=RootSet(1, tuple(sorted([ROOT.public_key, *(number(20_000 + n) for n in range(15))]))),
        revocation_keys={
            REVOKER.public_key: tuple(sorted(mine)),
            **{key: kids for key, kids in revokers.items() if kids},
        },
        registrar_keys=tuple(sorted([REGISTRAR.public_key, *(number(30_000 + n) for n in range(MAX_KEYS - 1))])),
        risk_keys=tuple(sorted([RISK_OFFICE.public_key, *(number(40_000 + n) for n in range(MAX_KEYS - 1))])),
        policy=POLICY,
    )


@cache
def trust_list() -> bytes:
    return sign_trust_list(list_content())


@cache
def revoking_content() -> TrustList:
    """A list in which one key revokes for all of the windows."""
    kids = tuple(sorted(window.kid for window in windows()))
    return make_trust_list(windows=windows(), revocation_keys={REVOKER.public_key: kids})


@cache
def revoking_list() -> bytes:
    return sign_trust_list(revoking_content())


@cache
def area_table(version: int = 1) -> bytes:
    return make_area_table(version, medium=range(65_536), high=range(100_000, 165_536))


@cache
def snapshot(version: int = 1) -> tuple[bytes, dict[str, bytes]]:
    """Of all windows, one of which has a filter of a megabyte; and the filters by their digests. A later
    one has what an earlier one has, and more."""
    slots = {*range(0, 4**12, 12), *range(1, (version - 1) * 4**12, 120_000)}
    filters = {window.kid: build_filter(window.capacity, ()) for window in windows()} | {
        LARGE.kid: build_filter(LARGE.capacity, slots),
        WINDOW.kid: build_filter(WINDOW.capacity, ()),
    }
    named = {kid: (ed25519.sha512(data)[:32], len(data)) for kid, data in filters.items()}
    message = sign_message(REVOKER, cose.SNAPSHOT, encode_snapshot(Snapshot(version, NOW - 60, NOW + DAY, named)))
    return message, {digest.hex(): filters[kid] for kid, (digest, _) in named.items()}


@cache
def delta(version: int = 2) -> bytes:
    """Of a megabyte."""
    return make_delta(version, {LARGE: range(_SLOTS + version)})


@cache
def offer() -> bytes:
    """For as many keys as there can be."""
    return encode_offer(Offer(REGION.public_key, bytes(16), PLATFORM, Binding.DEVICE, 1, _PERIODS))


_PERIODS = (Period(WINDOW.valid_from, WINDOW.expires, MAX_KEYS_ASKED),)
_FAMILY_PERIODS = (Period(WINDOW.valid_from, WINDOW.expires, 1024),)


@cache
def opening() -> bytes:
    """Of a wallet, for as many keys as there can be."""
    keys = tuple(signer(100_000 + n).public_key for n in range(MAX_KEYS_ASKED))
    return encode_opening(Opening(bytes(32), number(1), (keys,), bytes(32)))


@cache
def key_request() -> bytes:
    """The answer of a wallet to that offer."""
    sealed = seal_padded(SEALING.key, opening())
    return encode_key_request(KeyRequest(offer(), commitment(offer(), opening()), SEALING.key, sealed))


@cache
def attestation() -> bytes:
    """For as many keys as there can be."""
    committed = commitment(offer(), opening())
    content = Attestation(bytes(16), NOW, ("绿",), Binding.DEVICE, _PERIODS, None, committed, None, PLATFORM)
    return sign_message(REGION, cose.ATTESTATION, encode_attestation(content))


@cache
def _family_opening() -> bytes:
    keys = tuple(signer(100_000 + n).public_key for n in range(_FAMILY_PERIODS[0].count))
    return encode_opening(Opening(bytes(32), number(1), (keys,), bytes(32)))


@cache
def family_attestation() -> bytes:
    """For as many claims as there can be: for eight people each."""
    seeds = tuple((number(n),) for n in range(MAX_PEOPLE))
    offered = encode_offer(Offer(REGION.public_key, bytes(16), PLATFORM, Binding.BOTH, MAX_PEOPLE, _FAMILY_PERIODS))
    committed = commitment(offered, _family_opening())
    colors = ("绿",) * MAX_PEOPLE
    content = Attestation(bytes(16), NOW, colors, Binding.BOTH, _FAMILY_PERIODS, seeds, committed, None, PLATFORM)
    return sign_message(REGION, cose.ATTESTATION, encode_attestation(content))


@cache
def issue_request() -> bytes:
    """For as many keys as there can be."""
    sealed = seal_padded(SEALING.key, opening())
    return encode_issue_request(IssueRequest(attestation(), SEALING.key, sealed))


@cache
def family_request() -> bytes:
    """For as many claims as there can be."""
    sealed = seal_padded(SEALING.key, _family_opening())
    return encode_issue_request(IssueRequest(family_attestation(), SEALING.key, sealed))


@cache
def batch_of_a_family() -> bytes:
    """As many claims as fit into a megabyte."""
    return cbor.encode([1, family(range(6900))])


@cache
def window_keys() -> bytes:
    """The secret file of a platform with as many windows as there can be."""
    listed = []
    for n, window in enumerate(windows()):
        key = signer(200_000 + n)
        public = Window(number(n, 4), key.public_key, window.valid_from, window.expires, 4**10, Binding.DEVICE)
        listed.append(WindowKey(public, key, number(n)))
    return encode_window_keys(WindowKeys(listed))


@cache
def sealing_keys() -> bytes:
    """The secret file of a platform with sealing keys for as many days as there can be."""
    return bytes(encode_sealing_keys(SealingKeys.new(PLATFORM).renewed(NOW, MOST_DAYS)))


@cache
def rules() -> bytes:
    """The rules of a platform in a megabyte."""
    rest = 'bindings = ["device"]\nscale = { ok = "green" }\n'
    return "".join(f'[[attester]]\nregion = "R{n}"\nkey = "{number(n).hex()}"\n{rest}\n' for n in range(6500)).encode()


@cache
def stations() -> bytes:
    """A list of stations in a megabyte."""
    return b"\n".join(
        f'[[station]]\nname = "S{n}"\nid = "{n:016x}"\nkey = "{number(n).hex()}"\nsuspended = false\n'.encode()
        for n in range(7500)
    )
