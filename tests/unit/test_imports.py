"""What a scanner loads: verification, and nothing else. Each test looks into a fresh interpreter."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import nacl
import pytest

import healthpass
from healthpass.authority import Registrar, RiskOffice
from healthpass.formats.check_policy import default_policy
from healthpass.formats.claim import Binding
from healthpass.formats.place import PlaceClass
from healthpass.formats.window import Window
from tests.documents import NUMBERS, SCANNER, bound_claim, deliver, documents_list, grandmother
from tests.making import NOW, PLACE, ROOT, WINDOW, make_claim, make_trust_list, show, sign_trust_list, signer
from tests.revoking import make_snapshot, revoking_list

ROOTS_OF_IMPORT = [str(Path(str(package.__file__)).parents[1]) for package in (healthpass, nacl)]
ALLOWED = {
    "healthpass",
    "healthpass._files",
    "healthpass._typed",
    "healthpass._values",
    "healthpass.errors",
    "healthpass.crypto",
    "healthpass.crypto.ed25519",
    "healthpass.crypto.x25519",
    "healthpass.formats",
    "healthpass.formats.base45",
    "healthpass.formats.cbor",
    "healthpass.formats.claim",
    "healthpass.formats.cose",
    "healthpass.formats.fields",
    "healthpass.formats.platform",
    "healthpass.formats.presentation",
    "healthpass.formats.template",
    "healthpass.formats.text",
    "healthpass.formats.trust_list",
    "healthpass.formats.window",
    "healthpass.trust",
    "healthpass.trust.signed",
    "healthpass.trust.updates",
    "healthpass.verifier",
    "healthpass.verifier.outcome",
    "healthpass.verifier.excuses",
    "healthpass.verifier.keeping",
    "healthpass.verifier.recent",
    "healthpass.verifier.replay",
    "healthpass.verifier.state",
    "healthpass.verifier.state_folder",
    "healthpass.verifier.steps",
    "healthpass.verifier.trust_store",
    "healthpass.verifier.verifier",
}
"""What a scanner without a place may load of ours."""
OF_A_PLACE = {
    "healthpass.formats.area_table",
    "healthpass.formats.check_policy",
    "healthpass.formats.place",
    "healthpass.trust.areas",
    "healthpass.trust.places",
    "healthpass.verifier.area_state",
    "healthpass.verifier.gate",
}
"""What a scanner loads besides where it has a place, a check policy and an area table."""
OF_REVOCATION = {
    "healthpass._typed_rules",
    "healthpass.formats.revocation",
    "healthpass.formats.revocation.messages",
    "healthpass.formats.revocation.filter",
    "healthpass.trust.revocations",
    "healthpass.verifier.filter_files",
    "healthpass.verifier.revocation_state",
    "healthpass.verifier.revocation_stream",
}
"""What a scanner loads besides where its trust list names revocation keys."""
OF_DOCUMENTS = {
    "healthpass._frames",
    "healthpass._secret",
    "healthpass._typed_rules",
    "healthpass.crypto.document_tag",
    "healthpass.crypto.box",
    "healthpass.crypto.sealing",
    "healthpass.formats.document",
    "healthpass.formats.machine_zone",
    "healthpass.formats.typed",
    "healthpass.formats.document_keys",
    "healthpass.trust.document_keys",
    "healthpass.verifier.document_state",
    "healthpass.verifier.documents",
}
"""What a scanner loads besides where it compares documents; of Python's own, `hmac` and the `hashlib` that it needs."""
ROLES = {f"healthpass.{role}" for role in ("verifier", "holder", "attester", "issuer", "authority", "cli", "station")}
NAMES = (
    "cbor2 _cbor2 enum typing dataclasses re sqlite3 psycopg click segno zxingcpp PIL json datetime ctypes "
    "inspect logging random secrets hashlib subprocess socket ssl urllib asyncio threading pathlib tempfile "
    "collections functools"
)
FORBIDDEN = set(NAMES.split())
NOBODYS = Window(b"none", WINDOW.key, WINDOW.valid_from, WINDOW.expires, WINDOW.capacity, Binding.DEVICE)
REGISTRAR, RISK_OFFICE = Registrar(signer(61)), RiskOffice(signer(62))
CERTIFICATE = REGISTRAR.certify(PlaceClass.HOSPITAL, 7, now=NOW, place_id=PLACE)
SNAPSHOT, PIECES = make_snapshot()
WITH_POLICY = make_trust_list(
    registrar_keys=(REGISTRAR.public_key,), risk_keys=(RISK_OFFICE.public_key,), policy=default_policy()
)
WITHOUT_PLACE, OF_NO_KEY = show(make_claim(9)), show(make_claim(9, window=NOBODYS), audience=PLACE)
USE = f"""
from healthpass import Color, Refused
from healthpass.verifier import RootSet, TrustStore, Verifier
store = TrustStore(RootSet(1, (bytes.fromhex({ROOT.public_key.hex()!r}),)))
store.update_trust_list(bytes.fromhex({sign_trust_list(make_trust_list()).hex()!r}), now={NOW})
verifier = Verifier(store, audience={PLACE!r})
text = {show(make_claim(), audience=PLACE)!r}
assert verifier.decide(text, now={NOW}).verdict.colors == (Color.GREEN,)
assert verifier.decide(text, now={NOW}).repeated
for text in ("HP1:", "nothing", {WITHOUT_PLACE!r}, {OF_NO_KEY!r}, None):
    assert verifier.decide(text, now={NOW}).verdict is None
try:
    verifier.verify(text or "", now={NOW})
except Refused:
    pass
else:
    raise AssertionError
"""
AT_A_PLACE = f"""
from healthpass import Decision
from healthpass.verifier import RootSet, TrustStore, Verifier
store = TrustStore(RootSet(1, (bytes.fromhex({ROOT.public_key.hex()!r}),)))
store.update_trust_list(bytes.fromhex({sign_trust_list(WITH_POLICY).hex()!r}), now={NOW})
store.update_area_table(bytes.fromhex({RISK_OFFICE.publish(1, now=NOW).hex()!r}), now={NOW})
verifier = Verifier(store, place=bytes.fromhex({CERTIFICATE.hex()!r}))
assert verifier.decide({show(make_claim(), audience=PLACE)!r}, now={NOW}).decision is Decision.ADMIT
"""


