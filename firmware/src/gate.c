/* May this scanner check people here, now? Mirrors verifier/gate.py and trust/places.py. */
#include "internal.h"

hp_result hp_open_place(const hp_store *store, hp_bytes data, hp_place *out) {
    hp_sign1 message;
    if (!store->has_list) {
        return HP_NO_TRUST_LIST;
    }
    if (!hp_open_sign1(data, HP_TYPE_PLACE, HP_PLACE_ROOM, &message) || !hp_parse_place(message.payload, out)) {
        return HP_MALFORMED;
    }
    if (!hp_has_key(store->list.registrars, message.key)) {
        return HP_NOT_A_REGISTRAR;
    }
    return hp_sign1_holds(&message) ? HP_OK : HP_BAD_SIGNATURE;
}

static hp_result check_times(const hp_place *place, uint32_t now) {
    if (now >= place->expires) {
        return HP_PLACE_EXPIRED;
    }
    return (uint64_t)now + HP_CLOCK_SKEW < place->issued ? HP_PLACE_FROM_THE_FUTURE : HP_OK;
}

hp_result hp_check_place(const hp_store *store, const uint8_t *bytes, size_t size, uint32_t now) {
    hp_bytes data = {bytes, size};
    hp_place place;
    hp_result result = hp_open_place(store, data, &place);
    return result == HP_OK ? check_times(&place, now) : result;
}

/* The certificate, verified once for each trust list. Not by a registrar of the list, or not signed: no place. */
static bool place_holds(hp_scanner *scanner) {
    const hp_store *store = scanner->store;
    if (scanner->place_generation != store->generation) {
        scanner->place_generation = store->generation;
        scanner->place_holds = hp_open_place(store, scanner->place, &scanner->known_place) == HP_OK;
    }
    return scanner->place_holds;
}

/* Whether signed data are in force, by a clock that is not behind what was signed: that nobody is checked opens doors. */
static bool is_in_force(const hp_store *store, uint32_t now) {
    uint32_t stale;
    if ((uint64_t)now + HP_CLOCK_SKEW < hp_newest_revocation(store)) {
        return false;
    }
    return hp_store_fresh(store, now, &stale) && stale == 0;
}

static uint8_t rule_at(const hp_store *store, const hp_place *place, uint32_t now, hp_terms *out) {
    const hp_trust_list *list = &store->list;
    if (check_times(place, now) != HP_OK) {
        return HP_PLACE_NOT_CERTIFIED;
    }
    if (list->rules == NULL) {
        return 0;
    }
    out->has_rule = true;
    if (!hp_policy_names(list, place->place_class)) {
        return HP_PLACE_NOT_CERTIFIED;
    }
    if (store->has_area && now < store->area.times.expires) {
        uint8_t risk = hp_area_risk(&store->area, place->area);
        if (hp_policy_rule(list, risk, place->place_class, &out->rule)) {
            return 0;
        }
        return is_in_force(store, now) ? HP_CHECK_NOT_PERMITTED : HP_PLACE_NOT_CERTIFIED;
    }
    return hp_policy_rule_at_any_risk(list, place->place_class, &out->rule) ? 0 : HP_PLACE_NOT_CERTIFIED;
}

uint8_t hp_permitted(hp_scanner *scanner, uint32_t now, hp_terms *out) {
    const hp_store *store = scanner->store;
    memset(out, 0, sizeof *out);
    if (!store->has_list) {
        return 0; /* step 2 refuses */
    }
    if (scanner->place.data == NULL) {
        out->audience = (const uint8_t *)scanner->audience;
        return store->list.rules == NULL ? 0 : HP_PLACE_NOT_CERTIFIED;
    }
    if (!place_holds(scanner)) {
        return HP_PLACE_NOT_CERTIFIED;
    }
    out->audience = scanner->known_place.id;
    return rule_at(store, &scanner->known_place, now, out);
}

size_t hp_place_from_text(const char *text, size_t size, uint8_t *out, size_t room) {
    hp_bytes all = {(const uint8_t *)text, size};
    size_t written;
    return hp_decode_place_text(all, out, room, &written) ? written : 0;
}
