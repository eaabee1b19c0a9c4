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

/* The next character, a full-width one as the plain one that it stands for, small letters as capitals: those of the
 * heads below. */
static uint32_t next_plain(hp_bytes text, size_t *at) {
    uint32_t c = hp_utf8(text, at);
    c = c >= 0xFF01 && c <= 0xFF5E ? c - 0xFEE0 : c;
    bool small = (c >= 'a' && c <= 'z') || (c >= 0x0430 && c <= 0x044F) || c == 0x03B7 || c == 0x03C1;
    return small ? c - 0x20 : c == 0x03F1 ? 0x03A1 : c == 0x017F ? 'S' : c;
}

/* What scanners type before a code, if they are set so. */
static bool is_before(uint32_t c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == 2 || c == 0xFEFF;
}

enum { HEAD = 4 };

/* The first four characters after that, zeros at the end of the text; how many there are. */
static size_t read_head(hp_bytes text, uint32_t head[HEAD]) {
    size_t at = 0, next = 0, count = 0;
    memset(head, 0, HEAD * sizeof *head);
    while (next < text.size && is_before(hp_utf8(text, &next))) {
        at = next;
    }
    if (at < text.size && text.data[at] == ']') { /* a symbology identifier, such as ]Q1 */
        for (unsigned n = 0; n < 3 && at < text.size; n++) {
            hp_utf8(text, &at);
        }
    }
    while (count < HEAD && at < text.size) {
        head[count++] = next_plain(text, &at);
    }
    return count;
}

/* How HP1: begins on keyboards of other layouts, where its colon may be anything: Latin ones (French, Czech and with Shift
 * Lock among them), Russian, Serbian, Greek, Arabic and Thai. And on those where every letter is elsewhere, Dvorak's and
 * Colemak's: the colon too, for others begin so as well. */
static bool is_of_other_layout(const uint32_t head[HEAD], size_t count) {
    static const uint16_t heads[][3] = {
        {'H', 'P', '1'}, {'H', 'P', '&'}, {'H', 'P', '+'}, {'H', 'P', '!'}, {0x0420, 0x0417, '1'},
        {0x0425, 0x041F, '1'}, {0x0397, 0x03A1, '1'}, {0x0623, 0x061B, '1'}, {0x0E47, 0x0E0D, 0x0E45},
    };
    static const uint8_t whole[][HEAD] = {{'D', 'L', '1', 'S'}, {'H', ':', '1', 'O'}};
    for (size_t n = 0; n < 2; n++) {
        if (head[0] == whole[n][0] && head[1] == whole[n][1] && head[2] == whole[n][2] && head[3] == whole[n][3]) {
            return true;
        }
    }
    bool digit = head[3] >= '0' && head[3] <= '9';
    for (size_t n = 0; count == HEAD && !digit && n < sizeof heads / sizeof *heads; n++) {
        if (head[0] == heads[n][0] && head[1] == heads[n][1] && head[2] == heads[n][2]) {
            return true;
        }
    }
    return false;
}

static bool is_ours(hp_bytes text) { return text.size >= 4 && memcmp(text.data, "HP1:", 4) == 0; }

static hp_bytes start_of(hp_bytes text) {
    if (text.size > HP_MAX_CHARS) {
        text.size = HP_MAX_CHARS;
    }
    return text;
}

/* 1. It begins like HP1:, but for lower case, full-width characters, the layout of a keyboard, or what scanners type
 * before it. 2. Or it begins with HP1: and goes on with characters that no pass has. */
bool hp_is_typed_wrongly(hp_bytes text) {
    uint32_t head[HEAD];
    text = start_of(text);
    if (!is_ours(text)) { /* 1 */
        size_t count = read_head(text, head);
        return is_of_other_layout(head, count);
    }
    for (size_t n = 4; n < text.size; n++) { /* 2 */
        if (hp_base45_value(text.data[n]) < 0) {
            return true;
        }
    }
    return false;
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

/* 1. It was typed wrongly. 2. Or it begins like HP1: and is cut off there, or lacks its first character; nothing at all is
 * a cut too. 3. Or it begins as a pass does, and ends too soon. What has the length of a pass and is none was made so. */
bool hp_looks_garbled(hp_bytes text) {
    static const char prefix[] = "HP1:";
    uint32_t head[HEAD];
    if (hp_is_typed_wrongly(text)) { /* 1 */
        return true;
    }
    text = start_of(text);
    if (is_ours(text)) { /* 3 */
        hp_bytes body = {text.data + 4, text.size - 4};
        return is_cut(body);
    }
    size_t count = read_head(text, head);
    bool cut = true;
    for (size_t n = 0; n < count; n++) {
        cut = cut && head[n] == (uint8_t)prefix[n];
    }
    return cut || (head[0] == 'P' && head[1] == '1' && head[2] == ':'); /* 2 */
}
