/* From the text of a QR code to what happens at the gate. Mirrors verifier/verifier.py. */
#include "internal.h"

hp_result hp_scanner_begin(hp_scanner *scanner) {
    if (scanner->store == NULL || scanner->skew > HP_LARGEST_SKEW ||
        (scanner->place.data != NULL && scanner->audience != NULL) ||
        scanner->replay.room == 0 || scanner->replay.showings == NULL ||
        (scanner->recent.room != 0 && scanner->recent.answers == NULL)) {
        return HP_MISUSE;
    }
    if (scanner->audience != NULL && !hp_is_place_id((const uint8_t *)scanner->audience)) {
        return HP_MISUSE;
    }
    hp_replay_begin(&scanner->replay);
    scanner->recent.count = 0;
    scanner->place_generation = 0; /* of no list: the first one has 1 */
    scanner->place_holds = false;
    return HP_OK;
}

void hp_scanner_moved(hp_scanner *scanner, const uint8_t *place, size_t size) {
    scanner->place.data = place;
    scanner->place.size = size;
    scanner->audience = NULL;
    scanner->place_generation = 0;
    scanner->recent.count = 0; /* what was answered there is no answer here */
}

void hp_forget(hp_scanner *scanner, uint32_t now) {
    hp_replay_see(&scanner->replay, now);
    hp_recent_forget(&scanner->recent, now);
}

/* Step 2: the trust data is fresh enough. */
static uint8_t fresh(const hp_store *store, uint32_t now, uint32_t *stale) {
    if (!hp_store_fresh(store, now, stale)) {
        return HP_TRUST_LIST_EXPIRED;
    }
    bool revocable = store->list.revoker_count != 0;
    return revocable && !hp_revocation_fresh(store, now) ? HP_REVOCATION_DATA_STALE : 0;
}

/* Step 8: proof of possession, if a holder's key is named. */
static uint8_t check_shown(const hp_scanner *scanner, const hp_pass *pass, const hp_terms *terms, const hp_question *q) {
    uint8_t refusal = hp_check_possession(pass);
    if (refusal == 0) {
        refusal = hp_check_age(pass, q->now, scanner->skew);
    }
    return refusal == 0 ? hp_check_addressee(pass, terms, q->nonce) : refusal;
}

/* Steps 2 to 11; the first refusal, or 0 with the verdict in `out`. */
static uint8_t verdict(hp_scanner *scanner, const hp_terms *terms, const hp_question *q, hp_pass *pass, hp_outcome *out) {
    const hp_store *store = scanner->store;
    hp_bytes text = {q->text, q->size};
    hp_window window;
    uint8_t refusal = fresh(store, q->now, &out->stale); /* 2 */
    if (refusal == 0) {
        refusal = hp_parse_text(text, scanner->room, pass); /* 3, 4 */
    }
    if (refusal == 0) {
        refusal = hp_check_issuer(&store->list, pass, q->now, scanner->skew, &window, &out->index); /* 5 */
    }
    if (refusal == 0) {
        refusal = hp_check_claim_signatures(pass, &window, &out->index); /* 6 */
    }
    if (refusal == 0 && q->now >= (uint64_t)window.expires + scanner->skew) { /* 7 */
        refusal = HP_PASS_EXPIRED;
    }
    if (refusal == 0 && pass->first.key != NULL) {
        refusal = check_shown(scanner, pass, terms, q); /* 8 */
    }
    if (refusal == 0) {
        refusal = hp_check_documents(scanner, pass, &window, terms, q, out); /* 9 */
    }
    if (refusal == 0 && store->list.revoker_count != 0) {
        refusal = hp_revocation_check(store, pass, q->now, &out->stale, &out->index); /* 10 */
    }
    if (refusal == 0 && pass->first.key != NULL) {
        refusal = hp_replay_remember(&scanner->replay, pass, q->now, scanner->skew); /* 11 */
    }
    if (refusal != 0) {
        return refusal;
    }
    out->people = pass->people;
    out->expires = window.expires;
    for (unsigned n = 0; n < pass->people; n++) {
        out->colors[n] = *hp_person_of(pass, n).color;
    }
    return 0;
}

