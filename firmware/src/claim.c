/* A claim: one of three fixed byte templates. Mirrors formats/claim.py. */
#include "internal.h"

size_t hp_claim_size(unsigned binding) {
    return binding == HP_DEVICE ? HP_DEVICE_SIZE : binding == HP_DOCUMENT ? HP_DOCUMENT_SIZE : HP_BOTH_SIZE;
}

bool hp_match_claim(const uint8_t *data, unsigned binding, hp_claim *out) {
    hp_bytes all = {data, hp_claim_size(binding)};
    hp_cursor c = hp_cursor_of(all);
    out->data = data;
    out->size = (uint8_t)all.size;
    out->binding = (uint8_t)binding;
    out->key = out->tag = NULL;
    /* COSE_Sign1, an array of four; the protected header {1 (alg): -19 (Ed25519), 4 (kid)} */
    hp_read_constant(&c, "\xd2\x84\x49\xa2\x01\x32\x04\x44", 8);
    out->kid = hp_read_raw(&c, 4);
    hp_read_constant(&c, binding == HP_DEVICE ? "\xa0\x58\x3e\xa4" : binding == HP_DOCUMENT ? "\xa0\x58\x1b\xa4"
                                                                                          : "\xa0\x58\x46\xa5", 4);
    hp_read_constant(&c, "\x04\x1a", 2); /* exp */
    const uint8_t *exp = hp_read_raw(&c, 4);
    hp_read_constant(&c, "\x07\x44", 2); /* cti */
    const uint8_t *cti = hp_read_raw(&c, 4);
    if (binding != HP_DOCUMENT) { /* cnf: {1 (COSE_Key): {1: 1 (OKP), -1: 6 (Ed25519), -2: x}} */
        hp_read_constant(&c, "\x08\xa1\x01\xa3\x01\x01\x20\x06\x21\x58\x20", 11);
        out->key = hp_read_raw(&c, 32);
    }
    hp_read_constant(&c, "\x3a\x00\x01\x00\x00", 5); /* colour */
    const uint8_t *color = hp_read_raw(&c, 1);
    if (binding != HP_DEVICE) { /* document tag */
        hp_read_constant(&c, "\x3a\x00\x01\x00\x01\x42", 6);
        out->tag = hp_read_raw(&c, 2);
    }
    hp_read_constant(&c, "\x58\x40", 2);
    if (c.bad || color == NULL || exp == NULL || cti == NULL) {
        return false;
    }
    out->exp = hp_number(exp);
    out->slot = hp_number(cti);
    out->color = color[0];
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
