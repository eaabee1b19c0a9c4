"""Honest values for any parameter, by its annotation; of bytes, texts and numbers by its name.

What stands here is about types and names, not about callables: whoever adds a function adds nothing, as long as its
parameters are of types that there are. A class that is not here is made by its constructor.
"""

from __future__ import annotations

import ast
import importlib
import inspect
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any

from healthpass import Color, Decision, DocumentCheck, RefusalCode, Refused
from healthpass.attester import Attester, DailyKeys, DocumentSeeds, Person, QueryMemory
from healthpass.crypto.backends import load
from healthpass.crypto.passphrase import INTERACTIVE, PassphraseBox
from healthpass.formats.assisted import AssistedAnswer
from healthpass.formats.check_policy import default_policy
from healthpass.formats.claim import DEVICE, DOCUMENT
from healthpass.formats.document_keys import DocumentKeyDelivery
from healthpass.formats.enrolment import parse_key_request
from healthpass.formats.revocation_filter import RevocationFilter
from healthpass.formats.revocation_filter_builder import build_filter
from healthpass.formats.text import encode_text
from healthpass.issuer import PlatformFolder, PublishedFolder, SQLiteLedger
from healthpass.paper import Language, Page, PaperPass, card
from healthpass.station import Question, Voucher
from healthpass.verifier import Sentences
from healthpass.verifier.replay import ReplayMemory
from tests import assisting, documents, issuing, making, stations, wallets
from tests.typed import token
from tests.typed.interface import Found
from tests.typed.oracle import names_of

NOW = making.NOW
Made = Callable[[Path], Any]


def _issuer(_: Path) -> Any:
    return issuing.make_issuer(SQLiteLedger(":memory:"))


def _paper_pass(_: Path) -> PaperPass:
    window = making.WINDOW
    return PaperPass(encode_text(making.make_claim(binding=DOCUMENT)), window.valid_from, window.expires)


def _anything(*_: object) -> bytes:
    return bytes(32)


def _page(folder: Path) -> Page:
    return card([OBJECTS["PaperPass"](folder)], Language.shipped("en"), UTC)


@cache
def _box() -> PassphraseBox:
    return PassphraseBox("text", INTERACTIVE)


def _voucher(_: Path) -> Voucher:
    return Voucher(stations.STATION, stations.CERTIFICATE, making.make_store(stations.station_list()))


def _question(_: Path) -> Question:
    return assisting.ask(assisting.Region())


OBJECTS: dict[str, Made] = {
    "Color": lambda _: Color.GREEN,
    "Decision": lambda _: Decision.ASSIST,
    "DocumentCheck": lambda _: DocumentCheck.NOT_BOUND,
    "RefusalCode": lambda _: RefusalCode.REVOKED,
    "Refused": lambda _: Refused(RefusalCode.REVOKED),
    "Time": lambda _: NOW,
    "tzinfo": lambda _: UTC,
    "PathLike": lambda folder: folder / "path",
    "Executor": lambda _: ThreadPoolExecutor(1),
    "Signer": lambda _: making.signer(7),
    "Opener": lambda _: making.sealing_key(),
    "SealingKey": lambda _: making.sealing_key(),
    "Backend": lambda _: load(),
    "PassphraseBox": lambda _: _box(),
    "Random": lambda _: wallets.randomness(),
    "Callable": lambda _: _anything,
    "memoryview": lambda _: memoryview(bytearray(32)),
    "RootSet": lambda _: making.ROOTS,
    "Window": lambda _: making.WINDOW,
    "TrustList": lambda _: making.make_trust_list(),
    "TrustStore": lambda _: making.make_store(),
    "Believed": lambda _: making.make_store(),
    "BelievedWithKeys": lambda _: documents.documents_store(),
    "Verifier": lambda _: making.make_verifier(),
    "Replay": lambda _: ReplayMemory(10),
    "Sentences": lambda _: Sentences.shipped("en"),
    "CheckPolicy": lambda _: default_policy(),
    "Document": lambda _: documents.grandmother(),
    "Wallet": lambda _: wallets.make_wallet(),
    "WalletBase": lambda _: wallets.make_wallet(),
    "Ledger": lambda _: SQLiteLedger(":memory:"),
    "SQLiteLedger": lambda _: SQLiteLedger(":memory:"),
    "Issuer": _issuer,
    "PlatformState": lambda _: issuing.STATE,
    "PlatformFolder": lambda folder: PlatformFolder(folder),
    "Published": lambda folder: PublishedFolder(folder),
    "SealingKeys": lambda _: issuing.make_sealing(),
    "WindowKey": lambda _: issuing.TODAY_KEY,
    "AttesterRule": lambda _: issuing.make_rule(),
    "RecognitionRules": lambda _: issuing.make_rules(),
    "Attestation": lambda _: issuing.attestation_of(issuing.attest()),
    "Attester": lambda _: Attester(issuing.REGION),
    "QueryMemory": lambda _: QueryMemory(None),
    "DailyKeys": lambda _: DailyKeys(issuing.REGION, QueryMemory(None)),
    "DocumentSeeds": lambda _: DocumentSeeds(making.make_trust_list(), documents.KEYS),
    "Person": lambda _: Person("绿"),
    "AuditSink": lambda _: assisting.Log(),
    "StationList": lambda _: stations.stations_of(),
    "AnsweringDesk": lambda _: assisting.Region().desk,
    "Desk": lambda _: assisting.make_desk(),
    "Question": _question,
    "Voucher": _voucher,
    "PaperPass": _paper_pass,
    "Most": lambda _: stations.stations_of().queries,
    "Platform": lambda _: making.make_trust_list().platforms[0],
    "DocumentKeyDelivery": lambda _: DocumentKeyDelivery(1, NOW, NOW + 1, bytes(32), bytes(48 + 36)),
    "AssistedAnswer": lambda _: AssistedAnswer(bytes(32), NOW, None),
    "KeyRequest": lambda _: parse_key_request(wallets.make_wallet().answer(wallets.make_offer(), now=NOW)),
    "Pkcs11Token": token.of_test,
    "Pkcs11Signer": lambda folder: token.of_test(folder).signer(token.KEY),
    "Language": lambda _: Language.shipped("en"),
    "Page": _page,
    "Claim": lambda _: making.claim_of(),
    "RevocationFilter": lambda _: RevocationFilter(build_filter(making.WINDOW.capacity, ())),
}
"""Where a value of a type comes from."""
BYTES = {
    "kid": b"kid0",
    "document_key_id": b"doc0",
    "key_id": b"doc0",
    "nonce": bytes(16),
    "reference": bytes(16),
    "tag": bytes(2),
    "data": making.make_claim(),
}
"""Bytes of a name; others are 32, as keys and digests are."""
TEXTS = {
    "code": "a-code",
    "audience": making.PLACE,
    "id": making.PLACE,
    "station_id": making.PLACE,
    "place_id": making.PLACE,
    "type": "resident-id",
    "number": documents.NUMBERS[0],
    "language": "en",
}
NUMBERS = {
    "now": NOW,
    "issued": NOW,
    "exp": making.WINDOW.expires,
    "valid_from": making.WINDOW.valid_from,
    "expires": making.WINDOW.expires,
    "capacity": making.WINDOW.capacity,
    "bindings": DEVICE,
    "binding": DEVICE,
    "level": INTERACTIVE,
    "before": NOW,
    "until": NOW,
}
"""Numbers of a name; others are 1."""


