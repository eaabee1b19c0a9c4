/* May this signed object replace the one that is here? Mirrors trust/updates.py. */
#include "internal.h"

enum { MAX_VERSION_STEP = 100000 };
#define MAX_FIRST_VERSION 0x7FFFFFFFu

void hp_floor_of(hp_floor *out, hp_times times, hp_bytes data) {
    uint8_t digest[64];
    hp_digest(digest, data);
    out->version = times.version;
    out->issued = times.issued;
    memcpy(out->digest, digest, sizeof out->digest);
    out->known = 1;
}

static bool same_digest(const hp_floor *one, const hp_floor *other) {
    return one->known == other->known && (!one->known || memcmp(one->digest, other->digest, sizeof one->digest) == 0);
}

bool hp_same_floor(const hp_floor *one, const hp_floor *other) {
    return one->version == other->version && one->issued == other->issued && same_digest(one, other);
}

hp_result hp_check_not_rolled_back(const hp_floor *new_, const hp_floor *floor) {
    if (new_->version == floor->version && !same_digest(new_, floor)) {
        return HP_ROLLBACK;
    }
    return new_->version < floor->version || new_->issued < floor->issued ? HP_ROLLBACK : HP_OK;
}

hp_result hp_check_not_older(const hp_floor *new_, const hp_floor *floor) {
    uint64_t most = floor->version ? (uint64_t)floor->version + MAX_VERSION_STEP : MAX_FIRST_VERSION;
    hp_result result = hp_check_not_rolled_back(new_, floor);
    return result == HP_OK && new_->version > most ? HP_VERSION_STEP : result;
}

static bool is_behind(uint32_t now, uint32_t issued) { return (uint64_t)now + HP_CLOCK_SKEW < issued; }

hp_result hp_check_times(hp_times times, const hp_floor *floor, uint32_t now, uint32_t grace) {
    if (is_behind(now, floor->issued)) {
        return HP_CLOCK_BEHIND;
    }
    if (times.issued > (uint64_t)now + HP_CLOCK_SKEW) {
        return HP_FROM_THE_FUTURE;
    }
    return (uint64_t)times.expires + grace <= now ? HP_EXPIRED : HP_OK;
}

hp_result hp_check_times_under(const hp_trust_list *list, hp_times times, const hp_floor *floor, uint32_t now,
                               uint32_t grace) {
    hp_result result = hp_check_times(times, floor, now, grace);
    return result == HP_OK && is_behind(now, list->times.issued) ? HP_CLOCK_BEHIND : result;
}

int64_t hp_seconds_late(uint32_t expires, uint32_t grace, uint32_t now) {
    if (now < expires) {
        return 0;
    }
    return now - expires >= grace ? -1 : (int64_t)(now - expires) + 1;
}

static hp_signer *find(const hp_store *store, uint8_t kind, const uint8_t key[32]) {
    for (uint16_t n = 0; n < store->signer_count; n++) {
        hp_signer *each = &store->signers[n];
        if (each->kind == kind && memcmp(each->key, key, 32) == 0) {
            return each;
        }
    }
    return NULL;
}

const hp_floor *hp_floor_for(const hp_store *store, uint8_t kind, const uint8_t key[32]) {
    static const hp_floor none = {0, 0, {0}, 0};
    const hp_signer *found = find(store, kind, key);
    return found == NULL ? &none : &found->floor;
}

bool hp_has_room_for(const hp_store *store, const uint8_t key[32]) {
    unsigned more = find(store, HP_FLOOR_REVOCATIONS, key) == NULL;
    more += find(store, HP_FLOOR_SNAPSHOTS, key) == NULL;
    return store->signer_count + more <= store->signer_room;
}

bool hp_put_floor(hp_store *store, uint8_t kind, const uint8_t key[32], const hp_floor *floor) {
    hp_signer *found = find(store, kind, key);
    if (found == NULL) {
        if (store->signer_count == store->signer_room) {
            return false;
        }
        found = &store->signers[store->signer_count++];
        found->kind = kind;
        memcpy(found->key, key, 32);
    }
    found->floor = *floor;
    return true;
}
