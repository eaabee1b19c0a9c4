/* What this scanner has just seen: a small memory that forgets. Mirrors verifier/replay.py. */
#include "internal.h"

enum { AWAY = 3600 };

void hp_replay_begin(hp_replay *memory) {
    memory->count = 0;
    memory->lost = 0;
    memory->newest = memory->always ? 0 : memory->since;
}

static void begin_anew(hp_replay *memory, uint32_t now) {
    if (!memory->always || memory->count != 0 || memory->lost != 0) {
        memory->always = false;
        memory->since = now;
    }
    memory->count = 0;
    memory->lost = 0;
    memory->newest = now;
}

void hp_replay_see(hp_replay *memory, uint32_t now) {
    if (now > memory->newest) {
        if (!memory->always && now - memory->newest > AWAY) {
            memory->since = now;
        }
        memory->newest = now;
    } else if (memory->newest - now > AWAY) {
        begin_anew(memory, now);
    }
    uint16_t kept = 0;
    for (uint16_t n = 0; n < memory->count; n++) {
        const hp_showing *each = &memory->showings[n];
        if (each->until > now) {
            memory->showings[kept++] = *each;
        } else if (each->until > memory->lost) {
            memory->lost = each->until;
        }
    }
    if (kept < memory->count) {
        hp_wipe(memory->showings + kept, (size_t)(memory->count - kept) * sizeof *memory->showings);
    }
    memory->count = kept;
}

uint8_t hp_replay_remember(hp_replay *memory, const hp_pass *pass, uint32_t now, uint32_t skew) {
    uint8_t digest[64];
    const hp_bytes parts[] = {{memory->key, 32}, {pass->first.key, 32}};
    uint64_t end = (uint64_t)pass->iat + HP_IAT_STEP + skew;
    uint32_t until = end > UINT32_MAX ? UINT32_MAX : (uint32_t)end;
    hp_sha512(digest, parts, 2);
    hp_replay_see(memory, now);
    for (uint16_t n = 0; n < memory->count; n++) {
        if (memcmp(memory->showings[n].digest, digest, sizeof memory->showings[n].digest) == 0) {
            return HP_REPLAYED;
        }
    }
    /* Would it be known, if it had been shown before? An answer to a nonce cannot be older than that. */
    bool too_early = pass->nonce == NULL && !memory->always && pass->iat < (uint64_t)memory->since + skew;
    if (until <= memory->lost || too_early || memory->count >= memory->room) {
        return HP_REPLAY_UNKNOWN;
    }
    memcpy(memory->showings[memory->count].digest, digest, sizeof memory->showings[0].digest);
    memory->showings[memory->count++].until = until;
    return 0;
}
