"""The trust list: whom a scanner believes. A COSE_Sign whose payload is the map below; see docs/protocol.md.

    1 format   2 version   3 issued   4 expires   5 [threshold, root keys] for the next list   6 windows
    7 revocation keys   8 registrar keys   9 risk keys   10 check policy (optional)   11 staleness limits
    12 platforms

Unsigned labels that are not in this table are critical: the list is refused. Negative ones may be ignored.
"""

from __future__ import annotations

from healthpass._typed import typed
from healthpass.errors import FormatError
from healthpass.formats import cbor, fields
from healthpass.formats.claim import MIN_TIME
from healthpass.formats.platform import MAX_PLATFORMS, Platform, parse_platform
from healthpass.formats.window import RootSet, Window, check_periods, parse_window

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from healthpass.formats.cbor import Value
    from healthpass.formats.check_policy import CheckPolicy

FORMAT = 1
MAX_SIZE = 262_144
"""Bytes; a list of 14 days with four spare kids a day has about 5,000."""
MAX_WINDOWS = 2048
MAX_KEYS = 256
_MAX_ITEMS = 8 * MAX_WINDOWS + 2 * MAX_WINDOWS + 12 * MAX_KEYS + cbor.FEW_ITEMS
"""Windows, their kids under revocation keys and platforms, all keys, and whatever else there is, a policy too."""
_REQUIRED = frozenset((1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12))


@typed
class TrustList:
    """The content of a trust list; `healthpass.trust.signed` says whether it is signed.

    Attributes:
        version: rises with every list, 1 to 2^32 - 1.
        issued, expires: seconds since 1970 UTC.
        roots: who signs the next list.
        windows: the issuer's keys by kid.
        revocation_keys: public key -> the kids that it may sign revocations for.
        registrar_keys, risk_keys: public keys.
        policy: where people may be checked, and how; None permits checks everywhere.
        grace: seconds past `expires` for which the list still serves, with `Verdict.stale` set.
        platforms: who issues under which kids, by name; each kid is one platform's.

    Raises:
        FormatError: a field out of range, a key or a kid in two places, a kid of a revocation key or a platform that is
            not listed, a window of no platform; "overlapping-windows": see `healthpass.formats.window.check_periods`.
    """

    __slots__ = (
        "expires",
        "grace",
        "issued",
        "platforms",
        "policy",
        "registrar_keys",
        "revocation_keys",
        "risk_keys",
        "roots",
        "version",
        "windows",
    )

    def __init__(
        self,
        *,
        version: int,
        issued: int,
        expires: int,
        roots: RootSet,
        windows: dict[bytes, Window],
        platforms: Iterable[Platform],
        revocation_keys: dict[bytes, tuple[bytes, ...]] | None = None,
        registrar_keys: tuple[bytes, ...] = (),
        risk_keys: tuple[bytes, ...] = (),
        policy: CheckPolicy | None = None,
        grace: int = 0,
    ) -> None:
        self.version = fields.uint(version, "version", least=1)
        self.issued = fields.uint(issued, "issued", least=MIN_TIME)
        self.expires = fields.uint(expires, "expires", least=issued + 1)
        self.roots = roots
        self.windows = windows
        self.revocation_keys = revocation_keys or {}
        self.registrar_keys = registrar_keys
        self.risk_keys = risk_keys
        self.policy = policy
        self.grace = fields.uint(grace, "grace")
        self.platforms = tuple(sorted(platforms, key=_name))
        check_periods(windows.values())
        self._check_roles()

    def __repr__(self) -> str:
        return f"TrustList(version={self.version}, windows={len(self.windows)})"

    def all_keys(self) -> list[bytes]:
        """Every public key in the list."""
        return self.signing_keys() + self.sealing_keys()

    def signing_keys(self) -> list[bytes]:
        """Every public key with which somebody signs (Ed25519)."""
        keys = [*self.roots.keys, *(window.key for window in self.windows.values())]
        return [*keys, *self.revocation_keys, *self.registrar_keys, *self.risk_keys]

    def sealing_keys(self) -> list[bytes]:
        """Every public key to which wallets seal (X25519)."""
        return [entry.key for platform in self.platforms for entry in platform.sealing_keys]

    def platform(self, name: str) -> Platform | None:
        """The platform with this name, or None."""
        return next((each for each in self.platforms if each.name == name), None)

    def unrevocable(self) -> list[Window]:
        """The windows under which nobody can revoke, in the order of their beginning. Once a list names a revocation
        key there should be none: scanners answer what is under them with `REVOCATION_DATA_STALE`."""
        covered = {kid for kids in self.revocation_keys.values() for kid in kids}
        bare = [window for kid, window in self.windows.items() if kid not in covered]
        return sorted(bare, key=lambda window: (window.valid_from, window.kid))

    def _check_roles(self) -> None:
        """No key in two roles, no key or kid twice, no revocation key for a kid that is not listed."""
        fields.distinct(self.all_keys(), "keys of all roles")
        covered = [kid for kids in self.revocation_keys.values() for kid in kids]
        if any(kid not in self.windows for kid in fields.distinct(covered, "revocation kids")):
            raise FormatError("a revocation key is for a kid that is not listed")
        fields.distinct([platform.name for platform in self.platforms], "platforms")
        if len(self.platforms) > MAX_PLATFORMS:
            raise FormatError(f"at most {MAX_PLATFORMS} platforms")
        issued = [kid for platform in self.platforms for kid in platform.kids]
        if set(fields.distinct(issued, "kids of platforms")) != self.windows.keys():
            raise FormatError("each window is one platform's, and a platform's kids are listed")


