/* A document's number in the normal form of its type. Mirrors formats/document.py. */
#include "internal.h"

enum { MOST_CHARS = 64, LINE_SIZE = 44, MOST = 40 };

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static bool is_plain(char c) { return is_digit(c) || (c >= 'A' && c <= 'Z'); }

static bool all_plain(const char *text, size_t size) {
    for (size_t n = 0; n < size; n++) {
        if (!is_plain(text[n])) {
            return false;
        }
    }
    return true;
}

static bool is_separator(uint32_t c) {
    return c == ' ' || (c >= '-' && c <= '/') || c == 0xA0 || c == 0x3000 || c == 0x2010 || c == 0x2011 || c == 0x2013 ||
           c == '\t' || c == '\r' || c == '\n';
}

/* Upper case, without separators, full-width forms as what they stand for. 0: some character is not plain. */
static size_t plain(hp_bytes text, char out[MOST_CHARS]) {
    size_t size = 0, chars = 0;
    for (size_t at = 0; at < text.size;) {
        uint32_t c = hp_utf8(text, &at);
        if (++chars > MOST_CHARS) {
            return 0;
        }
        c = c >= 0xFF01 && c <= 0xFF5E ? c - 0xFEE0 : c;
        if (is_separator(c)) {
            continue;
        }
        if (c > 0x7F) {
            return 0;
        }
        out[size++] = (char)(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
    }
    return size;
}

static int number_in(const char *digits, unsigned count) {
    int number = 0;
    for (unsigned n = 0; n < count; n++) {
        number = 10 * number + (digits[n] - '0');
    }
    return number;
}

static bool is_date(int year, int month, int day) {
    static const uint8_t days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    if (year < 1850 || year > 2199 || month < 1 || month > 12) {
        return false;
    }
    return day >= 1 && day <= days[month - 1] - (month == 2 && !leap ? 1 : 0);
}

/* 17 digits and a check character (GB 11643-1999, ISO 7064 MOD 11-2): the weights are the powers of two. */
static bool is_resident_id(const char *number, size_t size) {
    int total = 0;
    if (size != 18 || !(is_digit(number[17]) || number[17] == 'X')) {
        return false;
    }
    for (int n = 0; n < 17; n++) {
        if (!is_digit(number[n])) {
            return false;
        }
        total += (number[n] - '0') * (int)(1L << (17 - n) & 0x3FFFF);
    }
    return is_date(number_in(number + 6, 4), number_in(number + 10, 2), number_in(number + 12, 2)) &&
           number[17] == "10X98765432"[total % 11];
}

/* The check digit of ICAO Doc 9303 part 3, section 4.9, over nine characters; 0 if one has no value. */
static char mrz_check(const char *text) {
    int total = 0;
    for (int n = 0; n < 9; n++) {
        int value = is_digit(text[n]) ? text[n] - '0' : text[n] == '<' ? 0 : text[n] - 'A' + 10;
        if (!is_plain(text[n]) && text[n] != '<') {
            return 0;
        }
        total += value * (n % 3 == 0 ? 7 : n % 3 == 1 ? 3 : 1);
    }
    return (char)('0' + total % 10);
}

static size_t passport(const char *number, size_t size) {
    if (size == LINE_SIZE) {
        size = 10;
    }
    if (size == 10) { /* nine characters, which end with fillers if the number is shorter, and a check digit */
        if (number[9] != mrz_check(number)) {
            return 0;
        }
        size = 9;
    }
    while (size != 0 && number[size - 1] == '<') {
        size--;
    }
    return size >= 5 && size <= 9 && all_plain(number, size) ? size : 0;
}

bool hp_document_read(hp_document *out, uint8_t type, const char *number, size_t size) {
    char text[MOST_CHARS];
    hp_bytes all = {(const uint8_t *)number, size};
    size_t length = plain(all, text);
    memset(out, 0, sizeof *out);
    if (type == HP_RESIDENT_ID) {
        length = is_resident_id(text, length) ? length : 0;
    } else if (type == HP_PASSPORT) {
        length = passport(text, length);
    } else {
        length = type == HP_OTHER_DOCUMENT && length >= 4 && length <= MOST && all_plain(text, length) ? length : 0;
    }
    if (length != 0) {
        out->type = type;
        out->size = (uint8_t)length;
        memcpy(out->number, text, length);
    }
    hp_wipe(text, sizeof text);
    return length != 0;
}

void hp_document_wipe(hp_document *document) { hp_wipe(document, sizeof *document); }
