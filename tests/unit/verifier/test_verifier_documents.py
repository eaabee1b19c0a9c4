"""Step 9: whose document is asked for, which ones fit, and that trying again works."""

from __future__ import annotations

from collections.abc import Callable
from itertools import permutations

import pytest

from healthpass import Color, DocumentCheck, RefusalCode, Refused
from healthpass.formats.claim import Binding, Claim
from healthpass.formats.document import OTHER, PASSPORT, Document
from healthpass.formats.text import encode_text
from healthpass.formats.window import Window
from healthpass.verifier import Verifier, needs_documents
from tests.documents import (
    DOCUMENT_KEY,
    NEXT_KEY,
    bound_claim,
    bound_family,
    deliver,
    document,
    documents_list,
    documents_store,
    documents_verifier,
    grandmother,
    hospital_verifier,
    neighbour,
    tag_for,
)
from tests.making import (
    NOW,
    PLACE,
    WINDOW,
    family,
    make_claim,
    make_store,
    remembered,
    show,
    sign_claim,
    sign_trust_list,
)
from tests.placing import everywhere, make_place

ASKING = everywhere(documents=3, audience=False)
NOT_ASKING = everywhere(documents=0, audience=False)
PEOPLE = [document(n) for n in range(8)]
PAPER = encode_text(bound_claim(grandmother(), binding=Binding.DOCUMENT))
REQUIRED, MISMATCH = RefusalCode.DOCUMENT_REQUIRED, RefusalCode.DOCUMENT_MISMATCH


def assert_refused(
    verifier: Verifier, text: str, documents: list[Document], code: RefusalCode, index: int | None = None
) -> None:
    """With exactly this code and index; nothing is remembered, and the documents are as they were."""
    before, numbers = remembered(verifier), [bytes(each.number) for each in documents]
    with pytest.raises(Refused) as caught:
        verifier.verify(text, now=NOW, documents=documents)
    assert (caught.value.code.name, caught.value.index) == (code.name, index)
    assert caught.value.__cause__ is None
    assert remembered(verifier) == before
    assert [bytes(each.number) for each in documents] == numbers


def a_pair_of_equal_tags() -> tuple[Document, Document]:
    """Two documents each of which fits the first claim by chance, in slot 0: among some hundred, two do."""
    seen: dict[bytes, Document] = {}
    for n in range(2000):
        each = document(n)
        tag = tag_for(each, 0)
        if tag in seen:
            return seen[tag], each
        seen[tag] = each
    raise AssertionError


SHOWN: dict[str, Callable[[], str]] = {
    "on paper": lambda: encode_text(bound_claim(grandmother(), binding=Binding.DOCUMENT)),
    "on a relative's phone": lambda: show(bound_claim(grandmother(), binding=Binding.BOTH)),
}


@pytest.mark.parametrize("shown", SHOWN.values(), ids=SHOWN)
def test_one_person(shown: Callable[[], str]) -> None:
    """Without the card, with another's, with a card of the same number but another type: refused; then it works."""
    verifier, text = hospital_verifier(policy=ASKING), shown()
    assert needs_documents(text) == (True,)
    assert_refused(verifier, text, [], REQUIRED)
    assert_refused(verifier, text, [neighbour()], MISMATCH)
    assert_refused(verifier, text, [Document(OTHER, grandmother().number.decode())], MISMATCH)
    assert_refused(verifier, text, [grandmother(), neighbour()], MISMATCH)
    assert_refused(verifier, text, [neighbour(), grandmother()], MISMATCH)
    verdict = verifier.verify(text, now=NOW, documents=[grandmother()] * 9)  # one that was read nine times counts once
    assert (verdict.colors, verdict.documents) == ((Color.GREEN,), (DocumentCheck.COMPARED,))


@pytest.mark.parametrize("shown", SHOWN.values(), ids=SHOWN)
def test_where_none_is_asked_for(shown: Callable[[], str]) -> None:
    """It may be shown without; but a document that was read is compared."""
    verifier = hospital_verifier(policy=NOT_ASKING)
    assert_refused(verifier, shown(), [neighbour()], MISMATCH)
    verdict = verifier.verify(shown(), now=NOW)
    assert (verdict.colors, verdict.documents) == ((Color.GREEN,), (DocumentCheck.NOT_COMPARED,))
    assert documents_verifier().verify(shown(), now=NOW, documents=[grandmother()]).colors == (Color.GREEN,)