WITH_REVOCATION = USE.replace(sign_trust_list(make_trust_list()).hex(), sign_trust_list(revoking_list()).hex()).replace(
    "verifier = ",
    f"store.update_revocation(bytes.fromhex({SNAPSHOT.hex()!r}), now={NOW}, fetch={dict(PIECES)!r}.__getitem__)\n"
    "verifier = ",
)

WITH_DOCUMENTS = f"""
from healthpass import Color, Refused
from healthpass.crypto.sealing import SealingKey
from healthpass.formats.document import Document
from healthpass.verifier import RootSet, TrustStore, Verifier
store = TrustStore(RootSet(1, (bytes.fromhex({ROOT.public_key.hex()!r}),)), sealing_key=SealingKey({SCANNER.secret!r}))
store.update_trust_list(bytes.fromhex({sign_trust_list(documents_list()).hex()!r}), now={NOW})
store.update_document_keys(bytes.fromhex({deliver().hex()!r}), now={NOW})
verifier = Verifier(store)
text = {show(bound_claim(grandmother()))!r}
try:
    verifier.verify(text, now={NOW}, documents=[Document("resident-id", {NUMBERS[1]!r})])
except Refused as refusal:
    assert refusal.code.name == "DOCUMENT_MISMATCH"
else:
    raise AssertionError
verdict = verifier.verify(text, now={NOW}, documents=[Document("resident-id", {NUMBERS[0]!r})])
assert verdict.colors == (Color.GREEN,)
"""


