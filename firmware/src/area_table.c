/* The area table, in place. Mirrors formats/area_table.py.
 *
 *     1 format   2 version   3 issued   4 expires   5 codes of medium-risk areas   6 codes of high-risk areas
 */
#include "internal.h"

enum { MAX_AREAS = 65536 };

static bool read_codes(hp_cursor *c, uint8_t label, hp_bytes *out) {
    hp_read_label(c, label);
    *out = hp_read_bytes(c);
    return !c->bad && out->size % 4 == 0 && out->size <= 4 * (size_t)MAX_AREAS && hp_is_ascending(*out);
}

bool hp_parse_area_table(hp_bytes payload, hp_area_table *out) {
    if (!hp_cbor_check(payload, HP_FEW_ITEMS)) {
        return false;
    }
    hp_cursor c = hp_cursor_of(payload);
    uint32_t fields = hp_read_map(&c);
    if (!hp_read_times(&c, &out->times, 1) || !read_codes(&c, 5, &out->medium) || !read_codes(&c, 6, &out->high) ||
        fields < 6) {
        return false;
    }
    hp_read_additions(&c, fields - 6);
    return !c.bad && hp_are_apart(out->medium, out->high);
}

uint8_t hp_area_risk(const hp_area_table *table, uint32_t area) {
    return hp_holds(table->high, area) ? 2 : hp_holds(table->medium, area) ? 1 : 0;
}
