/* The filters of a snapshot that comes: found by digest, checked, and held against those that are here. Mirrors
 * verifier/filter_files.py and the comparisons of trust/revocations.py. */
#include "internal.h"

/* The same piece in a snapshot that is held, or in this one before. */
static HP_APART const uint8_t *known_piece(const hp_store *store, const hp_snapshot *snapshot, const uint8_t *const *found,
                                  const hp_piece *piece, int32_t before) {
    hp_piece each;
    hp_entries walk = hp_pieces_of(snapshot);
    for (int32_t n = 0; n < before && hp_next_piece(&walk, &each); n++) {
        if (each.length == piece->length && found[n] != NULL && memcmp(each.digest, piece->digest, HP_DIGEST) == 0) {
            return found[n];
        }
    }
    for (uint16_t s = 0; s < store->stream_room; s++) {
        const hp_stream *stream = &store->streams[s];
        walk = hp_pieces_of(&stream->snapshot);
        for (int32_t n = 0; stream->used && hp_next_piece(&walk, &each); n++) {
            if (each.length == piece->length && stream->filters[n] != NULL &&
                memcmp(each.digest, piece->digest, HP_DIGEST) == 0) {
                return stream->filters[n];
            }
        }
    }
    return NULL;
}

HP_APART bool hp_has_digest(hp_bytes data, const uint8_t digest[32]) {
    uint8_t found[64];
    hp_digest(found, data);
    return memcmp(found, digest, HP_DIGEST) == 0;
}

/* A filter from outside: the very bytes that the snapshot names, for its window, in its one form. */
static HP_APART hp_result fetch(const hp_store *store, const hp_piece *piece, const hp_window *window, const uint8_t **out) {
    hp_bytes data = {NULL, 0};
    hp_filter filter;
    if (store->find_filter != NULL) {
        data = store->find_filter(store->find_context, piece->digest, piece->length);
    }
    if (data.data == NULL) {
        return HP_MISSING_FILTER;
    }
    if (data.size != piece->length || !hp_has_digest(data, piece->digest)) {
        return HP_DIGEST_DIFFERS;
    }
    if (!hp_open_filter(data, &filter)) {
        return HP_MALFORMED;
    }
    if (filter.exponent != window->exponent) {
        return HP_CAPACITY;
    }
    *out = data.data;
    return hp_check_filter(&filter) ? HP_OK : HP_MALFORMED;
}

/* Every filter of a snapshot whose kid the trust list has, into `found`. With `lenient` what is missing stays NULL. */
hp_result hp_collect(const hp_store *store, const hp_snapshot *snapshot, const uint8_t **found, bool lenient) {
    hp_entries walk = hp_pieces_of(snapshot);
    hp_piece piece;
    hp_window window;
    hp_filter filter;
    for (int32_t n = 0; hp_next_piece(&walk, &piece); n++) {
        found[n] = NULL;
        if (!hp_find_window(&store->list, piece.kid, &window)) {
            continue;
        }
        if (piece.length - 64 > 1u << (window.exponent - 2) && piece.length > 64 && !lenient) { /* no set of slots needs that much */
            return HP_CAPACITY;
        }
        hp_result result = HP_OK;
        found[n] = known_piece(store, snapshot, found, &piece, n);
        if (found[n] == NULL) {
            result = fetch(store, &piece, &window, &found[n]);
        } else {
            hp_bytes data = {found[n], piece.length};
            result = hp_open_filter(data, &filter) && filter.exponent == window.exponent ? HP_OK : HP_CAPACITY;
        }
        if (result != HP_OK) {
            found[n] = NULL;
            if (!lenient) {
                return result;
            }
        }
    }
    return HP_OK;
}

/* Whatever the old filters and the delta upon them revoke under a live kid is revoked in the new ones too. What is lost
 * or damaged of the old ones cannot be compared, and binds nobody. */
static HP_APART hp_result check_keeps_revoked(const hp_update *u, const hp_snapshot *snapshot, const uint8_t *const *found,
                                     const hp_window *window) {
    const hp_stream *old = u->old;
    hp_piece piece, before;
    hp_filter filter, held;
    int32_t number = hp_find_piece(snapshot, window->kid, &piece);
    hp_bytes data = {number < 0 ? NULL : found[number], number < 0 ? 0 : piece.length};
    if (data.data == NULL || !hp_open_filter(data, &filter)) {
        return HP_OK;
    }
    if (old->has_delta) {
        hp_result result = hp_filter_lists(&filter, hp_find_slots(&old->delta, window->kid));
        if (result != HP_OK) {
            return result;
        }
    }
    number = hp_find_piece(&old->snapshot, window->kid, &before);
    if (!hp_open_held(old, number, &before, window, &held) ||
        memcmp(before.digest, piece.digest, HP_DIGEST) == 0) {
        return HP_OK;
    }
    hp_bytes whole = {old->filters[number], before.length};
    return hp_has_digest(whole, before.digest) ? hp_filter_covers(&filter, &held) : HP_OK;
}

/* Runs over the kids of the key whose windows are not over. */
bool hp_next_live(const hp_update *u, const hp_revoker *revoker, uint32_t *n, hp_window *out) {
    while (*n < revoker->count) {
        const uint8_t *kid = revoker->kids + 5 * (size_t)(*n)++ + 1;
        if (hp_find_window(&u->store->list, kid, out) && !hp_window_is_over(out, u->now)) {
            return true;
        }
    }
    return false;
}

static HP_APART hp_result check_keeps_kids(const hp_update *u, const hp_snapshot *snapshot, const hp_revoker *revoker) {
    hp_window window;
    hp_piece piece;
    for (uint32_t n = 0; hp_next_live(u, revoker, &n, &window);) {
        if (hp_find_piece(&u->old->snapshot, window.kid, &piece) >= 0 &&
            hp_find_piece(snapshot, window.kid, &piece) < 0) {
            return HP_DROPPED_KID;
        }
    }
    return HP_OK;
}

/* The filters of a snapshot that says no less than the old one (`compared`), into the stream's spare array. */
hp_result hp_collected(const hp_update *u, const hp_snapshot *snapshot, hp_stream *into, bool compared) {
    hp_revoker revoker;
    hp_window window;
    hp_result result = HP_OK;
    if (snapshot->count > into->room) {
        return HP_NO_ROOM;
    }
    if (!hp_find_revoker(&u->store->list, u->key, &revoker)) {
        return HP_NOT_A_REVOKER;
    }
    if (compared) {
        result = check_keeps_kids(u, snapshot, &revoker);
    }
    if (result == HP_OK) {
        result = hp_collect(u->store, snapshot, into->spare, false);
    }
    for (uint32_t n = 0; result == HP_OK && compared && hp_next_live(u, &revoker, &n, &window);) {
        result = check_keeps_revoked(u, snapshot, into->spare, &window);
    }
    return result;
}
