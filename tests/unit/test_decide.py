"""`Verifier.decide`: each row of the table with a real scanner; the camera that reads twice; what stays in memory."""

from __future__ import annotations

import gc
import sys
import threading
from collections.abc import Callable
from typing import Any

import pytest

from healthpass import Color, Decision, RefusalCode, Verdict
from healthpass.formats.check_policy import GREEN, RED, YELLOW, CheckPolicy
from healthpass.formats.claim import BOTH, DOCUMENT
from healthpass.formats.document import Document
from healthpass.formats.place import PlaceClass
from healthpass.formats.text import encode_text
from healthpass.formats.trust_list import TrustList
from healthpass.verifier import Outcome, TrustStore, Verifier
from healthpass.verifier.recent import CAPACITY, RecentAnswers
from tests.documents import bound_claim, documents_verifier, grandmother, hospital_verifier, neighbour
from tests.making import (
    DAY,
    NONCE,
    NOW,
    OTHER_PLACE,
    PLACE,
    ROOTS,
    STRANGER,
    TOMORROW,
    WINDOW,
    family,
    make_claim,
    make_store,
    make_trust_list,
    make_verifier,
    remembered,
    show,
    show_own,
    sign_trust_list,
    signer,
)
from tests.placing import everywhere, make_area_table, make_place, placed_list, placed_verifier
from tests.revoking import give, make_delta, make_snapshot, revoking_store

ADMIT, REFUSE, ASSIST, NO_CHECK, ASK = Decision


def told(outcome: Outcome) -> tuple[Decision, str, bool]:
    """Decision, name of the refusal or "", and whether it is repeated."""
    assert outcome.verdict is None or outcome.refusal is None
    return outcome.decision, "" if outcome.refusal is None else outcome.refusal.code.name, outcome.repeated


def at_a_place(rule: dict[str, Any], kind: int = PlaceClass.ORDINARY) -> Verifier:
    """A scanner where this rule is everywhere."""
    return placed_verifier(placed_list(policy=everywhere(**rule)), make_place(kind))


# ---- Colours ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "colors", "decision"),
    [
        ({}, [Color.GREEN], ADMIT),
        ({}, [Color.YELLOW], REFUSE),
        ({"assisted": YELLOW}, [Color.YELLOW], ASSIST),
        ({"assisted": YELLOW}, [Color.RED], REFUSE),
        ({"admitted": GREEN | YELLOW}, [Color.GREEN, Color.YELLOW], ADMIT),
        ({"assisted": YELLOW | RED}, [Color.GREEN, Color.RED, Color.YELLOW], ASSIST),
        ({"assisted": YELLOW}, [Color.GREEN, Color.RED, Color.YELLOW], REFUSE),
    ],
)
def test_colours(rule: dict[str, Any], colors: list[Color], decision: Decision) -> None:
    gate = at_a_place({"documents": 0, **rule})
    claims = family(range(len(colors)), colors) if len(colors) > 1 else make_claim(color=colors[0])
    outcome = gate.decide(show(claims, audience=PLACE), now=NOW)
    assert told(outcome) == (decision, "", False)
    assert outcome.verdict is not None
    assert (outcome.verdict.colors, outcome.verdict.expires) == (tuple(colors), WINDOW.expires)


def test_without_a_policy_green_is_admitted_and_nobody_helped() -> None:
    gate = Verifier(make_store())
    assert told(gate.decide(show(make_claim(1)), now=NOW)) == (ADMIT, "", False)
    yellow = show(make_claim(2, color=Color.YELLOW, holder=signer(6)), holder=signer(6))
    assert told(gate.decide(yellow, now=NOW)) == (REFUSE, "", False)
    assert told(gate.decide(show(make_claim(3), holder=STRANGER), now=NOW)) == (REFUSE, "BAD_HOLDER_SIGNATURE", False)


# ---- Refusals -----------------------------------------------------------------------------------------------------

UNKNOWN = make_trust_list(windows=[TOMORROW])
PASS = show(make_claim())
FORGED = show(make_claim(issuer=STRANGER))
NEXT_DAY = show(make_claim(), iat=NOW + DAY)


