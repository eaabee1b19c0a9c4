/* Whether one filter has all that another has, or that a delta has. Mirrors formats/revocation/listing.py, as a merge of
 * ascending lists that are decoded as they go. */
#include "internal.h"

/* The first listed slot that is not below `slot`, from a walk that is at `found` (or has not begun: found 0, false). */
static bool advance(hp_listing *walk, uint32_t slot, uint32_t *found, bool *there) {
    const hp_filter *f = walk->filter;
    if (*there && *found >= slot) {
        return true;
    }
    if (f->s < 32 && walk->block <= slot >> f->s) {
        hp_seek(walk, f, slot);
    }
    do {
        *there = hp_next_listed(walk, found);
    } while (*there && *found < slot);
    return *there;
}

hp_result hp_filter_lists(const hp_filter *f, hp_bytes slots) {
    hp_listing walk;
    uint32_t found = 0;
    bool there = false, ended = f->listed == 0;
    hp_seek(&walk, f, 0);
    for (size_t at = 0; at + 4 <= slots.size; at += 4) {
        uint32_t slot = hp_number(slots.data + at);
        if (!hp_is_below(slot, f->exponent)) {
            return HP_UN_REVOKES;
        }
        if (!ended) {
            ended = !advance(&walk, slot, &found, &there);
        }
        if (walk.bad) {
            return HP_MALFORMED;
        }
        if ((!ended && found == slot) == f->inverted) {
            return HP_UN_REVOKES;
        }
    }
    return HP_OK;
}

/* Of equal capacity: old is not inverted, or both are, for the new one has at least as many. What is damaged of the old
 * one cannot be compared. */
hp_result hp_filter_covers(const hp_filter *new_, const hp_filter *old) {
    bool fewer = new_->inverted ? old->inverted && new_->listed > old->listed : old->inverted || new_->listed < old->listed;
    if (fewer) {
        return HP_UN_REVOKES;
    }
    const hp_filter *inner = old->inverted ? new_ : old, *outer = old->inverted ? old : new_;
    bool apart = new_->inverted && !old->inverted; /* what old lists must not be listed; else inner's listing in outer's */
    if (inner->listed == 0 || outer->listed == 0) {
        return apart || inner->listed == 0 ? HP_OK : HP_UN_REVOKES;
    }
    hp_listing one, other;
    uint32_t slot, found = 0;
    bool there = false, ended = false;
    hp_seek(&one, inner, 0);
    hp_seek(&other, outer, 0);
    while (hp_next_listed(&one, &slot)) {
        if (!ended) {
            ended = !advance(&other, slot, &found, &there);
        }
        if (other.bad) {
            break;
        }
        if ((!ended && found == slot) == apart) {
            return HP_UN_REVOKES;
        }
    }
    bool new_is_bad = inner == new_ ? one.bad : other.bad;
    return new_is_bad ? HP_MALFORMED : HP_OK;
}
