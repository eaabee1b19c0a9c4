/* A scanner for tests and tools, see bench.c. Not part of the core. */
#ifndef HP_BENCH_H
#define HP_BENCH_H

#include "healthpass.h"

typedef struct bench bench;
typedef struct gate gate;

enum { BENCH_LIST, BENCH_TABLE, BENCH_REVOCATION, BENCH_FOLLOW };
enum { BENCH_DECIDE, BENCH_VERIFY };
enum { BENCH_OUTCOME = 31, BENCH_NO_DOCUMENT = 1000 };

bench *bench_new(const uint8_t *roots, unsigned count, unsigned threshold, unsigned signers, unsigned streams,
                 unsigned filters);
void bench_free(bench *b);
int bench_take(bench *b, int what, const uint8_t *data, size_t size, uint32_t now);
/* A bundle, at a start if `load`: its result. Two bytes for each part that there is room for, kind and result; `count` parts. */
int bench_bundle(bench *b, int load, const uint8_t *data, size_t size, size_t most, uint32_t now, uint8_t *told, size_t room,
                 size_t *count);
int bench_uses(const bench *b, size_t number); /* whether anything in force lies in the block given last but `number` */
int bench_load(bench *b, int what, const uint8_t *data, size_t size);
void bench_filter(bench *b, const uint8_t digest[32], const uint8_t *data, size_t size);
void bench_forget_filters(bench *b);
void bench_document_keys(bench *b, const uint8_t *ids, const uint8_t *keys, unsigned count);
/* Beside a store, which it must not outlive. `since` below 0: its memory is complete since ever. */
gate *gate_new(bench *b, const uint8_t *place, size_t place_size, const char *audience, unsigned skew,
               int reads_documents, int64_t since, unsigned replay_room, unsigned recent_room);
void gate_move(gate *g, const uint8_t *place, size_t size);
void gate_free(gate *g);
int gate_ask(gate *g, int how, const uint8_t *text, size_t size, uint32_t now, const uint8_t *nonce,
             const uint8_t *documents, size_t documents_size, uint8_t out[BENCH_OUTCOME]);
int gate_rule(gate *g, uint32_t now, uint8_t out[8]);
void gate_idle(gate *g, uint32_t now);
size_t bench_record(const bench *b, uint32_t number, uint8_t *out, size_t room);
uint32_t bench_restore(bench *b, const uint8_t *one, size_t one_size, const uint8_t *other, size_t other_size);
size_t bench_sentence(const uint8_t outcome[BENCH_OUTCOME], char *out, size_t room);
int bench_document(unsigned type, const char *number, size_t size, char out[40]);
int bench_is_text(const uint8_t *text, size_t size); /* whether step 3 lets it pass */
int bench_is_fresh(const bench *b, uint32_t now);    /* whether step 2 does */
int bench_verify(const uint8_t *key, const uint8_t *message, size_t size, const uint8_t *signature);

#endif