@pytest.mark.parametrize(
    ("gate", "text", "now", "expected"),
    [
        (make_verifier, "HC1:NCF", NOW, (REFUSE, "NOT_A_PASS")),
        (make_verifier, PASS.replace(":", ";"), NOW, (ASSIST, "NOT_A_PASS")),
        (make_verifier, "HP2:ABC", NOW, (ASSIST, "UNSUPPORTED_VERSION")),
        (make_verifier, PASS.lower(), NOW, (ASSIST, "MALFORMED")),
        (make_verifier, PASS[:-30], NOW, (ASSIST, "MALFORMED")),
        (make_verifier, encode_text(bytes(226)), NOW, (REFUSE, "MALFORMED")),
        (lambda: Verifier(TrustStore(ROOTS)), PASS, NOW, (ASSIST, "TRUST_LIST_EXPIRED")),
        (make_verifier, PASS, NOW - 3600, (ASSIST, "TRUST_LIST_EXPIRED")),
        (make_verifier, PASS, NOW + 28 * DAY, (ASSIST, "TRUST_LIST_EXPIRED")),
        (lambda: make_verifier(UNKNOWN), PASS, NOW, (REFUSE, "UNKNOWN_ISSUER_KEY")),
        (lambda: make_verifier(UNKNOWN), NEXT_DAY, NOW + DAY, (ASSIST, "UNKNOWN_ISSUER_KEY")),
        (make_verifier, show(make_claim(window=TOMORROW)), NOW, (ASSIST, "ISSUER_KEY_NOT_VALID")),
        (make_verifier, show(make_claim(4**10)), NOW, (REFUSE, "ISSUER_NOT_ALLOWED")),
        (make_verifier, FORGED, NOW, (REFUSE, "BAD_CLAIM_SIGNATURE")),
        (make_verifier, PASS, WINDOW.expires + 2 * 3600, (ASSIST, "EXPIRED")),
        (make_verifier, PASS, WINDOW.expires + DAY, (REFUSE, "EXPIRED")),
        (make_verifier, encode_text(make_claim()), NOW, (REFUSE, "HOLDER_PROOF_REQUIRED")),
        (make_verifier, show(make_claim(), holder=STRANGER), NOW, (REFUSE, "BAD_HOLDER_SIGNATURE")),
        (make_verifier, PASS, NOW + 90, (ASSIST, "PRESENTATION_STALE")),
        (make_verifier, show(make_claim(), NOW + 75), NOW, (ASSIST, "PRESENTATION_FROM_FUTURE")),
        (make_verifier, show(make_claim(), audience=PLACE), NOW, (REFUSE, "WRONG_AUDIENCE")),
        (lambda: at_a_place({}), PASS, NOW, (ASSIST, "WRONG_AUDIENCE")),
        (lambda: at_a_place({}), show(make_claim(), audience=OTHER_PLACE), NOW, (REFUSE, "WRONG_AUDIENCE")),
        (make_verifier, show(make_claim(), nonce=NONCE), NOW, (REFUSE, "WRONG_NONCE")),
        (lambda: at_a_place({"assisted": RED}), "HC1:NCF", NOW, (ASSIST, "NOT_A_PASS")),
        (lambda: at_a_place({"assisted": RED}), FORGED, NOW, (ASSIST, "BAD_CLAIM_SIGNATURE")),
    ],
)
def test_refusals(gate: Any, text: str, now: int, expected: tuple[Decision, str]) -> None:
    verifier = gate()
    outcome = verifier.decide(text, now=now)
    assert told(outcome) == (*expected, False)
    assert outcome.verdict is None
    assert remembered(verifier) == 0


def test_the_index_of_a_person() -> None:
    claims = [make_claim(1, BOTH), make_claim(2, BOTH, issuer=STRANGER)]
    outcome = make_verifier().decide(show(claims), now=NOW)
    assert outcome.refusal is not None
    assert (outcome.refusal.code, outcome.refusal.index) == (RefusalCode.BAD_CLAIM_SIGNATURE, 1)


def test_replayed() -> None:
    gate = make_verifier()
    assert told(gate.decide(PASS, now=NOW)) == (ADMIT, "", False)
    assert told(gate.decide(PASS, now=NOW + 3)) == (REFUSE, "REPLAYED", False)


def test_revoked_and_stale_revocation_data() -> None:
    store = revoking_store()
    gate = Verifier(store)
    assert told(gate.decide(PASS, now=NOW)) == (ASSIST, "REVOCATION_DATA_STALE", False)
    give(store, make_snapshot(1))
    store.update_revocation(make_delta(2, {WINDOW: [1]}), now=NOW)
    assert told(gate.decide(PASS, now=NOW + 3)) == (REFUSE, "REVOKED", False)


