/* Is this snapshot or delta to be believed, and does it say at least what the one before said? Mirrors trust/revocations.py
 * and the updates of verifier/revocation_state.py. */
#include "internal.h"

enum { MAX_SNAPSHOT = 131072, MAX_DELTA = 1048576 };

/* Its form, a revocation key of the trust list, the signature. */
static HP_APART hp_result open_signed(const hp_store *store, hp_bytes data, hp_type type, size_t most, hp_sign1 *message) {
    hp_revoker revoker;
    if (!hp_open_sign1(data, type, most, message)) {
        return HP_MALFORMED;
    }
    if (!hp_find_revoker(&store->list, message->key, &revoker)) {
        return HP_NOT_A_REVOKER;
    }
    return hp_sign1_holds(message) ? HP_OK : HP_BAD_SIGNATURE;
}

/* Whether a kid is another key's. One that the list no longer has may have been this key's. */
static bool is_anothers(const hp_store *store, const uint8_t kid[4], const uint8_t key[32]) {
    hp_revoker revoker;
    return hp_revoker_of_kid(&store->list, kid, &revoker) && memcmp(revoker.key, key, 32) != 0;
}

hp_stream *hp_free_stream(const hp_store *store) {
    for (uint16_t n = 0; n < store->stream_room; n++) {
        if (!store->streams[n].used) {
            return &store->streams[n];
        }
    }
    return NULL;
}

static void swap_filters(hp_stream *stream) {
    const uint8_t **filters = stream->filters;
    stream->filters = stream->spare;
    stream->spare = filters;
}

void hp_begin_stream(hp_stream *stream, const hp_update *u, const hp_snapshot *snapshot, bool complete) {
    memcpy(stream->key, u->key, 32);
    stream->snapshot = *snapshot;
    stream->base = stream->floor = u->new_;
    stream->has_delta = false;
    stream->complete = complete;
    stream->used = true;
    swap_filters(stream);
}

/* Whether every filter that the list has a use for is here. */
static HP_APART bool has_all(const hp_store *store, const hp_stream *stream) {
    hp_entries walk = hp_pieces_of(&stream->snapshot);
    hp_piece piece;
    hp_window window;
    hp_filter filter;
    for (int32_t n = 0; hp_next_piece(&walk, &piece); n++) {
        if (hp_find_window(&store->list, piece.kid, &window) &&
            !hp_open_held(stream, n, &piece, &window, &filter)) {
            return false;
        }
    }
    return true;
}

/* A snapshot's or a delta's key and content; those that were taken before need not be believed again. */
hp_result hp_read_snapshot(hp_update *u, hp_bytes data, bool again_is_known, hp_snapshot *out) {
    hp_sign1 message;
    hp_result result = open_signed(u->store, data, HP_TYPE_SNAPSHOT, MAX_SNAPSHOT, &message);
    if (result != HP_OK) {
        return result;
    }
    if (!hp_parse_snapshot(message.payload, out)) {
        return HP_MALFORMED;
    }
    u->key = message.key;
    u->old = hp_find_stream(u->store, message.key);
    hp_floor_of(&u->new_, out->times, data);
    hp_entries walk = hp_pieces_of(out);
    hp_piece piece;
    bool known = again_is_known && u->old != NULL && hp_same_floor(&u->new_, &u->old->base);
    while (!known && again_is_known && hp_next_piece(&walk, &piece)) {
        if (is_anothers(u->store, piece.kid, message.key)) {
            return HP_OTHER_KID;
        }
    }
    return HP_OK;
}

static HP_APART hp_result take_snapshot(hp_update *u, hp_bytes data) {
    hp_store *store = u->store;
    hp_snapshot snapshot;
    hp_result result = hp_read_snapshot(u, data, true, &snapshot);
    if (result != HP_OK) {
        return result;
    }
    const hp_floor *newest = hp_floor_for(store, HP_FLOOR_REVOCATIONS, u->key);
    bool again = hp_same_floor(&u->new_, hp_floor_for(store, HP_FLOOR_SNAPSHOTS, u->key)); /* perhaps below a delta: then it can only mend what is lost */
    if (!again && (result = hp_check_not_older(&u->new_, newest)) != HP_OK) {
        return result;
    }
    result = hp_check_times_under(&store->list, snapshot.times, newest, u->now, u->grace);
    if (result != HP_OK) {
        return result;
    }
    bool mends = again && (u->old == NULL || hp_same_floor(&u->old->base, &u->new_));
    if (mends && u->old != NULL && has_all(store, u->old)) {
        u->old->snapshot = snapshot; /* the same, where it lies now */
        return HP_OK;
    }
    hp_stream *into = u->old == NULL ? hp_free_stream(store) : u->old;
    if (into == NULL || !hp_has_room_for(store, u->key)) {
        return HP_NO_ROOM;
    }
    result = hp_collected(u, &snapshot, into, u->old != NULL && !mends);
    if (result != HP_OK) {
        return result;
    }
    if (mends && u->old != NULL) {
        into->snapshot = snapshot;
        swap_filters(into);
    } else {
        hp_begin_stream(into, u, &snapshot, !again || hp_same_floor(&u->new_, newest));
    }
    if (!again) {
        hp_put_floor(store, HP_FLOOR_SNAPSHOTS, u->key, &u->new_);
        hp_put_floor(store, HP_FLOOR_REVOCATIONS, u->key, &u->new_);
    }
    return HP_OK;
}

