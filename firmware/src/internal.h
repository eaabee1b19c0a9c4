/* What the core's files share among themselves. Nothing of it is for callers. */
#ifndef HP_INTERNAL_H
#define HP_INTERNAL_H

#include "healthpass.h"

#if __STDC_HOSTED__
#include <string.h>
#else /* all that is needed of a C library: give these four, if there is none */
int memcmp(const void *one, const void *other, size_t size);
void *memcpy(void *to, const void *from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *to, int byte, size_t size);
#endif

/* Not inlined: what it needs of the stack is given back before something else needs it. */
#if defined(__GNUC__)
#define HP_APART __attribute__((noinline))
#else
#define HP_APART
#endif

#define HP_LEAST_TIME 0x10000u /* four-byte CBOR integers in shortest form: none is below */
#define HP_CLOCK_SKEW 60       /* seconds by which a clock may differ from the signers' */
#define HP_LARGEST_SKEW 3600u
#define HP_IAT_STEP 15u
#define HP_MAX_CHARS 4296u /* of a QR code */
#define HP_DAY 86400u
#define HP_FEW_ITEMS 1024u
#define HP_MAX_WINDOWS 2048u
#define HP_DIGEST 32u
#define HP_MAX_FILTER 67108864u

/* -- bytes.c: numbers in bytes, and text in UTF-8 ------------------------------------------------------------- */
uint32_t hp_number(const uint8_t *at); /* four bytes, most significant first */
void hp_put_number(uint8_t *at, uint32_t number);
uint32_t hp_utf8(hp_bytes text, size_t *at); /* the next character; 0xFFFD stands for bytes that are none */
bool hp_is_utf8(hp_bytes text);
bool hp_is_ascending(hp_bytes packed);                  /* numbers of four bytes each rise */
bool hp_holds(hp_bytes packed, uint32_t number);        /* a search by halves */
bool hp_includes(hp_bytes packed, hp_bytes others);     /* all of them */
bool hp_are_apart(hp_bytes packed, hp_bytes others);    /* none of them */
bool hp_equal_secret(const uint8_t *one, const uint8_t *other, size_t size); /* in a time that says nothing */
void hp_wipe(void *data, size_t size);
void hp_digest(uint8_t digest[64], hp_bytes data);

/* -- cbor.c: strict deterministic CBOR in place --------------------------------------------------------------- */
typedef struct {
    const uint8_t *data;
    size_t size;
    size_t at;
    bool bad; /* stays, once set: readers then give zeros and move no further */
} hp_cursor;

hp_cursor hp_cursor_of(hp_bytes data);
bool hp_cbor_check(hp_bytes data, uint32_t items); /* one deterministically encoded item, of at most so many items */
enum { HP_WIDE = 8 }; /* in a major type: an argument of over 32 bits */
bool hp_read_head(hp_cursor *c, unsigned *major, uint32_t *argument);
/* One item without what is in it, but how many items that are. Strings are passed. */
bool hp_read_item(hp_cursor *c, bool *map, uint32_t *inside);
uint32_t hp_read_uint(hp_cursor *c, uint32_t least, uint32_t most);
hp_bytes hp_read_bytes(hp_cursor *c);
const uint8_t *hp_read_string(hp_cursor *c, size_t size); /* of exactly that size; NULL if bad */
hp_bytes hp_read_text(hp_cursor *c);
uint32_t hp_read_array(hp_cursor *c, uint32_t least, uint32_t most);
uint32_t hp_read_map(hp_cursor *c);
bool hp_read_null(hp_cursor *c);              /* whether null is there, which is then passed */
void hp_read_constant(hp_cursor *c, const void *expected, size_t size);
const uint8_t *hp_read_raw(hp_cursor *c, size_t size);
/* A template: a number of bytes and those bytes, or HP_HOLE and how many may be anything; a zero ends it. Where it began. */
enum { HP_HOLE = 0x80 };
const uint8_t *hp_read_template(hp_cursor *c, const char *template_);
void hp_skip(hp_cursor *c);                   /* one item */
void hp_read_label(hp_cursor *c, uint8_t label);
void hp_read_additions(hp_cursor *c, uint32_t left); /* negative labels, and the end */
const uint8_t *hp_read_set(hp_cursor *c, size_t size, uint32_t least, uint32_t most, uint32_t *count);

