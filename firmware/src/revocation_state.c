/* What a scanner knows of revocation: for each revocation key a snapshot, the filters that it names, and a delta.
 * Mirrors verifier/revocation_state.py and revocation_stream.py.
 *
 * Filters stay where they are; of each a pointer is kept, in the order of the snapshot's kids. */
#include "internal.h"

hp_stream *hp_find_stream(const hp_store *store, const uint8_t key[32]) {
    for (uint16_t n = 0; n < store->stream_room; n++) {
        if (store->streams[n].used && memcmp(store->streams[n].key, key, 32) == 0) {
            return &store->streams[n];
        }
    }
    return NULL;
}

void hp_revocation_under(hp_store *store) {
    hp_revoker revoker;
    for (uint16_t n = 0; n < store->stream_room; n++) {
        hp_stream *each = &store->streams[n];
        each->used = each->used && hp_find_revoker(&store->list, each->key, &revoker);
    }
}

/* The filter of a stream's kid, if it is here and for a window of that capacity. */
bool hp_open_held(const hp_stream *stream, int32_t number, const hp_piece *piece, const hp_window *window, hp_filter *out) {
    if (number < 0 || number >= stream->room || stream->filters[number] == NULL) {
        return false;
    }
    hp_bytes data = {stream->filters[number], piece->length};
    return hp_open_filter(data, out) && out->exponent == window->exponent;
}

int64_t hp_stream_age(const hp_store *store, const hp_stream *stream, uint32_t now) {
    hp_times newest = stream->has_delta ? stream->delta.times : stream->snapshot.times;
    if (!stream->complete || (uint64_t)now + HP_CLOCK_SKEW < newest.issued) {
        return -1;
    }
    return hp_seconds_late(newest.expires, store->list.grace, now);
}

bool hp_revocation_fresh(const hp_store *store, uint32_t now) {
    hp_revokers walk = hp_revokers_of(&store->list);
    hp_revoker revoker;
    while (hp_next_revoker(&walk, &revoker)) {
        const hp_stream *stream = hp_find_stream(store, revoker.key);
        if (stream != NULL && hp_stream_age(store, stream, now) >= 0) {
            return true;
        }
    }
    return false;
}

uint8_t hp_revocation_check(const hp_store *store, const hp_pass *pass, uint32_t now, uint32_t *stale, int8_t *index) {
    hp_revoker revoker;
    hp_window window;
    hp_piece piece;
    hp_filter filter;
    const uint8_t *kid = pass->first.kid;
    const hp_stream *stream = hp_revoker_of_kid(&store->list, kid, &revoker) ? hp_find_stream(store, revoker.key) : NULL;
    int64_t age = stream == NULL ? -1 : hp_stream_age(store, stream, now);
    if (age < 0 || !hp_find_window(&store->list, kid, &window) ||
        !hp_open_held(stream, hp_find_piece(&stream->snapshot, kid, &piece), &piece, &window, &filter)) {
        return HP_REVOCATION_DATA_STALE;
    }
    hp_bytes added = {NULL, 0};
    if (stream->has_delta) {
        added = hp_find_slots(&stream->delta, kid);
    }
    for (unsigned n = 0; n < pass->people; n++) {
        uint32_t slot = hp_number(hp_person_of(pass, n).cti);
        int revoked = hp_holds(added, slot) ? 1 : hp_filter_contains(&filter, slot);
        if (revoked != 0) {
            *index = revoked > 0 && pass->people > 1 ? (int8_t)n : -1;
            return revoked > 0 ? HP_REVOKED : HP_REVOCATION_DATA_STALE;
        }
    }
    if ((uint32_t)age > *stale) {
        *stale = (uint32_t)age;
    }
    return 0;
}