/* -- deltas ---------------------------------------------------------------------------------------------------------- */

static HP_APART hp_result check_slots(const hp_update *u, const hp_delta *delta) {
    hp_entries walk = hp_slots_of(delta);
    const uint8_t *kid;
    hp_bytes slots;
    hp_window window;
    while (hp_next_slots(&walk, &kid, &slots)) {
        if (is_anothers(u->store, kid, u->key)) {
            return HP_OTHER_KID;
        }
    }
    walk = hp_slots_of(delta);
    while (hp_next_slots(&walk, &kid, &slots)) {
        if (hp_find_window(&u->store->list, kid, &window) && !hp_is_below(hp_number(slots.data + slots.size - 4), window.exponent)) {
            return HP_SLOT;
        }
    }
    return HP_OK;
}

/* Upon the very snapshot that is here, for kids that it has, and with every live slot of the delta before. */
static HP_APART hp_result check_adds(const hp_update *u, const hp_delta *delta, bool known) {
    hp_revoker revoker;
    hp_window window;
    hp_piece piece;
    const uint8_t *kid;
    hp_bytes slots;
    if (u->old == NULL || delta->base != u->old->snapshot.times.version) {
        return HP_OTHER_SNAPSHOT;
    }
    hp_entries walk = hp_slots_of(delta);
    while (!known && hp_next_slots(&walk, &kid, &slots)) {
        if (hp_find_piece(&u->old->snapshot, kid, &piece) < 0) {
            return HP_OTHER_KID;
        }
    }
    if (known || !u->old->has_delta || !hp_find_revoker(&u->store->list, u->key, &revoker)) {
        return HP_OK;
    }
    for (uint32_t n = 0; hp_next_live(u, &revoker, &n, &window);) {
        if (!hp_includes(hp_find_slots(delta, window.kid), hp_find_slots(&u->old->delta, window.kid))) {
            return HP_UN_REVOKES;
        }
    }
    return HP_OK;
}

hp_result hp_read_delta(hp_update *u, hp_bytes data, hp_delta *out) {
    hp_sign1 message;
    hp_result result = open_signed(u->store, data, HP_TYPE_DELTA, MAX_DELTA, &message);
    if (result == HP_OK && !hp_parse_delta(message.payload, out)) {
        result = HP_MALFORMED;
    }
    if (result == HP_OK) {
        u->key = message.key;
        u->old = hp_find_stream(u->store, message.key);
        hp_floor_of(&u->new_, out->times, data);
    }
    return result;
}

static HP_APART hp_result take_delta(hp_update *u, hp_bytes data) {
    hp_delta delta;
    hp_result result = hp_read_delta(u, data, &delta);
    if (result != HP_OK) {
        return result;
    }
    bool known = u->old != NULL && u->old->has_delta && hp_same_floor(&u->new_, &u->old->floor);
    if (!known && (result = check_slots(u, &delta)) != HP_OK) {
        return result;
    }
    const hp_floor *newest = hp_floor_for(u->store, HP_FLOOR_REVOCATIONS, u->key);
    if ((!known || newest->known) && (result = hp_check_not_older(&u->new_, newest)) != HP_OK) {
        return result;
    }
    result = hp_check_times_under(&u->store->list, delta.times, newest, u->now, u->grace);
    if (result == HP_OK) {
        result = check_adds(u, &delta, known);
    }
    if (result != HP_OK) {
        return result;
    }
    u->old->delta = delta;
    if (!known) {
        u->old->has_delta = u->old->complete = true;
        u->old->floor = u->new_;
        hp_put_floor(u->store, HP_FLOOR_REVOCATIONS, u->key, &u->new_);
    }
    return HP_OK;
}

hp_result hp_take_published(hp_store *store, hp_bytes data, uint32_t now, bool late) {
    hp_update u = {store, NULL, NULL, {0, 0, {0}, 0}, now, late ? store->list.grace : 0};
    if (!store->has_list) {
        return HP_NO_TRUST_LIST;
    }
    if (store->list.revoker_count == 0) {
        return HP_NOT_A_REVOKER;
    }
    return hp_is_sign1(data, HP_TYPE_DELTA) ? take_delta(&u, data) : take_snapshot(&u, data);
}

hp_result hp_take_revocation(hp_store *store, const uint8_t *bytes, size_t size, uint32_t now) {
    hp_bytes data = {bytes, size};
    return hp_take_published(store, data, now, false);
}
