/* A place certificate's payload, by template. Mirrors formats/place.py. */
#include "internal.h"

enum { MAX_CLASS = 23, MAX_LIFETIME = 30 * HP_DAY };

bool hp_parse_place(hp_bytes payload, hp_place *out) {
    static const char digits[] = "0123456789abcdef";
    hp_cursor c = hp_cursor_of(payload);
    hp_read_constant(&c, "\xa6\x01\x01\x02\x48", 5);
    const uint8_t *id = hp_read_raw(&c, 8);
    hp_read_constant(&c, "\x03", 1);
    const uint8_t *kind = hp_read_raw(&c, 1);
    hp_read_constant(&c, "\x04\x44", 2);
    const uint8_t *area = hp_read_raw(&c, 4);
    hp_read_constant(&c, "\x05\x1a", 2);
    const uint8_t *issued = hp_read_raw(&c, 4);
    hp_read_constant(&c, "\x06\x1a", 2);
    const uint8_t *expires = hp_read_raw(&c, 4);
    if (c.bad || c.at != c.size || id == NULL || kind == NULL || area == NULL || issued == NULL || expires == NULL) {
        return false;
    }
    for (unsigned n = 0; n < 16; n++) {
        out->id[n] = (uint8_t)digits[id[n / 2] >> (n % 2 ? 0 : 4) & 15];
    }
    out->place_class = kind[0];
    out->area = hp_number(area);
    out->issued = hp_number(issued);
    out->expires = hp_number(expires);
    return kind[0] >= 1 && kind[0] <= MAX_CLASS && out->issued >= HP_LEAST_TIME && out->expires > out->issued &&
           out->expires - out->issued <= MAX_LIFETIME;
}
