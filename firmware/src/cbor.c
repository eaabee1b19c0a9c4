/* Deterministic CBOR (RFC 8949 section 4.2.1), in place. Mirrors formats/cbor.py.
 *
 * `hp_cbor_check` goes over a whole message once and refuses what is not the one form of a value; cbor_read.c then takes
 * out of it what is expected. */
#include "internal.h"

enum { UINT, NINT, BYTES, TEXT, ARRAY, MAP };
enum { MAX_DEPTH = 8, NULL_BYTE = 0xF6 };

/* The head at the cursor: major type and argument, in shortest form. False, and the cursor bad, if there is none. */
bool hp_read_head(hp_cursor *c, unsigned *major, uint64_t *argument) {
    *major = 0;
    *argument = 0;
    if (c->bad || c->at >= c->size) {
        c->bad = true;
        return false;
    }
    unsigned first = c->data[c->at], info = first & 31;
    *major = first >> 5;
    *argument = info;
    if (*major > MAP || info > 27) {
        c->bad = true;
        return false;
    }
    c->at++;
    if (info < 24) {
        return true;
    }
    size_t width = (size_t)1 << (info - 24);
    if (width > c->size - c->at) {
        c->bad = true;
        return false;
    }
    uint64_t number = 0;
    for (size_t n = 0; n < width; n++) {
        number = number << 8 | c->data[c->at++];
    }
    /* What is lower has a shorter head. */
    if (width == 1 ? number < 24 : number >> (4 * width) == 0) {
        c->bad = true;
        return false;
    }
    *argument = number;
    return true;
}

typedef struct {
    uint32_t left; /* items, of a map keys and values */
    bool map;
    size_t key, key_end; /* the last key */
} level;

/* A map's keys are integers or text, and rise byte by byte. */
static bool key_follows(const hp_cursor *c, level *in, size_t start) {
    unsigned major = c->data[start] >> 5;
    if (major > NINT && major != TEXT) {
        return false;
    }
    size_t size = c->at - start, before = in->key_end - in->key;
    int order = memcmp(c->data + in->key, c->data + start, size < before ? size : before);
    if (order > 0 || (order == 0 && size <= before)) {
        return false;
    }
    in->key = start;
    in->key_end = c->at;
    return true;
}

/* One item without what is in it: how many items follow that belong to it. Strings are passed. */
bool hp_read_item(hp_cursor *c, bool *map, uint64_t *inside) {
    unsigned major;
    uint64_t argument;
    *inside = 0;
    *map = false;
    if (!c->bad && c->at < c->size && c->data[c->at] == NULL_BYTE) {
        c->at++;
        return true;
    }
    if (!hp_read_head(c, &major, &argument)) {
        return false;
    }
    if (major <= NINT) {
        return true;
    }
    if (argument > c->size - c->at) { /* bytes or items, of which each takes a byte at least */
        c->bad = true;
        return false;
    }
    if (major >= ARRAY) {
        *map = major == MAP;
        *inside = argument << (major == MAP);
        return true;
    }
    hp_bytes string = {c->data + c->at, (size_t)argument};
    c->at += string.size;
    return major == BYTES || hp_is_utf8(string);
}

bool hp_cbor_check(hp_bytes data, uint32_t items) {
    level levels[MAX_DEPTH];
    unsigned depth = 0;
    hp_cursor c = hp_cursor_of(data);
    for (;;) {
        size_t start = c.at;
        level *in = depth ? &levels[depth - 1] : NULL;
        bool map, key = in != NULL && in->map && in->left % 2 == 0;
        uint64_t inside;
        if (!hp_read_item(&c, &map, &inside)) {
            return false;
        }
        unsigned major = data.data[start] >> 5;
        bool holds = major == ARRAY || major == MAP;
        if (key && !key_follows(&c, in, start)) {
            return false;
        }
        if (holds) {
            if (depth == MAX_DEPTH || inside > items) {
                return false;
            }
            items -= (uint32_t)inside;
        }
        if (inside != 0) {
            levels[depth].left = (uint32_t)inside;
            levels[depth].map = map;
            levels[depth].key = levels[depth].key_end = 0;
            depth++;
            continue;
        }
        while (depth != 0 && --levels[depth - 1].left == 0) {
            depth--; /* its last item ends what it is in, too */
        }
        if (depth == 0) {
            return c.at == c.size;
        }
    }
}
