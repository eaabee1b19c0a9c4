/* Numbers in bytes, packed lists of them, and text in UTF-8. Mirrors parts of formats/fields.py. */
#include "internal.h"

uint32_t hp_number(const uint8_t *at) {
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

void hp_put_number(uint8_t *at, uint32_t number) {
    at[0] = (uint8_t)(number >> 24);
    at[1] = (uint8_t)(number >> 16);
    at[2] = (uint8_t)(number >> 8);
    at[3] = (uint8_t)number;
}

/* Of what is no character the longest part that could begin one counts as one, as Unicode 3.9 advises. */
uint32_t hp_utf8(hp_bytes text, size_t *at) {
    uint8_t first = text.data[(*at)++];
    if (first < 0x80) {
        return first;
    }
    if (first < 0xC2 || first > 0xF4) {
        return 0xFFFD;
    }
    unsigned more = first < 0xE0 ? 1 : first < 0xF0 ? 2 : 3;
    /* The second byte's bounds leave out what has a shorter form, surrogates, and what is past U+10FFFF. */
    uint8_t least = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
    uint8_t most = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
    uint32_t character = first & (0x3Fu >> more);
    for (unsigned n = 0; n < more; n++) {
        if (*at == text.size || text.data[*at] < least || text.data[*at] > most) {
            return 0xFFFD;
        }
        character = character << 6 | (text.data[(*at)++] & 0x3Fu);
        least = 0x80;
        most = 0xBF;
    }
    return character;
}

bool hp_is_utf8(hp_bytes text) {
    for (size_t at = 0; at < text.size;) {
        size_t start = at;
        if (hp_utf8(text, &at) == 0xFFFD && !(at - start == 3 && memcmp(text.data + start, "\xEF\xBF\xBD", 3) == 0)) {
            return false;
        }
    }
    return true;
}

bool hp_is_ascending(hp_bytes packed) {
    for (size_t at = 4; at + 4 <= packed.size; at += 4) {
        if (memcmp(packed.data + at - 4, packed.data + at, 4) >= 0) {
            return false;
        }
    }
    return true;
}

bool hp_holds(hp_bytes packed, uint32_t number) {
    size_t low = 0, high = packed.size / 4;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        uint32_t found = hp_number(packed.data + 4 * middle);
        if (found == number) {
            return true;
        }
        if (found < number) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return false;
}

/* How many numbers of one ascending list are in another. */
static size_t in_common(hp_bytes one, hp_bytes other) {
    size_t count = 0;
    for (size_t at = 0, beside = 0; at + 4 <= one.size && beside + 4 <= other.size;) {
        int order = memcmp(one.data + at, other.data + beside, 4);
        count += order == 0;
        at += order <= 0 ? 4 : 0;
        beside += order >= 0 ? 4 : 0;
    }
    return count;
}

bool hp_includes(hp_bytes packed, hp_bytes others) { return in_common(packed, others) == others.size / 4; }

bool hp_are_apart(hp_bytes packed, hp_bytes others) { return in_common(packed, others) == 0; }

bool hp_equal_secret(const uint8_t *one, const uint8_t *other, size_t size) {
    uint8_t different = 0;
    for (size_t n = 0; n < size; n++) {
        different |= one[n] ^ other[n];
    }
    return different == 0;
}

void hp_wipe(void *data, size_t size) {
    volatile uint8_t *at = data; /* so that no compiler leaves it out */
    while (size--) {
        *at++ = 0;
    }
}

void hp_digest(uint8_t digest[64], hp_bytes data) { hp_sha512(digest, &data, 1); }
