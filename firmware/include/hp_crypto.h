/* What the core asks of cryptography: an Ed25519 verdict and SHA-512. A port gives both; see firmware/ports/.
 *
 * Messages come as parts that lie where they lie, in flash and in RAM: a signature over a trust list is checked without
 * a copy of it. A port whose library cannot hash by parts gathers them.
 *
 * Where Ed25519 implementations disagree (keys or R of small or mixed order, second encodings, S not reduced), the
 * verdict must be libsodium's crypto_sign_verify_detached. */
#ifndef HP_CRYPTO_H
#define HP_CRYPTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    const uint8_t *data; /* may be NULL where size is 0 */
    size_t size;
} hp_bytes;

/* Whether `signature` over the parts, one after the other, is good for `key`. */
bool hp_ed25519_verify(const uint8_t key[32], const hp_bytes *parts, size_t count, const uint8_t signature[64]);

/* The digest of the parts, one after the other. */
void hp_sha512(uint8_t digest[64], const hp_bytes *parts, size_t count);

/* What the core gives to a port: whether an encoded point (a key, or the R that a signature begins with) has a reduced y
 * that no point of small order has. A library that is less strict than libsodium there asks this first, of both. */
bool hp_is_plain_point(const uint8_t point[32]);

#ifdef __cplusplus
}
#endif
#endif
