"""An outcome: neither true nor false, unchangeable, and with a sentence for everything that can happen."""

from __future__ import annotations

import pickle
import re
import subprocess
import sys

import pytest

from healthpass import Color, Decision, RefusalCode, Refused, Verdict
from healthpass.errors import SENTENCES, FormatError
from healthpass.verifier import Outcome, Sentences
from healthpass.verifier.outcome import NEVER_THEIR_FAULT
from healthpass.verifier.sentences import MAX_FILE_CHARS
from tests.making import NOW
from tests.raising import raises

ADMIT, REFUSE, ASSIST, NO_CHECK, ASK = Decision
GREEN = Verdict((Color.GREEN,), NOW)
EXPIRED = Refused(RefusalCode.EXPIRED)
NOTHING = Outcome(ASSIST)


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (ADMIT, "a decision is neither true nor false: compare it, as in `is Decision.ADMIT`"),
        (REFUSE, "a decision is neither true nor false: compare it, as in `is Decision.ADMIT`"),
        (GREEN, "a verdict is no decision: a red pass has one too; see Verifier.decide"),
        (
            Outcome(REFUSE, refusal=EXPIRED),
            "an outcome is neither true nor false: look at its decision, as in `is Decision.ADMIT`",
        ),
    ],
    ids=["admit", "refuse", "verdict", "outcome"],
)
def test_nothing_of_it_is_true_or_false(value: object, says: str) -> None:
    for use in (bool, lambda each: each or None, lambda each: not each, lambda each: 1 if each else 2):
        with pytest.raises(TypeError) as caught:
            use(value)
        assert str(caught.value) == says


def test_decisions() -> None:
    assert [(each.name, each.value) for each in Decision] == [
        ("ADMIT", 1),
        ("REFUSE", 2),
        ("ASSIST", 3),
        ("NO_CHECK", 4),
        ("ASK", 5),
    ]


def test_its_parts() -> None:
    outcome = Outcome(ADMIT, GREEN)
    assert (outcome.decision, outcome.verdict, outcome.refusal, outcome.repeated) == (ADMIT, GREEN, None, False)
    again = outcome.again()
    assert (again.decision, again.verdict, again.refusal, again.repeated) == (ADMIT, GREEN, None, True)


def test_it_does_not_change() -> None:
    with pytest.raises(AttributeError, match=r"^an outcome does not change$"):
        NOTHING.decision = ADMIT


def test_it_compares_by_what_it_says() -> None:
    other = Refused(RefusalCode.EXPIRED)
    assert Outcome(REFUSE, refusal=EXPIRED) == Outcome(REFUSE, refusal=other)
    assert hash(Outcome(REFUSE, refusal=EXPIRED)) == hash(Outcome(REFUSE, refusal=other))
    different = [
        Outcome(ADMIT, GREEN),
        Outcome(ASSIST, GREEN),
        Outcome(REFUSE, refusal=EXPIRED),
        Outcome(REFUSE, refusal=Refused(RefusalCode.EXPIRED, 1)),
        Outcome(ASSIST, refusal=EXPIRED),
        Outcome(ASSIST, refusal=EXPIRED, _not_checked=True),
        Outcome(ADMIT, GREEN, repeated=True),
        NOTHING,
    ]
    assert len(set(different)) == len(different)
    assert NOTHING != ASSIST


def test_it_goes_to_another_process() -> None:
    for outcome in (Outcome(ADMIT, GREEN, None, True), Outcome(ASSIST, None, EXPIRED, False, True), NOTHING):
        again = pickle.loads(pickle.dumps(outcome))
        assert again == outcome
        assert again.sentence() == outcome.sentence()


def test_its_repr() -> None:
    assert repr(Outcome(REFUSE, refusal=EXPIRED)) == "Outcome(REFUSE, EXPIRED)"
    assert repr(Outcome(ADMIT, GREEN, repeated=True)) == f"Outcome(ADMIT, {GREEN!r}, repeated)"
    assert repr(NOTHING) == "Outcome(ASSIST)"


