/* What a revocation key signs: snapshots and deltas, in place. Mirrors formats/revocation/messages.py. */
#include "internal.h"

enum { MAX_FILTER = 67108864 };

static hp_entries entries_of(hp_bytes entries, uint32_t count) {
    hp_entries walk = {hp_cursor_of(entries), count};
    return walk;
}

hp_entries hp_pieces_of(const hp_snapshot *snapshot) { return entries_of(snapshot->entries, snapshot->count); }

bool hp_next_piece(hp_entries *walk, hp_piece *out) {
    if (walk->left == 0) {
        return false;
    }
    walk->left--;
    hp_read_constant(&walk->c, "\x83", 1);
    out->kid = hp_read_string(&walk->c, 4);
    out->digest = hp_read_string(&walk->c, HP_DIGEST);
    out->length = hp_read_uint(&walk->c, 0, MAX_FILTER);
    return !walk->c.bad;
}

int32_t hp_find_piece(const hp_snapshot *snapshot, const uint8_t kid[4], hp_piece *out) {
    hp_entries walk = hp_pieces_of(snapshot);
    for (int32_t n = 0; hp_next_piece(&walk, out); n++) {
        int order = memcmp(out->kid, kid, 4);
        if (order >= 0) {
            return order == 0 ? n : -1;
        }
    }
    return -1;
}

hp_entries hp_slots_of(const hp_delta *delta) { return entries_of(delta->entries, delta->count); }

bool hp_next_slots(hp_entries *walk, const uint8_t **kid, hp_bytes *slots) {
    if (walk->left == 0) {
        return false;
    }
    walk->left--;
    hp_read_constant(&walk->c, "\x82", 1);
    *kid = hp_read_string(&walk->c, 4);
    *slots = hp_read_bytes(&walk->c);
    return !walk->c.bad;
}

hp_bytes hp_find_slots(const hp_delta *delta, const uint8_t kid[4]) {
    hp_entries walk = hp_slots_of(delta);
    const uint8_t *found;
    hp_bytes slots, none = {NULL, 0};
    while (hp_next_slots(&walk, &found, &slots)) {
        if (memcmp(found, kid, 4) == 0) {
            return slots;
        }
    }
    return none;
}

/* The array's entries are read once more by the walk; what follows them are additions. */
static bool read_end(hp_cursor *c, hp_entries *walk, hp_bytes *entries, uint32_t additions) {
    entries->data = c->data + c->at;
    entries->size = walk->c.at - c->at;
    c->at = walk->c.at;
    hp_read_additions(c, additions);
    return !c->bad;
}

bool hp_parse_snapshot(hp_bytes payload, hp_snapshot *out) {
    if (!hp_cbor_check(payload, 4 * HP_MAX_WINDOWS + HP_FEW_ITEMS)) {
        return false;
    }
    hp_cursor c = hp_cursor_of(payload);
    uint32_t fields = hp_read_map(&c);
    if (!hp_read_times(&c, &out->times, 1) || fields < 5) {
        return false;
    }
    hp_read_label(&c, 5);
    out->count = hp_read_array(&c, 0, HP_MAX_WINDOWS);
    hp_entries walk = {c, out->count};
    hp_piece piece;
    const uint8_t *before = NULL;
    while (hp_next_piece(&walk, &piece)) {
        if (before != NULL && memcmp(before, piece.kid, 4) >= 0) {
            return false;
        }
        before = piece.kid;
    }
    return !walk.c.bad && read_end(&c, &walk, &out->entries, fields - 5);
}

bool hp_parse_delta(hp_bytes payload, hp_delta *out) {
    if (!hp_cbor_check(payload, 3 * HP_MAX_WINDOWS + HP_FEW_ITEMS)) {
        return false;
    }
    hp_cursor c = hp_cursor_of(payload);
    uint32_t fields = hp_read_map(&c);
    if (!hp_read_times(&c, &out->times, 2) || fields < 6) {
        return false;
    }
    hp_read_label(&c, 5);
    out->base = hp_read_uint(&c, 1, out->times.version - 1);
    hp_read_label(&c, 6);
    out->count = hp_read_array(&c, 0, HP_MAX_WINDOWS);
    hp_entries walk = {c, out->count};
    const uint8_t *kid, *before = NULL;
    hp_bytes slots;
    while (hp_next_slots(&walk, &kid, &slots)) {
        if (slots.size == 0 || slots.size % 4 || !hp_is_ascending(slots) ||
            (before != NULL && memcmp(before, kid, 4) >= 0)) {
            return false;
        }
        before = kid;
    }
    return !walk.c.bad && read_end(&c, &walk, &out->entries, fields - 6);
}
