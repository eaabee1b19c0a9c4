/* A scanner for tests and tools: the core with memory from the heap, behind functions that take plain values.
 *
 * What it is given it copies into a block of exactly that size, so that AddressSanitizer sees any byte that is read
 * beyond; what was taken stays, as in flash. */
#include "bench.h"
#include "internal.h"

#include <stdlib.h>
#include <string.h>

typedef struct block {
    struct block *next;
    uint8_t *data;
    size_t size;
} block;

struct gate {
    bench *store;
    hp_scanner scanner;
};

typedef struct {
    uint8_t digest[32]; /* as it was asked for: what is given for it may be anything */
    hp_bytes data;
} piece;

struct bench {
    hp_store store;
    block *blocks;
    uint8_t *roots;
    piece *filters;
    size_t filter_count;
    hp_document_key keys[16];
};

static const uint8_t *keep(bench *b, const uint8_t *data, size_t size) {
    block *new_ = malloc(sizeof *new_);
    new_->data = malloc(size ? size : 1);
    if (size) {
        memcpy(new_->data, data, size);
    }
    new_->size = size;
    new_->next = b->blocks;
    b->blocks = new_;
    return new_->data;
}

static hp_bytes find_filter(void *context, const uint8_t digest[32], uint32_t size) {
    bench *b = context;
    hp_bytes none = {NULL, 0};
    (void)size;
    for (size_t n = b->filter_count; n-- > 0;) {
        if (memcmp(b->filters[n].digest, digest, 32) == 0) {
            return b->filters[n].data;
        }
    }
    return none;
}

bench *bench_new(const uint8_t *roots, unsigned count, unsigned threshold, unsigned signers, unsigned streams,
                 unsigned filters) {
    bench *b = calloc(1, sizeof *b);
    b->roots = malloc(32 * (size_t)count + 1);
    memcpy(b->roots, roots, 32 * (size_t)count);
    hp_roots pinned = {{b->roots, (uint16_t)count, 32}, (uint8_t)threshold};
    b->store.pinned = pinned;
    b->store.signers = calloc(signers + 1, sizeof *b->store.signers);
    b->store.signer_room = (uint16_t)signers;
    b->store.streams = calloc(streams + 1, sizeof *b->store.streams);
    b->store.stream_room = (uint16_t)streams;
    for (unsigned n = 0; n < streams; n++) {
        b->store.streams[n].filters = calloc(filters + 1, sizeof(uint8_t *));
        b->store.streams[n].spare = calloc(filters + 1, sizeof(uint8_t *));
        b->store.streams[n].room = (uint16_t)filters;
    }
    b->store.document_keys = b->keys;
    b->store.find_filter = find_filter;
    b->store.find_context = b;
    if (hp_store_begin(&b->store) != HP_OK) {
        bench_free(b);
        return NULL;
    }
    return b;
}

void bench_free(bench *b) {
    while (b->blocks != NULL) {
        block *next = b->blocks->next;
        free(b->blocks->data);
        free(b->blocks);
        b->blocks = next;
    }
    for (unsigned n = 0; n < b->store.stream_room; n++) {
        free(b->store.streams[n].filters);
        free(b->store.streams[n].spare);
    }
    free(b->roots);
    free(b->filters);
    free(b->store.signers);
    free(b->store.streams);
    free(b);
}

int bench_take(bench *b, int what, const uint8_t *data, size_t size, uint32_t now) {
    const uint8_t *kept = keep(b, data, size);
    return what == BENCH_LIST    ? (int)hp_take_trust_list(&b->store, kept, size, now)
           : what == BENCH_TABLE ? (int)hp_take_area_table(&b->store, kept, size, now)
                                 : (int)hp_take_revocation(&b->store, kept, size, now);
}

int bench_load(bench *b, int what, const uint8_t *data, size_t size) {
    const uint8_t *kept = keep(b, data, size);
    return what == BENCH_LIST     ? (int)hp_load_trust_list(&b->store, kept, size)
           : what == BENCH_TABLE  ? (int)hp_load_area_table(&b->store, kept, size)
           : what == BENCH_FOLLOW ? (int)hp_follow_roots(&b->store, kept, size)
                                  : (int)hp_load_revocation(&b->store, kept, size);
}

