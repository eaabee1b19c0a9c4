/* The scanner's memory of whom to believe: each part of it only ever gets newer. Mirrors verifier/trust_store.py and
 * verifier/state.py. What is refused changes nothing. */
#include "internal.h"

enum { MAX_TABLE = 1048576, MAX_ROTATIONS = 64 };

hp_result hp_store_begin(hp_store *store) {
    const hp_roots *pinned = &store->pinned;
    if (pinned->keys.first == NULL || pinned->keys.stride < 32 || pinned->keys.count < 1 || pinned->keys.count > 16 ||
        pinned->threshold < 1 || pinned->threshold > pinned->keys.count) {
        return HP_MISUSE;
    }
    for (uint32_t n = 0; n < pinned->keys.count; n++) {
        hp_keys before = {pinned->keys.first, (uint16_t)n, pinned->keys.stride};
        if (hp_has_key(before, pinned->keys.first + (size_t)n * pinned->keys.stride)) {
            return HP_MISUSE;
        }
    }
    store->roots = *pinned;
    store->has_list = store->has_area = store->lost = false;
    store->signer_count = 0;
    store->generation = store->rotated = 0;
    store->rotations = 0;
    memset(&store->roots_floor, 0, sizeof store->roots_floor);
    for (uint16_t n = 0; n < store->stream_room; n++) {
        store->streams[n].used = false;
    }
    return HP_OK;
}

/* Floors of signers that the list names: with its key a floor goes, however far ahead a thief has put it. */
static void keep_floors(hp_store *store) {
    uint16_t kept = 0;
    hp_revoker revoker;
    for (uint16_t n = 0; n < store->signer_count; n++) {
        const hp_signer *each = &store->signers[n];
        bool named = each->kind == HP_FLOOR_AREAS ? hp_has_key(store->list.risks, each->key)
                                                  : hp_find_revoker(&store->list, each->key, &revoker);
        if (named) {
            store->signers[kept++] = *each;
        }
    }
    store->signer_count = kept;
}

/* From here on the roots are those of a list that changes them. */
static void follow(hp_store *store, const hp_trust_list *list) {
    store->roots = list->roots;
    store->rotated = list->times.version;
    store->rotations++;
}

/* Its form and signatures; and the way of the roots to it must not be too long to be gone again. */
static hp_result open_list(const hp_store *store, hp_bytes data, hp_trust_list *out) {
    hp_result result = hp_open_trust_list(data, &store->roots, out);
    return result == HP_OK && out->changes_roots && store->rotations >= MAX_ROTATIONS ? HP_TOO_MANY_ROTATIONS : result;
}

static void put_in_force(hp_store *store, const hp_trust_list *list, const hp_floor *floor) {
    store->list = *list;
    store->has_list = true;
    store->roots = store->list.roots; /* they lie in the newer list, also where they are the same */
    store->roots_floor = *floor;
    store->generation++;
    if (list->changes_roots) {
        follow(store, list);
    }
    keep_floors(store);
    if (store->has_area && !hp_has_key(store->list.risks, store->area.signer)) {
        store->has_area = false;
    }
    hp_revocation_under(store);
}

hp_result hp_take_list(hp_store *store, hp_bytes data, uint32_t now, bool late) {
    hp_trust_list list;
    hp_result result = open_list(store, data, &list); /* 1 */
    if (result != HP_OK) {
        return result;
    }
    uint32_t version = list.times.version;
    if (!store->has_list && list.changes_roots && store->rotated < version && version < store->roots_floor.version) {
        follow(store, &list); /* one step of a way that was lost; at its end the stored list counts again */
        return HP_OK;
    }
    hp_floor new_;
    hp_floor_of(&new_, list.times, data);
    result = hp_check_not_older(&new_, &store->roots_floor); /* 2 */
    if (result != HP_OK) {
        return result;
    }
    result = hp_check_times(list.times, &store->roots_floor, now, late ? list.grace : 0); /* 3 */
    if (result != HP_OK && !(result == HP_EXPIRED && list.changes_roots)) {
        return result;
    }
    put_in_force(store, &list, &new_);
    return HP_OK;
}

hp_result hp_take_trust_list(hp_store *store, const uint8_t *bytes, size_t size, uint32_t now) {
    hp_bytes data = {bytes, size};
    return hp_take_list(store, data, now, false);
}

hp_result hp_follow_roots(hp_store *store, const uint8_t *bytes, size_t size) {
    hp_bytes data = {bytes, size};
    hp_trust_list list;
    if (store->has_list) {
        return HP_MISUSE;
    }
    hp_result result = open_list(store, data, &list);
    if (result == HP_OK && list.changes_roots) {
        follow(store, &list);
    }
    return result;
}

hp_result hp_load_trust_list(hp_store *store, const uint8_t *bytes, size_t size) {
    hp_bytes data = {bytes, size};
    hp_trust_list list;
    hp_result result = open_list(store, data, &list);
    if (result != HP_OK) {
        return result;
    }
    hp_floor new_;
    hp_floor_of(&new_, list.times, data);
    result = hp_check_not_rolled_back(&new_, &store->roots_floor);
    if (result == HP_OK) {
        put_in_force(store, &list, &new_);
    }
    return result;
}