def arguments(each: Found, folder: Path) -> dict[str, Any]:
    """A value for each parameter that has to be given, and the least level of a passphrase: the others take seconds."""
    return _given(each.parameters, each.plain.__module__, folder)


def _given(parameters: Iterable[inspect.Parameter], module: str, folder: Path) -> dict[str, Any]:
    return {
        one.name: value(one.annotation, one.name, module, folder)
        for one in parameters
        if (one.default is one.empty or one.name == "level") and one.kind not in (one.VAR_POSITIONAL, one.VAR_KEYWORD)
    }


def instance(kind: type, folder: Path) -> Any:
    """One of this class."""
    for each in kind.__mro__:
        if each.__name__ in OBJECTS:
            made = OBJECTS[each.__name__](folder)
            if isinstance(made, kind):
                return made
    if issubclass(kind, int | Enum):
        members: Any = kind
        return next(iter(members))
    made_by: Any = vars(kind).get("__init__", kind.__init__)
    module = getattr(inspect.unwrap(made_by), "__module__", kind.__module__)
    return kind(**_given(list(inspect.signature(made_by).parameters.values())[1:], module, folder))


def value(hint: str, name: str, module: str, folder: Path) -> Any:
    """An honest value for a parameter of this annotation and name, in this module."""
    return _value(ast.parse(hint, mode="eval").body, name, module, folder)


def _value(node: ast.expr, name: str, module: str, folder: Path) -> Any:
    if isinstance(node, ast.BinOp):
        return _value(node.left, name, module, folder)
    if isinstance(node, ast.Constant):
        return None if node.value is None else value(str(node.value), name, module, folder)
    if isinstance(node, ast.Subscript):
        return _generic(node, name, module, folder)
    said = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
    plain: dict[str, Any] = {
        "bytes": BYTES.get(name, bytes(range(32))),
        "str": TEXTS.get(name, "text"),
        "int": NUMBERS.get(name, 1),
        "bool": False,
        "float": 1.5,
        "Value": b"value",
        "object": 1,
        "Any": 1,
    }
    if said in plain:
        return plain[said]
    if said in OBJECTS:
        return OBJECTS[said](folder)
    aliases, imports = names_of(module)
    if said in aliases:
        return _value(aliases[said], name, module, folder)
    if said in imports:
        return _value(ast.Name(said), name, imports[said], folder)
    return instance(_class(said, module), folder)


def _class(name: str, module: str) -> Any:
    return getattr(importlib.import_module(module), name)


def _generic(node: ast.Subscript, name: str, module: str, folder: Path) -> Any:
    head = node.value.attr if isinstance(node.value, ast.Attribute) else getattr(node.value, "id", "")
    inside = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    items = [each for each in inside if not (isinstance(each, ast.Constant) and each.value is ...)]
    if head in ("dict", "Mapping"):
        key, held = (_value(each, name, module, folder) for each in items)
        return {key: held}
    if head in ("list", "Sequence", "Iterable", "Collection", "Container"):
        return [_value(each, name, module, folder) for each in items]
    if head == "tuple":
        return tuple(_value(each, name, module, folder) for each in items)
    if head in ("set", "frozenset", "Set"):
        return frozenset(_value(each, name, module, folder) for each in items)
    return _value(node.value, name, module, folder)
