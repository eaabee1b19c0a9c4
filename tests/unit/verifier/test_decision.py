"""What happens at the gate: every rule with every outcome, against a table that a person can read."""

from __future__ import annotations

import itertools

import pytest

from healthpass import Color, Decision, RefusalCode
from healthpass.formats.check_policy import CheckRule
from healthpass.verifier.outcome import NEVER_THEIR_FAULT, decide_colors, decide_refusal

ADMIT, REFUSE, ASSIST, NO_CHECK, ASK = Decision
LETTERS = {"A": ADMIT, "H": ASSIST, "R": REFUSE, "N": NO_CHECK, "?": ASK}
COLORS = {"g": Color.GREEN, "y": Color.YELLOW, "r": Color.RED}

# Of a rule, what it does with green, yellow and red: A admits, H helps, R neither. All 27 that there are.
# Then what happens to one person of each colour, to each pair, and to all three: H and A together are H, with R are R.
#    rule   g y r  gy gr yr gyr
PEOPLE = """
     AAA    A A A   A  A  A  A
     AAH    A A H   A  H  H  H
     AAR    A A R   A  R  R  R
     AHA    A H A   H  A  H  H
     AHH    A H H   H  H  H  H
     AHR    A H R   H  R  R  R
     ARA    A R A   R  A  R  R
     ARH    A R H   R  H  R  R
     ARR    A R R   R  R  R  R
     HAA    H A A   H  H  A  H
     HAH    H A H   H  H  H  H
     HAR    H A R   H  R  R  R
     HHA    H H A   H  H  H  H
     HHH    H H H   H  H  H  H
     HHR    H H R   H  R  R  R
     HRA    H R A   R  H  R  R
     HRH    H R H   R  H  R  R
     HRR    H R R   R  R  R  R
     RAA    R A A   R  R  A  R
     RAH    R A H   R  R  H  R
     RAR    R A R   R  R  R  R
     RHA    R H A   R  R  H  R
     RHH    R H H   R  R  H  R
     RHR    R H R   R  R  R  R
     RRA    R R A   R  R  R  R
     RRH    R R H   R  R  R  R
     RRR    R R R   R  R  R  R
    none    A R R   R  R  R  R
"""
GROUPS = ("g", "y", "r", "gy", "gr", "yr", "gyr")

# Each refusal: where the rule helps nobody, and where it helps any colour; and the same if it may be nobody's fault.
#                                helps nobody, helps | excused: nobody, helps
REFUSALS = """
     1 NOT_A_PASS                       R  H    H  H
     2 UNSUPPORTED_VERSION              H  H    H  H
     3 MALFORMED                        R  H    H  H
     4 TRUST_LIST_EXPIRED               H  H    H  H
     5 REVOCATION_DATA_STALE            H  H    H  H
     6 UNKNOWN_ISSUER_KEY               R  H    H  H
     7 ISSUER_KEY_NOT_VALID             H  H    H  H
     8 ISSUER_NOT_ALLOWED               R  H    -  -
     9 BAD_CLAIM_SIGNATURE              R  H    -  -
    10 EXPIRED                          R  H    H  H
    11 HOLDER_PROOF_REQUIRED            R  H    -  -
    12 BAD_HOLDER_SIGNATURE             R  H    -  -
    13 PRESENTATION_STALE               H  H    H  H
    14 PRESENTATION_FROM_FUTURE         H  H    H  H
    15 WRONG_AUDIENCE                   R  H    H  H
    16 WRONG_NONCE                      R  H    -  -
    17 REPLAYED                         R  H    -  -
    18 DOCUMENT_REQUIRED                ?  ?    ?  ?
    19 DOCUMENT_MISMATCH                R  H    -  -
    20 REVOKED                          R  H    -  -
    21 CHECK_NOT_PERMITTED              N  N    N  N
    22 DOCUMENT_KEY_MISSING             H  H    H  H
    23 REPLAY_UNKNOWN                   H  H    H  H
    24 PLACE_NOT_CERTIFIED              H  H    H  H
"""


def rule_of(word: str) -> CheckRule | None:
    if word == "none":
        return None
    admitted, assisted = (sum(1 << n for n, letter in enumerate(word) if letter == each) for each in "AH")
    return CheckRule(0, 1, admitted=admitted, assisted=assisted)


ROWS = [line.split() for line in PEOPLE.strip().splitlines()]
RULES = {word: rule_of(word) for word, *_ in ROWS}


def test_the_table_has_every_rule_and_every_refusal() -> None:
    assert set(RULES) == {"".join(each) for each in itertools.product("AHR", repeat=3)} | {"none"}
    named = [(int(number), name) for number, name, *_ in map(str.split, REFUSALS.strip().splitlines())]
    assert named == [(code.value, code.name) for code in RefusalCode]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_people_whose_pass_is_accepted(row: list[str]) -> None:
    rule = RULES[row[0]]
    for group, letter in zip(GROUPS, row[1:], strict=True):
        for people in itertools.permutations(group):
            colors = tuple(COLORS[each] for each in people)
            assert decide_colors(rule, colors) is LETTERS[letter], people
            assert decide_colors(rule, colors * 2) is LETTERS[letter], "however many there are"


@pytest.mark.parametrize("line", REFUSALS.strip().splitlines(), ids=lambda line: line.split()[1])
def test_people_whose_pass_is_refused(line: str) -> None:
    number, _, *letters = line.split()
    code = RefusalCode(int(number))
    for word, rule in RULES.items():
        helps = "H" in word
        for excused in (False, True):
            letter = letters[2 * excused + helps]
            if letter != "-":
                assert decide_refusal(rule, code, excused=excused) is LETTERS[letter], (word, excused)


def test_a_scanner_that_reads_no_documents_helps_where_it_would_ask() -> None:
    for rule in RULES.values():
        for code in RefusalCode:
            decision = decide_refusal(rule, code, reads_documents=False)
            if code is RefusalCode.DOCUMENT_REQUIRED:
                assert decision is ASSIST
            else:
                assert decision is decide_refusal(rule, code)


def test_no_refusal_lets_anybody_in() -> None:
    for rule, code, excused, reads in itertools.product(RULES.values(), RefusalCode, (False, True), (False, True)):
        decision = decide_refusal(rule, code, excused=excused, reads_documents=reads)
        assert decision is not ADMIT
        assert (decision is NO_CHECK) == (code is RefusalCode.CHECK_NOT_PERMITTED)
        assert decision is not ASK or code is RefusalCode.DOCUMENT_REQUIRED


def test_what_is_a_scanners_or_a_clocks_fault_turns_nobody_away() -> None:
    assert sorted(NEVER_THEIR_FAULT) == [2, 4, 5, 7, 13, 14, 22, 23, 24]
    for rule, code in itertools.product(RULES.values(), sorted(NEVER_THEIR_FAULT)):
        assert decide_refusal(rule, RefusalCode(code)) is ASSIST