/* -- cose.c: envelopes ------------------------------------------------------------------------------------------ */
typedef struct {
    const uint8_t *key; /* the signer's */
    hp_bytes payload;
    hp_bytes parts[5]; /* the Sig_structure */
    const uint8_t *signature;
} hp_sign1;

typedef enum { HP_TYPE_TRUST_LIST, HP_TYPE_PLACE, HP_TYPE_AREA_TABLE, HP_TYPE_SNAPSHOT, HP_TYPE_DELTA } hp_type;

bool hp_open_sign1(hp_bytes data, hp_type type, size_t most, hp_sign1 *out);
bool hp_is_sign1(hp_bytes data, hp_type type);
bool hp_sign1_holds(const hp_sign1 *message);

typedef struct {
    hp_bytes body; /* the protected header of all, as a byte string */
    hp_bytes payload, payload_string;
    hp_cursor signatures;
    uint32_t count;
} hp_sign;

bool hp_open_sign(hp_bytes data, size_t most, hp_sign *out);
/* The next signature: the signer's key, its protected header, and the signature. False at the end. */
bool hp_next_signature(hp_cursor *c, uint32_t *left, hp_bytes *protected_, const uint8_t **key, const uint8_t **signature);

/* -- keys.c ------------------------------------------------------------------------------------------------------ */
bool hp_is_sealing_key(const uint8_t key[32]);

/* -- claim.c, presentation.c: passes by template ---------------------------------------------------------------- */
enum { HP_DEVICE = 1, HP_DOCUMENT = 2, HP_BOTH = 4 };
enum { HP_DEVICE_SIZE = 143, HP_DOCUMENT_SIZE = 108, HP_BOTH_SIZE = 151, HP_MEMBER_SIZE = 76 };

typedef struct {
    const uint8_t *data; /* the first claim, whole */
    uint8_t size;
    uint8_t binding;
    const uint8_t *kid, *key, *tag; /* key or tag NULL where there is none */
    uint32_t exp, slot;
    uint8_t color;
} hp_claim;

typedef struct {
    hp_claim first;
    uint8_t people;
    const uint8_t *members; /* 76 bytes for each further one, from the second on */
    bool shown;             /* by a holder's key; false for a bare claim */
    uint32_t iat;
    const uint8_t *audience, *nonce; /* NULL where there is none */
    hp_bytes parts[4];               /* the Sig_structure of the showing */
    const uint8_t *signature;
} hp_pass;

size_t hp_claim_size(unsigned binding);
bool hp_match_claim(const uint8_t *data, unsigned binding, hp_claim *out);
bool hp_parse_pass(hp_bytes data, hp_pass *out);
bool hp_is_shown_size(size_t size); /* whether a presentation has this length */
bool hp_is_place_id(const uint8_t text[16]); /* hexadecimal digits */

typedef struct { /* what differs between the claims of a group */
    const uint8_t *cti, *color, *tag, *signature;
} hp_person;

hp_person hp_person_of(const hp_pass *pass, unsigned number);
/* Whether the issuer's signature on the claim of one person holds. */
bool hp_claim_holds(const hp_pass *pass, unsigned number, const uint8_t key[32]);

/* -- base45.c, text.c ---------------------------------------------------------------------------------------------- */
/* The size of all of it; what the room has no place for is not written. */
bool hp_base45(hp_bytes text, uint8_t *out, size_t room, size_t *size);
int hp_base45_value(uint8_t character); /* below 0 if it is none */
uint8_t hp_decode_text(hp_bytes text, uint8_t *out, size_t room, size_t *size); /* a refusal, or 0 */
bool hp_decode_place_text(hp_bytes text, uint8_t *out, size_t room, size_t *size);
uint8_t hp_parse_text(hp_bytes text, uint8_t room[HP_PASS_ROOM], hp_pass *out);