@pytest.mark.parametrize("policy", [ASKING, NOT_ASKING], ids=["asking", "not asking"])
def test_a_phone_alone_is_no_concern_of_documents(policy: object) -> None:
    text = show(make_claim())
    assert needs_documents(text) == (False,)
    verdict = hospital_verifier(policy=policy).verify(text, now=NOW)
    assert (verdict.colors, verdict.documents) == ((Color.GREEN,), (DocumentCheck.NOT_BOUND,))
    wiped = neighbour()
    wiped.wipe()
    for documents in ([neighbour()], [neighbour()] * 9, [wiped]):
        assert hospital_verifier(policy=policy).verify(text, now=NOW, documents=documents).colors == (Color.GREEN,)


@pytest.mark.parametrize("size", range(2, 9))
def test_a_family(size: int) -> None:
    colors = [Color.GREEN, Color.YELLOW, Color.RED]
    people = PEOPLE[:size]
    text = show(bound_family(people, colors))
    assert needs_documents(text) == (True,) * size
    verifier = hospital_verifier(policy=ASKING)
    assert_refused(verifier, text, [], REQUIRED, 0)
    assert_refused(verifier, text, people[:-1], REQUIRED, size - 1)
    assert_refused(verifier, text, people[1:], REQUIRED, 0)
    assert_refused(verifier, text, [*people[:-1], neighbour()], MISMATCH, size - 1)
    assert_refused(verifier, text, [neighbour(), *people[1:]], MISMATCH, 0)
    assert_refused(verifier, text, [*people[:-1], people[0]], REQUIRED, size - 1)
    assert_refused(verifier, text, [people[0]] * size, REQUIRED, 1)
    assert_refused(verifier, text, [*people, neighbour()], MISMATCH)
    verdict = verifier.verify(text, now=NOW, documents=[*people[::-1], *people])
    assert verdict.colors == tuple(colors[n % 3] for n in range(size))
    assert verdict.documents == (DocumentCheck.COMPARED,) * size


def test_any_order() -> None:
    for documents in permutations(PEOPLE[:3]):
        verdict = hospital_verifier(policy=ASKING).verify(
            show(bound_family(PEOPLE[:3])), now=NOW, documents=list(documents)
        )
        assert verdict.colors == (Color.GREEN,) * 3
        for left_out in range(3):
            some = [each for each in documents if each is not PEOPLE[left_out]]
            assert_refused(hospital_verifier(), show(bound_family(PEOPLE[:3])), some, REQUIRED, left_out)


def test_the_first_person_without_a_document_is_named() -> None:
    people = PEOPLE[:4]
    verifier = hospital_verifier(policy=ASKING)
    assert_refused(verifier, show(bound_family(people)), [people[3], people[0]], REQUIRED, 1)
    assert_refused(verifier, show(bound_family(people)), [people[3], neighbour(), people[0]], MISMATCH, 1)


def test_two_people_whose_tags_agree_by_chance() -> None:
    """Each takes one; one document does not do for both, however it is shown."""
    one, other = a_pair_of_equal_tags()
    claims = bound_family([one, other], [Color.GREEN, Color.RED])
    verifier = hospital_verifier(policy=ASKING)
    for only in (one, other):
        assert_refused(verifier, show(claims), [only], REQUIRED, 1)
        assert_refused(verifier, show(claims), [only, only], REQUIRED, 1)
    assert_refused(verifier, show(claims), [one, other, neighbour()], MISMATCH)
    verdict = hospital_verifier(policy=ASKING).verify(show(claims), now=NOW, documents=[one, other])
    assert verdict.colors == (Color.GREEN, Color.RED)
    third = bound_family([one, other, PEOPLE[5]])
    assert_refused(verifier, show(third), [one, PEOPLE[5]], REQUIRED, 1)


def test_bring_your_card_and_try_again_within_freshness() -> None:
    """The very same text, 75 seconds after its time at the latest; and once it was accepted, never again."""
    verifier, text = hospital_verifier(policy=ASKING), show(bound_claim(grandmother()))
    assert_refused(verifier, text, [], REQUIRED)
    assert_refused(verifier, text, [neighbour()], MISMATCH)
    assert verifier.verify(text, now=NOW + 74, documents=[grandmother()]).colors == (Color.GREEN,)
    assert_refused(verifier, text, [grandmother()], RefusalCode.REPLAYED)
    late = hospital_verifier(policy=ASKING)
    with pytest.raises(Refused) as caught:
        late.verify(text, now=NOW + 75, documents=[grandmother()])
    assert caught.value.code is RefusalCode.PRESENTATION_STALE


