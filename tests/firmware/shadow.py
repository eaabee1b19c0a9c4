"""A pytest plugin that holds the C core beside Python: whatever a test does with stores and verifiers in memory, the
core does too, and has to say the same. `pytest -p tests.firmware.shadow`; the library's path is in `HEALTHPASS_CORE`.

At the end it says how many updates and questions were compared.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import RLock
from typing import Any
from weakref import WeakKeyDictionary

import pytest

from healthpass import Refused, Verdict
from healthpass._values import seconds
from healthpass.errors import BadInput
from healthpass.formats.text import decode_place_text
from healthpass.verifier import BundleReport, Document, Outcome, TrustStore, Verifier
from healthpass.verifier.replay import room_for
from tests.firmware.core import (
    DECIDE,
    LIST,
    REVOCATION,
    TABLE,
    VERIFY,
    Core,
    CoreStore,
    CoreVerifier,
    expected,
)

_core = Core(Path(os.environ["HEALTHPASS_CORE"]))
_stores: WeakKeyDictionary[TrustStore, CoreStore] = WeakKeyDictionary()
_gates: WeakKeyDictionary[Verifier, CoreVerifier] = WeakKeyDictionary()
_lock = RLock()
_compared: Counter[str] = Counter()


def pytest_configure(config: pytest.Config) -> None:
    """From here on."""
    _wrap_store()
    _wrap_verifier()


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """How much was compared."""
    for what, count in sorted(_compared.items()):
        terminalreporter.write_line(f"compared {what}: {count}")


def _wrap_store() -> None:
    plain = TrustStore.__init__

    def begin(self: TrustStore, roots: Any, folder: str | None = None, **more: Any) -> None:
        plain(self, roots, folder, **more)
        if folder is None:
            _stores[self] = CoreStore(_core, roots)

    TrustStore.__init__ = begin  # type: ignore[method-assign]
    for name, what in (("update_trust_list", LIST), ("update_area_table", TABLE), ("update_revocation", REVOCATION)):
        setattr(TrustStore, name, _update(getattr(TrustStore, name), what))
    TrustStore.update_bundle = _bundle(TrustStore.update_bundle)  # type: ignore[method-assign]


def _bundle(plain: Callable[..., BundleReport]) -> Callable[..., BundleReport]:
    def update(self: TrustStore, data: bytes, *, now: Any, **more: Any) -> BundleReport:
        with _lock:
            taken, report, beside = "ok", None, _stores.get(self)
            _stores.pop(self, None)  # its parts come through functions of the store
            try:
                report = plain(self, data, now=now, **more)
                return report
            except BadInput as refused:
                taken = refused.code
                raise
            finally:
                if beside is not None:
                    _stores[self] = beside
                    found, parts = beside.bundle(data, seconds(now), **more)
                    _compare("bundles", taken, found)
                    told = [] if report is None else [(name, error and error.code) for name, error in report.parts]
                    told = [(name.rstrip(" 0123456789"), code or "ok") for name, code in told]
                    _compare("parts", *([each for each in all if each[0] != "document keys"] for all in (told, parts)))

    return update


def _update(plain: Callable[..., None], what: int) -> Callable[..., None]:
    def update(self: TrustStore, data: bytes, *, now: Any, **more: Any) -> None:
        beside = _stores.get(self)
        if beside is None:
            return plain(self, data, now=now, **more)
        with _lock:
            pieces: dict[str, bytes] = {}
            if more.get("fetch") is not None:
                more["fetch"] = _recording(more["fetch"], pieces)
            code: str | None = None
            try:
                plain(self, data, now=now, **more)
                code = "ok"
            except BadInput as refused:
                code = refused.code
                raise
            finally:
                if code is not None and isinstance(data, bytes):
                    _compare(f"updates: {code}", code, beside.take(what, data, seconds(now), pieces))
        return None

    return update


def _recording(fetch: Any, pieces: dict[str, bytes]) -> Callable[[str], bytes]:
    def recorded(digest: str) -> bytes:
        path = None if callable(fetch) else Path(fetch) / f"{digest}.filter"
        pieces[digest] = data = fetch(digest) if path is None else path.read_bytes()
        return data

    return recorded


def _wrap_verifier() -> None:
    plain, decide, verify, forget = Verifier.__init__, Verifier.decide, Verifier.verify, Verifier.forget

    def begin(self: Verifier, store: TrustStore, **more: Any) -> None:
        plain(self, store, **more)
        if more.get("replay") is None and store in _stores:
            _gates[self] = _gate(_stores[store], **more)

    def both(self: Verifier, text: Any, how: int, ask: Callable[..., Any], **more: Any) -> Any:
        beside = _gates.get(self)
        if beside is None:
            return ask(self, text, **more)
        if hasattr(more.get("documents"), "__iter__"):
            more["documents"] = tuple(more["documents"])
        with _lock:
            outcome: Outcome | Verdict | Refused | None = None
            try:
                outcome = ask(self, text, **more)
                return outcome
            except Refused as refused:
                outcome = refused
                raise
            finally:
                if outcome is not None and type(text) in (str, bytes, type(None)):
                    _ask(self, beside, text, how, outcome, **more)

    def decided(self: Verifier, text: Any, **more: Any) -> Outcome:
        return both(self, text, DECIDE, decide, **more)  # type: ignore[no-any-return]

    def verified(self: Verifier, text: Any, **more: Any) -> Verdict:
        return both(self, text, VERIFY, verify, **more)  # type: ignore[no-any-return]

    def forgotten(self: Verifier, now: Any) -> None:
        forget(self, now)
        if self in _gates:
            _gates[self].forget(seconds(now))

    Verifier.__init__ = begin  # type: ignore[method-assign]
    Verifier.decide, Verifier.verify, Verifier.forget = decided, verified, forgotten  # type: ignore[method-assign]


def _gate(
    store: CoreStore,
    *,
    place: bytes | str | None = None,
    since: Any = None,
    skew: int = 60,
    replay_capacity: int | None = None,
    **more: Any,
) -> CoreVerifier:
    certificate = decode_place_text(place) if isinstance(place, str) else place
    room = room_for(skew) if replay_capacity is None else replay_capacity
    start = None if since is None else seconds(since)
    return CoreVerifier(store, place=certificate, since=start, skew=skew, replay_capacity=min(room, 65535), **more)


def _ask(
    self: Verifier,
    beside: CoreVerifier,
    text: str | bytes | None,
    how: int,
    outcome: Outcome | Verdict | Refused,
    *,
    now: Any,
    nonce: bytes | None = None,
    documents: Sequence[Document] = (),
) -> None:
    if any(each._number.is_wiped for each in documents):  # nobody looks at them, or there would be an error
        documents = ()
    held = self._store.state().documents
    beside._store.document_keys({} if held is None else held.keys)
    found = beside.ask(how, text, now=seconds(now), nonce=nonce, documents=documents)
    name = "verdicts" if isinstance(outcome, Verdict) else "decisions" if isinstance(outcome, Outcome) else "refusals"
    _compare(name, expected(outcome), found)
    if isinstance(outcome, Outcome):
        _compare("sentences", outcome.sentence(), _core.sentence(found))


def _compare(what: str, python: object, core: object) -> None:
    _compared[what] += 1
    if python != core:
        raise AssertionError(f"{what}: Python says {python}, the core {core}")
