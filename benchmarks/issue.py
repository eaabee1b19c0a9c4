"""Claims a second on one core, beside bare signatures and beside the drawing of QR pictures."""

from __future__ import annotations

import importlib.util
import io
from collections.abc import Callable

from nacl.bindings import crypto_sign, crypto_sign_seed_keypair

from benchmarks import _world
from benchmarks._measure import Round, Timing, contest, timed
from benchmarks._model import Part, Table
from benchmarks._world import ISSUER, LIVE, WINDOW
from healthpass import Color
from healthpass.formats import claim as claim_format
from healthpass.formats.claim import Claim

TITLE = "Issuing: claims a second and core"
COUNT = 400
"""Claims per round."""
PICTURES = 4
"""QR pictures per round."""
BARE = "bare `crypto_sign` through PyNaCl"
DIRECT = "a claim built and signed with `healthpass.formats`, no ledger"


def run(rounds: int) -> Part:
    """Rates in CPU time of this thread."""
    part = Part(TITLE)
    claims = [_claim(number) for number in range(COUNT)]
    contestants: dict[str, tuple[Round, int]] = {
        BARE: (timed(_signing(claims)), COUNT),
        DIRECT: (timed(_building(claims)), COUNT),
    }
    drawing = _drawing()
    if drawing is None:
        part.notes.append("QR pictures: not measured (no module segno).")
    else:
        contestants["a QR picture of a device pass, SVG by segno"] = (timed(drawing), PICTURES)
    timings = contest(contestants, rounds)
    part.tables.append(_table(part, timings))
    part.notes.append(f"`healthpass.issuer.Issuer` with its ledger: not measured ({_why_no_issuer()}).")
    return part


def _why_no_issuer() -> str:
    if importlib.util.find_spec("healthpass.issuer.issuer") is None:
        return "this version of healthpass has none"
    return "this benchmark does not use it yet"


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
