/* The record of floors that a scanner stores: what was accepted last, of whom.
 *
 *     1 format   4 number   floor of the roots: 4 version, 4 issued, 1 whether the digest is known, 32 digest
 *     2 count    for each signer: 1 kind, 32 key, and a floor as above
 *     20 first bytes of the SHA-512 of all that
 */
#include "internal.h"

enum { FORMAT = 1, FLOOR_SIZE = 41, CHECK_SIZE = 20 };

static uint8_t *put_floor(uint8_t *at, const hp_floor *floor) {
    hp_put_number(at, floor->version);
    hp_put_number(at + 4, floor->issued);
    at[8] = floor->known;
    memcpy(at + 9, floor->digest, 32);
    return at + FLOOR_SIZE;
}

static void read_floor(const uint8_t *at, hp_floor *out) {
    out->version = hp_number(at);
    out->issued = hp_number(at + 4);
    out->known = at[8];
    memcpy(out->digest, at + 9, 32);
}

size_t hp_record_size(const hp_store *store) {
    return HP_RECORD_HEAD + (size_t)HP_RECORD_SIGNER * store->signer_count;
}

size_t hp_record_write(const hp_store *store, uint32_t number, uint8_t *out, size_t room) {
    uint8_t digest[64];
    size_t size = hp_record_size(store);
    if (room < size) {
        return 0;
    }
    out[0] = FORMAT;
    hp_put_number(out + 1, number);
    uint8_t *at = put_floor(out + 5, &store->roots_floor);
    *at++ = (uint8_t)(store->signer_count >> 8);
    *at++ = (uint8_t)store->signer_count;
    for (uint16_t n = 0; n < store->signer_count; n++) {
        *at++ = store->signers[n].kind;
        memcpy(at, store->signers[n].key, 32);
        at = put_floor(at + 32, &store->signers[n].floor);
    }
    hp_bytes written = {out, (size_t)(at - out)};
    hp_digest(digest, written);
    memcpy(at, digest, CHECK_SIZE);
    return size;
}

/* The number of a record that is whole; 0 for none. */
static uint32_t number_of(const uint8_t *data, size_t room) {
    uint8_t digest[64];
    if (data == NULL || room < HP_RECORD_HEAD || data[0] != FORMAT) {
        return 0;
    }
    size_t count = (size_t)data[5 + FLOOR_SIZE] << 8 | data[6 + FLOOR_SIZE];
    size_t size = HP_RECORD_HEAD + HP_RECORD_SIGNER * count;
    if (room < size) {
        return 0;
    }
    hp_bytes written = {data, size - CHECK_SIZE};
    hp_digest(digest, written);
    return memcmp(digest, data + size - CHECK_SIZE, CHECK_SIZE) == 0 ? hp_number(data + 1) : 0;
}

uint32_t hp_record_read(hp_store *store, const uint8_t *one, size_t one_size, const uint8_t *other, size_t other_size) {
    uint32_t first = number_of(one, one_size), second = number_of(other, other_size);
    const uint8_t *data = first >= second ? one : other;
    store->lost = true;
    if (first == 0 && second == 0) {
        return 0;
    }
    uint16_t count = (uint16_t)(data[5 + FLOOR_SIZE] << 8 | data[6 + FLOOR_SIZE]);
    if (count > store->signer_room) {
        return 0;
    }
    read_floor(data + 5, &store->roots_floor);
    const uint8_t *at = data + 7 + FLOOR_SIZE;
    for (uint16_t n = 0; n < count; n++, at += HP_RECORD_SIGNER) {
        store->signers[n].kind = at[0];
        memcpy(store->signers[n].key, at + 1, 32);
        read_floor(at + 33, &store->signers[n].floor);
    }
    store->signer_count = count;
    store->lost = false;
    return first >= second ? first : second;
}
