/* What was in force before a reset: snapshots, filters and deltas, and whether that is all. Mirrors newest_stream of
 * verifier/revocation_stream.py. */
#include "internal.h"

/* Is what was loaded the newest that was ever accepted, or newer? Where floors are lost nobody knows: then nothing is
 * complete, and only something newer will be. */
static void settle(hp_store *store, hp_stream *stream) {
    const hp_floor *known = hp_floor_for(store, HP_FLOOR_REVOCATIONS, stream->key);
    hp_floor newest = stream->floor;
    stream->complete = !store->lost && (hp_same_floor(&newest, known) || newest.version > known->version);
    if (store->lost && newest.version < known->version) {
        newest = *known;
    }
    if (store->lost) {
        newest.known = 0;
    }
    if (store->lost || stream->complete) {
        hp_put_floor(store, HP_FLOOR_REVOCATIONS, stream->key, &newest);
    }
}

static hp_result load_delta(hp_update *u, hp_bytes data) {
    hp_delta delta;
    hp_result result = hp_read_delta(u, data, &delta);
    if (result != HP_OK) {
        return result;
    }
    if (u->old == NULL || delta.base != u->old->snapshot.times.version) {
        return HP_OTHER_SNAPSHOT;
    }
    u->old->delta = delta;
    u->old->has_delta = true;
    u->old->floor = u->new_;
    settle(u->store, u->old);
    return HP_OK;
}

hp_result hp_load_revocation(hp_store *store, const uint8_t *bytes, size_t size) {
    hp_bytes data = {bytes, size};
    hp_snapshot snapshot;
    hp_update u = {store, NULL, NULL, {0, 0, {0}, 0}, 0, 0};
    if (!store->has_list) {
        return HP_NO_TRUST_LIST;
    }
    if (hp_is_sign1(data, HP_TYPE_DELTA)) {
        return load_delta(&u, data);
    }
    hp_result result = hp_read_snapshot(&u, data, false, &snapshot);
    if (result != HP_OK) {
        return result;
    }
    result = hp_check_not_rolled_back(&u.new_, hp_floor_for(store, HP_FLOOR_SNAPSHOTS, u.key));
    if (result != HP_OK) {
        return result;
    }
    hp_stream *into = u.old == NULL ? hp_free_stream(store) : u.old;
    if (into == NULL || snapshot.count > into->room || !hp_has_room_for(store, u.key)) {
        return HP_NO_ROOM;
    }
    hp_collect(store, &snapshot, into->spare, true);
    hp_begin_stream(into, &u, &snapshot, false);
    hp_put_floor(store, HP_FLOOR_SNAPSHOTS, u.key, &u.new_);
    settle(store, into);
    return HP_OK;
}
