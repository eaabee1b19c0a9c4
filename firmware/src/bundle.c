/* A bundle: one file with what a scanner without a network needs, used where it lies. Mirrors formats/bundle.py and
 * verifier/bundle.py. It is gone through twice: for its form, and for its parts. */
#include "internal.h"

enum { MAX_ITEMS = 32768 };
enum { CHECK, TAKE, LOAD };

typedef struct {
    hp_store *store;
    hp_bytes all;
    hp_cursor filters; /* at the first of them */
    uint32_t filter_count, now;
    uint8_t what;
    hp_part_told told;
    void *context;
} trip;

/* Its digest. Filters begin on a multiple of 4, after as few zeros as do. */
static const uint8_t *read_filter(hp_cursor *c, hp_bytes *filter) {
    hp_read_constant(c, "\x83", 1);
    const uint8_t *digest = hp_read_string(c, HP_DIGEST);
    hp_bytes padding = hp_read_bytes(c);
    *filter = hp_read_bytes(c);
    if (c->bad || filter->size == 0 || padding.size > 3 || memcmp("\0\0\0", padding.data, padding.size) != 0 ||
        (c->at - filter->size) % 4 != 0) {
        c->bad = true;
        return NULL;
    }
    return digest;
}

static HP_APART void read_filters(hp_cursor *c, trip *t) {
    t->filter_count = hp_read_array(c, 0, MAX_ITEMS);
    t->filters = *c;
    const uint8_t *before = NULL;
    hp_bytes filter;
    for (uint32_t n = 0; n < t->filter_count && !c->bad; n++) {
        const uint8_t *digest = read_filter(c, &filter);
        if (digest == NULL || (before != NULL && memcmp(before, digest, HP_DIGEST) >= 0)) {
            c->bad = true;
        }
        before = digest;
    }
}

static hp_bytes find_in_bundle(void *context, const uint8_t digest[32], uint32_t size) {
    const trip *t = context;
    hp_cursor c = t->filters;
    hp_bytes filter, none = {NULL, 0};
    (void)size;
    for (uint32_t n = 0; n < t->filter_count; n++) {
        const uint8_t *found = read_filter(&c, &filter);
        int order = found == NULL ? 1 : memcmp(found, digest, HP_DIGEST);
        if (order >= 0) {
            return order == 0 ? filter : none;
        }
    }
    return none;
}

/* Roots that were followed already are not followed again, whoever has signed what leads to them. */
static HP_APART hp_result take_rotation(hp_store *store, hp_bytes data, uint32_t now) {
    uint32_t version;
    hp_result result = store->has_list ? hp_version_of_list(data, &version) : HP_OK;
    if (result == HP_OK && store->has_list && version <= store->list.times.version) {
        result = HP_ROLLBACK;
    }
    return result == HP_OK ? hp_take_list(store, data, now, true) : result;
}

/* A snapshot or a delta, whose filters lie in the bundle. */
static HP_APART hp_result take_published(trip *t, hp_bytes data) {
    hp_store *store = t->store;
    hp_find_filter find = store->find_filter;
    void *context = store->find_context;
    store->find_filter = find_in_bundle;
    store->find_context = t;
    hp_result result = t->what == LOAD ? hp_load_revocation(store, data.data, data.size)
                                       : hp_take_published(store, data, t->now, true);
    store->find_filter = find;
    store->find_context = context;
    return result;
}

/* It is in its time or not at each question. */
static HP_APART hp_result load_place(const hp_store *store, hp_bytes data) {
    hp_place place;
    return hp_open_place(store, data, &place);
}

static HP_APART hp_result take_part(trip *t, hp_part part, hp_bytes data) {
    hp_store *store = t->store;
    bool load = t->what == LOAD;
    switch (part) {
    case HP_ROTATION:
        return load ? hp_follow_roots(store, data.data, data.size) : take_rotation(store, data, t->now);
    case HP_TRUST_LIST:
        return load ? hp_load_trust_list(store, data.data, data.size) : hp_take_list(store, data, t->now, true);
    case HP_AREA_TABLE:
        return load ? hp_load_area_table(store, data.data, data.size)
                    : hp_take_area_table(store, data.data, data.size, t->now);
    case HP_PLACE:
        return load ? load_place(store, data) : hp_check_place(store, data.data, data.size, t->now);
    case HP_DOCUMENT_KEYS:
        return HP_OK; /* opened by the caller, who has the scanner's key */
    default:
        return take_published(t, data);
    }
}