/* -- window.c, trust_list.c ---------------------------------------------------------------------------------------- */
typedef struct {
    const uint8_t *kid, *key, *document_key_id; /* the last NULL where there is none */
    uint32_t valid_from, expires;
    uint8_t exponent; /* of 2, which is the capacity: 2 to 32 */
    uint8_t bindings;
} hp_window;

typedef struct {
    const uint8_t *at, *end;
    uint32_t left;
} hp_windows;

bool hp_read_window(hp_cursor *c, hp_window *out);
bool hp_is_below(uint32_t number, unsigned exponent); /* below 2^exponent */
hp_windows hp_windows_of(const hp_trust_list *list);
bool hp_next_window(hp_windows *walk, hp_window *out);
bool hp_find_window(const hp_trust_list *list, const uint8_t kid[4], hp_window *out);
bool hp_window_is_over(const hp_window *window, uint32_t now);
hp_result hp_check_periods(const hp_trust_list *list);
hp_result hp_check_roles(const hp_trust_list *list);
bool hp_keys_are_fit(const hp_trust_list *list);
hp_result hp_parse_trust_list(hp_bytes payload, hp_trust_list *out);
hp_result hp_version_of_list(hp_bytes data, uint32_t *version); /* nobody's signature is asked for */
hp_result hp_open_trust_list(hp_bytes data, const hp_roots *roots, hp_trust_list *out);
bool hp_same_roots(const hp_roots *one, const hp_roots *other);
bool hp_is_root(const hp_roots *roots, const uint8_t key[32]);
bool hp_has_key(hp_keys keys, const uint8_t key[32]);

typedef struct {
    const uint8_t *at, *end;
    uint32_t left;
} hp_revokers;

typedef struct {
    const uint8_t *key, *kids; /* five bytes for each kid: a head and the kid */
    uint32_t count;
} hp_revoker;

hp_revokers hp_revokers_of(const hp_trust_list *list);
bool hp_next_revoker(hp_revokers *walk, hp_revoker *out);
bool hp_find_revoker(const hp_trust_list *list, const uint8_t key[32], hp_revoker *out);
bool hp_revoker_of_kid(const hp_trust_list *list, const uint8_t kid[4], hp_revoker *out);
bool hp_has_kid(const uint8_t *kids, uint32_t count, const uint8_t kid[4]);

/* -- check_policy.c, area_table.c, place.c ------------------------------------------------------------------------- */
bool hp_read_policy(hp_cursor *c, const uint8_t **rules, uint8_t *count);
bool hp_policy_names(const hp_trust_list *list, uint8_t place_class);
bool hp_policy_rule(const hp_trust_list *list, uint8_t risk, uint8_t place_class, hp_rule *out);
bool hp_policy_rule_at_any_risk(const hp_trust_list *list, uint8_t place_class, hp_rule *out);
bool hp_parse_area_table(hp_bytes payload, hp_area_table *out);
uint8_t hp_area_risk(const hp_area_table *table, uint32_t area);
bool hp_parse_place(hp_bytes payload, hp_place *out);
hp_result hp_open_place(const hp_store *store, hp_bytes data, hp_place *out);

/* -- revocation.c, revocation_filter.c, revocation_listing.c -------------------------------------------------------- */
bool hp_parse_snapshot(hp_bytes payload, hp_snapshot *out);
bool hp_parse_delta(hp_bytes payload, hp_delta *out);

typedef struct {
    const uint8_t *kid, *digest;
    uint32_t length;
} hp_piece;

typedef struct {
    hp_cursor c;
    uint32_t left;
} hp_entries;

hp_entries hp_pieces_of(const hp_snapshot *snapshot);
bool hp_next_piece(hp_entries *walk, hp_piece *out);
/* The number of a kid's entry, or below 0. */
int32_t hp_find_piece(const hp_snapshot *snapshot, const uint8_t kid[4], hp_piece *out);
hp_entries hp_slots_of(const hp_delta *delta);
bool hp_next_slots(hp_entries *walk, const uint8_t **kid, hp_bytes *slots);
hp_bytes hp_find_slots(const hp_delta *delta, const uint8_t kid[4]);