/* Its form, a risk office of the trust list, the signature, the payload. Mirrors trust/areas.py. */
static hp_result open_area_table(const hp_store *store, hp_bytes data, hp_area_table *out) {
    hp_sign1 message;
    if (!hp_open_sign1(data, HP_TYPE_AREA_TABLE, MAX_TABLE, &message)) {
        return HP_MALFORMED;
    }
    if (!hp_has_key(store->list.risks, message.key)) {
        return HP_NOT_A_RISK_OFFICE;
    }
    if (!hp_sign1_holds(&message)) {
        return HP_BAD_SIGNATURE;
    }
    out->signer = message.key;
    return hp_parse_area_table(message.payload, out) ? HP_OK : HP_MALFORMED;
}

/* Whether a risk office has signed something newer. */
static bool is_overtaken(const hp_store *store, uint32_t issued) {
    for (uint16_t n = 0; n < store->signer_count; n++) {
        if (store->signers[n].kind == HP_FLOOR_AREAS && issued < store->signers[n].floor.issued) {
            return true;
        }
    }
    return false;
}

hp_result hp_take_area_table(hp_store *store, const uint8_t *bytes, size_t size, uint32_t now) {
    hp_bytes data = {bytes, size};
    hp_area_table table;
    if (!store->has_list) {
        return HP_NO_TRUST_LIST;
    }
    hp_result result = open_area_table(store, data, &table); /* 1 */
    if (result != HP_OK) {
        return result;
    }
    const hp_floor *floor = hp_floor_for(store, HP_FLOOR_AREAS, table.signer);
    hp_floor new_;
    hp_floor_of(&new_, table.times, data);
    result = hp_check_not_older(&new_, floor); /* 2 */
    if (result == HP_OK && is_overtaken(store, table.times.issued)) { /* 3 */
        result = HP_ROLLBACK;
    }
    if (result == HP_OK) {
        result = hp_check_times_under(&store->list, table.times, floor, now, 0); /* 4 */
    }
    if (result == HP_OK && !hp_put_floor(store, HP_FLOOR_AREAS, table.signer, &new_)) {
        result = HP_NO_ROOM;
    }
    if (result == HP_OK) {
        store->area = table;
        store->has_area = true;
    }
    return result;
}

hp_result hp_load_area_table(hp_store *store, const uint8_t *bytes, size_t size) {
    hp_bytes data = {bytes, size};
    hp_area_table table;
    if (!store->has_list) {
        return HP_NO_TRUST_LIST;
    }
    hp_result result = open_area_table(store, data, &table);
    if (result != HP_OK) {
        return result;
    }
    const hp_floor *own = hp_floor_for(store, HP_FLOOR_AREAS, table.signer);
    hp_floor new_;
    hp_floor_of(&new_, table.times, data);
    if ((!hp_same_floor(&new_, own) && new_.version <= own->version) || is_overtaken(store, new_.issued)) {
        return HP_ROLLBACK;
    }
    if (!hp_put_floor(store, HP_FLOOR_AREAS, table.signer, &new_)) {
        return HP_NO_ROOM;
    }
    store->area = table;
    store->has_area = true;
    return HP_OK;
}

static uint32_t newest_of(const hp_store *store, uint8_t kind, uint32_t newest) {
    for (uint16_t n = 0; n < store->signer_count; n++) {
        if (store->signers[n].kind == kind && store->signers[n].floor.issued > newest) {
            newest = store->signers[n].floor.issued;
        }
    }
    return newest;
}

uint32_t hp_newest_revocation(const hp_store *store) { return newest_of(store, HP_FLOOR_REVOCATIONS, 0); }

/* The newest issue time of roots and risk offices: a clock behind it is wrong. */
static uint32_t newest_issue(const hp_store *store) {
    return newest_of(store, HP_FLOOR_AREAS, store->roots_floor.issued);
}

bool hp_store_fresh(const hp_store *store, uint32_t now, uint32_t *stale) {
    if (!store->has_list || (uint64_t)now + HP_CLOCK_SKEW < newest_issue(store)) {
        return false;
    }
    int64_t late = hp_seconds_late(store->list.times.expires, store->list.grace, now);
    *stale = late < 0 ? 0 : (uint32_t)late;
    return late >= 0;
}

const uint8_t *hp_document_key_for(const hp_store *store, const uint8_t *id) {
    for (uint16_t n = 0; id != NULL && n < store->document_key_count; n++) {
        if (memcmp(store->document_keys[n].id, id, 4) == 0) {
            return store->document_keys[n].key;
        }
    }
    return NULL;
}

const char *hp_result_name(hp_result result) {
    static const char *const names[] = {
        "ok", "malformed", "overlapping-windows", "bad-signature", "threshold", "new-roots",
        "too-many-rotations", "weak-key", "rollback", "version-step", "clock-behind", "from-the-future", "expired", "no-trust-list", "not-a-risk-office",
        "not-a-registrar", "place-expired", "place-from-the-future", "not-a-revoker", "other-kid", "slot", "dropped-kid", "other-snapshot", "missing-filter", "digest", "capacity",
        "un-revokes", "no-room", "misuse",
    };
    return (size_t)result < sizeof names / sizeof *names ? names[result] : "misuse";
}