# ---- What is said -------------------------------------------------------------------------------------------------


def every() -> list[Outcome]:
    """All that can be decided, but for the colours."""
    accepted = [Outcome(decision, GREEN) for decision in (ADMIT, REFUSE, ASSIST)]
    others = [Outcome(NO_CHECK, refusal=Refused(RefusalCode.CHECK_NOT_PERMITTED)), NOTHING]
    others.append(Outcome(ASK, refusal=Refused(RefusalCode.DOCUMENT_REQUIRED)))
    for code in sorted(set(RefusalCode) - {RefusalCode.CHECK_NOT_PERMITTED}):
        refusal = Refused(RefusalCode(code))
        never = code in NEVER_THEIR_FAULT or code == RefusalCode.DOCUMENT_REQUIRED
        if not never:
            others += [Outcome(REFUSE, refusal=refusal), Outcome(ASSIST, refusal=refusal)]
        if never or code in (1, 3, 6, 10, 15):
            others.append(Outcome(ASSIST, refusal=refusal, _not_checked=not never))
    return accepted + others


@pytest.mark.parametrize(("language", "not_checked"), [("en", "Not checked: "), ("zh", "未查验：")])  # noqa: RUF001  # Chinese
def test_everything_has_a_sentence(language: str, not_checked: str) -> None:
    said = {outcome: outcome.sentence(language) for outcome in every()}
    assert all(9 <= len(text.encode()) <= 240 for text in said.values())
    for outcome, text in said.items():
        nobodys = outcome.refusal is not None and (outcome._not_checked or outcome.refusal.code in NEVER_THEIR_FAULT)
        no_reader = outcome.refusal is not None and outcome.refusal.code == 18 and outcome.decision is ASSIST
        assert text.startswith(not_checked) == (nobodys or no_reader or outcome == NOTHING), text


def test_the_two_languages_say_different_things_and_the_same_number_of_them() -> None:
    english, chinese = ([each.sentence(language) for each in every()] for language in ("en", "zh"))
    assert len(set(english)) == len(set(chinese)) > 30
    assert not set(english) & set(chinese)
    assert not any(text.isascii() for text in chinese)


DOES = {
    "en": re.compile(r"\b(Please|Show|Scan|Ask|Set|Hold|Put|Staff: (help|look|put|renew))\b"),
    "zh": re.compile("请"),
}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_each_sentence_says_what_to_do_now(language: str) -> None:
    """To somebody who has never seen any of this; and the two languages ask for the same: staff, or the person."""
    for outcome in every():
        text = outcome.sentence(language)
        assert DOES[language].search(text), text
        assert ("Staff:" in outcome.sentence("en")) == ("工作人员：" in outcome.sentence("zh")), text  # noqa: RUF001


@pytest.mark.parametrize("language", ["en", "zh"])
def test_no_sentence_says_more_than_decision_and_code(language: str) -> None:
    """Not the colours, nor when a pass ends, nor whose of a family it is."""
    others = [Verdict(colors, NOW + 1, 99) for colors in ((Color.RED,), (Color.YELLOW, Color.GREEN))]
    for decision in (ADMIT, REFUSE, ASSIST):
        assert len({Outcome(decision, each).sentence(language) for each in (GREEN, *others)}) == 1
    for outcome in every():
        assert not re.search(r"[0-9]", outcome.sentence(language))
        if outcome.refusal is not None:
            of_another = Refused(outcome.refusal.code, 3)
            same = Outcome(outcome.decision, None, of_another, True, outcome._not_checked, outcome._set_up)
            assert same.sentence(language) == outcome.sentence(language)


def test_a_refusal_is_said_as_its_code_says_it() -> None:
    assert Outcome(REFUSE, refusal=EXPIRED).sentence() == SENTENCES[10]
    helped = Outcome(ASSIST, refusal=EXPIRED).sentence()
    assert helped == SENTENCES[10] + " Please go to the green channel: somebody will help you there."
    assert Outcome(ASSIST, refusal=EXPIRED).sentence("zh") == "此码已过期。请出示今天的码。请走绿色通道，有人会帮助您。"  # noqa: RUF001  # Chinese


