"""`python -m vectors.answer`: the Python library answers the vectors, a case a line. See docs/conformance.md.

Another implementation needs a program like this one.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any

from healthpass import Verdict
from healthpass.crypto.sealing import SealingKey, seal
from healthpass.crypto.signer import SoftwareSigner, sign_message
from healthpass.errors import BadInput, FormatError, RefusalCode, Refused
from healthpass.formats import cose
from healthpass.formats.bundle import MAX_SIZE
from healthpass.formats.document_keys import DocumentKeyDelivery, encode_delivery, encode_keys
from healthpass.formats.text import decode_text
from healthpass.verifier import Document, RootSet, TrustStore, Verifier
from healthpass.verifier.steps import fresh

Json = dict[str, Any]
OPTIONS = ("skew", "since", "replay_capacity", "documents", "audience")
_NEVER = 0xFFFFFFFF


class Scanner:
    """One case: a scanner that keeps what it is told."""

    def __init__(self, case: Json) -> None:
        scanner = case["scanner"]
        roots = scanner["roots"]
        self._opener = SealingKey(bytes(31) + b"\x01")
        pinned = RootSet(roots["threshold"], tuple(map(bytes.fromhex, roots["keys"])))
        self._store = TrustStore(pinned, sealing_key=self._opener)
        self._keys = {bytes.fromhex(id): bytes.fromhex(key) for id, key in scanner.get("document_keys", {}).items()}
        self._registrar = SoftwareSigner(bytes.fromhex(case["registrar_seed"]))
        self._options: Json = {name: scanner[name] for name in OPTIONS if name in scanner}
        if "place" in scanner:
            self._options["place"] = bytes.fromhex(scanner["place"])
        self._start()

    def _start(self) -> None:
        self._verifier = Verifier(self._store, **self._options)

    def answer(self, step: Json) -> Json:
        """What the scanner says to one step."""
        do = step["do"]
        if do in ("show", "verify"):
            return self._show(step, do == "verify")
        if do == "place":
            return self._place(step)
        if do == "forget":
            self._verifier.forget(step["now"])
            return {}
        if do == "restart":
            self._options.pop("since", None)
            if "since" in step:
                self._options["since"] = step["since"]
            self._start()
            return {}
        if do == "bundle":
            return self._bundle(step)
        return self._take(do, bytes.fromhex(step["data"]), step)

    def _take(self, do: str, data: bytes, step: Json) -> Json:
        try:
            if do == "trust-list":
                self._store.update_trust_list(data, now=step["now"])
                self._deliver(step["now"])
            elif do == "area-table":
                self._store.update_area_table(data, now=step["now"])
            else:
                filters = {digest: bytes.fromhex(filter_) for digest, filter_ in step.get("filters", {}).items()}
                self._store.update_revocation(data, now=step["now"], fetch=filters.__getitem__)
        except BadInput as refused:
            return {"taken": False, "layer": f"update:{refused.code}"}
        return {"taken": True}

    def _bundle(self, step: Json) -> Json:
        try:
            report = self._store.update_bundle(
                bytes.fromhex(step["data"]), now=step["now"], most=step.get("most", MAX_SIZE)
            )
        except BadInput as refused:
            return {"taken": False, "layer": f"update:{refused.code}"}
        self._deliver(step["now"])
        errors = [error for name, error in report.parts if not name.startswith("document keys")]
        layers = [None if error is None else f"update:{error.code}" for error in errors]
        return {"taken": True, "parts": [error is None for error in errors], "layer": layers}

    def _deliver(self, now: int) -> None:
        """Document keys come to this library's scanners sealed, from a registrar of the list. Here it is this one."""
        trust_list = self._store.trust_list
        if not self._keys or trust_list is None or self._registrar.public_key not in trust_list.registrar_keys:
            return
        if all(self._store.document_key(id) == key for id, key in self._keys.items()):
            return
        issued = max(now, trust_list.issued)
        sealed = seal(self._opener.public_key, encode_keys(self._keys))
        payload = encode_delivery(DocumentKeyDelivery(1, issued, _NEVER, self._opener.public_key, sealed))
        self._store.update_document_keys(sign_message(self._registrar, cose.DOCUMENT_KEYS, payload), now=issued)

    def _place(self, step: Json) -> Json:
        place = step["poster"] if "poster" in step else bytes.fromhex(step["data"])
        before = self._options
        self._options = {**before, "place": place}
        try:
            self._start()
        except BadInput as refused:
            self._options = before
            return {"taken": False, "layer": f"update:{refused.code}"}
        return {"taken": True}

    def _show(self, step: Json, verify: bool) -> Json:
        text = bytes.fromhex(step["raw"]) if "raw" in step else step["text"]
        nonce = bytes.fromhex(step["nonce"]) if "nonce" in step else None
        documents = [Document(each["type"], each["number"]) for each in step.get("documents", ())]
        if not verify:
            outcome = self._verifier.decide(text, now=step["now"], nonce=nonce, documents=documents)
            said: Json = {"decision": outcome.decision.name}
            if outcome.repeated:
                said["repeated"] = True
            return said | self._said(outcome.verdict, outcome.refusal, text, step["now"])
        try:
            verdict = self._verifier.verify(text or "", now=step["now"], nonce=nonce, documents=documents)
        except Refused as refused:
            return self._said(None, refused, text, step["now"])
        return self._said(verdict, None, text, step["now"])

    def _said(self, verdict: Verdict | None, refusal: Refused | None, text: str | bytes | None, now: int) -> Json:
        said: Json = {}
        if verdict is not None:
            documents = [each.name.lower().replace("_", "-") for each in verdict.documents]
            said |= {"colors": list(map(int, verdict.colors)), "expires": verdict.expires}
            said |= {"stale": verdict.stale, "documents": documents}
        if refusal is not None:
            said |= {"refusal": int(refusal.code), "layer": self._layer(refusal.code, text, now)}
            if refusal.index is not None:
                said["index"] = refusal.index
        return said

    def _layer(self, code: RefusalCode, text: str | bytes | None, now: int) -> str:
        """Where it was refused; for two of the codes there are two places."""
        if code is RefusalCode.MALFORMED and text is not None:
            try:
                decode_text(text)
            except FormatError:
                return "text"
        if code is RefusalCode.REVOCATION_DATA_STALE:
            try:
                fresh(self._store.state(), now)
            except Refused:
                return "trust-data"
        return LAYERS[code]