def loaded(code: str) -> set[str]:
    """The modules that `code` loads beyond those that a bare interpreter starts with."""
    script = (
        f"import sys; sys.path[:0] = {ROOTS_OF_IMPORT!r}; before = set(sys.modules)\n{code}\n"
        "print(*sorted(set(sys.modules) - before))"
    )
    done = subprocess.run([sys.executable, "-I", "-S", "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


@pytest.mark.parametrize("code", ["import healthpass.verifier", USE], ids=["import", "verification"])
def test_a_scanner_loads_what_verification_needs_and_nothing_else(code: str) -> None:
    modules = loaded(code)
    assert "healthpass.verifier.verifier" in modules
    assert {name for name in modules if name.split(".")[0] == "healthpass"} <= ALLOWED
    assert not {name for name in modules if name in FORBIDDEN or name.split(".")[0] in FORBIDDEN}


def test_a_scanner_that_starts_again_loads_no_more(tmp_path: Path) -> None:
    """Nor a lock: it finds its folder as it was left, and looks at it before each call."""
    again = USE.replace("TrustStore(", f"TrustStore.open({str(tmp_path)!r}, roots=")
    loaded(again)
    modules = loaded("\n".join(line for line in again.split("\n") if ".update_" not in line))
    assert {name for name in modules if name.split(".")[0] == "healthpass"} <= ALLOWED
    assert not modules & (FORBIDDEN | {"fcntl"})


def test_a_scanner_in_a_place_loads_what_places_need_and_nothing_else() -> None:
    modules = loaded(AT_A_PLACE)
    assert {name for name in modules if name.split(".")[0] == "healthpass"} == ALLOWED | OF_A_PLACE
    assert not modules & FORBIDDEN


def test_a_scanner_with_revocation_loads_what_that_needs_and_nothing_else() -> None:
    modules = loaded(WITH_REVOCATION)
    assert {name for name in modules if name.split(".")[0] == "healthpass"} == ALLOWED | OF_REVOCATION
    assert not modules & FORBIDDEN


def test_a_scanner_with_documents_loads_what_they_need_and_nothing_else() -> None:
    modules = loaded(WITH_DOCUMENTS)
    assert {name for name in modules if name.split(".")[0] == "healthpass"} == ALLOWED | OF_DOCUMENTS
    assert modules & FORBIDDEN == {"hashlib"}
    assert "nacl.bindings" not in modules


def test_a_scanner_with_documents_loads_nothing_when_the_first_one_is_shown() -> None:
    before_the_first = WITH_DOCUMENTS.split("try:")[0]
    assert loaded(WITH_DOCUMENTS) == loaded(before_the_first)


def test_a_scanner_with_a_shared_memory_loads_what_that_needs_and_nothing_else(tmp_path: Path) -> None:
    import_it = """
from healthpass.verifier.replay_boot import Boot, ram_folders, this_boot
from healthpass.verifier.replay_shared import SharedReplayMemory
this_boot(), ram_folders()
"""
    memory = f"SharedReplayMemory({str(tmp_path)!r}, boot=Boot(bytes(16), lambda: 9), places=[{str(tmp_path)!r}])"
    modules = loaded(import_it + USE.replace(f"audience={PLACE!r}", f"audience={PLACE!r}, replay={memory}"))
    shared = {f"healthpass.verifier.replay_{name}" for name in ("boot", "file", "note", "shared")}
    assert {name for name in modules if name.split(".")[0] == "healthpass"} == ALLOWED | shared | {
        "healthpass._typed_rules"
    }
    assert not modules & FORBIDDEN


def test_the_package_itself_loads_no_role() -> None:
    modules = loaded("import healthpass")
    assert "healthpass" in modules
    assert not {name for name in modules if name in ROLES or name.startswith("healthpass.formats")}
    assert not modules & FORBIDDEN


def test_an_issuer_loads_psycopg_only_for_its_ledger() -> None:
    modules = loaded("import healthpass.issuer")
    assert "healthpass.issuer.ledger.sqlite" in modules
    assert not {name for name in modules if name.startswith("psycopg") or "postgres" in name}


def test_nothing_is_loaded_later() -> None:
    """The first verification needs no import that the start did not make: no surprise at the gate."""
    assert loaded(USE) == loaded("import healthpass.verifier")
