/* What is said of a refusal, and at a gate, in English. Mirrors errors.py, verifier/sentences.py and sentences_en.py. A
 * scanner that says it in another language, or shows pictures, leaves this file out. */
#include "internal.h"

static const char *const REFUSALS[] = {
    "",
    "This is not a health pass. Show the health pass.",
    "This pass is of a version that this scanner does not know. Update the scanner.",
    "This pass cannot be read. Show it again, or ask for a new one.",
    "This scanner's trust list is missing, expired, or ahead of its clock. Connect the scanner and set its "
    "clock.",
    "This scanner's revocation data is missing or too old. Connect the scanner.",
    "This scanner does not know who has signed this pass. Show another, or ask for a new one.",
    "This pass is not valid yet. Show the pass of today.",
    "This pass says something that its key may not sign. Ask for a new one.",
    "This pass is not genuine. Ask for a new one.",
    "This pass has expired. Show the pass of today.",
    "This pass must be shown live. Show it on the phone that holds it.",
    "This pass was not shown by the phone that holds it. Show it on that phone.",
    "This showing is too old. Show the pass again.",
    "This showing is dated in the future. Set the phone's clock.",
    "This showing was not made for this place. Scan the poster of this place, and show the pass again.",
    "This showing does not answer this scanner's question. Scan the code that it shows, and show the pass again.",
    "This showing was seen before. Show the pass again.",
    "Show the document that this pass belongs to.",
    "This pass does not belong to that document. Show the document that it belongs to.",
    "This pass is no longer valid. Ask for a new one.",
    "A check is not permitted here. Put the pass away.",
    "This scanner lacks the key that documents are compared with. Connect the scanner.",
    "This scanner cannot tell whether this showing was seen before. Show the pass again in a few minutes.",
    "Nothing in force says that this scanner may check here. Connect it, renew its certificate, set its "
    "clock.",
};

static const char HELP[] = "Please go to the green channel: somebody will help you there.";

const char *hp_refusal_sentence(uint8_t refusal) {
    return refusal < sizeof REFUSALS / sizeof *REFUSALS ? REFUSALS[refusal] : "";
}

/* That a pass was not checked, and what to do; NULL for a refusal that is never without fault. */
static const char *not_checked(uint8_t refusal) {
    switch (refusal) {
    case 1:
    case 3:
        return "Not checked: the code was not read whole. Hold it still and show it again.";
    case 2:
        return "Not checked: this scanner is too old for this pass. Staff: help this person, and update the "
               "scanner.";
    case 4:
        return "Not checked: this scanner's trust list is missing or too old, or its clock is wrong. Staff: "
               "help this person, connect the scanner and set its clock.";
    case 5:
        return "Not checked: this scanner's revocation data is missing or too old. Staff: help this person, "
               "and connect the scanner.";
    case 6:
        return "Not checked: this scanner's trust list is over a day old, and lacks this pass's key. Staff: "
               "help this person, and connect the scanner.";
    case 7:
        return "Not checked: by this scanner's clock this pass is not valid yet. Show the pass of today. "
               "Staff: look at the clock.";
    case 10:
        return "Not checked: by this scanner's clock this pass has just expired. Show the pass of today. "
               "Staff: look at the clock.";
    case 13:
        return "Not checked: by the clocks this showing is too old. Show the pass again, and set the phone's "
               "clock.";
    case 14:
        return "Not checked: by the clocks this showing is from the future. Set the phone's clock and show "
               "the pass again.";
    case 15:
        return "Not checked: this pass was shown for no place. Scan the poster of this place and show the "
               "pass again. Staff: put the poster up.";
    case 18:
        return "Not checked: this pass belongs to a document, and this scanner reads none. Please go to the "
               "staff, with the document.";
    case 22:
        return "Not checked: this scanner cannot compare documents. Staff: help this person, and give the "
               "scanner its document keys.";
    case 23:
        return "Not checked: this scanner cannot tell yet what it was shown before. Show the pass again in "
               "two minutes.";
    case 24:
        return "Not checked: nothing in force says that this scanner may check here. Staff: renew its "
               "certificate, connect it, set its clock.";
    default:
        return NULL;
    }
}

/* Whether a sentence says what is wrong with a pass, rather than with a scanner. */
static bool is_of_pass(uint8_t refusal) {
    const uint32_t of_pass = 0x1b9f4au; /* bits, by number */
    return refusal < 32 && (of_pass >> refusal & 1);
}

static const char *of_refusal(const hp_outcome *outcome, const char **then) {
    if (outcome->set_up && outcome->decision == HP_ASSIST) {
        return "Not checked: this scanner is set up wrongly. That is no fault of this person. Staff: help "
               "this person, turn Caps Lock off, and set the scanner's keyboard layout.";
    }
    const char *assist = not_checked(outcome->refusal);
    if (outcome->decision == HP_REFUSE) {
        return is_of_pass(outcome->refusal) ? hp_refusal_sentence(outcome->refusal)
                                            : "With this pass nobody is let in here today. Please turn back, or ask the staff.";
    }
    if (outcome->not_checked || !is_of_pass(outcome->refusal)) {
        return assist != NULL ? assist : HELP;
    }
    *then = HELP;
    return hp_refusal_sentence(outcome->refusal);
}

const char *hp_sentence(const hp_outcome *outcome, const char **then) {
    *then = NULL;
    if (outcome->refusal != 0 && (outcome->decision == HP_ASSIST || outcome->decision == HP_REFUSE)) {
        return of_refusal(outcome, then);
    }
    switch (outcome->decision) {
    case HP_ADMIT:
        return "Please go in.";
    case HP_REFUSE:
        return "With this pass nobody is let in here today. Please turn back, or ask the staff.";
    case HP_ASSIST:
        return outcome->people != 0 ? HELP : "Not checked: no pass was shown. Please go to the green channel: "
                                            "somebody will help you there.";
    case HP_NO_CHECK:
        return "Nobody is checked here. Please put your pass away.";
    case HP_ASK:
        return "Please also show the document that this pass belongs to.";
    default:
        return "";
    }
}
