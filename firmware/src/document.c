/* A document, whose number is in the normal form of its type. Mirrors the checks of formats/document.py, which also makes
 * that form of what people type. */
#include "internal.h"

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
        total += (number[n] - '0') * (int)(1L << (17 - n));
    }
    return is_date(number_in(number + 6, 4), number_in(number + 10, 2), number_in(number + 12, 2)) &&
           number[17] == "10X98765432"[total % 11];
}

bool hp_document_read(hp_document *out, uint8_t type, const char *number, size_t size) {
    memset(out, 0, sizeof *out);
    bool good = type == HP_RESIDENT_ID      ? is_resident_id(number, size)
                : type == HP_PASSPORT       ? size >= 5 && size <= 9 && all_plain(number, size)
                : type == HP_OTHER_DOCUMENT ? size >= 4 && size <= sizeof out->number && all_plain(number, size)
                                            : false;
    if (good) {
        out->type = type;
        out->size = (uint8_t)size;
        memcpy(out->number, number, size);
    }
    return good;
}

void hp_document_wipe(hp_document *document) { hp_wipe(document, sizeof *document); }
