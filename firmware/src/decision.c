/* What happens at the gate, whatever verification has said. Mirrors verifier/outcome.py, which has the table. */
#include "internal.h"

uint8_t hp_decide_colors(const hp_terms *terms, const hp_outcome *outcome) {
    unsigned admitted = terms->has_rule ? terms->rule.admitted : 1, assisted = terms->has_rule ? terms->rule.assisted : 0;
    bool all_admitted = true, all_helped = true;
    for (unsigned n = 0; n < outcome->people; n++) {
        unsigned color = 1u << (outcome->colors[n] - 1);
        all_admitted = all_admitted && (admitted & color);
        all_helped = all_helped && ((admitted | assisted) & color);
    }
    return all_admitted ? HP_ADMIT : all_helped ? HP_ASSIST : HP_REFUSE;
}

uint8_t hp_decide_refusal(const hp_terms *terms, uint8_t refusal, bool excused, bool reads_documents) {
    switch (refusal) {
    case HP_CHECK_NOT_PERMITTED:
        return HP_NO_CHECK;
    case HP_DOCUMENT_REQUIRED:
        return reads_documents ? HP_ASK : HP_ASSIST;
    case HP_UNSUPPORTED_VERSION: /* from here on the scanner's or a clock's fault, whoever stands before it */
    case HP_TRUST_LIST_EXPIRED:
    case HP_REVOCATION_DATA_STALE:
    case HP_ISSUER_KEY_NOT_VALID:
    case HP_PRESENTATION_STALE:
    case HP_PRESENTATION_FROM_FUTURE:
    case HP_DOCUMENT_KEY_MISSING:
    case HP_REPLAY_UNKNOWN:
    case HP_PLACE_NOT_CERTIFIED:
        return HP_ASSIST;
    default:
        return excused || (terms->has_rule && terms->rule.assisted) ? HP_ASSIST : HP_REFUSE;
    }
}
