"""What is in a trust list, in what a platform hands in for it, and in a platform's own key files."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from healthpass._shown import digest_of
from healthpass.cli.context import when
from healthpass.formats import cose
from healthpass.formats.claim import BOTH, DEVICE, DOCUMENT
from healthpass.formats.hand_in import parse_hand_in
from healthpass.formats.platform import Platform, SealingKeyEntry
from healthpass.formats.trust_list import MAX_SIZE as MAX_TRUST_LIST
from healthpass.formats.trust_list import TrustList, parse_trust_list
from healthpass.formats.window import Window
from healthpass.issuer.sealing_keys import parse_sealing_keys
from healthpass.issuer.window_keys import parse_window_keys

Fields = dict[str, Any]
_BINDINGS = {DEVICE: "device", DOCUMENT: "document", BOTH: "both"}


def _window_fields(window: Window) -> Fields:
    return {
        "kid": window.kid,
        "from": when(window.valid_from),
        "until": when(window.expires),
        "capacity": window.capacity,
        "bindings": "+".join(name for bit, name in _BINDINGS.items() if window.bindings & bit),
        "document key id": window.document_key_id,
        "key": window.key,
    }


def _trust_list_fields(content: TrustList) -> Fields:
    return {
        "version": content.version,
        "issued": when(content.issued),
        "expires": when(content.expires),
        "grace seconds": content.grace,
        "threshold": content.roots.threshold,
        "roots": list(content.roots.keys),
        "revocation keys": [{"key": key, "kids": len(kids)} for key, kids in content.revocation_keys.items()],
        "registrar keys": list(content.registrar_keys),
        "risk keys": list(content.risk_keys),
        "check policy": "none" if content.policy is None else [repr(rule) for rule in content.policy.rules],
        "platforms": [_platform_fields(each) for each in content.platforms],
        "sealing keys": [
            {"platform": each.name, **fields}
            for each in content.platforms
            for fields in _sealing_fields(each.sealing_keys)
        ],
        "windows": [_window_fields(window) for window in _in_time(content.windows.values())],
    }


def trust_list_fields(data: bytes) -> Fields:
    """A trust list, whoever has signed it. Raises `FormatError` if it is none."""
    message = cose.decode_sign(data, cose.TRUST_LIST, MAX_TRUST_LIST)
    signers = [key for key, _ in message.signatures]
    digest = digest_of(message.payload)
    return {
        "kind": "trust list",
        "signed by": signers,
        "digest of the draft": digest,
        **_trust_list_fields(parse_trust_list(message.payload)),
    }


def draft_fields(data: bytes) -> Fields:
    """The draft of a trust list. Raises `FormatError` if it is none."""
    return {"kind": "draft of a trust list", "digest": digest_of(data), **_trust_list_fields(parse_trust_list(data))}


def _platform_fields(platform: Platform) -> Fields:
    return {"name": platform.name, "windows": len(platform.kids), "sealing keys": len(platform.sealing_keys)}


def _sealing_fields(keys: Iterable[SealingKeyEntry]) -> list[Fields]:
    return [{"key": each.key, "from": when(each.valid_from), "until": when(each.expires)} for each in keys]


def hand_in_fields(data: bytes) -> Fields:
    """What a platform hands in. Raises `FormatError` if it is none."""
    content = parse_hand_in(data)
    return {
        "kind": "what a platform hands in to the roots",
        "digest": digest_of(data),
        "name": content.name,
        "sealing keys": _sealing_fields(content.sealing_keys),
        "windows": [_window_fields(each) for each in _in_time(content.windows)],
    }


def window_key_fields(data: bytes) -> Fields:
    """The file of a platform's window keys, by their public halves. Raises `FormatError` if it is none."""
    listed = [_window_fields(key.window) for key in parse_window_keys(data)]
    return {"kind": "window keys, SECRET (not shown)", "windows": listed}


def platform_sealing_fields(data: bytes) -> Fields:
    """The file of a platform's sealing keys, by their public halves. Raises `FormatError` if it is none."""
    keys = parse_sealing_keys(data)
    return {
        "kind": "sealing keys of a platform, SECRET (not shown)",
        "name": keys.name,
        "sealing keys": _sealing_fields(keys.entries),
    }


def _in_time(windows: Iterable[Window]) -> list[Window]:
    return sorted(windows, key=lambda window: (window.valid_from, window.kid))
