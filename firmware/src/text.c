/* The text of a QR code: HP1: and base45; a poster has HPL1:. Mirrors formats/text.py, for text as bytes. */
#include "internal.h"

static bool begins(hp_bytes text, const char *prefix, size_t size) {
    return text.size >= size && memcmp(text.data, prefix, size) == 0;
}

hp_bytes hp_without_line_end(hp_bytes text) {
    if (text.size != 0 && text.data[text.size - 1] == '\n') {
        text.size--;
        if (text.size != 0 && text.data[text.size - 1] == '\r') {
            text.size--;
        }
    } else if (text.size != 0 && text.data[text.size - 1] == '\r') {
        text.size--;
    }
    return text;
}

/* Whether this begins with HP, up to four digits of which the first is no zero, and a colon. */
static bool has_version(hp_bytes start) {
    size_t at = 2;
    if (!begins(start, "HP", 2)) {
        return false;
    }
    while (at < start.size && start.data[at] >= '0' && start.data[at] <= '9') {
        at++;
    }
    return at > 2 && at <= 6 && start.data[2] != '0' && at < start.size && start.data[at] == ':';
}

/* What Python's str.strip takes off, of the first 256 characters. */
static bool is_space(uint8_t c) { return (c >= 9 && c <= 13) || (c >= 28 && c <= 32) || c == 0x85 || c == 0xA0; }

/* The refusal for what does not begin with HP1:, by its first 16 characters. */
static uint8_t why_not_ours(hp_bytes text) {
    uint8_t folded[16];
    hp_bytes start = {text.data, text.size < 16 ? text.size : 16};
    if (has_version(start)) {
        return HP_UNSUPPORTED_VERSION;
    }
    while (start.size != 0 && is_space(start.data[0])) {
        start.data++;
        start.size--;
    }
    for (size_t n = 0; n < start.size; n++) {
        uint8_t c = start.data[n];
        folded[n] = c >= 'a' && c <= 'z' ? (uint8_t)(c - 'a' + 'A') : c;
    }
    start.data = folded;
    return begins(start, "HPL", 3) || has_version(start) ? HP_UNREADABLE : HP_NOT_A_PASS;
}

uint8_t hp_decode_text(hp_bytes text, uint8_t *out, size_t room, size_t *size) {
    if (text.size > HP_MAX_CHARS + 3) {
        text.size = HP_MAX_CHARS + 3;
    }
    text = hp_without_line_end(text);
    if (!begins(text, "HP1:", 4)) {
        return why_not_ours(text);
    }
    hp_bytes body = {text.data + 4, text.size - 4};
    return text.size <= HP_MAX_CHARS && hp_base45(body, out, room, size) ? 0 : HP_UNREADABLE;
}

bool hp_decode_place_text(hp_bytes text, uint8_t *out, size_t room, size_t *size) {
    text = hp_without_line_end(text);
    if (!begins(text, "HPL1:", 5) || text.size > HP_MAX_CHARS) {
        return false;
    }
    hp_bytes body = {text.data + 5, text.size - 5};
    return hp_base45(body, out, room, size) && *size <= room;
}

uint8_t hp_parse_text(hp_bytes text, uint8_t room[HP_PASS_ROOM], hp_pass *out) {
    hp_bytes data = {room, 0};
    uint8_t refusal = hp_decode_text(text, room, HP_PASS_ROOM, &data.size); /* 3 */
    if (refusal != 0) {
        return refusal;
    }
    return data.size <= HP_PASS_ROOM && hp_parse_pass(data, out) ? 0 : HP_UNREADABLE; /* 4 */
}
