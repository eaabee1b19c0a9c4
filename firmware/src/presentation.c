/* A presentation: one of 36 templates, which its length names. Mirrors formats/presentation.py. */
#include "internal.h"

static size_t shown_size(unsigned audience, unsigned nonce, unsigned members) {
    return 7 + 18 * audience + 19 * nonce + (members ? 6 + (size_t)HP_MEMBER_SIZE * members : 0);
}

static size_t head_size(size_t size) { return size < 24 ? 1 : size < 256 ? 2 : 3; }

typedef struct {
    unsigned binding, audience, nonce, members;
} shape;

/* The shape that has this length, if any: no two share one. */
static bool find_shape(size_t size, shape *out) {
    for (unsigned n = 0; n < 64; n++) {
        shape each = {n & 32 ? HP_BOTH : HP_DEVICE, n >> 4 & 1, n >> 3 & 1, n & 7};
        size_t shown = shown_size(each.audience, each.nonce, each.members);
        if (each.binding == HP_DEVICE && each.members) {
            continue;
        }
        if (size == 8 + hp_claim_size(each.binding) + 1 + head_size(shown) + shown + 66) {
            *out = each;
            return true;
        }
    }
    return false;
}

bool hp_is_shown_size(size_t size) {
    shape form;
    return find_shape(size, &form);
}

static void read_shown(hp_cursor *c, const shape *form, hp_pass *out) {
    uint8_t map = (uint8_t)(0xA1 + form->audience + form->nonce + (form->members > 0));
    uint8_t array = (uint8_t)(0x80 + form->members);
    hp_read_constant(c, &map, 1);
    if (form->audience) {
        out->audience = hp_read_template(c, "\x02\x03\x70\x90") + 2;
    }
    const uint8_t *iat = hp_read_template(c, "\x02\x06\x1a\x84") + 2;
    if (form->nonce) {
        out->nonce = hp_read_template(c, "\x03\x18\x27\x50\x90") + 3;
    }
    if (form->members) {
        hp_read_constant(c, "\x3a\x00\x01\x00\x02", 5);
        hp_read_constant(c, &array, 1);
        out->members = c->data + c->at;
    }
    for (unsigned n = 0; n < form->members; n++) { /* cti and colour, tag, signature */
        hp_read_template(c, "\x02\x84\x44\x85\x01\x42\x82\x02\x58\x40\xc0");
    }
    out->iat = c->bad ? 0 : hp_number(iat);
}

/* Kid, expiry and holder key are one by the template. Slots must be distinct, or one claim could stand for several. */
static bool is_group(const hp_pass *pass) {
    for (unsigned n = 1; n < pass->people; n++) {
        hp_person person = hp_person_of(pass, n);
        if (person.color[0] < HP_GREEN || person.color[0] > HP_RED) {
            return false;
        }
        for (unsigned other = 0; other < n; other++) {
            if (memcmp(person.cti, hp_person_of(pass, other).cti, 4) == 0) {
                return false;
            }
        }
    }
    return true;
}

bool hp_is_place_id(const uint8_t text[16]) {
    for (unsigned n = 0; n < 16; n++) {
        if (!((text[n] >= '0' && text[n] <= '9') || (text[n] >= 'a' && text[n] <= 'f'))) {
            return false;
        }
    }
    return true;
}

static bool parse_presentation(hp_bytes data, hp_pass *out) {
    shape form;
    if (!find_shape(data.size, &form)) {
        return false;
    }
    size_t claim = hp_claim_size(form.binding), end = 8 + claim;
    size_t shown = shown_size(form.audience, form.nonce, form.members);
    hp_cursor c = hp_cursor_of(data);
    uint8_t protected_ = (uint8_t)(claim + 4);
    hp_read_constant(&c, "\xd2\x84\x58", 3);
    hp_read_constant(&c, &protected_, 1);
    hp_read_constant(&c, "\xa2\x01\x32\x0d", 4);
    if (c.bad || !hp_match_claim(data.data + 8, form.binding, &out->first)) {
        return false;
    }
    hp_read_raw(&c, claim);
    hp_read_constant(&c, "\xa0", 1);
    if (hp_read_bytes(&c).size != shown) {
        return false;
    }
    c.at -= shown;
    read_shown(&c, &form, out);
    out->signature = hp_read_template(&c, "\x02\x58\x40\xc0") + 2;
    if (c.bad) {
        return false;
    }
    out->people = (uint8_t)(1 + form.members);
    out->shown = true;
    hp_bytes context = {(const uint8_t *)"\x84\x6aSignature1", 12}, none = {(const uint8_t *)"\x40", 1};
    out->parts[0] = context;
    out->parts[1].data = data.data + 2;
    out->parts[1].size = end - 2;
    out->parts[2] = none;
    out->parts[3].data = data.data + end + 1;
    out->parts[3].size = data.size - 66 - (end + 1);
    return is_group(out) && out->iat % HP_IAT_STEP == 0 && out->iat >= HP_LEAST_TIME &&
           (out->audience == NULL || hp_is_place_id(out->audience));
}

bool hp_parse_pass(hp_bytes data, hp_pass *out) {
    memset(out, 0, sizeof *out);
    unsigned binding = data.size == HP_DEVICE_SIZE     ? HP_DEVICE
                       : data.size == HP_DOCUMENT_SIZE ? HP_DOCUMENT
                       : data.size == HP_BOTH_SIZE     ? HP_BOTH
                                                       : 0;
    if (binding == 0) {
        return parse_presentation(data, out);
    }
    out->people = 1;
    return hp_match_claim(data.data, binding, &out->first);
}