def test_documents_come_after_possession_and_before_replay() -> None:
    """Nobody tries documents on a showing that is not the holder's; and a wrong one is told even after acceptance."""
    bare = encode_text(bound_claim(grandmother()))
    assert_refused(hospital_verifier(policy=ASKING), bare, [], RefusalCode.HOLDER_PROOF_REQUIRED)
    elsewhere = show(bound_claim(grandmother()), audience=PLACE[::-1])
    assert_refused(hospital_verifier(policy=ASKING), elsewhere, [neighbour()], RefusalCode.WRONG_AUDIENCE)
    verifier, text = hospital_verifier(policy=ASKING), show(bound_claim(grandmother()))
    verifier.verify(text, now=NOW, documents=[grandmother()])
    assert_refused(verifier, text, [neighbour()], MISMATCH)


def test_a_scanner_that_cannot_compare_refuses() -> None:
    """It has no sealing key, no delivery, or not the window's key: it says so before it asks for a card."""
    store = documents_store()
    store.update_document_keys(deliver(2, {b"doc1": NEXT_KEY}), now=NOW)
    text = encode_text(bound_claim(grandmother(), binding=Binding.DOCUMENT))
    asking = Verifier(make_store(documents_list(policy=ASKING)), place=make_place())
    for verifier in (Verifier(store), Verifier(make_store()), asking):
        for documents in ([], [grandmother()], [neighbour()]):
            assert_refused(verifier, text, documents, RefusalCode.DOCUMENT_KEY_MISSING)
    two = show(bound_family(PEOPLE[:2]))
    assert_refused(asking, two, [], RefusalCode.DOCUMENT_KEY_MISSING)
    assert_refused(asking, two, PEOPLE[:2], RefusalCode.DOCUMENT_KEY_MISSING)
    lenient = Verifier(make_store(documents_list(policy=NOT_ASKING)), place=make_place())
    assert lenient.verify(text, now=NOW).documents == (DocumentCheck.NOT_COMPARED,)
    assert_refused(lenient, text, [grandmother()], RefusalCode.DOCUMENT_KEY_MISSING)


@pytest.mark.parametrize("has_the_key", [True, False])
def test_a_scanner_that_reads_no_documents(has_the_key: bool) -> None:
    """It asks for the document whether it has the key or not, and a program that hands it one is mistaken."""
    listed = documents_list(policy=ASKING)
    store = documents_store(trust_list=listed) if has_the_key else make_store(listed)
    verifier = Verifier(store, place=make_place(), documents=False)
    assert_refused(verifier, PAPER, [], REQUIRED)
    assert_refused(verifier, show(bound_family(PEOPLE[:2])), [], REQUIRED, 0)
    assert verifier.verify(show(make_claim(9)), now=NOW).colors == (Color.GREEN,)
    with pytest.raises(ValueError, match=r"^this scanner was said to read no documents$"):
        verifier.verify(PAPER, now=NOW, documents=[grandmother()])


@pytest.mark.parametrize(
    ("bits", "paper", "phone"), [(0, False, False), (1, True, False), (2, False, True), (3, True, True)]
)
def test_for_paper_and_for_phones_it_is_asked_for_apart(bits: int, paper: bool, phone: bool) -> None:
    verifier = hospital_verifier(policy=everywhere(documents=bits, audience=False))
    for text, asked in ((PAPER, paper), (show(bound_claim(grandmother())), phone)):
        if asked:
            assert_refused(verifier, text, [], REQUIRED)
        else:
            assert verifier.verify(text, now=NOW).documents == (DocumentCheck.NOT_COMPARED,)


def test_without_a_policy_documents_are_asked_for() -> None:
    verifier = documents_verifier()
    for text in (PAPER, show(bound_claim(grandmother()))):
        assert_refused(verifier, text, [], REQUIRED)
        assert verifier.verify(text, now=NOW, documents=[grandmother()]).documents == (DocumentCheck.COMPARED,)


def test_each_window_by_the_key_that_it_names() -> None:
    """During a rotation a scanner has both."""
    later = Window(
        b"kid9", WINDOW.key, WINDOW.valid_from, WINDOW.expires, 4**5, Binding.BOTH | Binding.DOCUMENT, b"doc1"
    )
    store = documents_store(trust_list=documents_list(windows=[later]))
    store.update_document_keys(deliver(2, {b"doc0": DOCUMENT_KEY, b"doc1": NEXT_KEY}), now=NOW)
    for key, fits in ((NEXT_KEY, True), (DOCUMENT_KEY, False)):
        tag = tag_for(grandmother(), 1, key, later)
        text = encode_text(sign_claim(Claim(later.kid, later.expires, 1, Color.GREEN, None, tag)))
        if fits:
            assert Verifier(store).verify(text, now=NOW, documents=[grandmother()]).colors
        else:
            assert_refused(Verifier(store), text, [grandmother()], MISMATCH)