typedef struct {
    const uint8_t *data;
    uint32_t listed, bits, base, end;
    uint32_t first; /* the directory's first entry, which stands for no difference */
    uint8_t exponent; /* of 2, which is the capacity */
    uint8_t width, k, s, high;
    bool inverted;
} hp_filter;

bool hp_open_filter(hp_bytes data, hp_filter *out); /* its header, against its length */
bool hp_check_filter(const hp_filter *filter);      /* every byte */

typedef struct {
    const hp_filter *filter;
    uint32_t block;      /* the next one to be opened */
    uint32_t at, lows;   /* bits: the next of the unary part; the end of the low bits that are left */
    uint32_t last, left; /* the last slot of the block, and how many from the next on are before it */
    bool over;           /* that was the block's last slot */
    bool bad;
} hp_listing;

void hp_seek(hp_listing *walk, const hp_filter *filter, uint32_t slot); /* to the block of a slot */
bool hp_next_listed(hp_listing *walk, uint32_t *slot);
/* Whether a slot is revoked: 1 or 0; below 0 if the filter is damaged. */
int hp_filter_contains(const hp_filter *filter, uint32_t slot);
hp_result hp_filter_lists(const hp_filter *filter, hp_bytes slots);
hp_result hp_filter_covers(const hp_filter *new_, const hp_filter *old);

/* -- updates.c, trust: what may replace what ------------------------------------------------------------------------- */
void hp_floor_of(hp_floor *out, hp_times times, hp_bytes data);
bool hp_same_floor(const hp_floor *one, const hp_floor *other);
hp_result hp_check_not_rolled_back(const hp_floor *new_, const hp_floor *floor);
hp_result hp_check_not_older(const hp_floor *new_, const hp_floor *floor);
/* With `grace` it is taken for so many seconds after its expiry too: by whom no network can give anything newer. */
hp_result hp_check_times(hp_times times, const hp_floor *floor, uint32_t now, uint32_t grace);
hp_result hp_check_times_under(const hp_trust_list *list, hp_times times, const hp_floor *floor, uint32_t now,
                               uint32_t grace);
/* Seconds since something was last fresh (0: it is); below 0 once its grace time is over too. */
int64_t hp_seconds_late(uint32_t expires, uint32_t grace, uint32_t now);
const hp_floor *hp_floor_for(const hp_store *store, uint8_t kind, const uint8_t key[32]); /* all zeros before the first */
bool hp_put_floor(hp_store *store, uint8_t kind, const uint8_t key[32], const hp_floor *floor); /* false: no room */
bool hp_has_room_for(const hp_store *store, const uint8_t key[32]); /* for both floors of a revocation key */
bool hp_read_times(hp_cursor *c, hp_times *out, uint32_t least_version);

/* -- store.c, revocation_state.c ------------------------------------------------------------------------------------- */
hp_result hp_take_list(hp_store *store, hp_bytes data, uint32_t now, bool late);
hp_result hp_take_published(hp_store *store, hp_bytes data, uint32_t now, bool late);
uint32_t hp_newest_revocation(const hp_store *store); /* issue time: by a clock behind it nobody goes unchecked */
bool hp_store_fresh(const hp_store *store, uint32_t now, uint32_t *stale);
void hp_revocation_under(hp_store *store); /* after another list has come into force */
bool hp_revocation_fresh(const hp_store *store, uint32_t now);
uint8_t hp_revocation_check(const hp_store *store, const hp_pass *pass, uint32_t now, uint32_t *stale, int8_t *index);
hp_stream *hp_find_stream(const hp_store *store, const uint8_t key[32]);
int64_t hp_stream_age(const hp_store *store, const hp_stream *stream, uint32_t now);
bool hp_open_held(const hp_stream *stream, int32_t number, const hp_piece *piece, const hp_window *window, hp_filter *out);