# ---- Where nobody is checked, and where nothing is shown ----------------------------------------------------------


class Unreadable(str):
    """A text that nobody may look at."""

    def startswith(self, *args: Any) -> bool:
        raise AssertionError("it was looked at")

    def encode(self, *args: Any) -> bytes:
        raise AssertionError("it was looked at")

    def __getitem__(self, key: Any) -> str:
        raise AssertionError("it was looked at")


def test_where_nobody_is_checked_no_pass_is_looked_at() -> None:
    gate = placed_verifier(place=make_place(PlaceClass.SCHOOL), table=make_area_table())
    for text in (Unreadable(PASS), None):
        assert told(gate.decide(text, now=NOW)) == (NO_CHECK, "CHECK_NOT_PERMITTED", False)


SCHOOL, LOW = PlaceClass.SCHOOL, make_area_table()


@pytest.mark.parametrize(
    ("trust_list", "place", "table", "now", "expected"),
    [
        (placed_list(), make_place(SCHOOL), LOW, NOW, (NO_CHECK, "CHECK_NOT_PERMITTED")),
        (placed_list(), make_place(SCHOOL), LOW, NOW - 60, (NO_CHECK, "CHECK_NOT_PERMITTED")),
        (placed_list(), make_place(SCHOOL), LOW, NOW - 3600, (ASSIST, "PLACE_NOT_CERTIFIED")),
        (placed_list(expires=NOW + 60), make_place(SCHOOL), LOW, NOW + 60, (ASSIST, "PLACE_NOT_CERTIFIED")),
        (placed_list(), make_place(SCHOOL, expires=NOW + 60), LOW, NOW + 60, (ASSIST, "PLACE_NOT_CERTIFIED")),
        (placed_list(), make_place(SCHOOL), make_area_table(expires=NOW + 9), NOW + 9, (ASSIST, "PLACE_NOT_CERTIFIED")),
        (placed_list(), make_place(SCHOOL), None, NOW, (ASSIST, "PLACE_NOT_CERTIFIED")),
        (placed_list(), make_place(20), LOW, NOW, (ASSIST, "PLACE_NOT_CERTIFIED")),
        (placed_list(policy=CheckPolicy([])), make_place(SCHOOL), LOW, NOW, (ASSIST, "PLACE_NOT_CERTIFIED")),
        (placed_list(), make_place(SCHOOL, registrar=STRANGER), LOW, NOW, (ASSIST, "PLACE_NOT_CERTIFIED")),
    ],
    ids=[
        "in force",
        "a minute before",
        "a clock that is behind",
        "an old list",
        "an old certificate",
        "an old table",
        "no table",
        "a class that no rule names",
        "an empty policy",
        "no registrar",
    ],
)
def test_nobody_is_sent_on_unchecked_by_what_is_not_in_force(
    trust_list: TrustList, place: bytes, table: bytes | None, now: int, expected: tuple[Decision, str]
) -> None:
    gate = placed_verifier(trust_list, place, table)
    for text in (Unreadable(PASS), None):
        assert told(gate.decide(text, now=now)) == (*expected, False)


def test_nothing_shown() -> None:
    for gate in (make_verifier(), at_a_place({}), at_a_place({"assisted": RED})):
        for _ in range(2):
            outcome = gate.decide(None, now=NOW)
            assert told(outcome) == (ASSIST, "", False)
            assert (outcome.verdict, outcome.refusal) == (None, None)
    assert told(Verifier(TrustStore(ROOTS)).decide(None, now=NOW)) == (ASSIST, "TRUST_LIST_EXPIRED", False)
    assert told(Verifier(revoking_store()).decide(None, now=NOW)) == (ASSIST, "REVOCATION_DATA_STALE", False)


# ---- Documents ----------------------------------------------------------------------------------------------------


ASKS = everywhere(audience=False, documents=3)