typedef struct {
    uint8_t *told;
    size_t room, count;
} telling;

static void tell(void *context, hp_part part, hp_bytes data, hp_result result) {
    telling *t = context;
    (void)data;
    if (t->count < t->room) {
        t->told[2 * t->count] = (uint8_t)part;
        t->told[2 * t->count + 1] = (uint8_t)result;
    }
    t->count++;
}

int bench_bundle(bench *b, int load, const uint8_t *data, size_t size, size_t most, uint32_t now, uint8_t *told, size_t room,
                 size_t *count) {
    const uint8_t *kept = keep(b, data, size);
    telling t = {told, room, 0};
    hp_result result = load ? hp_load_bundle(&b->store, kept, size, tell, &t)
                            : hp_take_bundle(&b->store, kept, size, most, now, tell, &t);
    *count = t.count;
    return (int)result;
}

int bench_uses(const bench *b, size_t number) {
    const block *at = b->blocks;
    while (at != NULL && number-- != 0) {
        at = at->next;
    }
    return at != NULL && hp_uses(&b->store, at->data, at->size);
}

void bench_filter(bench *b, const uint8_t digest[32], const uint8_t *data, size_t size) {
    hp_bytes kept = {keep(b, data, size), size};
    b->filters = realloc(b->filters, (b->filter_count + 1) * sizeof *b->filters);
    memcpy(b->filters[b->filter_count].digest, digest, 32);
    b->filters[b->filter_count++].data = kept;
}

void bench_forget_filters(bench *b) { b->filter_count = 0; }

void bench_document_keys(bench *b, const uint8_t *ids, const uint8_t *keys, unsigned count) {
    b->store.document_key_count = (uint16_t)(count > 16 ? 16 : count);
    for (unsigned n = 0; n < b->store.document_key_count; n++) {
        memcpy(b->keys[n].id, ids + 4 * (size_t)n, 4);
        memcpy(b->keys[n].key, keys + 32 * (size_t)n, 32);
    }
}

gate *gate_new(bench *b, const uint8_t *place, size_t place_size, const char *audience, unsigned skew,
               int reads_documents, int64_t since, unsigned replay_room, unsigned recent_room) {
    gate *g = calloc(1, sizeof *g);
    hp_scanner *s = &g->scanner;
    g->store = b;
    s->store = &b->store;
    if (place != NULL) {
        s->place.data = keep(b, place, place_size);
        s->place.size = place_size;
    }
    s->audience = audience == NULL ? NULL : (const char *)keep(b, (const uint8_t *)audience, 16);
    s->skew = (uint16_t)skew;
    s->reads_documents = reads_documents != 0;
    s->replay.showings = calloc(replay_room + 1, sizeof *s->replay.showings);
    s->replay.room = (uint16_t)replay_room;
    s->replay.always = since < 0;
    s->replay.since = since < 0 ? 0 : (uint32_t)since;
    s->recent.answers = calloc(recent_room + 1, sizeof *s->recent.answers);
    s->recent.room = (uint16_t)recent_room;
    memset(s->replay.key, 0x5A, sizeof s->replay.key); /* a test needs no secret */
    memset(s->recent.key, 0xA5, sizeof s->recent.key);
    if (hp_scanner_begin(s) != HP_OK) {
        gate_free(g);
        return NULL;
    }
    return g;
}

void gate_move(gate *g, const uint8_t *place, size_t size) {
    hp_scanner_moved(&g->scanner, keep(g->store, place, size), size);
}

void gate_free(gate *g) {
    free(g->scanner.replay.showings);
    free(g->scanner.recent.answers);
    free(g);
}

/* Documents come as a type, a length of one byte, and the number, one after the other. */
static int read_documents(const uint8_t *packed, size_t size, hp_document *out, unsigned *count) {
    for (size_t at = 0; at + 2 <= size; at += 2u + packed[at + 1]) {
        if (*count == HP_MAX_DOCUMENTS || at + 2u + packed[at + 1] > size ||
            !hp_document_read(&out[(*count)++], packed[at], (const char *)packed + at + 2, packed[at + 1])) {
            return 0;
        }
    }
    return 1;
}

