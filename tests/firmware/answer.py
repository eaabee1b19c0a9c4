"""`python -m tests.firmware.answer LIBRARY`: the C core answers the vectors. See docs/conformance.md.

LIBRARY is what `tests.firmware.core.build` makes; nothing of what is answered is Python's.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from vectors.answer import LAYERS

from healthpass import Decision, RefusalCode
from healthpass._values import DocumentCheck
from healthpass.formats.bundle import MAX_SIZE
from healthpass.verifier import RootSet
from healthpass.verifier.replay import room_for
from tests.firmware.core import DECIDE, LIST, REVOCATION, TABLE, VERIFY, Answer, Core, CoreStore, CoreVerifier

Json = dict[str, Any]
_OPTIONS = ("skew", "since", "documents", "audience")
_UPDATES = {"trust-list": LIST, "area-table": TABLE}


class Scanner:
    """One case: a scanner that keeps what it is told."""

    def __init__(self, core: Core, case: Json) -> None:
        scanner = case["scanner"]
        roots = scanner["roots"]
        self._core = core
        self._store = CoreStore(core, RootSet(roots["threshold"], tuple(map(bytes.fromhex, roots["keys"]))))
        keys = {bytes.fromhex(id): bytes.fromhex(key) for id, key in scanner.get("document_keys", {}).items()}
        self._store.document_keys(keys)
        self._options: Json = {
            name: scanner[name] for name in ("skew", "since", "documents", "audience") if name in scanner
        }
        self._options["replay_capacity"] = scanner.get("replay_capacity", room_for(scanner.get("skew", 60)))
        if "place" in scanner:
            self._options["place"] = bytes.fromhex(scanner["place"])
        self._start()

    def _start(self) -> None:
        self._gate = CoreVerifier(self._store, **self._options)

    def answer(self, step: Json) -> Json:
        """What the scanner says to one step."""
        do = step["do"]
        if do in ("show", "verify"):
            return self._show(step, VERIFY if do == "verify" else DECIDE)
        if do == "forget":
            self._gate.forget(step["now"])
            return {}
        if do == "restart":
            self._options["since"] = step.get("since")
            self._start()
            return {}
        if do == "place":
            return self._place(step)
        if do == "bundle":
            return self._bundle(step)
        filters = {digest: bytes.fromhex(data) for digest, data in step.get("filters", {}).items()}
        what = _UPDATES.get(do, REVOCATION)
        return _taken(self._store.take(what, bytes.fromhex(step["data"]), step["now"], filters))

    def _place(self, step: Json) -> Json:
        place = self._core.place(step["poster"]) if "poster" in step else bytes.fromhex(step["data"])
        if place is None:
            return _taken("malformed")
        self._options["place"] = place
        self._start()
        return _taken("ok")

    def _show(self, step: Json, how: int) -> Json:
        text = bytes.fromhex(step["raw"]) if "raw" in step else step["text"]
        nonce = bytes.fromhex(step["nonce"]) if "nonce" in step else None
        documents = [(each["type"], each["number"].encode()) for each in step.get("documents", ())]
        if how == VERIFY:
            text = text or ""
        found = self._gate.ask_with(how, text, now=step["now"], nonce=nonce, documents=documents)
        said: Json = {} if how == VERIFY else {"decision": Decision(found.decision).name}
        if found.repeated:
            said["repeated"] = True
        if found.colors:
            documents_of = [DocumentCheck(each).name.lower().replace("_", "-") for each in found.documents]
            said |= {"colors": list(found.colors), "expires": found.expires}
            said |= {"stale": found.stale, "documents": documents_of}
        if found.refusal:
            said |= {"refusal": found.refusal, "layer": self._layer(found, text, step["now"])}
            if found.person is not None:
                said["index"] = found.person
        return said

    def _bundle(self, step: Json) -> Json:
        taken, parts = self._store.bundle(bytes.fromhex(step["data"]), step["now"], step.get("most", MAX_SIZE))
        if taken != "ok":
            return _taken(taken)
        codes = [code for part, code in parts if part != "document keys"]
        layers = [None if code == "ok" else f"update:{code}" for code in codes]
        return {"taken": True, "parts": [code == "ok" for code in codes], "layer": layers}

    def _layer(self, found: Answer, text: str | bytes | None, now: int) -> str:
        """Where it was refused; for two of the codes there are two places."""
        code = RefusalCode(found.refusal)
        if code is RefusalCode.MALFORMED and text is not None and not self._core.is_text(text):
            return "text"
        if code is RefusalCode.REVOCATION_DATA_STALE and not self._store.is_fresh(now):
            return "trust-data"
        return LAYERS[code]


def _taken(code: str) -> Json:
    return {"taken": True} if code == "ok" else {"taken": False, "layer": f"update:{code}"}


def answers(core: Core, case: Json) -> Iterator[Json]:
    """What a scanner answers to each step of a case."""
    scanner = Scanner(core, case)
    for step in case["steps"]:
        yield scanner.answer(step)


def main() -> None:
    """A line in, a line out."""
    core = Core(Path(sys.argv[1]))
    for line in sys.stdin:
        case = json.loads(line)
        print(json.dumps({"id": case["id"], "answers": list(answers(core, case))}), flush=True)


if __name__ == "__main__":
    main()
