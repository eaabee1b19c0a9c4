/* The check policy: seven bytes a rule, looked up where they are. Mirrors formats/check_policy.py. */
#include "internal.h"

enum { RULE_SIZE = 7, MAX_RULES = 69, MAX_CLASS = 23 };

bool hp_read_policy(hp_cursor *c, const uint8_t **rules, uint8_t *count) {
    uint32_t found = hp_read_array(c, 0, MAX_RULES);
    *rules = c->data + c->at;
    *count = (uint8_t)found;
    const uint8_t *before = NULL;
    for (uint32_t n = 0; n < found; n++) {
        const uint8_t *rule = hp_read_raw(c, RULE_SIZE); /* an array of six small integers, a byte each */
        if (rule == NULL || rule[0] != 0x86 || rule[1] > 2 || rule[2] < 1 || rule[2] > MAX_CLASS || rule[3] > 7 ||
            rule[4] > 7 || (rule[3] & rule[4]) || rule[5] > 3 || rule[6] > 1) {
            return false;
        }
        if (before != NULL && memcmp(before + 1, rule + 1, 2) >= 0) {
            return false;
        }
        before = rule;
    }
    return !c->bad;
}

bool hp_policy_names(const hp_trust_list *list, uint8_t place_class) {
    for (unsigned n = 0; n < list->rule_count; n++) {
        if (list->rules[RULE_SIZE * n + 2] == place_class) {
            return true;
        }
    }
    return false;
}

bool hp_policy_rule(const hp_trust_list *list, uint8_t risk, uint8_t place_class, hp_rule *out) {
    for (unsigned n = 0; n < list->rule_count; n++) {
        const uint8_t *rule = list->rules + (size_t)RULE_SIZE * n;
        if (rule[1] == risk && rule[2] == place_class) {
            out->risk = risk;
            out->place_class = place_class;
            out->admitted = rule[3];
            out->assisted = rule[4];
            out->documents = rule[5];
            out->audience = rule[6] != 0;
            return true;
        }
    }
    return false;
}

bool hp_policy_rule_at_any_risk(const hp_trust_list *list, uint8_t place_class, hp_rule *out) {
    hp_rule other;
    if (!hp_policy_rule(list, 0, place_class, out)) {
        return false;
    }
    for (uint8_t risk = 1; risk <= 2; risk++) {
        if (!hp_policy_rule(list, risk, place_class, &other) || other.admitted != out->admitted ||
            other.assisted != out->assisted || other.documents != out->documents || other.audience != out->audience) {
            return false;
        }
    }
    return true;
}
