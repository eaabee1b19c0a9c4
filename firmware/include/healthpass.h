/* healthpass: the verifier for scanner firmware. C99, freestanding but for memcmp and the like; no heap, no recursion, no
 * globals, no floating point. The same verdicts as the Python library, step by step; docs/protocol.md is the format.
 *
 * A scanner holds signed data, lets the core check it once, and then uses it where it lies: trust list, area table,
 * snapshots, deltas, filters and the place certificate stay in the caller's memory, flash as a rule, and must not change
 * as long as they are in force. The core keeps pointers, and of each signer a floor: what the next may not fall below.
 *
 * The whole of a scanner:
 *
 *     static const uint8_t root_keys[3][32] = {...};             // built in
 *     static hp_signer signers[8];                               // a floor for each risk office, two for each revoker
 *     static const uint8_t *filters[2][64];                      // as many as a snapshot has kids, twice
 *     static hp_stream streams[1] = {{.filters = filters[0], .spare = filters[1], .room = 64}};  // for each revoker
 *     static hp_showing showings[256];                           // what is shown in 135 seconds
 *     static hp_answer answers[8];                               // what is shown in three
 *     static hp_store store;
 *     static hp_scanner scanner;
 *
 *     int main(void) {
 *         store.pinned = (hp_roots){{root_keys[0], 3, 32}, 2};   // two of three sign
 *         store.signers = signers;
 *         store.signer_room = 8;
 *         store.streams = streams;
 *         store.stream_room = 1;
 *         store.find_filter = my_filter_by_digest;               // where in flash a filter lies
 *         hp_store_begin(&store);
 *         uint32_t number = hp_record_read(&store, RECORD_A, RECORD_SIZE, RECORD_B, RECORD_SIZE);
 *         hp_load_trust_list(&store, LIST, list_size);           // what was in force when the power went
 *         hp_load_area_table(&store, TABLE, table_size);
 *         hp_load_revocation(&store, SNAPSHOT, snapshot_size);
 *         hp_load_revocation(&store, DELTA, delta_size);
 *
 *         scanner.store = &store;
 *         scanner.place = (hp_bytes){PLACE, place_size};         // hp_place_from_text has made it of the poster's text
 *         scanner.skew = 60;
 *         scanner.replay.showings = showings;
 *         scanner.replay.room = 256;
 *         scanner.replay.since = my_clock();                     // nothing from before is remembered
 *         scanner.recent.answers = answers;
 *         scanner.recent.room = 8;
 *         my_random(scanner.replay.key, 32);
 *         my_random(scanner.recent.key, 32);
 *         hp_scanner_begin(&scanner);
 *
 *         for (;;) {
 *             hp_outcome outcome;
 *             hp_question question = {.now = my_clock()};
 *             if (my_camera_has_read(&question.text, &question.size)) {
 *                 if (hp_decide(&scanner, &question, &outcome) == HP_OK) {
 *                     if (outcome.decision == HP_ADMIT && !outcome.repeated) my_gate_opens();
 *                     my_screen_says(outcome.decision, outcome.refusal);
 *                 }
 *             } else if (my_cable_has_brought(&NEW_LIST, &size)) {   // written to the slot that is not in force
 *                 if (hp_take_trust_list(&store, NEW_LIST, size, my_clock()) == HP_OK) my_record_is_written();
 *             }
 *             hp_forget(&scanner, my_clock());                   // what was shown is gone when it is no longer fresh
 *         }
 *     }
 *
 * Order of writing. A new object goes into the slot of its kind that is not in force (two for each: A and B); then it is
 * taken (hp_take_...); if that is HP_OK, hp_record_write makes a record with the next number, which goes into the older of
 * the two record slots; and then the other slot of the object is free. So a power cut leaves the old state or the new one:
 * at the next start hp_record_read takes the newer record that is whole, and of each object the slot that loads is the one
 * in force (try the newer first: what is not the newest that was accepted is refused as HP_ROLLBACK). Filters are written
 * before the snapshot that names them, and stay until no snapshot in force does. A snapshot or delta that is older than the
 * record says is loaded and not complete: passes are then answered with REVOCATION_DATA_STALE until a newer one comes.
 * With no whole record nobody knows what was accepted: what is loaded counts, but revocation data wait for newer ones.
 *
 * A list for which `store.list.changes_roots` is set after it was taken has to be kept beside its successors: at each start
 * hp_follow_roots leads from the built-in roots over these lists, in order, before hp_load_trust_list.
 *
 * The clock is the caller's: seconds since 1970 UTC in every call. One that is behind what was signed is noticed and
 * refused (TRUST_LIST_EXPIRED). A scanner whose clock was lost asks for it, and does not guess.
 *
 * Threads: none of this is locked. One core, or a lock around the store and its scanners.
 *
 * What is built in Python only, and what a maker does instead: the folder of a scanner on Linux with its files, locks and
 * shared replay memory (here: records and slots of one program); the chain of roots in one file (here: hp_follow_roots,
 * list by list); document keys that come sealed by a registrar (open them with the maker's own X25519 and hand them over
 * in `document_keys`, or provision them in the factory); sentences other than English; and all that is not a scanner's.
 *
 * The core needs two functions of cryptography, see hp_crypto.h. Every function takes any bytes of any length: a refusal is
 * a number, nothing is read outside what was given, nothing written but the result, and what is refused changes nothing. */
