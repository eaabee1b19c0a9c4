/* The steps of a verification that need no memory. Mirrors verifier/steps.py; the numbers are those of hp_verify. */
#include "internal.h"

static int8_t index_of(const hp_pass *pass, unsigned person) { return pass->people > 1 ? (int8_t)person : -1; }

uint8_t hp_check_issuer(const hp_trust_list *list, const hp_pass *pass, uint32_t now, uint32_t skew, hp_window *out,
                        int8_t *index) {
    if (!hp_find_window(list, pass->first.kid, out)) {
        return HP_UNKNOWN_ISSUER_KEY;
    }
    if ((uint64_t)now + skew < out->valid_from) {
        return HP_ISSUER_KEY_NOT_VALID;
    }
    if (pass->first.exp != out->expires || !(pass->first.binding & out->bindings)) {
        return HP_ISSUER_NOT_ALLOWED;
    }
    for (unsigned n = 0; n < pass->people; n++) {
        if (!hp_is_below(hp_number(hp_person_of(pass, n).cti), out->exponent)) {
            *index = index_of(pass, n);
            return HP_ISSUER_NOT_ALLOWED;
        }
    }
    return 0;
}

uint8_t hp_check_claim_signatures(const hp_pass *pass, const hp_window *window, int8_t *index) {
    for (unsigned n = 0; n < pass->people; n++) {
        if (!hp_claim_holds(pass, n, window->key)) {
            *index = index_of(pass, n);
            return HP_BAD_CLAIM_SIGNATURE;
        }
    }
    return 0;
}

uint8_t hp_check_possession(const hp_pass *pass) {
    if (!pass->shown) {
        return HP_HOLDER_PROOF_REQUIRED;
    }
    return hp_ed25519_verify(pass->first.key, pass->parts, 4, pass->signature) ? 0 : HP_BAD_HOLDER_SIGNATURE;
}

uint8_t hp_check_age(const hp_pass *pass, uint32_t now, uint32_t skew) {
    if (now >= (uint64_t)pass->iat + HP_IAT_STEP + skew) {
        return HP_PRESENTATION_STALE;
    }
    return (uint64_t)now + skew < pass->iat ? HP_PRESENTATION_FROM_FUTURE : 0;
}

static bool same(const uint8_t *one, const uint8_t *other) {
    return one == NULL || other == NULL ? one == other : memcmp(one, other, 16) == 0;
}

uint8_t hp_check_addressee(const hp_pass *pass, const hp_terms *terms, const uint8_t *nonce) {
    bool missing_is_fine = terms->has_rule && !terms->rule.audience;
    if (!same(pass->audience, terms->audience) && !(missing_is_fine && pass->audience == NULL)) {
        return HP_WRONG_AUDIENCE;
    }
    return same(pass->nonce, nonce) ? 0 : HP_WRONG_NONCE;
}

static void all_are(hp_outcome *out, const hp_pass *pass, uint8_t check) { memset(out->documents, check, pass->people); }

uint8_t hp_check_documents(const hp_scanner *scanner, const hp_pass *pass, const hp_window *window,
                           const hp_terms *terms, const hp_question *question, hp_outcome *out) {
    if (pass->first.tag == NULL) { /* the template of a group holds every claim to the binding of the first */
        all_are(out, pass, HP_NOT_BOUND);
        return 0;
    }
    const uint8_t *key = hp_document_key_for(scanner->store, window->document_key_id);
    if (question->document_count != 0) {
        all_are(out, pass, HP_COMPARED);
        return key == NULL ? HP_DOCUMENT_KEY_MISSING : hp_compare_documents(pass, window, key, question, &out->index);
    }
    if (terms->has_rule && !(terms->rule.documents & (pass->first.key == NULL ? 1 : 2))) {
        all_are(out, pass, HP_NOT_COMPARED);
        return 0;
    }
    if (scanner->reads_documents && key == NULL) {
        return HP_DOCUMENT_KEY_MISSING;
    }
    out->index = index_of(pass, 0);
    return HP_DOCUMENT_REQUIRED;
}

uint8_t hp_needs_documents(const uint8_t *text, size_t size, uint8_t room[HP_PASS_ROOM], uint8_t *people, uint8_t *needed) {
    hp_bytes all = {text, size};
    hp_pass pass;
    uint8_t refusal = hp_parse_text(all, room, &pass);
    *people = refusal ? 0 : pass.people;
    *needed = !refusal && pass.first.tag != NULL ? pass.people : 0;
    return refusal;
}