def test_a_document_is_asked_for_and_then_compared() -> None:
    for binding in (BOTH, DOCUMENT):
        gate = hospital_verifier(policy=ASKS)
        claim = bound_claim(grandmother(), binding=binding)
        text = encode_text(claim) if binding == DOCUMENT else show(claim)
        assert told(gate.decide(text, now=NOW)) == (ASK, "DOCUMENT_REQUIRED", False)
        assert told(gate.decide(text, now=NOW)) == (ASK, "DOCUMENT_REQUIRED", True), "the camera has read it again"
        assert told(gate.decide(text, now=NOW, documents=[neighbour()])) == (REFUSE, "DOCUMENT_MISMATCH", False)
        assert told(gate.decide(text, now=NOW, documents=[grandmother()])) == (ADMIT, "", False)
        assert told(gate.decide(text, now=NOW, documents=[grandmother()])) == (ADMIT, "", True)
        assert told(gate.decide(text, now=NOW)) == (ADMIT, "", True), "her card is back in her pocket"
        assert gate.decide(text, now=NOW, documents=[neighbour()]).decision is REFUSE


def test_a_scanner_that_reads_no_documents_helps() -> None:
    gate = Verifier(make_store(placed_list(policy=ASKS)), place=make_place(PlaceClass.ORDINARY), documents=False)
    outcome = gate.decide(encode_text(bound_claim(grandmother(), binding=DOCUMENT)), now=NOW)
    assert told(outcome) == (ASSIST, "DOCUMENT_REQUIRED", False)
    assert outcome.sentence().startswith("Not checked: this pass belongs to a document, and this scanner reads none.")
    with pytest.raises(ValueError, match=r"^this scanner was said to read no documents$"):
        gate.decide("HC1:", now=NOW, documents=[grandmother()])


def test_a_scanner_without_the_key_to_compare_with_helps() -> None:
    gate = Verifier(make_store(placed_list(policy=ASKS)), place=make_place(PlaceClass.ORDINARY))
    text = encode_text(bound_claim(grandmother(), binding=DOCUMENT))
    for documents in ([], [grandmother()]):
        assert told(gate.decide(text, now=NOW, documents=documents)) == (ASSIST, "DOCUMENT_KEY_MISSING", False)


def test_a_memory_that_began_too_late_or_is_full_helps() -> None:
    late = Verifier(make_store(), since=NOW)
    assert told(late.decide(PASS, now=NOW)) == (ASSIST, "REPLAY_UNKNOWN", False)
    full = Verifier(make_store(), replay_capacity=1)
    assert told(full.decide(show_own(1), now=NOW)) == (ADMIT, "", False)
    assert told(full.decide(show_own(2), now=NOW)) == (ASSIST, "REPLAY_UNKNOWN", False)


def test_documents_of_a_group_in_another_order_are_the_same_documents() -> None:
    gate = hospital_verifier(policy=ASKS)
    text = show([bound_claim(grandmother(), 1), bound_claim(neighbour(), 2)])
    assert told(gate.decide(text, now=NOW, documents=[neighbour(), grandmother()])) == (ADMIT, "", False)
    assert told(gate.decide(text, now=NOW, documents=[grandmother(), neighbour()])) == (ADMIT, "", True)


def test_a_document_that_was_wiped_is_misuse() -> None:
    gate, card = hospital_verifier(policy=ASKS), grandmother()
    card.wipe()
    with pytest.raises(ValueError, match=r"^the document was wiped: read it again$"):
        gate.decide(show(bound_claim(grandmother())), now=NOW, documents=[card])


def test_no_number_is_kept() -> None:
    gate = hospital_verifier(policy=ASKS)
    gate.decide(show(bound_claim(grandmother())), now=NOW, documents=[grandmother()])
    ((_, shown, _),) = gate._recent._answers.values()
    assert len(shown) == 2


# ---- The camera that reads twice ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", [PASS, "HC1:NCF", show(make_claim(9, color=Color.RED)), PASS[:50]], ids=["green", "none", "red", "cut"]
)
def test_the_same_again_for_less_than_three_seconds(text: str) -> None:
    gate = make_verifier()
    first = gate.decide(text, now=NOW)
    for later in (0, 1, 2, 2):
        again = gate.decide(text, now=NOW + later)
        assert again == first.again()
        assert again.repeated
    assert not gate.decide(text, now=NOW + 3).repeated


def test_it_does_not_go_on_for_ever() -> None:
    """Three seconds after the answer, however often the camera has read it meanwhile."""
    gate = make_verifier()
    answers = [told(gate.decide(PASS, now=NOW + later)) for later in range(5)]
    assert answers[:3] == [(ADMIT, "", False), (ADMIT, "", True), (ADMIT, "", True)]
    assert answers[3:] == [(REFUSE, "REPLAYED", False), (REFUSE, "REPLAYED", True)]


