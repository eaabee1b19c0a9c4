"""From the text of a QR code to the decision, beside the bare signature verifications in C; and where the rest goes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from tempfile import TemporaryDirectory
from typing import TypeVar

from benchmarks import _world, targets
from benchmarks._bare import bare
from benchmarks._measure import Round, Timing, contest, timed
from benchmarks._model import NotMeasured, Part, Table, held
from benchmarks._world import GROUP, LIVE, NOW, PAPER, PAPER_COMPARED, Kind
from healthpass import Decision
from healthpass.crypto import ed25519
from healthpass.formats import claim as claim_format
from healthpass.formats.document import Document
from healthpass.formats.presentation import parse_presentation
from healthpass.formats.text import decode_text
from healthpass.verifier import TrustStore, Verifier
from healthpass.verifier.gate import Gate
from healthpass.verifier.recent import RecentAnswers
from healthpass.verifier.replay import ReplayMemory

_T = TypeVar("_T")

TITLE = "Verification: from the text to the decision"
KINDS = (LIVE, PAPER, PAPER_COMPARED, GROUP)
LIBRARIES = {"pynacl": "PyNaCl's own libsodium", "system": "the system's libsodium, through ctypes"}
LIMITS = {
    "pynacl": {LIVE: targets.LIVE_PYNACL, PAPER: targets.PAPER, PAPER_COMPARED: targets.PAPER_COMPARED},
    "system": {LIVE: targets.LIVE_SYSTEM, PAPER: targets.PAPER, PAPER_COMPARED: targets.PAPER_COMPARED},
}
COUNT = 150
"""Texts per round."""
A_SECOND = 3
"""Texts in each second of the scanner's clock: a busy gate, whose answers of the last three seconds come and go."""


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
    """A round that decides about each text once, by a scanner at its place that looks at its folder each time.

    A new scanner each round: one that has seen a text repeats its answer for three seconds, and then refuses it.

    Raises:
        AssertionError: somebody is not admitted.
    """
    folder = TemporaryDirectory()
    store = open_store(folder.name)
    shown = showings(kind, texts)
    check_admitted(new_scanner(store, len(texts)), kind, shown)
    verifier = new_scanner(store, len(texts))

    def before(_: TemporaryDirectory[str] = folder) -> None:  # which is there as long as the round is
        nonlocal verifier
        ed25519.use_backend(library)
        verifier = new_scanner(store, len(texts))

    def work() -> None:
        decide, nonce = verifier.decide, kind.nonce
        for text, now, each in shown:
            decide(text, now=now, nonce=nonce, documents=each)

    return timed(work, before)


Showing = tuple[str, int, Sequence[Document]]
"""A text, when it is shown, and the documents with it."""


