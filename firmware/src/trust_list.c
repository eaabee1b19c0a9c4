/* The trust list: whom a scanner believes, in place. Mirrors formats/trust_list.py and formats/platform.py.
 *
 *     1 format   2 version   3 issued   4 expires   5 [threshold, root keys] for the next list   6 windows
 *     7 revocation keys   8 registrar keys   9 risk keys   10 check policy (optional)   11 staleness limits
 *     12 platforms
 */
#include "internal.h"

enum { MAX_KEYS = 256, MAX_PLATFORMS = 256, MAX_SEALING_KEYS = 32, MAX_ROOTS = 16 };
enum { MAX_ITEMS = 8 * HP_MAX_WINDOWS + 2 * HP_MAX_WINDOWS + 12 * MAX_KEYS + HP_FEW_ITEMS };

bool hp_read_times(hp_cursor *c, hp_times *out, uint32_t least_version) {
    hp_read_constant(c, "\x01\x01\x02", 3); /* format 1 */
    out->version = hp_read_uint(c, least_version, UINT32_MAX);
    hp_read_label(c, 3);
    out->issued = hp_read_uint(c, HP_LEAST_TIME, UINT32_MAX);
    hp_read_label(c, 4);
    out->expires = hp_read_uint(c, HP_LEAST_TIME, UINT32_MAX);
    return !c->bad && out->expires > out->issued;
}

static hp_keys read_keys(hp_cursor *c, uint32_t least, uint32_t most) {
    uint32_t count;
    const uint8_t *first = hp_read_set(c, 32, least, most, &count);
    hp_keys keys = {first + 2, (uint16_t)count, 34};
    return keys;
}

static void read_windows(hp_cursor *c, hp_trust_list *out) {
    out->window_count = hp_read_array(c, 0, HP_MAX_WINDOWS);
    out->windows = c->data + c->at;
    const uint8_t *before = NULL;
    for (uint32_t n = 0; n < out->window_count && !c->bad; n++) {
        hp_window window;
        size_t start = c->at;
        if (!hp_read_window(c, &window) || (before != NULL && memcmp(before, window.kid, 4) >= 0)) {
            c->bad = true;
            return;
        }
        before = window.kid;
        size_t size = c->at - start;
        out->window_size = (uint16_t)(n == 0 || out->window_size == size ? size : 0);
    }
}

static void read_revokers(hp_cursor *c, hp_trust_list *out) {
    out->revoker_count = hp_read_array(c, 0, MAX_KEYS);
    out->revokers = c->data + c->at;
    const uint8_t *before = NULL;
    for (uint32_t n = 0; n < out->revoker_count && !c->bad; n++) {
        uint32_t count;
        hp_read_constant(c, "\x82", 1);
        const uint8_t *key = hp_read_string(c, 32);
        hp_read_set(c, 4, 1, HP_MAX_WINDOWS, &count);
        if (key == NULL || (before != NULL && memcmp(before, key, 32) >= 0)) {
            c->bad = true;
        }
        before = key;
    }
}

/* A sealing key; they rise by their beginning, then by key. */
static void read_sealing_keys(hp_cursor *c) {
    uint32_t count = hp_read_array(c, 0, MAX_SEALING_KEYS), last = 0;
    const uint8_t *before = NULL;
    for (uint32_t n = 0; n < count && !c->bad; n++) {
        hp_read_constant(c, "\x83", 1);
        const uint8_t *key = hp_read_string(c, 32);
        uint32_t from = hp_read_uint(c, HP_LEAST_TIME, UINT32_MAX), expires = hp_read_uint(c, 0, UINT32_MAX);
        if (key == NULL || expires <= from || from < last ||
            (before != NULL && from == last && memcmp(before, key, 32) >= 0)) {
            c->bad = true;
        }
        before = key;
        last = from;
    }
}

static void read_platforms(hp_cursor *c, hp_trust_list *out) {
    out->platform_count = hp_read_array(c, 0, MAX_PLATFORMS);
    out->platforms = c->data + c->at;
    hp_bytes before = {NULL, 0};
    for (uint32_t n = 0; n < out->platform_count && !c->bad; n++) {
        uint32_t count;
        hp_read_constant(c, "\x83", 1);
        hp_bytes name = hp_read_text(c);
        if (c->bad || name.size < 1 || name.size > 32) {
            c->bad = true;
            return;
        }
        size_t shorter = name.size < before.size ? name.size : before.size;
        int order = before.size ? memcmp(before.data, name.data, shorter) : -1;
        if (order > 0 || (order == 0 && before.size >= name.size)) {
            c->bad = true;
        }
        before = name;
        hp_read_set(c, 4, 0, HP_MAX_WINDOWS, &count);
        read_sealing_keys(c);
    }
}