def test_two_codes_before_one_camera() -> None:
    gate = make_verifier()
    one, other = (show(make_claim(slot, holder=signer(slot)), holder=signer(slot)) for slot in (6, 7))
    answers = [told(gate.decide(text, now=NOW)) for text in (one, other, one, other, one)]
    assert answers == [(ADMIT, "", False)] * 2 + [(ADMIT, "", True)] * 3


def test_a_text_and_its_bytes_are_the_same_text() -> None:
    gate = make_verifier()
    assert not gate.decide(PASS, now=NOW).repeated
    assert gate.decide(PASS.encode(), now=NOW).repeated
    assert gate.decide(bytearray(PASS.encode()), now=NOW).repeated  # type: ignore[arg-type]  # as some drivers give it


def test_another_question_is_another_answer() -> None:
    text = show(make_claim(), nonce=NONCE)
    gate = make_verifier()
    assert told(gate.decide(text, now=NOW)) == (REFUSE, "WRONG_NONCE", False)
    assert told(gate.decide(text, now=NOW, nonce=bytes(16))) == (REFUSE, "WRONG_NONCE", False)
    assert told(gate.decide(text, now=NOW, nonce=NONCE)) == (ADMIT, "", False)
    assert told(gate.decide(text, now=NOW, nonce=NONCE)) == (ADMIT, "", True)
    assert told(gate.decide(text, now=NOW)) == (REFUSE, "WRONG_NONCE", True)


def test_a_clock_that_goes_back_begins_anew() -> None:
    gate = make_verifier()
    assert told(gate.decide("HC1:", now=NOW)) == (REFUSE, "NOT_A_PASS", False)
    assert told(gate.decide("HC1:", now=NOW - 1)) == (REFUSE, "NOT_A_PASS", False)


def test_an_answer_is_not_given_where_the_check_is_no_longer_permitted() -> None:
    """Nor is what may not be looked at compared with what was answered."""
    store = make_store(placed_list(policy=everywhere()))
    gate = Verifier(store, place=make_place(PlaceClass.SCHOOL))
    text = show(make_claim(), audience=PLACE)
    assert told(gate.decide(text, now=NOW)) == (ADMIT, "", False)
    store.update_trust_list(sign_trust_list(placed_list(2)), now=NOW)
    store.update_area_table(make_area_table(), now=NOW)
    assert gate.decide(text, now=NOW).decision is NO_CHECK


def test_verify_knows_nothing_of_it() -> None:
    gate = make_verifier()
    assert gate.verify(PASS, now=NOW) == Verdict((Color.GREEN,), WINDOW.expires)
    assert told(gate.decide(PASS, now=NOW)) == (REFUSE, "REPLAYED", False)


def test_what_is_kept_of_it_is_no_text_and_not_for_long() -> None:
    gate = make_verifier()
    gate.decide(PASS, now=NOW)
    kept = repr(gate._recent._answers)
    assert len(gate._recent) == 1
    assert PASS[4:20] not in kept
    gate.decide("HC1:", now=NOW + 3)
    assert len(gate._recent) == 1
    gate.decide(None, now=NOW + 6)
    assert len(gate._recent) == 0
    gate.decide("HC1:", now=NOW + 7)
    gate.forget(NOW + 10)
    assert len(gate._recent) == 0


def test_there_is_room_for_so_many_and_no_more() -> None:
    recent, outcome = RecentAnswers(), Outcome(ASSIST)
    texts = [recent.digests(f"text {n}", None, ())[0] for n in range(CAPACITY + 1)]
    for each in texts:
        recent.keep(each, b"", NOW, outcome)
    assert [recent.find(each, b"", NOW + 2) is outcome for each in texts] == [True] * CAPACITY + [False]
    assert recent.find(texts[0], b"", NOW + 3) is None
    recent.forget(NOW + 3)
    recent.keep(texts[-1], b"", NOW + 3, outcome)
    assert recent.find(texts[-1], b"", NOW + 3) is outcome


def test_a_very_long_text_and_one_of_no_encoding() -> None:
    gate = make_verifier()
    for text in ("x" * 1_000_000, "HP1:\ud800", b"\xff" * 5000):
        assert not gate.decide(text, now=NOW).repeated
        assert gate.decide(text, now=NOW).repeated