def showings(kind: Kind, texts: list[str]) -> list[Showing]:
    """All of them, each at its time."""
    documents = [[_world.document(number)] if kind.compared else [] for number in range(len(texts))]
    return [(text, NOW + turn // A_SECOND, documents[turn]) for turn, text in enumerate(texts)]


def check_admitted(verifier: Verifier, kind: Kind, shown: list[Showing]) -> None:
    """Raises `AssertionError` if somebody is not admitted, or gets an answer again."""
    for text, now, documents in shown:
        outcome = verifier.decide(text, now=now, nonce=kind.nonce, documents=documents)
        assert outcome.decision is Decision.ADMIT
        assert not outcome.repeated


def open_store(folder: str) -> TrustStore:
    """The state of a scanner that has a trust list and document keys, in this folder."""
    store = TrustStore.open(folder, roots=_world.ROOTS, sealing_key=_world.SCANNER)
    store.update_trust_list(_world.trust_list(), now=NOW)
    store.update_document_keys(_world.document_keys(), now=NOW)
    return store


def new_scanner(store: TrustStore, texts: int) -> Verifier:
    """A scanner at its place, with room to remember so many showings."""
    return Verifier(store, place=_world.PLACE, replay_capacity=texts)


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
        limit = LIMITS[library].get(kind)
        if limit is not None:
            target = f"{kind.name}, {library} backend, beside {kind.signatures} bare"
            part.targets.append(held(target, ratio.median, limit))
    return rows


def _figures(timing: Timing) -> tuple[str, str]:
    return f"{timing.best:.1f}", f"{timing.median:.1f}"


def _steps(part: Part, rounds: int, compiler: bool) -> Table:
    """Microseconds of each step of a live presentation, each timed alone."""
    texts = _world.texts(LIVE, COUNT)
    raw = [decode_text(text) for text in texts]
    claims = [parse_presentation(data).claim_bytes[0] for data in raw]
    checks = [check for text in texts for check in _world.checks_of(text)]

    def check() -> None:
        for key, message, signature in checks:
            ed25519.verify(key, message, signature)

    with TemporaryDirectory() as folder:
        store = open_store(folder)
        timings = contest(
            {
                "all": (verifying(LIVE, texts), COUNT),
                "bare": (bare("pynacl", checks, compiler).one_round, COUNT),
                "a look at the folder": (timed(_each(lambda _: store.state(), texts)), COUNT),
                "the place": (timed(_at_the_place(store)), COUNT),
                "the answers of the last three seconds": (_remembering_answers(store, texts), COUNT),
                "text to bytes (base45)": (timed(_each(decode_text, texts)), COUNT),
                "templates and fields": (timed(_each(parse_presentation, raw)), COUNT),
                "bytes that the issuer signed": (timed(_each(claim_format.signed_part, claims)), COUNT),
                "two signatures": (timed(check), COUNT),
                "replay memory": (_remembering_showings(raw), COUNT),
            },
            rounds,
        )
    median = {name: timing.median for name, timing in timings.items()}
    whole, alone = median.pop("all"), median.pop("bare")
    median = {"two bare signature verifications in C": alone, **median}
    median["two signatures: calls from Python"] = median.pop("two signatures") - alone
    median["everything else (look-ups, times, verdict, decision)"] = whole - sum(median.values())
    part.data["steps_us"] = {**median, "whole": whole}
    rows = [(name, f"{value:.2f}", f"{100 * value / whole:.1f} %") for name, value in median.items()]
    return Table(("step (device, pynacl backend)", "µs", "of the whole"), [*rows, ("whole", f"{whole:.2f}", "100 %")])


def _at_the_place(store: TrustStore) -> Callable[[], None]:
    gate, state, trust_list = Gate(_world.PLACE), store.state(), store.trust_list
    assert trust_list is not None

    def work() -> None:
        for _ in range(COUNT):
            gate.at(state, trust_list, NOW)

    return work


def _remembering_answers(store: TrustStore, texts: list[str]) -> Round:
    outcome = new_scanner(store, 1).decide(texts[0], now=NOW)
    recent = RecentAnswers()

    def forget() -> None:
        nonlocal recent
        recent = RecentAnswers()

    def remember() -> None:
        for turn, text in enumerate(texts):
            now = NOW + turn // A_SECOND
            recent.forget(now)
            asked, shown = recent.digests(text, None, ())
            recent.find(asked, shown, now)
            recent.keep(asked, shown, now, outcome)

    return timed(remember, forget)


def _remembering_showings(raw: list[bytes]) -> Round:
    keys = [bytes(parse_presentation(data).claims[0].key or b"") for data in raw]
    memory = ReplayMemory(COUNT)

    def forget() -> None:
        nonlocal memory
        memory = ReplayMemory(COUNT)

    def remember() -> None:
        for each in keys:
            memory.forget(NOW)
            memory.remember(each, until=NOW + 75, now=NOW, earliest=NOW - 60)

    return timed(remember, forget)


def _each(function: Callable[[_T], object], items: Sequence[_T]) -> Callable[[], None]:
    def work() -> None:
        for item in items:
            function(item)

    return work
