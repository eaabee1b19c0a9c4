/* The issuer's keys in a trust list. A kid is a validity window. Mirrors formats/window.py. */
#include "internal.h"

bool hp_is_below(uint32_t number, unsigned exponent) { return exponent > 31 || number >> exponent == 0; }

/* A power of four from 4 to 2^32: its exponent of 2, or 0 for another number. */
static uint8_t read_exponent(hp_cursor *c) {
    unsigned major;
    uint32_t number;
    if (!hp_read_head(c, &major, &number)) {
        return 0;
    }
    if (major == HP_WIDE) {
        return hp_number(c->data + c->at - 8) == 1 && hp_number(c->data + c->at - 4) == 0 ? 32 : 0;
    }
    for (uint8_t exponent = 2; major == 0 && exponent < 32; exponent = (uint8_t)(exponent + 2)) {
        if (number == (uint32_t)1 << exponent) {
            return exponent;
        }
    }
    return 0;
}

bool hp_read_window(hp_cursor *c, hp_window *out) {
    hp_read_constant(c, "\x87", 1);
    out->kid = hp_read_string(c, 4);
    out->key = hp_read_string(c, 32);
    out->valid_from = hp_read_uint(c, HP_LEAST_TIME, UINT32_MAX);
    out->expires = hp_read_uint(c, HP_LEAST_TIME, UINT32_MAX);
    out->exponent = read_exponent(c);
    out->bindings = (uint8_t)hp_read_uint(c, 1, HP_DEVICE | HP_DOCUMENT | HP_BOTH);
    out->document_key_id = hp_read_null(c) ? NULL : hp_read_string(c, 4);
    return !c->bad && out->expires > out->valid_from && out->exponent != 0 &&
           (out->document_key_id != NULL || !(out->bindings & (HP_DOCUMENT | HP_BOTH)));
}

hp_windows hp_windows_of(const hp_trust_list *list) {
    hp_windows walk = {list->windows, list->end, list->window_count};
    return walk;
}

/* The list was held to its form when it was taken: here nothing is wrong with it any more, unless its flash is. */
bool hp_next_window(hp_windows *walk, hp_window *out) {
    if (walk->left == 0) {
        return false;
    }
    walk->left--;
    hp_bytes rest = {walk->at, (size_t)(walk->end - walk->at)};
    hp_cursor c = hp_cursor_of(rest);
    bool good = hp_read_window(&c, out);
    walk->at += c.at;
    return good;
}

/* Windows rise by kid. Where all have one size, the search is by halves. */
bool hp_find_window(const hp_trust_list *list, const uint8_t kid[4], hp_window *out) {
    hp_windows walk = hp_windows_of(list);
    if (list->window_size != 0) {
        uint32_t low = 0, high = list->window_count;
        while (low < high) {
            uint32_t middle = low + (high - low) / 2;
            if (memcmp(list->windows + (size_t)middle * list->window_size + 2, kid, 4) < 0) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        walk.at += (size_t)low * list->window_size;
        walk.left -= low;
    }
    while (hp_next_window(&walk, out)) {
        int order = memcmp(out->kid, kid, 4);
        if (order >= 0) {
            return order == 0;
        }
    }
    return false;
}

bool hp_window_is_over(const hp_window *window, uint32_t now) {
    return now >= (uint64_t)window->expires + HP_LARGEST_SKEW;
}

/* Windows that share a binding kind have the same bounds, or do not overlap: they may touch, end to beginning. */
hp_result hp_check_periods(const hp_trust_list *list) {
    hp_windows walk = hp_windows_of(list);
    hp_window one, other;
    while (hp_next_window(&walk, &one)) {
        hp_windows rest = walk;
        while (hp_next_window(&rest, &other)) {
            bool same = one.valid_from == other.valid_from && one.expires == other.expires;
            bool apart = one.expires <= other.valid_from || other.expires <= one.valid_from;
            if ((one.bindings & other.bindings) && !same && !apart) {
                return HP_OVERLAPPING_WINDOWS;
            }
        }
    }
    return HP_OK;
}