def test_several_threads_open_once() -> None:
    """Whoever comes first; the others get its answer, also on paper, which no memory of showings knows again."""
    paper, owner = encode_text(bound_claim(grandmother(), binding=DOCUMENT)), [grandmother()]
    for text, documents, make in ((PASS, [], make_verifier), (paper, owner, documents_verifier)):
        for _ in range(30):
            assert sorted(at_once(make(), text, documents)) == [("ADMIT", "", False)] + [("ADMIT", "", True)] * 3


def at_once(gate: Verifier, text: str, documents: list[Document]) -> list[tuple[str, str, bool]]:
    """What four cameras get that read a text at the same moment."""
    outcomes: list[Outcome] = []
    start = threading.Barrier(4)

    def scan() -> None:
        start.wait()
        outcomes.append(gate.decide(text, now=NOW, documents=documents))

    threads = [threading.Thread(target=scan) for _ in range(4)]
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for each in threads:
            each.start()
        for each in threads:
            each.join()
    finally:
        sys.setswitchinterval(before)
    return [(outcome.decision.name, *told(outcome)[1:]) for outcome in outcomes]


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
@pytest.mark.parametrize("kind", [str, str.encode])
def test_a_line_end_is_not_of_the_text(end: str, kind: Callable[[str], str | bytes]) -> None:
    gate = make_verifier()
    assert told(gate.decide(PASS, now=NOW)) == (ADMIT, "", False)
    assert told(gate.decide(kind(PASS + end), now=NOW)) == (ADMIT, "", True)


def test_a_line_end_after_a_text_of_the_longest() -> None:
    """What is too long with a line end has not the answer of what is not."""
    gate, longest = make_verifier(), "HP1:" + "0" * 4292
    assert not gate.decide(longest, now=NOW).repeated
    assert gate.decide(longest + "\r\n", now=NOW).repeated
    for other in (longest + "0", longest + "\r\n0", longest + "\n\n"):
        assert not gate.decide(other, now=NOW).repeated


def test_paper_answers_no_nonce() -> None:
    """A scanner that draws a nonce for each picture opens once for a card that is held before it."""
    gate, paper = documents_verifier(), encode_text(bound_claim(grandmother(), binding=DOCUMENT))
    assert told(gate.decide(paper, now=NOW, nonce=NONCE, documents=[grandmother()])) == (ADMIT, "", False)
    assert told(gate.decide(paper, now=NOW, nonce=bytes(16), documents=[grandmother()])) == (ADMIT, "", True)
    assert told(gate.decide(paper, now=NOW, documents=[grandmother()] * 2)) == (ADMIT, "", True)


# ---- What an outcome holds on to, and what is misuse --------------------------------------------------------------


def test_an_outcome_holds_nothing_of_the_pass() -> None:
    gate = make_verifier()
    outcome = gate.decide(show(make_claim(), holder=STRANGER), now=NOW)
    assert outcome.refusal is not None
    assert (outcome.refusal.__traceback__, outcome.refusal.__context__, outcome.refusal.__cause__) == (None,) * 3
    todo: list[object] = [outcome.refusal]
    seen = set()
    while todo:
        each = todo.pop()
        if id(each) not in seen and not isinstance(each, type):
            seen.add(id(each))
            todo += gc.get_referents(each)
            assert not isinstance(each, (bytes, bytearray))
            assert not isinstance(each, str) or len(each) < 120


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"now": float(NOW)}, "now: an int"),
        ({"now": True}, "now: an int"),
        ({"now": -1}, "the time must lie between 1970 and 2106"),
        ({"now": NOW, "nonce": b"short"}, "nonce"),
        ({"now": NOW, "documents": 3}, "documents: a sequence of"),
    ],
    ids=["float", "bool", "early", "nonce", "documents"],
)
def test_misuse_is_an_error_and_no_outcome(arguments: dict[str, Any], says: str) -> None:
    for text in (PASS, None):
        with pytest.raises((TypeError, ValueError), match=says):
            make_verifier().decide(text, **arguments)


def test_a_text_is_a_text() -> None:
    with pytest.raises(TypeError, match=r"^text: a str, bytes or None, not an int$"):
        make_verifier().decide(3, now=NOW)  # type: ignore[arg-type]  # that is the point
    with pytest.raises(TypeError, match=r"^documents: a sequence of healthpass.verifier.Document, not a str$"):
        make_verifier().decide(PASS, now=NOW, documents=["110105"])  # type: ignore[list-item]  # that is the point
