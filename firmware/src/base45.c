/* Base45 (RFC 9285), strict: for each byte string exactly one text. Mirrors formats/base45.py. */
#include "internal.h"

int hp_base45_value(uint8_t character) {
    static const char others[] = " $%*+-./:";
    if (character >= '0' && character <= '9') {
        return character - '0';
    }
    if (character >= 'A' && character <= 'Z') {
        return character - 'A' + 10;
    }
    for (int n = 0; n < 9; n++) {
        if ((uint8_t)others[n] == character) {
            return 36 + n;
        }
    }
    return -1;
}

bool hp_base45(hp_bytes text, uint8_t *out, size_t room, size_t *size) {
    *size = 0;
    if (text.size > HP_MAX_CHARS || text.size % 3 == 1) {
        return false;
    }
    for (size_t at = 0; at < text.size; at += 3) {
        bool whole = text.size - at >= 3;
        int low = hp_base45_value(text.data[at]), middle = hp_base45_value(text.data[at + 1]);
        int high = whole ? hp_base45_value(text.data[at + 2]) : 0;
        int32_t number = low + 45 * middle + (int32_t)2025 * high;
        if (low < 0 || middle < 0 || high < 0 || number > (whole ? 0xFFFF : 0xFF)) {
            return false;
        }
        if (whole && (*size)++ < room) {
            out[*size - 1] = (uint8_t)(number >> 8);
        }
        if ((*size)++ < room) {
            out[*size - 1] = (uint8_t)(number & 0xFF);
        }
    }
    return true;
}
