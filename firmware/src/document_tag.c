/* The document tag: two bytes that tie a claim to a document, made in two steps. Mirrors crypto/document_tag.py. */
#include "internal.h"

enum { BLOCK = 128, LABEL_SIZE = 26, MOST_PARTS = 5 };

/* HMAC (RFC 2104) with SHA-512 and a key of 32 bytes. */
static void hmac(const uint8_t key[32], const hp_bytes *parts, size_t count, uint8_t out[64]) {
    uint8_t pad[BLOCK];
    hp_bytes all[MOST_PARTS + 1] = {{pad, BLOCK}};
    memcpy(all + 1, parts, count * sizeof *parts);
    for (unsigned n = 0; n < BLOCK; n++) {
        pad[n] = (uint8_t)((n < 32 ? key[n] : 0) ^ 0x36);
    }
    hp_sha512(out, all, count + 1);
    for (unsigned n = 0; n < BLOCK; n++) {
        pad[n] ^= 0x36 ^ 0x5C;
    }
    all[1].data = out;
    all[1].size = 64;
    hp_sha512(out, all, 2);
    hp_wipe(pad, sizeof pad);
}

/* The type as text, with the NUL that follows it. */
static hp_bytes type_of(const hp_document *document) {
    static const char resident[] = "resident-id", passport[] = "passport", other[] = "other";
    hp_bytes out = {(const uint8_t *)other, sizeof other};
    if (document->type == HP_RESIDENT_ID) {
        out.data = (const uint8_t *)resident;
        out.size = sizeof resident;
    } else if (document->type == HP_PASSPORT) {
        out.data = (const uint8_t *)passport;
        out.size = sizeof passport;
    }
    return out;
}

void hp_document_seed(const uint8_t key[32], uint32_t valid_from, uint32_t expires, const hp_document *document,
                      uint8_t seed[32]) {
    uint8_t bounds[8], digest[64];
    hp_put_number(bounds, valid_from);
    hp_put_number(bounds + 4, expires);
    const hp_bytes parts[] = {
        {(const uint8_t *)"healthpass document tag v2", LABEL_SIZE + 1},
        {bounds, 8},
        type_of(document),
        {(const uint8_t *)document->number, document->size},
    };
    hmac(key, parts, 4, digest);
    memcpy(seed, digest, 32);
    hp_wipe(digest, sizeof digest);
}

void hp_document_tag(const uint8_t seed[32], const uint8_t kid[4], const uint8_t cti[4], uint8_t tag[2]) {
    uint8_t digest[64];
    const hp_bytes parts[] = {{kid, 4}, {cti, 4}};
    hmac(seed, parts, 2, digest);
    memcpy(tag, digest, 2);
    hp_wipe(digest, sizeof digest);
}

void hp_document_digest(const uint8_t key[32], const hp_document *document, uint8_t digest[2]) {
    uint8_t whole[64];
    const hp_bytes parts[] = {type_of(document), {(const uint8_t *)document->number, document->size}};
    hmac(key, parts, 2, whole);
    memcpy(digest, whole, 2);
    hp_wipe(whole, sizeof whole);
}

bool hp_same_document(const hp_document *one, const hp_document *other) {
    return one->type == other->type && one->size == other->size &&
           hp_equal_secret((const uint8_t *)one->number, (const uint8_t *)other->number, one->size);
}