LAYERS = {
    RefusalCode.NOT_A_PASS: "text",
    RefusalCode.UNSUPPORTED_VERSION: "text",
    RefusalCode.MALFORMED: "template",
    RefusalCode.TRUST_LIST_EXPIRED: "trust-data",
    RefusalCode.REVOCATION_DATA_STALE: "revocation",
    RefusalCode.UNKNOWN_ISSUER_KEY: "window",
    RefusalCode.ISSUER_KEY_NOT_VALID: "window",
    RefusalCode.ISSUER_NOT_ALLOWED: "window",
    RefusalCode.BAD_CLAIM_SIGNATURE: "issuer-signature",
    RefusalCode.EXPIRED: "expiry",
    RefusalCode.HOLDER_PROOF_REQUIRED: "holder",
    RefusalCode.BAD_HOLDER_SIGNATURE: "holder",
    RefusalCode.PRESENTATION_STALE: "holder",
    RefusalCode.PRESENTATION_FROM_FUTURE: "holder",
    RefusalCode.WRONG_AUDIENCE: "holder",
    RefusalCode.WRONG_NONCE: "holder",
    RefusalCode.REPLAYED: "replay",
    RefusalCode.DOCUMENT_REQUIRED: "document",
    RefusalCode.DOCUMENT_MISMATCH: "document",
    RefusalCode.REVOKED: "revocation",
    RefusalCode.CHECK_NOT_PERMITTED: "place",
    RefusalCode.DOCUMENT_KEY_MISSING: "document",
    RefusalCode.REPLAY_UNKNOWN: "replay",
    RefusalCode.PLACE_NOT_CERTIFIED: "place",
}


def answers(case: Json) -> Iterator[Json]:
    """What a scanner answers to each step of a case."""
    scanner = Scanner(case)
    for step in case["steps"]:
        yield scanner.answer(step)


def main() -> None:
    """A line in, a line out."""
    for line in sys.stdin:
        case = json.loads(line)
        print(json.dumps({"id": case["id"], "answers": list(answers(case))}), flush=True)


if __name__ == "__main__":
    main()