static void pass_part(hp_cursor *c, trip *t, hp_part part) {
    hp_bytes data = hp_read_bytes(c);
    if (data.size == 0) {
        c->bad = true;
    }
    if (!c->bad && t->what != CHECK) {
        hp_result result = take_part(t, part, data);
        if (t->told != NULL) {
            t->told(t->context, part, data, result);
        }
    }
}

static void pass_parts(hp_cursor *c, trip *t, hp_part part) {
    for (uint32_t left = hp_read_array(c, 0, MAX_ITEMS); left != 0 && !c->bad; left--) {
        pass_part(c, t, part);
    }
}

static void pass_or_null(hp_cursor *c, trip *t, hp_part part) {
    if (!hp_read_null(c)) {
        pass_part(c, t, part);
    }
}

/* Over all of it; false if it has not its form, which is known after the first time. */
static bool go_through(hp_cursor c, trip *t) {
    hp_read_constant(&c, "\x88\x01", 2);
    pass_parts(&c, t, HP_ROTATION);
    pass_part(&c, t, HP_TRUST_LIST);
    pass_or_null(&c, t, HP_AREA_TABLE);
    pass_parts(&c, t, HP_PLACE);
    for (uint32_t left = hp_read_array(&c, 0, MAX_ITEMS); left != 0 && !c.bad; left--) {
        hp_read_constant(&c, "\x82", 1);
        pass_part(&c, t, HP_SNAPSHOT);
        pass_or_null(&c, t, HP_DELTA);
    }
    read_filters(&c, t);
    pass_parts(&c, t, HP_DOCUMENT_KEYS);
    return !c.bad && c.at == c.size;
}

static bool lies_in(const void *at, hp_bytes block) {
    return (uintptr_t)at - (uintptr_t)block.data < block.size; /* what lies before it has a very large difference */
}

/* Filters that were in force and stay so are used where this bundle has them, so that the one before it can go. */
static HP_APART void move_filters(trip *t) {
    for (uint16_t s = 0; s < t->store->stream_room; s++) {
        const hp_stream *stream = &t->store->streams[s];
        hp_entries walk = hp_pieces_of(&stream->snapshot);
        hp_piece piece;
        for (uint32_t n = 0; stream->used && hp_next_piece(&walk, &piece); n++) {
            if (stream->filters[n] != NULL && !lies_in(stream->filters[n], t->all)) {
                hp_bytes found = find_in_bundle(t, piece.digest, piece.length);
                if (found.size == piece.length && hp_has_digest(found, piece.digest)) {
                    stream->filters[n] = found.data;
                }
            }
        }
    }
}

static hp_result open_bundle(trip *t, uint8_t what) {
    hp_cursor c = hp_cursor_of(t->all);
    t->what = CHECK;
    if (!hp_cbor_check(t->all, MAX_ITEMS) || !go_through(c, t)) {
        return HP_MALFORMED;
    }
    t->what = what;
    go_through(c, t);
    move_filters(t);
    return HP_OK;
}

hp_result hp_take_bundle(hp_store *store, const uint8_t *data, size_t size, size_t most, uint32_t now,
                         hp_part_told told, void *context) {
    trip t = {store, {data, size}, {NULL, 0, 0, true}, 0, now, TAKE, told, context};
    return size > most ? HP_MALFORMED : open_bundle(&t, TAKE);
}

hp_result hp_load_bundle(hp_store *store, const uint8_t *data, size_t size, hp_part_told told, void *context) {
    trip t = {store, {data, size}, {NULL, 0, 0, true}, 0, 0, LOAD, told, context};
    return open_bundle(&t, LOAD);
}

bool hp_uses(const hp_store *store, const uint8_t *data, size_t size) {
    hp_bytes block = {data, size};
    if (lies_in(store->roots.keys.first, block) || (store->has_list && lies_in(store->list.windows, block)) ||
        (store->has_area && lies_in(store->area.signer, block))) {
        return true;
    }
    for (uint16_t s = 0; s < store->stream_room; s++) {
        const hp_stream *stream = &store->streams[s];
        bool used = lies_in(stream->snapshot.entries.data, block) ||
                    (stream->has_delta && lies_in(stream->delta.entries.data, block));
        for (uint32_t n = 0; stream->used && !used && n < stream->snapshot.count; n++) {
            used = lies_in(stream->filters[n], block);
        }
        if (stream->used && used) {
            return true;
        }
    }
    return false;
}
