"""Published vectors, from a folder named by HEALTHPASS_VECTORS; they are not part of the project.

cbor/rfc8949_appendix_f.json, cbor/nondeterministic_and_hostile.json, cbor/dcbor/invalid.json
ed25519/wycheproof_ed25519_test.json (C2SP Wycheproof), ed25519/cctv_ed25519vectors.json (C2SP CCTV),
ed25519/speccheck_cases.json, ed25519/libsodium_reference_verdicts.json (for the last two, by number)
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from healthpass.crypto import ed25519
from healthpass.errors import FormatError
from healthpass.formats import cbor

FOLDER = os.environ.get("HEALTHPASS_VECTORS")
pytestmark = pytest.mark.skipif(not FOLDER, reason="set HEALTHPASS_VECTORS to a folder with cbor/ and ed25519/")

# Well-formed and deterministic by RFC 8949, and refused by other profiles only: a NUL is a character of UTF-8, and
# dCBOR alone asks for integers of at most 64 bits signed and for text in normal form C.
TAKEN: dict[str, object] = {
    "6100": "\x00",
    "3b8000000000000000": -(2**63) - 1,
    "3bffffffffffffffff": -(2**64),
    "6345cc88": "E\u0308",
}


def load(name: str) -> Any:
    assert FOLDER is not None
    return json.loads((Path(FOLDER) / name).read_text("utf-8"))


def cbor_items() -> list[str]:
    groups = load("cbor/rfc8949_appendix_f.json").values()
    listed = load("cbor/nondeterministic_and_hostile.json") + load("cbor/dcbor/invalid.json")
    return [item for group in groups for item in group] + [entry["hex"] for entry in listed]


def test_cbor() -> None:
    items = cbor_items()
    assert len(items) > 200
    taken = {}
    for item in items:
        try:
            taken[item] = cbor.decode(bytes.fromhex(item))
        except FormatError:
            continue
    assert taken == {item: value for item, value in TAKEN.items() if item in items}


def signatures() -> Iterator[tuple[str, bool, bytes, bytes, bytes]]:
    """Name, libsodium's verdict, key, message and signature."""
    verdicts = load("ed25519/libsodium_reference_verdicts.json")
    for group in load("ed25519/wycheproof_ed25519_test.json")["testGroups"]:
        key = bytes.fromhex(group["publicKey"]["pk"])
        for case in group["tests"]:
            holds = case["result"] == "valid"
            yield f"wycheproof {case['tcId']}", holds, key, bytes.fromhex(case["msg"]), bytes.fromhex(case["sig"])
    for case in load("ed25519/cctv_ed25519vectors.json"):
        key, signature = bytes.fromhex(case["key"]), bytes.fromhex(case["sig"])
        named = str(case["number"])
        yield f"cctv {named}", verdicts["cctv"][named], key, case["msg"].encode(), signature
    for number, case in enumerate(load("ed25519/speccheck_cases.json")):
        key, message, signature = (bytes.fromhex(case[name]) for name in ("pub_key", "message", "signature"))
        yield f"speccheck {number}", verdicts["speccheck"][number], key, message, signature


@pytest.mark.parametrize("backend", ed25519.NAMES)
def test_ed25519(backend: str) -> None:
    try:
        ed25519.use_backend(backend)
    except ImportError:
        pytest.skip(f"no {backend} libsodium on this machine")
    try:
        cases = list(signatures())
        assert len(cases) == 151 + 914 + 12
        wrong = [name for name, holds, *case in cases if ed25519.verify(*case) is not holds]
    finally:
        ed25519.use_backend(None)
    assert wrong == []
