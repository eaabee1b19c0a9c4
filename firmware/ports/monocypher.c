/* The port for microcontrollers: Monocypher 3.1.2, which hashes a message by parts, so that nothing is copied. Compile it
 * with monocypher.c and monocypher-ed25519.c of that version beside it; docs say where they come from.
 *
 * Monocypher 3.1.2 decides as libsodium does, but for keys and R that have a second encoding or are of small order: those
 * are refused here first. (Versions from 4 on take the equation times the cofactor, which no check undoes: do not use
 * them.) */
#include "hp_crypto.h"

#include "monocypher-ed25519.h"

#if defined(MONOCYPHER_VERSION_NUMBER) && MONOCYPHER_VERSION_NUMBER >= 4000000
#error "Monocypher from version 4 on does not decide as libsodium does"
#endif

bool hp_ed25519_verify(const uint8_t key[32], const hp_bytes *parts, size_t count, const uint8_t signature[64]) {
    crypto_check_ed25519_ctx context;
    crypto_check_ctx_abstract *check = (crypto_check_ctx_abstract *)&context;
    if (!hp_is_plain_point(key) || !hp_is_plain_point(signature)) {
        return false;
    }
    crypto_ed25519_check_init(check, signature, key);
    for (size_t n = 0; n < count; n++) {
        crypto_check_update(check, parts[n].data, parts[n].size);
    }
    return crypto_check_final(check) == 0;
}

void hp_sha512(uint8_t digest[64], const hp_bytes *parts, size_t count) {
    crypto_sha512_ctx context;
    crypto_sha512_init(&context);
    for (size_t n = 0; n < count; n++) {
        crypto_sha512_update(&context, parts[n].data, parts[n].size);
    }
    crypto_sha512_final(&context, digest);
}
