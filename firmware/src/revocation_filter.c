/* A revocation filter: the revoked slots of one kid, compressed and exact, read in place. Mirrors
 * formats/revocation/filter.py and formats/revocation/listing.py, which say how it is made up.
 *
 * A block is gone through from its first bit: the unary part of each gap forward, its low bits from the block's end
 * backward. That is safe on any bytes; that it is right takes hp_check_filter, once, and a digest from then on. */
#include "internal.h"

enum { FORMAT = 1, HEADER_SIZE = 12, MAX_WIDTH = 34, BLOCK_BITS = 384 };

/* Bits from one on, most significant first, of which the last 32 count; within the filter's bytes, which the caller has
 * seen to. */
static uint32_t bits_at(const uint8_t *data, uint32_t at, unsigned count) {
    uint32_t number = 0;
    for (; count != 0; count--, at++) {
        number = number << 1 | ((unsigned)data[at >> 3] >> (~at & 7) & 1u);
    }
    return number;
}

/* Rice parameter k and block exponent s; all else follows from capacity and count. */
static void set_parameters(hp_filter *f) {
    uint64_t listed = f->listed, capacity = (uint64_t)1 << f->exponent;
    f->k = f->s = 0;
    if (listed == 0) {
        f->s = f->exponent;
        return;
    }
    while ((listed << (f->k + 1)) * 1000 < 481 * (2 * capacity - listed)) {
        f->k++;
    }
    while (f->s < f->exponent && (listed << f->s) * (f->k + 2u) < BLOCK_BITS * capacity) {
        f->s++;
    }
}

/* An entry of more than 32 bits is none of a filter in its form: hp_check_filter refuses its width. */
static uint32_t entry_at(const hp_filter *f, uint32_t number) {
    return bits_at(f->data, 8 * HEADER_SIZE + f->width * number, f->width);
}

static uint64_t forty_bits(const uint8_t *at) { return (uint64_t)at[0] << 32 | hp_number(at + 1); }

bool hp_open_filter(hp_bytes data, hp_filter *f) {
    if (data.size < HEADER_SIZE || data.size > HP_MAX_FILTER || data.data[0] >> 4 != FORMAT) {
        return false;
    }
    f->exponent = (uint8_t)(2 * (data.data[0] & 15) + 2);
    f->data = data.data;
    f->width = data.data[1];
    uint64_t capacity = (uint64_t)1 << f->exponent, count = forty_bits(data.data + 2), bits = forty_bits(data.data + 7);
    if (count > capacity || f->width > MAX_WIDTH) {
        return false;
    }
    f->inverted = 2 * count > capacity;
    f->listed = (uint32_t)(f->inverted ? capacity - count : count);
    set_parameters(f);
    f->high = (uint8_t)(f->exponent - f->s); /* 2^high blocks */
    uint64_t base = 8 * HEADER_SIZE;
    if (f->listed != 0) {
        base += f->width * (((uint64_t)1 << f->high) + 1);
    }
    uint64_t fewest = (uint64_t)f->listed * (f->k + 1u);
    if (data.size != (base + bits + 7) >> 3 || bits < fewest || bits > fewest + (capacity >> f->k) ||
        (f->listed == 0 && (f->width || bits))) {
        return false;
    }
    f->base = (uint32_t)base; /* all positions are below 2^30: a filter has no more bytes than that */
    f->bits = (uint32_t)bits;
    f->end = f->base + f->bits;
    f->first = f->listed ? entry_at(f, 0) : 0;
    return true;
}

/* Where block `number` begins, but for the first entry. */
static uint32_t begin_of(const hp_filter *f, uint32_t number) {
    return f->base + entry_at(f, number) + (uint32_t)((uint64_t)number * f->bits >> f->high);
}

/* Opens block `number`; false, and the walk bad, if it is not where a block can be. */
static bool open_block(hp_listing *w, uint32_t number) {
    const hp_filter *f = w->filter;
    uint32_t at = begin_of(f, number), end = begin_of(f, number + 1);
    if (f->width > 32 || at < f->base + f->first || end < at || end - f->first > f->end) {
        w->bad = true;
        return false;
    }
    w->at = at - f->first;
    w->lows = end - f->first;
    w->left = UINT32_MAX >> (32 - f->s);
    w->last = (f->s < 32 ? number << f->s : 0) + w->left;
    w->over = false;
    w->block = number + 1;
    return true;
}

/* The next slot of the block that is open. False at its end, or where it is not one of slots: then the walk is bad. */
static bool next_in_block(hp_listing *w, uint32_t *slot) {
    const hp_filter *f = w->filter;
    uint32_t unary = 0;
    if (w->at == w->lows) {
        return false;
    }
    while (w->at < w->lows && bits_at(f->data, w->at, 1) == 0) {
        bool byte = (w->at & 7) == 0 && f->data[w->at >> 3] == 0;
        unary += byte ? 8 : 1;
        w->at += byte ? 8 : 1;
    }
    w->bad = w->at >= w->lows || w->lows - w->at < 1u + f->k || w->over || unary > w->left >> f->k;
    if (w->bad) {
        return false;
    }
    w->at++;
    w->lows -= f->k;
    uint32_t gap = unary << f->k | bits_at(f->data, w->lows, f->k);
    w->bad = gap > w->left;
    *slot = w->last - w->left + gap;
    w->over = gap == w->left;
    w->left -= gap + 1;
    return !w->bad;
}

void hp_seek(hp_listing *w, const hp_filter *filter, uint32_t slot) {
    w->filter = filter;
    w->block = filter->s < 32 ? slot >> filter->s : 0;
    w->at = w->lows = 0;
    w->bad = false;
}

bool hp_next_listed(hp_listing *w, uint32_t *slot) {
    uint32_t blocks = w->filter->listed ? (uint32_t)1 << w->filter->high : 0;
    while (!w->bad && !next_in_block(w, slot)) {
        if (w->bad || w->block >= blocks || !open_block(w, w->block)) {
            return false;
        }
    }
    return !w->bad;
}

/* Whether a slot is listed. Below 0: the filter is damaged. */
static int is_listed(const hp_filter *f, uint32_t slot) {
    hp_listing walk;
    uint32_t found;
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
    int listed = hp_is_below(slot, f->exponent) ? is_listed(f, slot) : -1;
    return listed < 0 ? -1 : listed != f->inverted;
}

bool hp_check_filter(const hp_filter *f) {
    hp_listing walk;
    uint32_t blocks = (uint32_t)1 << f->high, listed = 0, slot, all = 0;
    bool zero = false;
    if (f->listed == 0) {
        return true;
    }
    if (entry_at(f, blocks) != f->first || bits_at(f->data, f->end, (0 - f->end) & 7) != 0) {
        return false;
    }
    hp_seek(&walk, f, 0);
    for (uint32_t number = 0; number < blocks; number++) {
        uint32_t entry = entry_at(f, number);
        zero = zero || entry == 0;
        all |= entry;
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
    /* The smallest entry is 0, and the largest takes the whole width. */
    return listed == f->listed && zero && (f->width == 0 ? all == 0 : all >> (f->width - 1) == 1);
}
