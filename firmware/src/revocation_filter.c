/* A revocation filter: the revoked slots of one kid, compressed and exact, read in place. Mirrors
 * formats/revocation/filter.py and formats/revocation/listing.py, which say how it is made up.
 *
 * A block is gone through from its first bit: the unary part of each gap forward, its low bits from the block's end
 * backward. That is safe on any bytes; that it is right takes hp_check_filter, once, and a digest from then on. */
#include "internal.h"

enum { FORMAT = 1, HEADER_SIZE = 12, MAX_WIDTH = 34, BLOCK_BITS = 384 };

/* Up to 57 bits from a bit on, most significant first; within the filter's bytes, which the caller has seen to. */
static uint64_t bits_at(const uint8_t *data, uint64_t at, unsigned count) {
    uint64_t number = 0;
    if (count == 0) {
        return 0;
    }
    uint64_t first = at >> 3, last = (at + count - 1) >> 3;
    for (uint64_t n = first; n <= last; n++) {
        number = number << 8 | data[n];
    }
    unsigned spare = (unsigned)(8 * (last + 1) - (at + count));
    return number >> spare & (((uint64_t)1 << count) - 1);
}

/* Rice parameter k and block exponent s; all else follows from capacity and count. */
static void set_parameters(hp_filter *f, unsigned exponent) {
    unsigned k = 0, s = 0;
    if (f->listed == 0) {
        f->k = 0;
        f->s = (uint8_t)exponent;
        return;
    }
    while ((f->listed << (k + 1)) * 1000 < 481 * (2 * f->capacity - f->listed)) {
        k++;
    }
    while ((uint64_t)1 << s < f->capacity && (f->listed << s) * (k + 2) < BLOCK_BITS * f->capacity) {
        s++;
    }
    f->k = (uint8_t)k;
    f->s = (uint8_t)s;
}

static uint64_t entry_at(const hp_filter *f, uint64_t number) {
    return bits_at(f->data, 8 * HEADER_SIZE + f->width * number, f->width);
}

bool hp_open_filter(hp_bytes data, hp_filter *f) {
    if (data.size < HEADER_SIZE || data.data[0] >> 4 != FORMAT) {
        return false;
    }
    unsigned exponent = 2u * (data.data[0] & 15) + 2;
    f->data = data.data;
    f->capacity = (uint64_t)1 << exponent;
    f->width = data.data[1];
    f->count = bits_at(data.data, 16, 40);
    f->bits = bits_at(data.data, 56, 40);
    if (f->count > f->capacity || f->width > MAX_WIDTH) {
        return false;
    }
    f->inverted = 2 * f->count > f->capacity;
    f->listed = f->inverted ? f->capacity - f->count : f->count;
    set_parameters(f, exponent);
    f->high = (uint8_t)(exponent - f->s); /* 2^high blocks */
    f->base = 8 * HEADER_SIZE + (f->listed ? f->width * (((uint64_t)1 << f->high) + 1) : 0);
    uint64_t fewest = f->listed * (f->k + 1u);
    if (data.size != (f->base + f->bits + 7) >> 3 || f->bits < fewest || f->bits > fewest + (f->capacity >> f->k)) {
        return false;
    }
    if (f->listed == 0 && (f->width || f->bits)) {
        return false;
    }
    f->end = f->base + f->bits;
    f->first = f->listed ? entry_at(f, 0) : 0;
    return true;
}

/* Opens block `number`; false, and the walk bad, if it is not where a block can be. */
static bool open_block(hp_listing *w, uint64_t number) {
    const hp_filter *f = w->filter;
    uint64_t even = number * f->bits;
    uint64_t at = f->base + entry_at(f, number) + (even >> f->high);
    uint64_t end = f->base + entry_at(f, number + 1) + ((even + f->bits) >> f->high);
    if (at < f->base + f->first || end < at || end - f->first > f->end) {
        w->bad = true;
        return false;
    }
    w->at = at - f->first;
    w->lows = end - f->first;
    w->reached = number << f->s;
    w->block = number + 1;
    return true;
}

/* The next slot of the block that is open. False at its end, or where it is not one of slots: then the walk is bad. */
static bool next_in_block(hp_listing *w, uint64_t *slot) {
    const hp_filter *f = w->filter;
    uint64_t unary = 0;
    if (w->at == w->lows) {
        return false;
    }
    while (w->at < w->lows && !(f->data[w->at >> 3] >> (7 - (w->at & 7)) & 1)) {
        bool byte = (w->at & 7) == 0 && f->data[w->at >> 3] == 0;
        unary += byte ? 8 : 1;
        w->at += byte ? 8 : 1;
    }
    if (w->at >= w->lows || w->lows - w->at < 1u + f->k) {
        w->bad = true;
        return false;
    }
    w->at++;
    w->lows -= f->k;
    *slot = w->reached + (unary << f->k | bits_at(f->data, w->lows, f->k));
    w->reached = *slot + 1;
    if (w->reached > w->block << f->s) {
        w->bad = true;
        return false;
    }
    return true;
}

void hp_seek(hp_listing *w, const hp_filter *filter, uint64_t slot) {
    w->filter = filter;
    w->block = slot >> filter->s;
    w->at = w->lows = w->reached = 0;
    w->bad = false;
}

bool hp_next_listed(hp_listing *w, uint64_t *slot) {
    uint64_t blocks = w->filter->listed ? (uint64_t)1 << w->filter->high : 0;
    while (!w->bad && !next_in_block(w, slot)) {
        if (w->bad || w->block >= blocks || !open_block(w, w->block)) {
            return false;
        }
    }
    return !w->bad;
}

/* Whether a slot is listed. Below 0: the filter is damaged. */
static int is_listed(const hp_filter *f, uint64_t slot) {
    hp_listing walk;
    uint64_t found;
    hp_seek(&walk, f, slot);
    if (f->listed == 0) {
        return 0;
    }
    if (!open_block(&walk, walk.block)) {
        return -1;
    }
    while (next_in_block(&walk, &found)) {
        if (found >= slot) {
            return found == slot;
        }
    }
    return walk.bad ? -1 : 0;
}

int hp_filter_contains(const hp_filter *f, uint32_t slot) {
    int listed = slot < f->capacity ? is_listed(f, slot) : -1;
    return listed < 0 ? -1 : listed != f->inverted;
}

bool hp_check_filter(const hp_filter *f) {
    hp_listing walk;
    uint64_t blocks = (uint64_t)1 << f->high, listed = 0, slot;
    if (f->listed == 0) {
        return true;
    }
    unsigned spare = (unsigned)(0 - f->end) & 7;
    if (entry_at(f, blocks) != f->first || (f->data[(f->end - 1) >> 3] & ((1u << spare) - 1))) {
        return false;
    }
    uint64_t least = f->first, most = f->first;
    hp_seek(&walk, f, 0);
    for (uint64_t number = 0; number < blocks; number++) {
        uint64_t entry = entry_at(f, number);
        least = entry < least ? entry : least;
        most = entry > most ? entry : most;
        if (!open_block(&walk, number)) {
            return false;
        }
        while (next_in_block(&walk, &slot)) {
            listed++;
        }
        if (walk.bad) {
            return false;
        }
    }
    unsigned width = 0;
    while (most >> width) {
        width++;
    }
    return listed == f->listed && least == 0 && width == f->width;
}