static void put(uint8_t *out, uint32_t number) {
    for (int n = 0; n < 4; n++) {
        out[n] = (uint8_t)(number >> (24 - 8 * n));
    }
}

int gate_ask(gate *g, int how, const uint8_t *text, size_t size, uint32_t now, const uint8_t *nonce,
             const uint8_t *documents, size_t documents_size, uint8_t out[BENCH_OUTCOME]) {
    hp_document read[HP_MAX_DOCUMENTS];
    hp_outcome outcome;
    unsigned count = 0;
    if (!read_documents(documents, documents_size, read, &count)) {
        return BENCH_NO_DOCUMENT;
    }
    uint8_t *exact = text == NULL ? NULL : malloc(size ? size : 1);
    if (exact != NULL && size) {
        memcpy(exact, text, size);
    }
    hp_question question = {exact, size, nonce, read, (uint8_t)count, now};
    int result = how == BENCH_DECIDE ? (int)hp_decide(&g->scanner, &question, &outcome)
                                     : (int)hp_verify(&g->scanner, &question, &outcome);
    free(exact);
    out[0] = outcome.decision;
    out[1] = outcome.refusal;
    out[2] = (uint8_t)outcome.index;
    out[3] = outcome.people;
    memcpy(out + 4, outcome.colors, 8);
    memcpy(out + 12, outcome.documents, 8);
    put(out + 20, outcome.expires);
    put(out + 24, outcome.stale);
    out[28] = outcome.repeated;
    out[29] = outcome.not_checked;
    out[30] = outcome.set_up;
    return result;
}

int gate_rule(gate *g, uint32_t now, uint8_t out[8]) {
    hp_rule rule;
    bool has_rule;
    uint8_t refusal = hp_rule_of_place(&g->scanner, now, &has_rule, &rule);
    out[0] = has_rule;
    out[1] = rule.admitted;
    out[2] = rule.assisted;
    out[3] = rule.documents;
    out[4] = rule.audience;
    return refusal;
}

void gate_idle(gate *g, uint32_t now) { hp_forget(&g->scanner, now); }

size_t bench_record(const bench *b, uint32_t number, uint8_t *out, size_t room) {
    return hp_record_write(&b->store, number, out, room);
}

uint32_t bench_restore(bench *b, const uint8_t *one, size_t one_size, const uint8_t *other, size_t other_size) {
    return hp_record_read(&b->store, one, one_size, other, other_size);
}

size_t bench_sentence(const uint8_t outcome[BENCH_OUTCOME], char *out, size_t room) {
    hp_outcome said = {0};
    const char *then, *sentence;
    said.decision = outcome[0];
    said.refusal = outcome[1];
    said.people = outcome[3];
    said.not_checked = outcome[29] != 0;
    said.set_up = outcome[30] != 0;
    sentence = hp_sentence(&said, &then);
    size_t first = strlen(sentence), second = then == NULL ? 0 : strlen(then) + 1;
    if (first + second >= room) {
        return 0;
    }
    memcpy(out, sentence, first);
    if (then != NULL) {
        out[first] = ' ';
        memcpy(out + first + 1, then, second - 1);
    }
    return first + second;
}

int bench_document(unsigned type, const char *number, size_t size, char out[40]) {
    hp_document document;
    if (!hp_document_read(&document, (uint8_t)type, number, size)) {
        return 0;
    }
    memcpy(out, document.number, 40);
    return document.size;
}

int bench_is_text(const uint8_t *text, size_t size) {
    hp_bytes all = {text, size};
    size_t decoded;
    return hp_decode_text(all, NULL, 0, &decoded) == 0;
}

int bench_is_fresh(const bench *b, uint32_t now) {
    uint32_t stale;
    return hp_store_fresh(&b->store, now, &stale) &&
           (b->store.list.revoker_count == 0 || hp_revocation_fresh(&b->store, now));
}

int bench_verify(const uint8_t *key, const uint8_t *message, size_t size, const uint8_t *signature) {
    hp_bytes part = {message, size};
    return hp_ed25519_verify(key, &part, 1, signature);
}
