"""From the text of a QR code to the verdict, beside the bare signature verifications in C; and where the rest goes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from tempfile import TemporaryDirectory
from typing import TypeVar

from benchmarks import _world
from benchmarks._bare import bare
from benchmarks._measure import Round, Timing, contest, timed
from benchmarks._model import NotMeasured, Part, Table, at_most
from benchmarks._world import GROUP, LIVE, NOW, PAPER, Kind
from healthpass.crypto import ed25519
from healthpass.formats import claim as claim_format
from healthpass.formats.presentation import parse_presentation
from healthpass.formats.text import decode_text
from healthpass.verifier import TrustStore, Verifier
from healthpass.verifier.replay import ReplayMemory

_T = TypeVar("_T")

TITLE = "Verification: from the text to the verdict"
KINDS = (LIVE, PAPER, GROUP)
LIMITS = {LIVE.name: 1.25, PAPER.name: 1.3}
LIBRARIES = {"pynacl": "PyNaCl's own libsodium", "system": "the system's libsodium, through ctypes"}
COUNT = 150
"""Texts per round."""


def run(rounds: int, compiler: bool) -> Part:
    """Both backends, each beside bare calls of the same build of libsodium; then the steps."""
    part = Part(TITLE, data={"texts_per_round": COUNT, "rounds": rounds})
    rows = []
    for library in LIBRARIES:
        try:
            rows += _compare(part, library, rounds, compiler)
        except (NotMeasured, ImportError) as missing:
            part.notes.append(f"With {LIBRARIES[library]}: not measured ({missing}).")
    headers = ("backend", "what", "µs, best", "µs, median", "bare, µs, median", "ratio, best", "ratio, median")
    part.tables.append(Table(headers, rows))
    ed25519.use_backend(None)
    part.tables.append(_steps(part, rounds, compiler))
    return part


def verifying(kind: Kind, texts: list[str], library: str | None = None) -> Round:
    """A round that verifies each text once, with a verifier that has not seen it, and looks at its folder each time."""
    folder = TemporaryDirectory()
    store = TrustStore.open(folder.name, roots=_world.ROOTS)
    store.update_trust_list(_world.trust_list(), now=NOW)
    verifier = Verifier(store)

    def before(_: TemporaryDirectory[str] = folder) -> None:  # which is there as long as the round is
        nonlocal verifier
        ed25519.use_backend(library)
        verifier = Verifier(store, audience=kind.audience, replay_capacity=len(texts))

    def work() -> None:
        verify, nonce = verifier.verify, kind.nonce
        for text in texts:
            verify(text, now=NOW, nonce=nonce)

    return timed(work, before)


def _compare(part: Part, library: str, rounds: int, compiler: bool) -> list[tuple[str, ...]]:
    contestants: dict[str, tuple[Round, int]] = {}
    for kind in KINDS:
        texts = _world.texts(kind, COUNT)
        alone = bare(library, [check for text in texts for check in _world.checks_of(text)], compiler)
        contestants[kind.name] = (verifying(kind, texts, ed25519.use_backend(library)), COUNT)
        contestants[f"bare {kind.name}"] = (alone.one_round, COUNT)
    part.notes.append(f"Bare calls of {LIBRARIES[library]}: {alone.how}.")
    timings = contest(contestants, rounds)
    rows: list[tuple[str, ...]] = []
    for kind in KINDS:
        ours, its_bare = timings[kind.name], timings[f"bare {kind.name}"]
        ratio = ours.over(its_bare)
        what = f"{kind.name}: {kind.signatures} signature{'s' * (kind.signatures > 1)}"
        rows.append(
            (library, what, *_figures(ours), f"{its_bare.median:.1f}", f"{ratio.best:.3f}", f"{ratio.median:.3f}")
        )
        part.data[f"{library} {kind.name}"] = {
            "best_us": ours.best,
            "median_us": ours.median,
            "bare_best_us": its_bare.best,
            "bare_median_us": its_bare.median,
            "ratio_best": ratio.best,
            "ratio_median": ratio.median,
        }
        if kind.name in LIMITS:
            target = f"{kind.name}, {library} backend, beside {kind.signatures} bare"
            part.targets.append(at_most(target, ratio.median, LIMITS[kind.name], "x"))
    return rows


def _figures(timing: Timing) -> tuple[str, str]:
    return f"{timing.best:.1f}", f"{timing.median:.1f}"


def _steps(part: Part, rounds: int, compiler: bool) -> Table:
    """Microseconds of each step of a live presentation, each timed alone."""
    texts = _world.texts(LIVE, COUNT)
    raw = [decode_text(text) for text in texts]
    shown = [parse_presentation(data) for data in raw]
    claims = [each.claim_bytes[0] for each in shown]
    checks = [check for text in texts for check in _world.checks_of(text)]
    keys = [bytes(each.claims[0].key or b"") for each in shown]
    memory = ReplayMemory(COUNT)

    def forget() -> None:
        nonlocal memory
        memory = ReplayMemory(COUNT)

    def remember() -> None:
        for each in keys:
            memory.forget(NOW)
            memory.remember(each, until=NOW + 75, now=NOW, earliest=NOW - 60)

    def check() -> None:
        for key, message, signature in checks:
            ed25519.verify(key, message, signature)

    timings = contest(
        {
            "all": (verifying(LIVE, texts), COUNT),
            "bare": (bare("pynacl", checks, compiler).one_round, COUNT),
            "text to bytes (base45)": (timed(_each(decode_text, texts)), COUNT),
            "templates and fields": (timed(_each(parse_presentation, raw)), COUNT),
            "bytes that the issuer signed": (timed(_each(claim_format.signed_part, claims)), COUNT),
            "two signatures": (timed(check), COUNT),
            "replay memory": (timed(remember, forget), COUNT),
        },
        rounds,
    )
    median = {name: timing.median for name, timing in timings.items()}
    whole, alone = median.pop("all"), median.pop("bare")
    median = {"two bare signature verifications in C": alone, **median}
    median["two signatures: calls from Python"] = median.pop("two signatures") - alone
    median["everything else (look-ups, times, verdict)"] = whole - sum(median.values())
    part.data["steps_us"] = {**median, "whole": whole}
    rows = [(name, f"{value:.2f}", f"{100 * value / whole:.1f} %") for name, value in median.items()]
    return Table(("step (device, pynacl backend)", "µs", "of the whole"), [*rows, ("whole", f"{whole:.2f}", "100 %")])


def _each(function: Callable[[_T], object], items: Sequence[_T]) -> Callable[[], None]:
    def work() -> None:
        for item in items:
            function(item)

    return work
