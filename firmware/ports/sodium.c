/* The reference port: libsodium, whose verdicts the others are held to. Link with -lsodium.
 *
 * libsodium verifies a message that lies in one piece, so the parts are gathered: on the stack up to a pass's length, and
 * for a trust list, an area table or revocation data on the heap, of as many bytes as the message has. (That is why this
 * port is for Linux; see ports/monocypher.c for microcontrollers.) Its prototypes stand here, so that the library alone
 * is needed, and no header. */
#include "hp_crypto.h"

#include <stdlib.h>
#include <string.h>

enum { SMALL = 1024 };

int crypto_sign_verify_detached(const unsigned char *signature, const unsigned char *message, unsigned long long size,
                                const unsigned char *key);
int crypto_hash_sha512_init(void *state);
int crypto_hash_sha512_update(void *state, const unsigned char *data, unsigned long long size);
int crypto_hash_sha512_final(void *state, unsigned char *digest);

static size_t size_of(const hp_bytes *parts, size_t count) {
    size_t size = 0;
    for (size_t n = 0; n < count; n++) {
        size += parts[n].size;
    }
    return size;
}

bool hp_ed25519_verify(const uint8_t key[32], const hp_bytes *parts, size_t count, const uint8_t signature[64]) {
    uint8_t small[SMALL] = {0};
    size_t size = size_of(parts, count), at = 0;
    uint8_t *message = size <= SMALL ? small : malloc(size);
    if (message == NULL) {
        return false;
    }
    for (size_t n = 0; n < count; n++) {
        if (parts[n].size != 0) {
            memcpy(message + at, parts[n].data, parts[n].size);
            at += parts[n].size;
        }
    }
    bool good = crypto_sign_verify_detached(signature, message, size, key) == 0;
    if (message != small) {
        free(message);
    }
    return good;
}

void hp_sha512(uint8_t digest[64], const hp_bytes *parts, size_t count) {
    uint64_t state[32]; /* crypto_hash_sha512_state has 208 bytes */
    crypto_hash_sha512_init(state);
    for (size_t n = 0; n < count; n++) {
        if (parts[n].size != 0) {
            crypto_hash_sha512_update(state, parts[n].data, parts[n].size);
        }
    }
    crypto_hash_sha512_final(state, digest);
}
