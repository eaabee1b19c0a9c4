/* A claim: one of three fixed byte templates. Mirrors formats/claim.py. */
#include "internal.h"

size_t hp_claim_size(unsigned binding) {
    return binding == HP_DEVICE ? HP_DEVICE_SIZE : binding == HP_DOCUMENT ? HP_DOCUMENT_SIZE : HP_BOTH_SIZE;
}

/* COSE_Sign1, an array of four; the protected header {1 (alg): -19 (Ed25519), 4 (kid)}; the payload's head, and in it exp,
 * cti, cnf {1 (COSE_Key): {1: 1 (OKP), -1: 6 (Ed25519), -2: x}}, colour and document tag; the signature. */
#define BEGIN "\x08\xd2\x84\x49\xa2\x01\x32\x04\x44\x84\x06\xa0\x58"
#define TIMES "\x04\x1a\x84\x02\x07\x44\x84"
#define CNF "\x0b\x08\xa1\x01\xa3\x01\x01\x20\x06\x21\x58\x20\xa0\x05"
#define COLOR "\x3a\x00\x01\x00\x00\x81"
#define TAG "\x06\x3a\x00\x01\x00\x01\x42\x82"
#define END "\x02\x58\x40\xc0"

bool hp_match_claim(const uint8_t *data, unsigned binding, hp_claim *out) {
    static const char device[] = BEGIN "\x3e\xa4" TIMES CNF COLOR END;
    static const char document[] = BEGIN "\x1b\xa4" TIMES "\x05" COLOR TAG END;
    static const char both[] = BEGIN "\x46\xa5" TIMES CNF COLOR TAG END;
    hp_bytes all = {data, hp_claim_size(binding)};
    hp_cursor c = hp_cursor_of(all);
    hp_read_template(&c, binding == HP_DEVICE ? device : binding == HP_DOCUMENT ? document : both);
    if (c.bad) {
        return false;
    }
    out->data = data;
    out->size = (uint8_t)all.size;
    out->binding = (uint8_t)binding;
    out->kid = data + 8;
    out->exp = hp_number(data + 18);
    out->slot = hp_number(data + 24);
    out->key = binding == HP_DOCUMENT ? NULL : data + 39;
    out->tag = binding == HP_DEVICE ? NULL : data + all.size - 68;
    out->color = data[out->key == NULL ? 33 : 76];
    return out->exp >= HP_LEAST_TIME && out->color >= HP_GREEN && out->color <= HP_RED;
}

hp_person hp_person_of(const hp_pass *pass, unsigned number) {
    hp_person person;
    if (number == 0) {
        const hp_claim *first = &pass->first;
        person.cti = first->data + 24;
        person.color = first->data + (first->key == NULL ? 33 : 76);
        person.tag = first->tag;
        person.signature = first->data + first->size - 64;
    } else {
        const uint8_t *member = pass->members + (size_t)HP_MEMBER_SIZE * (number - 1);
        person.cti = member + 2;
        person.color = member + 6;
        person.tag = member + 8;
        person.signature = member + 12;
    }
    return person;
}

/* The Sig_structure (RFC 9052 section 4.4) of a member's claim is the first one's, with what differs in its place. */
bool hp_claim_holds(const hp_pass *pass, unsigned number, const uint8_t key[32]) {
    const uint8_t *data = pass->first.data;
    size_t color_at = pass->first.key == NULL ? 33 : 76;
    hp_person person = hp_person_of(pass, number);
    const hp_bytes parts[] = {
        {(const uint8_t *)"\x84\x6aSignature1", 12},
        {data + 2, 10},
        {(const uint8_t *)"\x40", 1},
        {data + 13, 11},
        {person.cti, 4},
        {data + 28, color_at - 28},
        {person.color, 1},
        {data + color_at + 1, 6},
        {person.tag, 2},
    };
    return hp_ed25519_verify(key, parts, person.tag == NULL ? 7 : 9, person.signature);
}