def test_the_index_of_a_person_and_a_repetition_change_nothing() -> None:
    one = Outcome(REFUSE, refusal=Refused(RefusalCode.REVOKED, 2))
    assert one.sentence() == one.again().sentence() == Outcome(REFUSE, refusal=Refused(RefusalCode.REVOKED)).sentence()


def test_what_no_verifier_gives_has_a_sentence_too() -> None:
    assert Outcome(REFUSE, refusal=Refused(RefusalCode.PRESENTATION_STALE)).sentence() == Outcome(REFUSE).sentence()
    assert (
        Outcome(ASSIST, refusal=Refused(RefusalCode.CHECK_NOT_PERMITTED)).sentence()
        == Outcome(ASSIST, GREEN).sentence()
    )


def test_another_language_is_a_file() -> None:
    text = Sentences.shipped("en").to_toml().replace("Please go in.", 'Kommen Sie "herein" \\\\o/.'.replace('"', '\\"'))
    german = Sentences.from_toml(text)
    assert Outcome(ADMIT, GREEN).sentence(german) == 'Kommen Sie "herein" \\o/.'
    assert Outcome(REFUSE, refusal=EXPIRED).sentence(german) == SENTENCES[10]
    assert Sentences.from_toml(german.to_toml()).to_toml() == german.to_toml()
    for shipped in ("en", "zh"):
        assert [each.sentence(Sentences.from_toml(Sentences.shipped(shipped).to_toml())) for each in every()] == [
            each.sentence(shipped) for each in every()
        ]


ENGLISH = Sentences.shipped("en").to_toml()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "admit is missing"),
        (ENGLISH.replace("admit = ", "admitted = "), "admit is missing"),
        (ENGLISH.replace("revoked = ", "revoke = "), "refused.revoked is missing"),
        (
            ENGLISH.replace("[not-checked]", "[other]"),
            "nothing but admit, refuse, assist, no-check, ask, nothing-shown, set-up, help",
        ),
        (ENGLISH + 'more = "x"\n', "nothing but not-checked.not-a-pass"),
        (ENGLISH.replace('"Please go in."', '""'), "admit is a text of 1 to 240 printable characters"),
        (ENGLISH.replace('"Please go in."', "1"), "admit is a text of 1 to 240 printable characters"),
        (ENGLISH.replace("Please go in.", "x" * 241), "admit is a text of 1 to 240 printable characters"),
        (ENGLISH.replace("Please go in.", "a\\u001b[31m"), "admit is a text of 1 to 240 printable characters"),
        (ENGLISH.replace("Please go in.", "Please go in. "), "admit begins or ends with a space"),
        ("refused = 1\n" + ENGLISH.split("[refused]")[0], "[refused] is missing"),
        ("[[", "not a TOML file"),
        ("#" * (MAX_FILE_CHARS + 1), f"at most {MAX_FILE_CHARS} characters"),
    ],
    ids=lambda value: value[:20] if isinstance(value, str) else "",
)
def test_a_file_that_is_none(text: str, says: str) -> None:
    with pytest.raises(FormatError) as caught:
        Sentences.from_toml(text)
    assert caught.value.code == "malformed"
    assert str(caught.value).startswith(f"sentences: {says}")


def test_a_language_that_does_not_come_with_the_library() -> None:
    with raises(FormatError, "malformed", "languages that come with the library are en and zh; another one is a file"):
        NOTHING.sentence("de")


def test_sentences_are_loaded_when_they_are_asked_for() -> None:
    program = (
        "import sys; from healthpass import Decision; from healthpass.verifier import Outcome; "
        "before = set(sys.modules); text = Outcome(Decision.ADMIT).sentence('zh'); "
        "print(*sorted(set(sys.modules) - before))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["healthpass.verifier.sentences", "healthpass.verifier.sentences_zh"]
