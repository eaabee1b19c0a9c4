/* What was answered a moment ago: a camera reads a code several times a second. Mirrors verifier/recent.py. */
#include "internal.h"

enum { SECONDS = 3, SHORTEST_SHOWING = 4 + 226 / 2 * 3 }; /* characters of a text that may answer a nonce */

static bool is_recent(const hp_answer *answer, uint32_t now) { return now >= answer->at && now - answer->at < SECONDS; }

void hp_recent_digests(const hp_recent *recent, const hp_question *question, hp_answer *out) {
    hp_bytes text = {question->text, question->size > HP_MAX_CHARS + 3 ? HP_MAX_CHARS + 3 : question->size};
    text = hp_without_line_end(text);
    uint8_t digest[64], kind = question->nonce != NULL && text.size >= SHORTEST_SHOWING;
    const hp_bytes parts[] = {{recent->key, 32}, {&kind, 1}, {question->nonce, kind ? 16 : 0}, text};
    hp_sha512(digest, parts, 4);
    memset(out, 0, sizeof *out);
    out->at = question->now;
    memcpy(out->asked, digest, sizeof out->asked);
    for (uint8_t n = 0; n < question->document_count; n++) { /* in ascending order, none twice */
        uint8_t each[2], place = out->shown_count;
        hp_document_digest(recent->key, &question->documents[n], each);
        while (place != 0 && memcmp(out->shown[place - 1], each, 2) > 0) {
            place--;
        }
        if (place == 0 || memcmp(out->shown[place - 1], each, 2) != 0) {
            memmove(out->shown[place + 1], out->shown[place], 2 * (size_t)(out->shown_count - place));
            memcpy(out->shown[place], each, 2);
            out->shown_count++;
        }
    }
}

static hp_answer *find(const hp_recent *recent, const hp_answer *asked) {
    for (uint16_t n = 0; n < recent->count; n++) {
        if (memcmp(recent->answers[n].asked, asked->asked, sizeof asked->asked) == 0) {
            return &recent->answers[n];
        }
    }
    return NULL;
}

/* Documents that were not shown then are a new question. */
const hp_answer *hp_recent_find(const hp_recent *recent, const hp_answer *asked, uint32_t now) {
    const hp_answer *found = find(recent, asked);
    if (found == NULL || !is_recent(found, now)) {
        return NULL;
    }
    bool same = asked->shown_count == found->shown_count && memcmp(asked->shown, found->shown, sizeof asked->shown) == 0;
    return asked->shown_count == 0 || same ? found : NULL;
}

void hp_recent_keep(hp_recent *recent, const hp_answer *asked) {
    hp_answer *found = find(recent, asked);
    if (found == NULL && recent->count < recent->room) {
        found = &recent->answers[recent->count++];
    }
    if (found != NULL) {
        *found = *asked;
    }
}

void hp_recent_forget(hp_recent *recent, uint32_t now) {
    uint16_t kept = 0;
    for (uint16_t n = 0; n < recent->count; n++) {
        if (is_recent(&recent->answers[n], now)) {
            recent->answers[kept++] = recent->answers[n];
        }
    }
    if (kept < recent->count) {
        hp_wipe(recent->answers + kept, (size_t)(recent->count - kept) * sizeof *recent->answers);
    }
    recent->count = kept;
}
