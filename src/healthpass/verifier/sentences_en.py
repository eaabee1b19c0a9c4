"""What is said at a gate, in English. See `healthpass.verifier.sentences`."""

from __future__ import annotations

from healthpass.errors import SENTENCES

PLAIN: dict[str, str] = {
    "admit": "Please go in.",
    "refuse": "With this pass nobody is let in here today. Please turn back, or ask the staff.",
    "assist": "Please go to the green channel: somebody will help you there.",
    "no-check": "Nobody is checked here. Please put your pass away.",
    "ask": "Please also show the document that this pass belongs to.",
    "nothing-shown": "Not checked: no pass was shown. Please go to the green channel: somebody will help you there.",
    "set-up": "Not checked: this scanner is set up wrongly. That is no fault of this person. Staff: help this person, "
    "turn Caps Lock off, and set the scanner's keyboard layout.",
    "help": "Please go to the green channel: somebody will help you there.",
}
REFUSED: dict[int, str] = {code: SENTENCES[code] for code in (1, 3, 6, 8, 9, 10, 11, 12, 15, 16, 17, 19, 20)}
NOT_CHECKED: dict[int, str] = {
    1: "Not checked: the code was not read whole. Hold it still and show it again.",
    2: "Not checked: this scanner is too old for this pass. Staff: help this person, and update the scanner.",
    3: "Not checked: the code was not read whole. Hold it still and show it again.",
    4: "Not checked: this scanner's trust list is missing or too old, or its clock is wrong. Staff: "
    "help this person, connect the scanner and set its clock.",
    5: "Not checked: this scanner's revocation data is missing or too old. Staff: help this person, and "
    "connect the scanner.",
    6: "Not checked: this scanner's trust list is over a day old, and lacks this pass's key. Staff: "
    "help this person, and connect the scanner.",
    7: "Not checked: by this scanner's clock this pass is not valid yet. Show the pass of today. Staff: "
    "look at the clock.",
    10: "Not checked: by this scanner's clock this pass has just expired. Show the pass of today. Staff: "
    "look at the clock.",
    13: "Not checked: by the clocks this showing is too old. Show the pass again, and set the phone's clock.",
    14: "Not checked: by the clocks this showing is from the future. Set the phone's clock and show the pass again.",
    15: "Not checked: this pass was shown for no place. Scan the poster of this place and show the pass "
    "again. Staff: put the poster up.",
    18: "Not checked: this pass belongs to a document, and this scanner reads none. Please go to the "
    "staff, with the document.",
    22: "Not checked: this scanner cannot compare documents. Staff: help this person, and give the "
    "scanner its document keys.",
    23: "Not checked: this scanner cannot tell yet what it was shown before. Show the pass again in two minutes.",
    24: "Not checked: nothing in force says that this scanner may check here. Staff: renew its "
    "certificate, connect it, set its clock.",
}
