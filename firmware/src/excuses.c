/* Where a refusal may be the fault of a scanner, a clock or a poster. Mirrors verifier/excuses.py. */
#include "internal.h"

bool hp_is_excused(uint8_t refusal, hp_bytes text, const hp_pass *pass, const hp_trust_list *list, uint32_t now) {
    switch (refusal) {
    case HP_NOT_A_PASS:
    case HP_UNREADABLE:
        return hp_looks_garbled(text);
    case HP_UNKNOWN_ISSUER_KEY:
        return now > (uint64_t)list->times.issued + HP_DAY;
    case HP_PASS_EXPIRED: /* signature and window have held: the expiry is the window's */
        return now < (uint64_t)pass->first.exp + HP_DAY;
    case HP_WRONG_AUDIENCE: /* the holder's signature has held */
        return pass->audience == NULL;
    default:
        return false;
    }
}

/* The next character, a full-width one as the plain one that it stands for, small letters as capitals. */
static uint32_t next_plain(hp_bytes text, size_t *at) {
    uint32_t c = hp_utf8(text, at);
    c = c >= 0xFF01 && c <= 0xFF5E ? c - 0xFEE0 : c;
    bool small = (c >= 'a' && c <= 'z') || c == 0x0440 || c == 0x0437; /* Cyrillic er and ze are on the keys of H and P */
    return small ? c - 0x20 : c;
}

/* What scanners type before a code, if they are set so. */
static bool is_before(uint32_t c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == 2 || c == 0xFEFF;
}

/* 1. It begins like HP1:, but for lower case, full-width characters, what scanners type before it, the layout of a
 * keyboard (French, Czech and Russian among them, where its colon may be anything), or a cut. Nothing at all is one. */
static bool begins_alike(hp_bytes text) {
    static const char prefix[] = "HP1:", others[] = "1&+!";
    uint32_t head[4] = {0, 0, 0, 0};
    size_t at = 0, next = 0, count = 0;
    while (next < text.size && is_before(hp_utf8(text, &next))) {
        at = next;
    }
    if (at < text.size && text.data[at] == ']') { /* a symbology identifier, such as ]Q1 */
        for (unsigned n = 0; n < 3 && at < text.size; n++) {
            hp_utf8(text, &at);
        }
    }
    while (count < 4 && at < text.size) {
        head[count++] = next_plain(text, &at);
    }
    bool cut = true;
    for (size_t n = 0; n < count; n++) {
        cut = cut && head[n] == (uint8_t)prefix[n];
    }
    bool latin = head[0] == 'H' && head[1] == 'P' && head[2] != 0 && head[2] < 0x80 && memchr(others, (int)head[2], 4);
    bool russian = head[0] == 0x0420 && head[1] == 0x0417 && head[2] == '1';
    bool late = head[0] == 'P' && head[1] == '1' && head[2] == ':';
    return cut || ((latin || russian || late) && !(head[3] >= '0' && head[3] <= '9'));
}

/* 3. It begins as a pass does, and ends too soon. */
static bool is_cut(hp_bytes body) {
    uint8_t head[3];
    size_t size, rest = body.size % 3;
    body.size -= rest;
    if (!hp_base45(body, head, sizeof head, &size)) {
        return false;
    }
    size_t there = size < 3 ? size : 3;
    size += rest == 2;
    bool bare = memcmp("\xd2\x84\x49", head, there) == 0, shown = memcmp("\xd2\x84\x58", head, there) == 0;
    if (bare) {
        return size < HP_BOTH_SIZE && (rest == 1 || (size != HP_DEVICE_SIZE && size != HP_DOCUMENT_SIZE));
    }
    return shown && size < HP_PASS_ROOM && (rest == 1 || !hp_is_shown_size(size));
}

/* What has the length of a pass and is none was not garbled but made so. */
bool hp_looks_garbled(hp_bytes text) {
    if (text.size > HP_MAX_CHARS) {
        text.size = HP_MAX_CHARS;
    }
    if (text.size < 4 || memcmp(text.data, "HP1:", 4) != 0) {
        return begins_alike(text);
    }
    hp_bytes body = {text.data + 4, text.size - 4};
    for (size_t n = 0; n < body.size; n++) { /* 2. Or it goes on with characters that no pass has. */
        if (hp_base45_value(body.data[n]) < 0) {
            return true;
        }
    }
    return is_cut(body);
}
