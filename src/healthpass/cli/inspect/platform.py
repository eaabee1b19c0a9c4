"""What is in a trust list, in what a platform hands in for it, and in a platform's own key files."""

from __future__ import annotations

from collections.abc import Iterable

from healthpass import Color
from healthpass._shown import digest_of
from healthpass.cli.output import NOT_SHOWN, Fields, Moment, member
from healthpass.errors import FormatError
from healthpass.formats import cose
from healthpass.formats.check_policy import ON_PAPER, ON_PHONE, CheckRule
from healthpass.formats.claim import bindings_in
from healthpass.formats.hand_in import parse_hand_in
from healthpass.formats.place import PlaceClass
from healthpass.formats.platform import Platform, SealingKeyEntry
from healthpass.formats.trust_list import MAX_SIZE as MAX_TRUST_LIST
from healthpass.formats.trust_list import TrustList, parse_trust_list
from healthpass.formats.window import Window
from healthpass.formats.words import word_of
from healthpass.issuer.sealing_keys import parse_sealing_keys
from healthpass.issuer.window_keys import parse_window_keys

_ASKED = {ON_PAPER: "on paper", ON_PHONE: "on a phone"}


def _window_fields(window: Window) -> Fields:
    return {
        "kid": window.kid,
        "valid_from": Moment(window.valid_from),
        "expires": Moment(window.expires),
        "capacity": window.capacity,
        "bindings": [word_of(each) for each in bindings_in(window.bindings)],
        "document_key_id": window.document_key_id,
        "key": window.key,
    }


def _trust_list_fields(content: TrustList) -> Fields:
    return {
        "version": content.version,
        "issued": Moment(content.issued),
        "expires": Moment(content.expires),
        "grace": content.grace,
        "threshold": content.roots.threshold,
        "roots": list(content.roots.keys),
        "revocation_keys": [{"key": key, "kids": len(kids)} for key, kids in content.revocation_keys.items()],
        "registrar_keys": list(content.registrar_keys),
        "risk_keys": list(content.risk_keys),
        "check_policy": None if content.policy is None else [_rule_fields(rule) for rule in content.policy.rules],
        "platforms": [_platform_fields(each) for each in content.platforms],
        "sealing_keys": [
            {"platform": each.name, **fields}
            for each in content.platforms
            for fields in _sealing_fields(each.sealing_keys)
        ],
        "windows": [_window_fields(window) for window in _in_time(content.windows.values())],
    }


def _rule_fields(rule: CheckRule) -> Fields:
    return {
        "risk": rule.risk,
        "place_class": member(PlaceClass, rule.place_class),
        "admitted": [color for color in Color if rule.admits(color)],
        "assisted": [color for color in Color if rule.assists(color)],
        "documents": [name for bit, name in _ASKED.items() if rule.documents & bit],
        "audience": rule.audience,
    }


def trust_list_fields(data: bytes) -> Fields:
    """A trust list, whoever has signed it. Raises `FormatError` if it is none."""
    message = cose.decode_sign(data, cose.TRUST_LIST, MAX_TRUST_LIST)
    signers = [key for key, _ in message.signatures]
    digest = digest_of(message.payload)
    return {
        "kind": "trust list",
        "signed_by": signers,
        "digest": digest,
        **_trust_list_fields(parse_trust_list(message.payload)),
    }


def draft_fields(data: bytes) -> Fields:
    """The draft of a trust list. Raises `FormatError` if it is none."""
    return {"kind": "draft of a trust list", "digest": digest_of(data), **_trust_list_fields(parse_trust_list(data))}


def _platform_fields(platform: Platform) -> Fields:
    return {"name": platform.name, "windows": len(platform.kids), "sealing_keys": len(platform.sealing_keys)}


def _sealing_fields(keys: Iterable[SealingKeyEntry]) -> list[Fields]:
    return [{"key": each.key, "valid_from": Moment(each.valid_from), "expires": Moment(each.expires)} for each in keys]


def hand_in_fields(data: bytes) -> Fields:
    """What a platform hands in. Raises `FormatError` if it is none."""
    content = parse_hand_in(data)
    return {
        "kind": "platform file for the roots",
        "digest": digest_of(data),
        "name": content.name,
        "sealing_keys": _sealing_fields(content.sealing_keys),
        "windows": [_window_fields(each) for each in _in_time(content.windows)],
    }


def window_key_fields(data: bytes) -> Fields:
    """The file of a platform's window keys, by their public halves. Raises `FormatError` if it is none."""
    listed = [_window_fields(key.window) for key in parse_window_keys(data)]
    return {"kind": "window keys", "secret": NOT_SHOWN, "windows": listed}


def platform_sealing_fields(data: bytes) -> Fields:
    """The file of a platform's sealing keys, by their public halves. Raises `FormatError` if it is none."""
    keys = parse_sealing_keys(data)
    return {
        "kind": "sealing keys of a platform",
        "secret": NOT_SHOWN,
        "name": keys.name,
        "sealing_keys": _sealing_fields(keys.entries),
    }


def root_signature_fields(data: bytes) -> Fields:
    """A root's key, and its signature on a draft. Raises `FormatError` if it has not their size."""
    if len(data) != 96:
        raise FormatError("not a root's signature")
    return {"kind": "root's signature on a draft", "root": data[:32]}


def _in_time(windows: Iterable[Window]) -> list[Window]:
    return sorted(windows, key=lambda window: (window.valid_from, window.kid))
