/* No key in two roles of a trust list, no kid in two places, no key that is weak. Mirrors TrustList._check_roles.
 *
 * There is no memory to sort in, so each key is compared with those after it: a list of 2,048 windows takes two million
 * comparisons of mostly one byte, once. */
#include "internal.h"

typedef struct {
    const hp_trust_list *list;
    unsigned section;
    uint32_t left, inner; /* of this section; sealing keys of this platform */
    const uint8_t *at;
} key_walk;

enum { ROOTS, WINDOWS, REVOKERS, REGISTRARS, RISKS, SEALING, END };

static void enter(key_walk *walk, unsigned section) {
    const hp_trust_list *list = walk->list;
    const hp_keys *keys = section == ROOTS ? &list->roots.keys : section == REGISTRARS ? &list->registrars : &list->risks;
    walk->section = section;
    walk->inner = 0;
    if (section == WINDOWS) {
        walk->at = list->windows;
        walk->left = list->window_count;
    } else if (section == REVOKERS) {
        walk->at = list->revokers;
        walk->left = list->revoker_count;
    } else if (section == SEALING) {
        walk->at = list->platforms;
        walk->left = list->platform_count;
    } else {
        walk->at = keys->first;
        walk->left = keys->count;
    }
}

/* A window whose form was checked: its key, and where the next one begins. */
static const uint8_t *window_key(const uint8_t **at) {
    const uint8_t *key = *at + 8, *capacity = key + 42; /* 87 44 kid 58 20 key, then 1a and four bytes twice */
    size_t width = capacity[0] < 24 ? 1 : 1 + ((size_t)1 << (capacity[0] - 24));
    const uint8_t *id = capacity + width + 1;
    *at = id + (id[0] == 0xF6 ? 1 : 5);
    return key;
}

static const uint8_t *sealing_key(key_walk *walk) {
    hp_bytes rest = {walk->at, (size_t)(walk->list->end - walk->at)};
    hp_cursor c = hp_cursor_of(rest);
    while (walk->inner == 0) {
        if (walk->left == 0) {
            return NULL;
        }
        walk->left--;
        hp_read_raw(&c, 1);
        hp_read_text(&c);
        hp_read_raw(&c, 5 * (size_t)hp_read_array(&c, 0, HP_MAX_WINDOWS));
        walk->inner = hp_read_array(&c, 0, 32);
        if (c.bad) {
            return NULL;
        }
    }
    walk->at += c.at;
    walk->inner--;
    const uint8_t *key = walk->at + 3; /* 83 58 20 key, then 1a and four bytes twice */
    walk->at = key + 42;
    return key;
}

static const uint8_t *next_key(key_walk *walk) {
    while (walk->section != END) {
        const uint8_t *key = NULL;
        if (walk->section == SEALING) {
            key = sealing_key(walk);
        } else if (walk->left != 0) {
            walk->left--;
            if (walk->section == WINDOWS) {
                key = window_key(&walk->at);
            } else if (walk->section == REVOKERS) {
                hp_revokers inner = {walk->at, walk->list->end, 1};
                hp_revoker revoker = {NULL, NULL, 0};
                hp_next_revoker(&inner, &revoker);
                walk->at = inner.at;
                key = revoker.key;
            } else {
                key = walk->at;
                walk->at += 34;
            }
        }
        if (key != NULL) {
            return key;
        }
        enter(walk, walk->section + 1);
    }
    return NULL;
}

static key_walk keys_of(const hp_trust_list *list) {
    key_walk walk = {list, 0, 0, 0, NULL};
    enter(&walk, ROOTS);
    return walk;
}

bool hp_keys_are_fit(const hp_trust_list *list) {
    key_walk walk = keys_of(list);
    const uint8_t *key;
    while ((key = next_key(&walk)) != NULL) {
        if (!(walk.section == SEALING ? hp_is_sealing_key(key) : hp_is_plain_point(key))) {
            return false;
        }
    }
    return true;
}

static bool keys_differ(const hp_trust_list *list) {
    key_walk walk = keys_of(list);
    const uint8_t *key, *other;
    while ((key = next_key(&walk)) != NULL) {
        key_walk rest = walk;
        while ((other = next_key(&rest)) != NULL) {
            if (key[0] == other[0] && memcmp(key, other, 32) == 0) {
                return false;
            }
        }
    }
    return true;
}

/* The kids of revocation keys are listed, and none of them is under two. */
static bool revocable_kids_are_listed(const hp_trust_list *list) {
    hp_revokers walk = hp_revokers_of(list);
    hp_revoker one, other;
    hp_window window;
    while (hp_next_revoker(&walk, &one)) {
        for (uint32_t n = 0; n < one.count; n++) {
            const uint8_t *kid = one.kids + 5 * (size_t)n + 1;
            hp_revokers rest = walk;
            while (hp_next_revoker(&rest, &other)) {
                if (hp_has_kid(other.kids, other.count, kid)) {
                    return false;
                }
            }
            if (!hp_find_window(list, kid, &window)) {
                return false;
            }
        }
    }
    return true;
}

/* The next platform's kids. */
static uint32_t platform_kids(const uint8_t **at, const uint8_t *end, const uint8_t **kids) {
    hp_bytes rest = {*at, (size_t)(end - *at)};
    hp_cursor c = hp_cursor_of(rest);
    hp_read_raw(&c, 1);
    hp_read_text(&c);
    uint32_t count = hp_read_array(&c, 0, HP_MAX_WINDOWS);
    *kids = c.data + c.at;
    hp_read_raw(&c, 5 * (size_t)count);
    hp_read_raw(&c, 45 * (size_t)hp_read_array(&c, 0, 32));
    *at += c.at;
    return count;
}

/* Each window is one platform's, and a platform's kids are listed: as many as windows, and each window has one. */
static bool platforms_have_all_windows(const hp_trust_list *list) {
    hp_windows walk = hp_windows_of(list);
    hp_window window;
    const uint8_t *at = list->platforms, *kids;
    uint32_t total = 0;
    for (uint32_t n = 0; n < list->platform_count; n++) {
        total += platform_kids(&at, list->end, &kids);
    }
    if (total != list->window_count) {
        return false;
    }
    while (hp_next_window(&walk, &window)) {
        bool found = false;
        at = list->platforms;
        for (uint32_t n = 0; n < list->platform_count && !found; n++) {
            uint32_t count = platform_kids(&at, list->end, &kids);
            found = hp_has_kid(kids, count, window.kid);
        }
        if (!found) {
            return false;
        }
    }
    return true;
}

hp_result hp_check_roles(const hp_trust_list *list) {
    return keys_differ(list) && revocable_kids_are_listed(list) && platforms_have_all_windows(list) ? HP_OK
                                                                                                    : HP_MALFORMED;
}