def test_a_tag_fits_the_slot_that_it_was_made_for_and_no_other() -> None:
    """Nor the kid, nor the period: what was seen on one pass fits no other by more than chance."""
    own = tag_for(grandmother(), 1)
    claim = Claim(WINDOW.kid, WINDOW.expires, 2, Color.GREEN, None, own)
    assert_refused(documents_verifier(), encode_text(sign_claim(claim)), [grandmother()], MISMATCH)
    longer = Window(
        WINDOW.kid, WINDOW.key, WINDOW.valid_from - 1, WINDOW.expires, 4**5, Binding.BOTH | Binding.DOCUMENT, b"doc0"
    )
    store = documents_store(trust_list=documents_list(windows=[longer]))
    text = encode_text(sign_claim(Claim(WINDOW.kid, WINDOW.expires, 1, Color.GREEN, None, own)))
    assert documents_verifier().verify(text, now=NOW, documents=[grandmother()]).colors
    assert_refused(Verifier(store), text, [grandmother()], MISMATCH)


def test_a_passport() -> None:
    zone = "L898902C36UTO7408122F1204159ZE184226B<<<<<10"
    text = encode_text(bound_claim(Document(PASSPORT, "L898902C3"), binding=Binding.DOCUMENT))
    assert documents_verifier().verify(text, now=NOW, documents=[Document(PASSPORT, zone)]).colors
    assert_refused(documents_verifier(), text, [Document(PASSPORT, "L898902C4")], MISMATCH)


def test_a_wiped_document_is_a_mistake_of_the_program() -> None:
    wiped = grandmother()
    wiped.wipe()
    text = encode_text(bound_claim(grandmother(), binding=Binding.DOCUMENT))
    for documents in ([wiped], [wiped, wiped], [grandmother(), wiped]):
        with pytest.raises(ValueError, match="wiped"):
            documents_verifier().verify(text, now=NOW, documents=documents)


def test_a_tuple_does_as_well() -> None:
    text = show(bound_family(PEOPLE[:2]))
    assert documents_verifier().verify(text, now=NOW, documents=tuple(PEOPLE[:2])).colors


def test_who_needs_a_document_is_told_before_anything_is_believed() -> None:
    assert needs_documents(show(family(range(8)))) == (True,) * 8
    assert needs_documents(encode_text(make_claim(binding=Binding.DOCUMENT)).encode()) == (True,)
    for text, code in (("nothing", "NOT_A_PASS"), ("HP2:00", "UNSUPPORTED_VERSION"), ("HP1:00", "MALFORMED")):
        with pytest.raises(Refused) as caught:
            needs_documents(text)
        assert caught.value.code.name == code


def test_no_refusal_carries_a_number() -> None:
    for documents in ([neighbour()], [grandmother(), neighbour()]):
        with pytest.raises(Refused) as caught:
            documents_verifier().verify(SHOWN["on paper"](), now=NOW, documents=documents)
        said = repr(caught.value) + str(caught.value) + repr(caught.value.args)
        assert not any(each.number.decode() in said for each in (grandmother(), neighbour()))


def test_a_rotated_key_within_the_life_of_a_pass() -> None:
    """A pass outlives a rotation as long as scanners keep the key that its window names."""
    store = documents_store()
    text = encode_text(bound_claim(grandmother(), binding=Binding.DOCUMENT))
    store.update_document_keys(deliver(2, {b"doc0": DOCUMENT_KEY, b"doc1": NEXT_KEY}), now=NOW)
    store.update_trust_list(sign_trust_list(documents_list(2, issued=NOW)), now=NOW)
    assert Verifier(store).verify(text, now=NOW, documents=[grandmother()]).colors


@pytest.mark.parametrize(
    "documents", [grandmother(), ["11010519491231002X"], [None]], ids=["one", "a number", "nothing"]
)
def test_what_is_no_document(documents: object) -> None:
    verifier = documents_verifier()
    with pytest.raises(TypeError) as caught:
        verifier.verify(PAPER, now=NOW, documents=documents)  # type: ignore[arg-type]  # that is the point
    assert "11010519491231002X" not in str(caught.value)


def test_documents_from_anything_that_gives_them() -> None:
    assert documents_verifier().verify(PAPER, now=NOW, documents=iter([grandmother()])).colors  # type: ignore[arg-type]  # as above