@typed
def encode_trust_list(trust_list: TrustList) -> bytes:
    """The payload's bytes, deterministic."""
    windows = sorted(trust_list.windows.values(), key=lambda window: window.kid)
    content: dict[int | str, Value] = {
        1: FORMAT,
        2: trust_list.version,
        3: trust_list.issued,
        4: trust_list.expires,
        5: [trust_list.roots.threshold, list(trust_list.roots.keys)],
        6: [window.values() for window in windows],
        7: [[key, sorted(kids)] for key, kids in sorted(trust_list.revocation_keys.items())],
        8: sorted(trust_list.registrar_keys),
        9: sorted(trust_list.risk_keys),
        11: [trust_list.grace],
        12: [platform.values() for platform in trust_list.platforms],
    }
    if trust_list.policy is not None:
        content[10] = trust_list.policy.values()
    return cbor.encode(content)


@typed
def parse_trust_list(payload: bytes) -> TrustList:
    """The content of a payload, every field checked; signatures are somebody else's.

    Raises:
        FormatError: not deterministic CBOR, a field missing, unknown and critical, or out of range, a kid twice, or a
            key in two roles; "overlapping-windows": see `check_periods`.
    """
    content = fields.labelled(cbor.decode(payload, _MAX_ITEMS), "trust list", _REQUIRED, optional=frozenset((10,)))
    fields.uint(content[1], "format", least=FORMAT, most=FORMAT)
    threshold, root_keys = fields.record(content[5], "roots", 2)
    windows = [parse_window(each) for each in fields.array(content[6], "windows", _as_is, MAX_WINDOWS)]
    _sorted_bytes([window.kid for window in windows], "kids")
    revocation = [_revocation(each) for each in fields.array(content[7], "revocation keys", _as_is, MAX_KEYS)]
    _sorted_bytes([key for key, _ in revocation], "revocation keys")
    platforms = [
        parse_platform(each, MAX_WINDOWS) for each in fields.array(content[12], "platforms", _as_is, MAX_PLATFORMS)
    ]
    _sorted_bytes([_name(each) for each in platforms], "platforms")
    return TrustList(
        version=fields.uint(content[2], "version"),
        issued=fields.uint(content[3], "issued"),
        expires=fields.uint(content[4], "expires"),
        roots=RootSet(fields.uint(threshold, "threshold"), _keys(root_keys, "root keys")),
        windows={window.kid: window for window in windows},
        revocation_keys=dict(revocation),
        registrar_keys=_keys(content[8], "registrar keys"),
        risk_keys=_keys(content[9], "risk keys"),
        policy=_policy(content[10]) if 10 in content else None,
        grace=fields.uint(fields.record(content[11], "staleness limits", 1)[0], "grace"),
        platforms=platforms,
    )


def _name(platform: Platform) -> bytes:
    return platform.name.encode()


def _policy(value: Value) -> CheckPolicy:
    from healthpass.formats.check_policy import (
        parse_check_policy,
    )  # here: a scanner without a policy needs no more code

    return parse_check_policy(value)


def _as_is(value: Value, name: str) -> Value:
    return value


def _revocation(value: Value) -> tuple[bytes, tuple[bytes, ...]]:
    key, kids = fields.record(value, "revocation key", 2)
    listed = fields.array(kids, "revocation kids", lambda kid, name: fields.byte_string(kid, name, 4), MAX_WINDOWS, 1)
    return fields.byte_string(key, "revocation key", 32), _sorted_bytes(listed, "revocation kids")


def _keys(value: Value, name: str) -> tuple[bytes, ...]:
    return _sorted_bytes(fields.array(value, name, lambda key, name: fields.byte_string(key, name, 32), MAX_KEYS), name)


def _sorted_bytes(items: list[bytes], name: str) -> tuple[bytes, ...]:
    """Sets are written in ascending order, so that each has one form."""
    if items != sorted(set(items)):
        raise FormatError(f"{name}: out of order or repeated")
    return tuple(items)
