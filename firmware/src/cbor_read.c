/* Readers of CBOR: each takes what it expects and nothing else, and checks its bounds, so none of them relies on what was
 * checked before. Mirrors formats/fields.py. */
#include "internal.h"

enum { UINT, NINT, BYTES, TEXT, ARRAY, MAP };
enum { NULL_BYTE = 0xF6 };

hp_cursor hp_cursor_of(hp_bytes data) {
    hp_cursor c = {data.data, data.size, 0, false};
    return c;
}

/* The argument of an item of this type; anything else is bad, and 0. */
static uint32_t read_of(hp_cursor *c, unsigned kind, uint32_t least, uint32_t most) {
    unsigned major;
    uint32_t argument;
    if (!hp_read_head(c, &major, &argument) || major != kind || argument < least || argument > most) {
        c->bad = true;
        return 0;
    }
    return argument;
}

/* How many bytes or items, of which each takes a byte at least, are left. */
static uint32_t left_of(const hp_cursor *c) {
    return c->size - c->at > UINT32_MAX ? UINT32_MAX : (uint32_t)(c->size - c->at);
}

uint32_t hp_read_uint(hp_cursor *c, uint32_t least, uint32_t most) { return read_of(c, UINT, least, most); }

static hp_bytes read_string(hp_cursor *c, unsigned kind) {
    uint32_t size = read_of(c, kind, 0, left_of(c));
    hp_bytes out = {hp_read_raw(c, size), size};
    return out;
}

hp_bytes hp_read_bytes(hp_cursor *c) { return read_string(c, BYTES); }

hp_bytes hp_read_text(hp_cursor *c) { return read_string(c, TEXT); }

const uint8_t *hp_read_string(hp_cursor *c, size_t size) {
    hp_bytes out = hp_read_bytes(c);
    if (out.size != size) {
        c->bad = true;
    }
    return c->bad ? NULL : out.data;
}

uint32_t hp_read_array(hp_cursor *c, uint32_t least, uint32_t most) {
    uint32_t left = left_of(c);
    return read_of(c, ARRAY, least, most < left ? most : left);
}

uint32_t hp_read_map(hp_cursor *c) { return read_of(c, MAP, 0, left_of(c)); }

bool hp_read_null(hp_cursor *c) {
    if (c->bad || c->at >= c->size || c->data[c->at] != NULL_BYTE) {
        return false;
    }
    c->at++;
    return true;
}

const uint8_t *hp_read_raw(hp_cursor *c, size_t size) {
    if (c->bad || size > c->size - c->at) {
        c->bad = true;
        return NULL;
    }
    c->at += size;
    return c->data + c->at - size;
}

void hp_read_constant(hp_cursor *c, const void *expected, size_t size) {
    const uint8_t *found = hp_read_raw(c, size);
    if (found == NULL || memcmp(found, expected, size) != 0) {
        c->bad = true;
    }
}

const uint8_t *hp_read_template(hp_cursor *c, const char *template_) {
    const uint8_t *at = (const uint8_t *)template_, *begin = c->data + c->at;
    while (*at != 0) {
        size_t size = *at++;
        if (size & HP_HOLE) {
            hp_read_raw(c, size - HP_HOLE);
        } else {
            hp_read_constant(c, at, size);
            at += size;
        }
    }
    return begin;
}

void hp_skip(hp_cursor *c) {
    uint32_t left = 1, inside;
    bool map;
    while (left != 0 && hp_read_item(c, &map, &inside)) {
        left += inside - 1; /* at most twice the bytes that are left, of a message of a few MiB at most */
        if (left > 2 * left_of(c)) {
            c->bad = true;
        }
    }
}

void hp_read_label(hp_cursor *c, uint8_t label) { hp_read_constant(c, &label, 1); }

void hp_read_additions(hp_cursor *c, uint32_t left) {
    while (left-- != 0 && !c->bad) {
        unsigned major;
        uint32_t argument;
        if (!hp_read_head(c, &major, &argument) || (major & 7) != NINT) {
            c->bad = true;
        }
        hp_skip(c);
    }
    if (c->at != c->size) {
        c->bad = true;
    }
}

const uint8_t *hp_read_set(hp_cursor *c, size_t size, uint32_t least, uint32_t most, uint32_t *count) {
    *count = hp_read_array(c, least, most);
    const uint8_t *first = c->data + c->at, *before = NULL;
    for (uint32_t n = 0; n < *count && !c->bad; n++) {
        const uint8_t *item = hp_read_string(c, size);
        if (item == NULL || (before != NULL && memcmp(before, item, size) >= 0)) {
            c->bad = true;
        }
        before = item;
    }
    if (c->bad) {
        *count = 0;
    }
    return first;
}
