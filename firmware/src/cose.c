/* COSE envelopes (RFC 9052) for everything that is not a pass. Mirrors formats/cose.py. The headers have one form each. */
#include "internal.h"

/* The text head and the name, as header 16 (typ, RFC 9596) has them. */
static hp_bytes type_name(hp_type type) {
    static const char *const names[] = {
        "\x78\x25" "application/vnd.healthpass.trust-list",
        "\x78\x20" "application/vnd.healthpass.place",
        "\x78\x25" "application/vnd.healthpass.area-table",
        "\x78\x2e" "application/vnd.healthpass.revocation-snapshot",
        "\x78\x2b" "application/vnd.healthpass.revocation-delta",
    };
    hp_bytes out = {(const uint8_t *)names[type], 2u + (uint8_t)names[type][1]};
    return out;
}

/* The protected header {1 (alg): -19 (Ed25519), 4 (kid): key, 16 (typ): name}, whose first byte says how many. */
static const uint8_t *read_protected(hp_bytes header, hp_bytes type) {
    hp_cursor c = hp_cursor_of(header);
    const uint8_t *key = header.data + 6;
    hp_read_template(&c, type.size ? "\x06\xa3\x01\x32\x04\x58\x20\xa0" : "\x06\xa2\x01\x32\x04\x58\x20\xa0");
    if (type.size) {
        hp_read_constant(&c, "\x10", 1);
        hp_read_constant(&c, type.data, type.size);
    }
    return c.bad || c.at != c.size ? NULL : key;
}

static hp_bytes since(const hp_cursor *c, size_t start) {
    hp_bytes out = {c->data + start, c->at - start};
    return out;
}

bool hp_open_sign1(hp_bytes data, hp_type type, size_t most, hp_sign1 *out) {
    hp_cursor c = hp_cursor_of(data);
    if (data.size > most) {
        return false;
    }
    hp_read_constant(&c, "\xd2\x84", 2);
    hp_bytes protected_ = hp_read_bytes(&c);
    if (c.bad || (out->key = read_protected(protected_, type_name(type))) == NULL) {
        return false;
    }
    out->parts[0].data = (const uint8_t *)"\x84\x6aSignature1";
    out->parts[0].size = 12;
    out->parts[1] = since(&c, 2);
    hp_read_constant(&c, "\xa0", 1);
    out->parts[2].data = (const uint8_t *)"\x40";
    out->parts[2].size = 1;
    size_t start = c.at;
    out->payload = hp_read_bytes(&c);
    out->parts[3] = since(&c, start);
    out->signature = hp_read_string(&c, 64);
    return !c.bad && c.at == c.size;
}

bool hp_is_sign1(hp_bytes data, hp_type type) {
    hp_bytes name = type_name(type);
    uint8_t head[3] = {0x58, (uint8_t)(39 + name.size), 0xa3};
    return data.size >= 43 + name.size && memcmp(data.data, "\xd2\x84", 2) == 0 && memcmp(data.data + 2, head, 3) == 0 &&
           memcmp(data.data + 5, "\x01\x32\x04\x58\x20", 5) == 0 && data.data[42] == 0x10 &&
           memcmp(data.data + 43, name.data, name.size) == 0;
}

bool hp_sign1_holds(const hp_sign1 *message) {
    return hp_ed25519_verify(message->key, message->parts, 4, message->signature);
}

bool hp_open_sign(hp_bytes data, size_t most, hp_sign *out) {
    hp_bytes name = type_name(HP_TYPE_TRUST_LIST), none = {NULL, 0};
    uint8_t head[4] = {0x58, (uint8_t)(2 + name.size), 0xa1, 0x10};
    hp_cursor c = hp_cursor_of(data);
    if (data.size > most) {
        return false;
    }
    hp_read_constant(&c, "\xd8\x62\x84", 3);
    hp_read_constant(&c, head, 4);
    hp_read_constant(&c, name.data, name.size);
    out->body = c.bad ? none : since(&c, 3);
    hp_read_constant(&c, "\xa0", 1);
    size_t start = c.at;
    out->payload = hp_read_bytes(&c);
    out->payload_string = c.bad ? none : since(&c, start);
    out->count = hp_read_array(&c, 1, 16);
    out->signatures = c;
    /* Signers rise, so none is there twice; and nothing follows. */
    const uint8_t *key = NULL, *before = NULL, *signature;
    uint32_t left = out->count;
    hp_bytes protected_;
    while (hp_next_signature(&c, &left, &protected_, &key, &signature)) {
        if (before != NULL && memcmp(before, key, 32) >= 0) {
            return false;
        }
        before = key;
    }
    return !c.bad && c.at == c.size;
}

bool hp_next_signature(hp_cursor *c, uint32_t *left, hp_bytes *protected_, const uint8_t **key, const uint8_t **signature) {
    hp_bytes none = {NULL, 0};
    if (c->bad || *left == 0) {
        return false;
    }
    --*left;
    hp_read_constant(c, "\x83", 1);
    size_t start = c->at;
    hp_bytes header = hp_read_bytes(c);
    *key = c->bad ? NULL : read_protected(header, none);
    *protected_ = c->bad ? none : since(c, start);
    hp_read_constant(c, "\xa0", 1);
    *signature = hp_read_string(c, 64);
    if (*key == NULL) {
        c->bad = true;
    }
    return !c->bad;
}