static void clear(hp_outcome *out) {
    memset(out, 0, sizeof *out);
    out->index = -1;
}

/* An outcome that says why, and nothing of what was found before. */
static void refuse(hp_outcome *out, uint8_t refusal, int8_t index) {
    clear(out);
    out->refusal = refusal;
    out->index = index;
}

static bool is_askable(const hp_scanner *scanner, const hp_question *q) {
    bool documents = q->document_count == 0 || (scanner->reads_documents && q->documents != NULL);
    return documents && q->document_count <= HP_MAX_DOCUMENTS;
}

hp_result hp_verify(hp_scanner *scanner, const hp_question *q, hp_outcome *out) {
    hp_terms terms;
    hp_pass pass;
    clear(out);
    if (!is_askable(scanner, q) || q->text == NULL) {
        return HP_MISUSE;
    }
    hp_forget(scanner, q->now);
    uint8_t refusal = hp_permitted(scanner, q->now, &terms); /* 1 */
    if (refusal == 0) {
        refusal = verdict(scanner, &terms, q, &pass, out);
    }
    if (refusal != 0) {
        refuse(out, refusal, out->index);
    }
    hp_wipe(scanner->room, sizeof scanner->room);
    return HP_OK;
}

/* Step 4 of hp_decide: the verdict and the rule of the place. */
static void decide(hp_scanner *scanner, const hp_terms *terms, const hp_question *q, hp_outcome *out) {
    hp_pass pass;
    hp_bytes text = {q->text, q->size};
    uint8_t refusal = verdict(scanner, terms, q, &pass, out);
    if (refusal == 0) {
        out->decision = hp_decide_colors(terms, out);
    } else {
        const hp_store *store = scanner->store;
        bool excused = store->has_list && hp_is_excused(refusal, text, &pass, &store->list, q->now);
        refuse(out, refusal, out->index);
        out->not_checked = excused;
        out->set_up = excused && (refusal == HP_NOT_A_PASS || refusal == HP_UNREADABLE) && hp_is_typed_wrongly(text);
        out->decision = hp_decide_refusal(terms, refusal, excused, scanner->reads_documents);
    }
    hp_wipe(scanner->room, sizeof scanner->room);
}

hp_result hp_decide(hp_scanner *scanner, const hp_question *q, hp_outcome *out) {
    static const hp_terms none = {false, {0, 0, 0, 0, 0, false}, NULL};
    hp_terms terms;
    hp_answer asked;
    clear(out);
    if (!is_askable(scanner, q)) {
        return HP_MISUSE;
    }
    hp_forget(scanner, q->now);
    uint8_t refusal = hp_permitted(scanner, q->now, &terms); /* 1 */
    if (refusal == 0 && q->text == NULL) { /* 2 */
        refusal = fresh(scanner->store, q->now, &out->stale);
        out->stale = 0;
        out->decision = HP_ASSIST;
    }
    if (refusal != 0) {
        refuse(out, refusal, -1);
        out->decision = hp_decide_refusal(&none, refusal, false, scanner->reads_documents);
    }
    if (refusal != 0 || q->text == NULL) {
        return HP_OK;
    }
    hp_recent_digests(&scanner->recent, q, &asked); /* 3 */
    const hp_answer *known = hp_recent_find(&scanner->recent, &asked, q->now);
    if (known != NULL) {
        *out = known->outcome;
        out->repeated = true;
        return HP_OK;
    }
    decide(scanner, &terms, q, out); /* 4 */
    asked.outcome = *out;
    hp_recent_keep(&scanner->recent, &asked);
    return HP_OK;
}

uint8_t hp_rule_of_place(hp_scanner *scanner, uint32_t now, bool *has_rule, hp_rule *out) {
    hp_terms terms;
    hp_forget(scanner, now);
    uint8_t refusal = hp_permitted(scanner, now, &terms);
    *has_rule = refusal == 0 && terms.has_rule;
    *out = terms.rule;
    return refusal == 0 && !scanner->store->has_list ? HP_TRUST_LIST_EXPIRED : refusal;
}
