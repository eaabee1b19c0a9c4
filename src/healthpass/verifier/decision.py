"""What happens at the gate, whatever verification has said. One table:

    every colour is admitted by the rule of the place                    ADMIT
    else every colour that is not admitted is assisted                   ASSIST
    else                                                                 REFUSE

    21  signed data in force say that nobody is checked here             NO_CHECK
    18  a document is asked for                                          ASK; ASSIST, if this scanner reads none
    2, 4, 5, 7, 13, 14, 22, 23, 24   the scanner's or a clock's fault    ASSIST, "not checked"
    1, 3, 6, 10, 15   where `is_excused` says that they are, too         ASSIST, "not checked"
    any other refusal                                                    ASSIST if the rule assists any colour,
                                                                         else REFUSE
    nothing shown                                                        ASSIST

A trust list without a policy has one rule for everywhere, here None: green is admitted, nobody assisted.
"""

from __future__ import annotations

from healthpass._values import Color, Decision
from healthpass.errors import RefusalCode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from healthpass.formats.check_policy import CheckRule

DAY = 86_400
"""Seconds: a trust list older than this may lack a key that the others have; a clock is wrong by less than this."""

NEVER_THEIR_FAULT = frozenset(
    (
        RefusalCode.UNSUPPORTED_VERSION,
        RefusalCode.TRUST_LIST_EXPIRED,
        RefusalCode.REVOCATION_DATA_STALE,
        RefusalCode.ISSUER_KEY_NOT_VALID,
        RefusalCode.PRESENTATION_STALE,
        RefusalCode.PRESENTATION_FROM_FUTURE,
        RefusalCode.DOCUMENT_KEY_MISSING,
        RefusalCode.REPLAY_UNKNOWN,
        RefusalCode.PLACE_NOT_CERTIFIED,
    )
)
"""What is wrong with a scanner or a clock, whoever stands before it."""


def decide_colors(rule: CheckRule | None, colors: Sequence[Color]) -> Decision:
    """What happens to the people of an accepted presentation: all of them go as the last of them.

    Args:
        rule: of the place; None for a trust list without a policy.
        colors: of everybody who was shown.
    """
    for color in colors:
        if color is not Color.GREEN if rule is None else not rule.admits(color):
            break
    else:
        return Decision.ADMIT
    if rule is None:
        return Decision.REFUSE
    left = (color for color in colors if not rule.admits(color))
    return Decision.ASSIST if all(rule.assists(color) for color in left) else Decision.REFUSE


def decide_refusal(
    rule: CheckRule | None, code: RefusalCode, *, excused: bool = False, reads_documents: bool = True
) -> Decision:
    """What happens to somebody whose presentation was refused.

    Args:
        rule: of the place; None for a trust list without a policy, or where none is in force.
        code: why.
        excused: whether it is the scanner's, a clock's or a poster's fault, for a code that may be.
        reads_documents: whether this scanner can take a document.
    """
    if code is RefusalCode.CHECK_NOT_PERMITTED:
        return Decision.NO_CHECK
    if code is RefusalCode.DOCUMENT_REQUIRED:
        return Decision.ASK if reads_documents else Decision.ASSIST
    if excused or code in NEVER_THEIR_FAULT or (rule is not None and rule.assisted):
        return Decision.ASSIST
    return Decision.REFUSE