#ifndef HEALTHPASS_H
#define HEALTHPASS_H

#include "hp_crypto.h"

#ifdef __cplusplus
extern "C" {
#endif

/* -- what is said of a pass -------------------------------------------------------------------------------------- */

/* Why a scanner refuses. The numbers are part of the protocol and never change meaning. 0 is none. */
enum {
    HP_NOT_A_PASS = 1,
    HP_UNSUPPORTED_VERSION = 2,
    HP_UNREADABLE = 3, /* MALFORMED in the protocol */
    HP_TRUST_LIST_EXPIRED = 4,
    HP_REVOCATION_DATA_STALE = 5,
    HP_UNKNOWN_ISSUER_KEY = 6,
    HP_ISSUER_KEY_NOT_VALID = 7,
    HP_ISSUER_NOT_ALLOWED = 8,
    HP_BAD_CLAIM_SIGNATURE = 9,
    HP_PASS_EXPIRED = 10, /* EXPIRED in the protocol */
    HP_HOLDER_PROOF_REQUIRED = 11,
    HP_BAD_HOLDER_SIGNATURE = 12,
    HP_PRESENTATION_STALE = 13,
    HP_PRESENTATION_FROM_FUTURE = 14,
    HP_WRONG_AUDIENCE = 15,
    HP_WRONG_NONCE = 16,
    HP_REPLAYED = 17,
    HP_DOCUMENT_REQUIRED = 18,
    HP_DOCUMENT_MISMATCH = 19,
    HP_REVOKED = 20,
    HP_CHECK_NOT_PERMITTED = 21,
    HP_DOCUMENT_KEY_MISSING = 22,
    HP_REPLAY_UNKNOWN = 23,
    HP_PLACE_NOT_CERTIFIED = 24
};

enum { HP_GREEN = 1, HP_YELLOW = 2, HP_RED = 3 };

/* What happens at the gate. 0 is none, and opens nothing. */
enum { HP_ADMIT = 1, HP_REFUSE = 2, HP_ASSIST = 3, HP_NO_CHECK = 4, HP_ASK = 5 };

/* Of each person: bound to a phone alone; the document was compared; or it was not, and the pass may be another's. */
enum { HP_NOT_BOUND = 1, HP_COMPARED = 2, HP_NOT_COMPARED = 3 };

enum {
    HP_MAX_PEOPLE = 8,
    HP_MAX_DOCUMENTS = 16, /* that are shown at once; one that was read twice counts once */
    HP_PASS_ROOM = 811,    /* bytes of the longest pass */
    HP_PLACE_ROOM = 512    /* of a place certificate */
};

typedef struct {
    uint8_t decision;
    uint8_t refusal;    /* 0, or why */
    int8_t index;       /* of the person that a refusal is about, in a group; -1 for none */
    uint8_t people;     /* in the verdict; 0 if there is none */
    uint8_t colors[HP_MAX_PEOPLE];
    uint8_t documents[HP_MAX_PEOPLE];
    uint32_t expires;   /* when the pass stops being accepted, in seconds since 1970 UTC */
    uint32_t stale;     /* seconds since the scanner's data was last fresh; 0: it is */
    bool repeated;      /* the answer to the very text of a moment ago, once more: a gate has opened for it */
    bool not_checked;   /* refused for what may be no fault of who stands there */
    bool set_up;        /* and that for how the scanner is set up: its keyboard layout, Caps Lock */
} hp_outcome;

/* -- what is said of an update ----------------------------------------------------------------------------------- */

typedef enum {
    HP_OK = 0,
    HP_MALFORMED,
    HP_OVERLAPPING_WINDOWS,
    HP_BAD_SIGNATURE,
    HP_THRESHOLD,
    HP_NEW_ROOTS,
    HP_TOO_MANY_ROTATIONS, /* 64: pin the roots of today */
    HP_WEAK_KEY,
    HP_ROLLBACK,
    HP_VERSION_STEP,
    HP_CLOCK_BEHIND,
    HP_FROM_THE_FUTURE,
    HP_EXPIRED,
    HP_NO_TRUST_LIST,
    HP_NOT_A_RISK_OFFICE,
    HP_NOT_A_REGISTRAR,
    HP_PLACE_EXPIRED,
    HP_PLACE_FROM_THE_FUTURE,
    HP_NOT_A_REVOKER,
    HP_OTHER_KID,
    HP_SLOT,
    HP_DROPPED_KID,
    HP_OTHER_SNAPSHOT,
    HP_MISSING_FILTER,
    HP_DIGEST_DIFFERS, /* "digest" in the protocol */
    HP_CAPACITY,
    HP_UN_REVOKES,
    HP_NO_ROOM, /* in what the caller has lent: more floors, streams or filters than there is place for */
    HP_MISUSE   /* an argument is none */
} hp_result;

/* "ok", or the code that the protocol and the other implementations have for it. */
const char *hp_result_name(hp_result result);

/* -- whom to believe ----------------------------------------------------------------------------------------------- */

typedef struct {
    const uint8_t *first; /* 32 bytes each */
    uint16_t count;
    uint8_t stride; /* bytes from one to the next */
} hp_keys;

typedef struct {
    hp_keys keys; /* 1 to 16, all different */
    uint8_t threshold;
} hp_roots;

typedef struct {
    uint32_t version, issued, expires;
} hp_times;

/* What the next object of a signer may not fall below. */
typedef struct {
    uint32_t version, issued; /* version 0: there was none */
    uint8_t digest[32];
    uint8_t known; /* whether the digest is */
} hp_floor;

enum { HP_FLOOR_AREAS = 1, HP_FLOOR_REVOCATIONS = 2, HP_FLOOR_SNAPSHOTS = 3 };

typedef struct {
    uint8_t key[32];
    uint8_t kind;
    hp_floor floor;
} hp_signer;

/* Views of what lies in the caller's memory. They are for the core: nothing in them need be read by others. */
typedef struct {
    hp_times times;
    uint32_t grace;
    hp_roots roots;
    const uint8_t *windows, *revokers, *platforms, *end;
    const uint8_t *rules; /* NULL without a policy */
    uint32_t window_count, revoker_count, platform_count;
    uint16_t window_size; /* of each, if all have one size; else 0 */
    uint8_t rule_count;
    hp_keys registrars, risks;
    bool changes_roots; /* who signs the next list is not who signed this one */
} hp_trust_list;

typedef struct {
    hp_times times;
    const uint8_t *signer;
    hp_bytes medium, high;
} hp_area_table;

typedef struct {
    hp_times times;
    hp_bytes entries;
    uint32_t count;
} hp_snapshot;

typedef struct {
    hp_times times;
    uint32_t base;
    hp_bytes entries;
    uint32_t count;
} hp_delta;

/* What one revocation key has said. The caller lends two arrays of pointers, `room` long, for the filters. */
typedef struct {
    const uint8_t **filters, **spare;
    uint16_t room;
    /* for the core: */
    uint8_t key[32];
    bool used, has_delta, complete;
    hp_snapshot snapshot;
    hp_delta delta;
    hp_floor base, floor;
} hp_stream;

typedef struct {
    uint8_t id[4];
    uint8_t key[32];
} hp_document_key;

/* The filter with this digest (the first 32 bytes of its SHA-512), or data NULL if it is not here. What is given must
 * stay where it is for as long as a snapshot in force names it. */
typedef hp_bytes (*hp_find_filter)(void *context, const uint8_t digest[32], uint32_t size);

typedef struct {
    /* What the caller fills in, or lends, before hp_store_begin; all else zero. */
    hp_roots pinned;
    hp_signer *signers; /* a floor for each risk office, two for each revocation key */
    uint16_t signer_room;
    hp_stream *streams; /* one for each revocation key; none if the scanner takes no revocations */
    uint16_t stream_room;
    const hp_document_key *document_keys; /* may change at any time between two calls */
    uint16_t document_key_count;
    hp_find_filter find_filter;
    void *find_context;
    /* For the core: */
    hp_roots roots;
    bool has_list, has_area, lost;
    uint16_t signer_count;
    uint32_t generation; /* rises with each list */
    uint32_t rotated;    /* version of the last list that changed the roots */
    uint8_t rotations;   /* how many have */
    hp_floor roots_floor;
    hp_trust_list list;
    hp_area_table area;
} hp_store;

/* Begins with the pinned roots and nothing else. HP_MISUSE: they are not 1 to 16 different keys and a threshold. */
hp_result hp_store_begin(hp_store *store);

/* Updates. What is given lies where it will stay, up to 262,144 bytes of trust list, 1,048,576 of area table or delta,
 * 131,072 of snapshot. HP_OK: it is in force, and what it has replaced is needed no more; the same object again changes
 * nothing but where it lies. Else the code says why, and nothing has changed.
 *
 * A trust list: 1. its form, and the signatures of a threshold of roots, of the old and of the new if it changes them;
 * 2. it is not older than what was accepted, nor absurdly far ahead; 3. it is not from the future and not expired, by a
 * clock that is not behind (one that changes the roots is followed even when it has expired). */
hp_result hp_take_trust_list(hp_store *store, const uint8_t *data, size_t size, uint32_t now);
hp_result hp_take_area_table(hp_store *store, const uint8_t *data, size_t size, uint32_t now);
/* A snapshot or a delta. The filters that a snapshot names are asked for with `find_filter`, compared with their digests,
 * checked to the last bit, and held against the old ones: what was revoked under a live window still is. */
hp_result hp_take_revocation(hp_store *store, const uint8_t *data, size_t size, uint32_t now);

/* A bundle: all of that in one file, which stays where it is. Each part is taken or refused on its own terms, in this order:
 * 1. the lists that changed the roots, 2. the trust list, 3. the area table, 4. places, 5. each snapshot, with its filters,
 * and its delta, 6. document keys. Lists and revocation data are taken within their grace time too, if there is nothing
 * newer here. HP_MALFORMED: it is none, or longer than `most`, and nothing has changed; otherwise `told` (or NULL) is called
 * for each part. A place that is HP_OK may become the scanner's (hp_scanner_moved); document keys are handed over as they
 * came, for the caller to open. */
typedef enum {
    HP_ROTATION = 1,
    HP_TRUST_LIST,
    HP_AREA_TABLE,
    HP_PLACE,
    HP_SNAPSHOT,
    HP_DELTA,
    HP_DOCUMENT_KEYS
} hp_part;

#define HP_MAX_BUNDLE ((size_t)16777216)

typedef void (*hp_part_told)(void *context, hp_part part, hp_bytes data, hp_result result);

hp_result hp_take_bundle(hp_store *store, const uint8_t *data, size_t size, size_t most, uint32_t now,
                         hp_part_told told, void *context);
/* Whether anything in force lies there: if not, the place is free for the next bundle. */
bool hp_uses(const hp_store *store, const uint8_t *data, size_t size);
/* Whether a place certificate is by a registrar of the list, and in force. */
hp_result hp_check_place(const hp_store *store, const uint8_t *data, size_t size, uint32_t now);

/* What was in force before the reset, in this order: the record, lists that changed the roots, the trust list, the rest.
 * HP_ROLLBACK: something newer was accepted. */
hp_result hp_follow_roots(hp_store *store, const uint8_t *data, size_t size);
hp_result hp_load_trust_list(hp_store *store, const uint8_t *data, size_t size);
hp_result hp_load_area_table(hp_store *store, const uint8_t *data, size_t size);
hp_result hp_load_revocation(hp_store *store, const uint8_t *data, size_t size);
hp_result hp_load_bundle(hp_store *store, const uint8_t *data, size_t size, hp_part_told told, void *context);

/* The record of floors. `number` rises by one with each that is written. hp_record_write gives the bytes written, or 0 if
 * the room is too small; hp_record_read the number of the newer record that is whole, or 0 if none is. Either may be NULL. */
enum { HP_RECORD_HEAD = 68, HP_RECORD_SIGNER = 74 }; /* bytes: of a record, and of each floor in it */
size_t hp_record_size(const hp_store *store);
size_t hp_record_write(const hp_store *store, uint32_t number, uint8_t *out, size_t room);
uint32_t hp_record_read(hp_store *store, const uint8_t *one, size_t one_size, const uint8_t *other, size_t other_size);

/* -- the gate ---------------------------------------------------------------------------------------------------------- */

/* How people may be checked at a place. Colours are bits: 1 green, 2 yellow, 4 red. */
typedef struct {
    uint8_t risk, place_class;
    uint8_t admitted, assisted;
    uint8_t documents; /* passes that count only with their document, as bits: 1 on paper, 2 on a phone */
    bool audience;     /* whether a showing must have been made for this very place */
} hp_rule;

typedef struct {
    uint8_t id[16]; /* hexadecimal digits */
    uint8_t place_class;
    uint32_t area, issued, expires;
} hp_place;

enum { HP_RESIDENT_ID = 1, HP_PASSPORT = 2, HP_OTHER_DOCUMENT = 3 };

/* A document in its normal form. Wipe it with hp_document_wipe. */
typedef struct {
    uint8_t type;
    uint8_t size;
    char number[40];
} hp_document;

/* The document with this number in its normal form: of a resident identity card 17 digits and a digit or X, of a passport 5
 * to 9 capital letters and digits, of any other 4 to 40; without fillers, check digit of a machine-readable zone, blanks or
 * dashes, which the reader's software takes off. False: no such document can have it. */
bool hp_document_read(hp_document *out, uint8_t type, const char *number, size_t size);
void hp_document_wipe(hp_document *document);

typedef struct {
    uint8_t digest[16];
    uint32_t until;
} hp_showing;

typedef struct {
    hp_showing *showings; /* lent */
    uint16_t room;
    bool always;    /* complete since ever: for tests and demonstrations */
    uint32_t since; /* otherwise, since when: the time of the reset */
    uint8_t key[32]; /* random, drawn at each reset */
    /* for the core: */
    uint16_t count;
    uint32_t newest, lost;
} hp_replay;

typedef struct {
    uint32_t at;
    uint8_t asked[16];
    uint8_t shown[HP_MAX_DOCUMENTS][2];
    uint8_t shown_count;
    hp_outcome outcome;
} hp_answer;

typedef struct {
    hp_answer *answers; /* lent; with none, a camera that reads twice is told that a showing was seen before */
    uint16_t room;
    uint8_t key[32]; /* random, drawn at each reset */
    uint16_t count;  /* for the core */
} hp_recent;

typedef struct {
    /* What the caller fills in, before hp_scanner_begin; all else zero. */
    hp_store *store;
    hp_bytes place;      /* this scanner's place certificate, which stays where it is; none: data NULL */
    const char *audience; /* instead of a place its id: 16 lower-case hexadecimal digits, or NULL */
    uint16_t skew;       /* seconds by which a phone's clock may differ; 60 is right, 3600 the most */
    bool reads_documents;
    hp_replay replay;
    hp_recent recent;
    /* For the core: */
    uint8_t room[HP_PASS_ROOM];
    uint32_t place_generation;
    hp_place known_place;
    bool place_holds;
} hp_scanner;

typedef struct {
    const uint8_t *text; /* what was scanned; NULL: nothing was shown */
    size_t size;
    const uint8_t *nonce; /* 16 bytes of this scanner's challenge, or NULL */
    const hp_document *documents;
    uint8_t document_count;
    uint32_t now;
} hp_question;

/* Begins with what the caller has filled in. HP_MISUSE: a skew over an hour, place and audience both, no replay memory. */
hp_result hp_scanner_begin(hp_scanner *scanner);

/* The scanner stands at another place from now on; what it remembers, it remembers. */
void hp_scanner_moved(hp_scanner *scanner, const uint8_t *place, size_t size);

/* What happens to the people at the gate. 1. May this scanner check here at all? 2. Was nothing shown? 3. Did this very
 * text get an answer less than three seconds ago? Then the same again, marked `repeated`. 4. Steps 2 to 11 below, and the
 * rule of the place. A gate that nobody watches opens on HP_ADMIT if not `repeated`, and on HP_NO_CHECK only if its
 * operator has said so. HP_MISUSE: documents for a scanner that reads none, or over 16: then the decision is 0. */
hp_result hp_decide(hp_scanner *scanner, const hp_question *question, hp_outcome *out);
/* Verification alone: `refusal`, or 0 and a verdict. The steps, in order:
 *  1. May this scanner check here at all? 21, 24       7. Expiry. 10
 *  2. Is its trust data fresh? 4, 5                     8. Proof of possession. 11 to 16
 *  3. Text to bytes. 1, 2, 3                            9. Documents, where they are asked for or shown. 18, 19, 22
 *  4. Bytes against the templates. 3                   10. Revocation. 5, 20
 *  5. The issuer's key. 6, 7, 8                        11. Was it shown just before? 17, 23
 *  6. The issuer's signature on every claim. 9 */
hp_result hp_verify(hp_scanner *scanner, const hp_question *question, hp_outcome *out);
/* The rule of this place, to tell people what they will be asked for: a refusal (4, 21, 24), or 0. With `has_rule` false
 * the trust list has no policy: green is admitted, nobody assisted, documents are asked for. */
uint8_t hp_rule_of_place(hp_scanner *scanner, uint32_t now, bool *has_rule, hp_rule *out);
/* Forgets what is no longer fresh, as each question does: for a gate where nobody comes for a while. */
void hp_forget(hp_scanner *scanner, uint32_t now);
/* The place certificate behind the text of a poster (HPL1:): its size, or 0. */
size_t hp_place_from_text(const char *text, size_t size, uint8_t *out, size_t room);
/* How many people a text shows, and how many of them bound to a document: to know whose to ask for after HP_ASK. Nothing of
 * it is believed. A refusal (1, 2, 3), or 0. */
uint8_t hp_needs_documents(const uint8_t *text, size_t size, uint8_t room[HP_PASS_ROOM], uint8_t *people,
                           uint8_t *needed);

/* What is said, in English: of a refusal; and at a gate, with a second sentence or NULL in `then`. */
const char *hp_refusal_sentence(uint8_t refusal);
const char *hp_sentence(const hp_outcome *outcome, const char **then);

#ifdef __cplusplus
}
#endif
#endif
