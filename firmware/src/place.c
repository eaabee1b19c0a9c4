/* A place certificate's payload, by template. Mirrors formats/place.py. */
#include "internal.h"

enum { MAX_CLASS = 23, MAX_LIFETIME = 30 * HP_DAY };

bool hp_parse_place(hp_bytes payload, hp_place *out) {
    static const char digits[] = "0123456789abcdef";
    hp_cursor c = hp_cursor_of(payload);
    const uint8_t *at = hp_read_template(
        &c, "\x05\xa6\x01\x01\x02\x48\x88\x01\x03\x81\x02\x04\x44\x84\x02\x05\x1a\x84\x02\x06\x1a\x84");
    if (c.bad || c.at != c.size) {
        return false;
    }
    const uint8_t *id = at + 5;
    for (unsigned n = 0; n < 16; n++) {
        out->id[n] = (uint8_t)digits[id[n / 2] >> (n % 2 ? 0 : 4) & 15];
    }
    out->place_class = at[14];
    out->area = hp_number(at + 17);
    out->issued = hp_number(at + 23);
    out->expires = hp_number(at + 29);
    return at[14] >= 1 && at[14] <= MAX_CLASS && out->issued >= HP_LEAST_TIME && out->expires > out->issued &&
           out->expires - out->issued <= MAX_LIFETIME;
}
