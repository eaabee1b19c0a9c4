/* Do these documents belong to these claims? One for each claim, all different. Mirrors verifier/documents.py. */
#include "internal.h"

enum { NONE = 0xFF };

typedef struct {
    uint8_t open_to[HP_MAX_PEOPLE]; /* of each claim the documents that fit it, as bits */
    uint8_t held[HP_MAX_PEOPLE];    /* of each claim its document */
    uint8_t holder[HP_MAX_PEOPLE];  /* of each document its claim */
} pairing;

/* A document for one more claim; claims that have one keep having one. Not the first that fits: one person's document
 * fits another's claim once in 65,536, and would leave that one without. A search in breadth along alternating paths
 * (Kuhn 1955): from a claim to the documents that fit it, from a document to the claim that holds it. */
static void pair(pairing *p, uint8_t claim, unsigned documents) {
    uint8_t queue[HP_MAX_PEOPLE], via[HP_MAX_PEOPLE], first = 0, last = 0, tried = 0;
    queue[last++] = claim;
    while (first < last) {
        uint8_t from = queue[first++];
        for (uint8_t document = 0; document < documents; document++) {
            if (!(p->open_to[from] >> document & 1) || (tried >> document & 1)) {
                continue;
            }
            tried |= (uint8_t)(1u << document);
            via[document] = from;
            if (p->holder[document] != NONE) {
                queue[last++] = p->holder[document];
                continue;
            }
            for (uint8_t next = document; next != NONE;) { /* back along the path, each takes the next one */
                uint8_t taker = via[next], given = p->held[taker];
                p->held[taker] = next;
                p->holder[next] = taker;
                next = given;
            }
            return;
        }
    }
}

/* The documents that are different, by number; how many they are. */
static unsigned different(const hp_question *question, uint8_t *out) {
    unsigned count = 0;
    for (uint8_t n = 0; n < question->document_count; n++) {
        bool again = false;
        for (unsigned other = 0; other < count; other++) {
            again = again || hp_same_document(&question->documents[out[other]], &question->documents[n]);
        }
        if (!again) {
            out[count++] = n;
        }
    }
    return count;
}

uint8_t hp_compare_documents(const hp_pass *pass, const hp_window *window, const uint8_t key[32],
                             const hp_question *question, int8_t *index) {
    uint8_t numbers[HP_MAX_DOCUMENTS], seed[32], tag[2];
    pairing p;
    memset(p.open_to, 0, sizeof p.open_to);
    memset(p.held, NONE, sizeof p.held);
    memset(p.holder, NONE, sizeof p.holder);
    unsigned count = different(question, numbers), paired = 0; /* 1 */
    if (count > pass->people) {
        return HP_DOCUMENT_MISMATCH;
    }
    for (unsigned document = 0; document < count; document++) { /* 2 */
        hp_document_seed(key, window->valid_from, window->expires, &question->documents[numbers[document]], seed);
        for (unsigned claim = 0; claim < pass->people; claim++) {
            hp_person person = hp_person_of(pass, claim);
            hp_document_tag(seed, pass->first.kid, person.cti, tag);
            p.open_to[claim] |= (uint8_t)(hp_equal_secret(tag, person.tag, 2) << document);
        }
    }
    hp_wipe(seed, sizeof seed);
    int8_t without = -1;
    for (uint8_t claim = 0; claim < pass->people; claim++) {
        pair(&p, claim, count);
        paired += p.held[claim] != NONE;
        without = p.held[claim] == NONE && without < 0 ? (int8_t)claim : without;
    }
    if (without < 0) { /* 3 */
        return 0;
    }
    *index = pass->people > 1 ? without : -1;
    return paired == count ? HP_DOCUMENT_REQUIRED : HP_DOCUMENT_MISMATCH;
}
