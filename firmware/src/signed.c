/* Is a trust list signed by enough roots? Mirrors trust/signed.py. */
#include "internal.h"

enum { MAX_LIST = 262144 };

bool hp_is_root(const hp_roots *roots, const uint8_t key[32]) { return hp_has_key(roots->keys, key); }

bool hp_same_roots(const hp_roots *one, const hp_roots *other) {
    if (one->threshold != other->threshold || one->keys.count != other->keys.count) {
        return false;
    }
    for (uint32_t n = 0; n < one->keys.count; n++) { /* all different, so as many of both are one set */
        if (!hp_is_root(other, one->keys.first + (size_t)n * one->keys.stride)) {
            return false;
        }
    }
    return true;
}

/* Whether a threshold of these roots has signed. A signature of one of them that does not hold refuses the list. */
static hp_result check_signed(const hp_roots *roots, const hp_sign *message, hp_result too_few) {
    hp_cursor c = message->signatures;
    uint32_t left = message->count;
    unsigned good = 0;
    hp_bytes protected_;
    const uint8_t *key, *signature;
    while (hp_next_signature(&c, &left, &protected_, &key, &signature)) {
        if (!hp_is_root(roots, key)) {
            continue;
        }
        const hp_bytes parts[] = {
            {(const uint8_t *)"\x85\x69Signature", 11},
            message->body,
            protected_,
            {(const uint8_t *)"\x40", 1},
            message->payload_string,
        };
        if (!hp_ed25519_verify(key, parts, 5, signature)) {
            return HP_BAD_SIGNATURE;
        }
        good++;
    }
    return good < roots->threshold ? too_few : HP_OK;
}

/* 1. The envelope has its one form. 2. Every signature by a root holds, and there are enough. 3. The payload has its
 * form. 4. No key in it is weak. 5. If it names other roots for the next list, enough of those have signed it too. */
hp_result hp_open_trust_list(hp_bytes data, const hp_roots *roots, hp_trust_list *out) {
    hp_sign message;
    if (!hp_open_sign(data, MAX_LIST, &message)) { /* 1 */
        return HP_MALFORMED;
    }
    hp_result result = check_signed(roots, &message, HP_THRESHOLD); /* 2 */
    if (result == HP_OK) {
        result = hp_parse_trust_list(message.payload, out); /* 3 */
    }
    if (result != HP_OK) {
        return result;
    }
    if (!hp_keys_are_fit(out)) { /* 4 */
        return HP_WEAK_KEY;
    }
    out->changes_roots = !hp_same_roots(&out->roots, roots);
    return out->changes_roots ? check_signed(&out->roots, &message, HP_NEW_ROOTS) : HP_OK; /* 5 */
}

hp_result hp_version_of_list(hp_bytes data, uint32_t *version) {
    hp_sign message;
    hp_trust_list list;
    hp_result result = hp_open_sign(data, MAX_LIST, &message) ? hp_parse_trust_list(message.payload, &list) : HP_MALFORMED;
    *version = result == HP_OK ? list.times.version : 0;
    return result;
}