typedef struct { /* an update of revocation data on its way in */
    hp_store *store;
    const uint8_t *key;
    hp_stream *old; /* what there is of the key, or NULL */
    hp_floor new_;
    uint32_t now, grace;
} hp_update;

hp_stream *hp_free_stream(const hp_store *store);
void hp_begin_stream(hp_stream *stream, const hp_update *u, const hp_snapshot *snapshot, bool complete);
hp_result hp_read_snapshot(hp_update *u, hp_bytes data, bool again_is_known, hp_snapshot *out);
hp_result hp_read_delta(hp_update *u, hp_bytes data, hp_delta *out);
bool hp_next_live(const hp_update *u, const hp_revoker *revoker, uint32_t *n, hp_window *out);
bool hp_has_digest(hp_bytes data, const uint8_t digest[32]);
hp_result hp_collect(const hp_store *store, const hp_snapshot *snapshot, const uint8_t **found, bool lenient);
hp_result hp_collected(const hp_update *u, const hp_snapshot *snapshot, hp_stream *into, bool compared);
const uint8_t *hp_document_key_for(const hp_store *store, const uint8_t *id);

/* -- the verifier's parts ---------------------------------------------------------------------------------------------- */
typedef struct {
    bool has_rule; /* false: the list has no policy, so one rule for everywhere */
    hp_rule rule;
    const uint8_t *audience; /* 16 characters, or NULL */
} hp_terms;

uint8_t hp_permitted(hp_scanner *scanner, uint32_t now, hp_terms *out);
uint8_t hp_check_issuer(const hp_trust_list *list, const hp_pass *pass, uint32_t now, uint32_t skew, hp_window *out,
                        int8_t *index);
uint8_t hp_check_claim_signatures(const hp_pass *pass, const hp_window *window, int8_t *index);
uint8_t hp_check_possession(const hp_pass *pass);
uint8_t hp_check_age(const hp_pass *pass, uint32_t now, uint32_t skew);
uint8_t hp_check_addressee(const hp_pass *pass, const hp_terms *terms, const uint8_t *nonce);
uint8_t hp_check_documents(const hp_scanner *scanner, const hp_pass *pass, const hp_window *window,
                           const hp_terms *terms, const hp_question *question, hp_outcome *out);
uint8_t hp_compare_documents(const hp_pass *pass, const hp_window *window, const uint8_t key[32],
                             const hp_question *question, int8_t *index);
void hp_document_seed(const uint8_t key[32], uint32_t valid_from, uint32_t expires, const hp_document *document,
                      uint8_t seed[32]);
void hp_document_tag(const uint8_t seed[32], const uint8_t kid[4], const uint8_t cti[4], uint8_t tag[2]);
void hp_document_digest(const uint8_t key[32], const hp_document *document, uint8_t digest[2]);
bool hp_same_document(const hp_document *one, const hp_document *other);
void hp_replay_begin(hp_replay *memory);
void hp_replay_see(hp_replay *memory, uint32_t now);
uint8_t hp_replay_remember(hp_replay *memory, const hp_pass *pass, uint32_t now, uint32_t skew);
void hp_recent_forget(hp_recent *recent, uint32_t now);
void hp_recent_digests(const hp_recent *recent, const hp_question *question, hp_answer *out);
const hp_answer *hp_recent_find(const hp_recent *recent, const hp_answer *asked, uint32_t now);
void hp_recent_keep(hp_recent *recent, const hp_answer *asked);
uint8_t hp_decide_colors(const hp_terms *terms, const hp_outcome *outcome);
uint8_t hp_decide_refusal(const hp_terms *terms, uint8_t refusal, bool excused, bool reads_documents);
bool hp_is_excused(uint8_t refusal, hp_bytes text, const hp_pass *pass, const hp_trust_list *list, uint32_t now);
bool hp_looks_garbled(hp_bytes text);
bool hp_is_typed_wrongly(hp_bytes text);
hp_bytes hp_without_line_end(hp_bytes text);

#endif
