"""Claims a second on one core, beside bare signatures and beside the drawing of QR pictures."""

from __future__ import annotations

import hashlib
import io
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from nacl.bindings import crypto_sign, crypto_sign_seed_keypair

from benchmarks import _world
from benchmarks._measure import Round, Timing, contest, timed
from benchmarks._model import Part, Table, at_least
from benchmarks._world import ISSUER, LIVE, NOW, WINDOW
from healthpass import Color
from healthpass.crypto.signer import sign_message
from healthpass.formats import claim as claim_format
from healthpass.formats import cose
from healthpass.formats.attestation import Attestation, Grant, encode_attestation
from healthpass.formats.claim import DEVICE, Claim
from healthpass.issuer import AttesterRule, Issuer, RecognitionRules, SQLiteLedger, WindowKey, WindowKeys

TITLE = "Issuing: claims a second and core"
COUNT = 400
"""Claims per round."""
PICTURES = 4
"""QR pictures per round."""
BARE = "bare `crypto_sign` through PyNaCl"
DIRECT = "a claim built and signed with `healthpass.formats`, no ledger"
TARGET = 20_000
SIZES = (400, 24)
"""Claims in one attestation: two weeks of 28 a day, and one day."""


def run(rounds: int) -> Part:
    """Rates in CPU time of this thread."""
    part = Part(TITLE)
    claims = [_claim(number) for number in range(COUNT)]
    contestants: dict[str, tuple[Round, int]] = {
        BARE: (timed(_signing(claims)), COUNT),
        DIRECT: (timed(_building(claims)), COUNT),
    }
    with tempfile.TemporaryDirectory() as folder:
        for size in SIZES:
            work, claims_each = _issuing(Path(folder) / f"{size}.sqlite", size, rounds)
            contestants[_name(size)] = (timed(work), claims_each)
        drawing = _drawing()
        if drawing is None:
            part.notes.append("QR pictures: not measured (no module segno).")
        else:
            contestants["a QR picture of a device pass, SVG by segno"] = (timed(drawing), PICTURES)
        timings = contest(contestants, rounds)
    part.tables.append(_table(part, timings))
    for size in SIZES:
        rate = 1e6 / timings[_name(size)].median
        part.targets.append(at_least(f"claims a second, {size} in an attestation", rate, TARGET, ""))
    part.notes.append(
        "The issuer's rows: attestation in, claims out, each attestation verified, recognised, and written to a ledger "
        "on disk that is synced before anything is signed. The time that the disk takes to sync is not CPU time."
    )
    return part


def _name(size: int) -> str:
    return f"`Issuer.issue`, {size} claims in an attestation, SQLite ledger"


def _issuing(path: Path, size: int, rounds: int) -> tuple[Callable[[], None], int]:
    """A round of issuing, each time from attestations that have not come before; and how many claims that is."""
    region = _world.signer("region")
    rule = AttesterRule("North", region.public_key, {"green": Color.GREEN}, DEVICE)
    key = WindowKey(WINDOW, ISSUER, bytes(32))
    issuer = Issuer(WindowKeys([key]), RecognitionRules([rule]), SQLiteLedger(path))
    each = COUNT // size
    keys = [_world.signer(f"holder {number}").public_key for number in range(size)]
    grants = tuple(Grant(WINDOW.kid, key, None) for key in keys)

    def attestations() -> Iterator[list[bytes]]:
        for turn in range(rounds + 1):
            references = [hashlib.sha256(b"%d %d" % (turn, n)).digest()[:16] for n in range(each)]
            listed = [Attestation(reference, NOW, ("green",), grants) for reference in references]
            yield [sign_message(region, cose.ATTESTATION, encode_attestation(each)) for each in listed]

    ready = list(attestations())
    for number in range(2**13):  # as on any platform that has been up for a minute, the kid's tables are there
        key.slots.slot(number)

    def work() -> None:
        for attestation in ready.pop():
            issuer.issue(attestation, now=NOW)

    return work, each * size


def _table(part: Part, timings: dict[str, Timing]) -> Table:
    rows = []
    for name, timing in timings.items():
        ratio = timing.over(timings[BARE]).median
        rows.append((name, f"{timing.best:.1f}", f"{timing.median:.1f}", f"{1e6 / timing.median:,.0f}", f"{ratio:.2f}"))
        part.data[name] = {
            "best_us": timing.best,
            "median_us": timing.median,
            "per_second": 1e6 / timing.median,
            "ratio_median": ratio,
        }
    return Table(("what", "µs, best", "µs, median", "a second", "to bare"), rows)


def _claim(number: int) -> Claim:
    key = _world.signer(f"holder {number}").public_key
    return Claim(WINDOW.kid, WINDOW.expires, number, Color.GREEN, key)


def _signing(claims: list[Claim]) -> Callable[[], None]:
    _, secret_key = crypto_sign_seed_keypair(ISSUER.seed)
    messages = [claim_format.signed_part(claim_format.unsigned_claim(claim)) for claim in claims]

    def work() -> None:
        for message in messages:
            crypto_sign(message, secret_key)

    return work


def _building(claims: list[Claim]) -> Callable[[], None]:
    def work() -> None:
        for claim in claims:
            _world.signed_claim(claim)

    return work


def _drawing() -> Callable[[], None] | None:
    try:
        import segno
    except ModuleNotFoundError:
        return None
    texts = _world.texts(LIVE, PICTURES)

    def work() -> None:
        for text in texts:
            segno.make_qr(text, error="L", boost_error=False).save(io.BytesIO(), kind="svg")

    return work
