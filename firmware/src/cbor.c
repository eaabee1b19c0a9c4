/* Deterministic CBOR (RFC 8949 section 4.2.1), in place. Mirrors formats/cbor.py.
 *
 * `hp_cbor_check` goes over a whole message once and refuses what is not the one form of a value; cbor_read.c then takes
 * out of it what is expected. */
#include "internal.h"

enum { UINT, NINT, BYTES, TEXT, ARRAY, MAP };
enum { MAX_DEPTH = 8 };

/* The head at the cursor: major type and argument, in shortest form. An argument of over 32 bits is UINT32_MAX, and the
 * type has HP_WIDE: it is none of a length. False, and the cursor bad, if there is no head. */
bool hp_read_head(hp_cursor *c, unsigned *major, uint32_t *argument) {
    bool good = !c->bad && c->at < c->size;
    unsigned first = good ? c->data[c->at] : 0xFF, info = first & 31;
    size_t width = info < 24 ? 0 : (size_t)1 << (info & 3);
    *major = first >> 5;
    *argument = info;
    c->bad = !good || *major > MAP || info > 27 || width > c->size - c->at - 1;
    if (c->bad) {
        return false;
    }
    c->at++;
    if (width == 0) {
        return true;
    }
    uint32_t number = 0, high = 0;
    for (size_t n = 0; n < width; n++) {
        high = high << 8 | number >> 24;
        number = number << 8 | c->data[c->at++];
    }
    if (high != 0) {
        *major |= HP_WIDE;
    }
    *argument = high != 0 ? UINT32_MAX : number;
    /* What is lower has a shorter head. */
    c->bad = width == 1 ? number < 24 : width == 8 ? high == 0 : number >> (4 * width) == 0;
    return !c->bad;
}

typedef struct {
    size_t key, key_size; /* the last one */
    uint16_t left;        /* items, of a map keys and values */
    bool map;
} level;

/* A map's keys are integers or text, and rise byte by byte. */
static bool key_follows(const hp_cursor *c, level *in, size_t start) {
    unsigned major = c->data[start] >> 5;
    if (major > NINT && major != TEXT) {
        return false;
    }
    size_t size = c->at - start, before = in->key_size;
    int order = memcmp(c->data + in->key, c->data + start, size < before ? size : before);
    if (order > 0 || (order == 0 && size <= before)) {
        return false;
    }
    in->key = start;
    in->key_size = size;
    return true;
}

/* One item without what is in it: how many items follow that belong to it. Strings are passed. */
bool hp_read_item(hp_cursor *c, bool *map, uint32_t *inside) {
    unsigned major;
    uint32_t argument;
    *inside = 0;
    *map = false;
    if (hp_read_null(c)) {
        return true;
    }
    if (!hp_read_head(c, &major, &argument)) {
        return false;
    }
    if ((major & 7) <= NINT) {
        return true;
    }
    if (major > MAP || argument > c->size - c->at || argument > INT32_MAX) { /* bytes or items, which take one at least */
        c->bad = true;
        return false;
    }
    if (major >= ARRAY) {
        *map = major == MAP;
        *inside = argument << *map;
        return true;
    }
    hp_bytes string = {c->data + c->at, argument};
    c->at += argument;
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
        uint32_t inside;
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
            items -= inside;
        }
        if (inside != 0) {
            levels[depth].left = (uint16_t)inside; /* `items` are no more */
            levels[depth].map = map;
            levels[depth].key = levels[depth].key_size = 0;
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