hp_result hp_parse_trust_list(hp_bytes payload, hp_trust_list *out) {
    memset(out, 0, sizeof *out);
    out->end = payload.data + payload.size;
    if (!hp_cbor_check(payload, MAX_ITEMS)) {
        return HP_MALFORMED;
    }
    hp_cursor c = hp_cursor_of(payload);
    uint32_t fields = hp_read_map(&c), known = 11;
    bool good = hp_read_times(&c, &out->times, 1);
    hp_read_constant(&c, "\x05\x82", 2);
    out->roots.threshold = (uint8_t)hp_read_uint(&c, 1, MAX_ROOTS);
    out->roots.keys = read_keys(&c, 1, MAX_ROOTS);
    hp_read_label(&c, 6);
    read_windows(&c, out);
    hp_read_label(&c, 7);
    read_revokers(&c, out);
    hp_read_label(&c, 8);
    out->registrars = read_keys(&c, 0, MAX_KEYS);
    hp_read_label(&c, 9);
    out->risks = read_keys(&c, 0, MAX_KEYS);
    if (!c.bad && c.at < c.size && c.data[c.at] == 10) {
        c.at++;
        known++;
        good = hp_read_policy(&c, &out->rules, &out->rule_count) && good;
    }
    hp_read_constant(&c, "\x0b\x81", 2);
    out->grace = hp_read_uint(&c, 0, UINT32_MAX);
    hp_read_label(&c, 12);
    read_platforms(&c, out);
    if (c.bad || !good || fields < known || out->roots.threshold > out->roots.keys.count) {
        return HP_MALFORMED;
    }
    hp_read_additions(&c, fields - known);
    if (c.bad) {
        return HP_MALFORMED;
    }
    hp_result result = hp_check_periods(out);
    return result == HP_OK ? hp_check_roles(out) : result;
}

hp_revokers hp_revokers_of(const hp_trust_list *list) {
    hp_revokers walk = {list->revokers, list->end, list->revoker_count};
    return walk;
}

bool hp_next_revoker(hp_revokers *walk, hp_revoker *out) {
    if (walk->left == 0) {
        return false;
    }
    walk->left--;
    hp_bytes rest = {walk->at, (size_t)(walk->end - walk->at)};
    hp_cursor c = hp_cursor_of(rest);
    hp_read_constant(&c, "\x82", 1);
    out->key = hp_read_string(&c, 32);
    out->count = hp_read_array(&c, 1, HP_MAX_WINDOWS);
    out->kids = hp_read_raw(&c, 5 * (size_t)out->count);
    walk->at += c.at;
    return !c.bad;
}

bool hp_find_revoker(const hp_trust_list *list, const uint8_t key[32], hp_revoker *out) {
    hp_revokers walk = hp_revokers_of(list);
    while (hp_next_revoker(&walk, out)) {
        if (memcmp(out->key, key, 32) == 0) {
            return true;
        }
    }
    return false;
}

bool hp_revoker_of_kid(const hp_trust_list *list, const uint8_t kid[4], hp_revoker *out) {
    hp_revokers walk = hp_revokers_of(list);
    while (hp_next_revoker(&walk, out)) {
        if (hp_has_kid(out->kids, out->count, kid)) {
            return true;
        }
    }
    return false;
}

bool hp_has_kid(const uint8_t *kids, uint32_t count, const uint8_t kid[4]) {
    uint32_t low = 0, high = count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int order = memcmp(kids + 5 * (size_t)middle + 1, kid, 4);
        if (order == 0) {
            return true;
        }
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return false;
}

bool hp_has_key(hp_keys keys, const uint8_t key[32]) {
    for (uint32_t n = 0; n < keys.count; n++) {
        if (memcmp(keys.first + (size_t)n * keys.stride, key, 32) == 0) {
            return true;
        }
    }
    return false;
}
