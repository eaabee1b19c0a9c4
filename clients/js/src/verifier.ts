/**
 * A scanner: from a text to an outcome, offline, in the steps of docs/protocol.md.
 *
 *  1. May this scanner check here at all?       7. Has it expired?
 *  2. Is the trust data there and in time?      8. Does the holder show it, now, here, to this question?
 *  3. Text to bytes.                            9. Do the documents belong to it?
 *  4. Bytes against the templates.             10. Is it revoked?
 *  5. The window of its key.                   11. Was it shown before?
 *  6. The issuer's signatures.
 */

import { Attempt } from "./attempt.js";
import { copyOf } from "./bytes.js";
import { BadInput } from "./errors.js";
import { type Document } from "./formats/document-number.js";
import { readPlace, type Place } from "./formats/place.js";
import { bytesOfPoster } from "./formats/text.js";
import { Outcome, type Verdict } from "./outcome.js";
import { RecentAnswers } from "./recent.js";
import { ReplayMemory } from "./steps/replay.js";
import { requireTrust } from "./steps/trust-in-time.js";
import { type TrustStore } from "./trust/store.js";

export interface VerifierOptions {
  /** The place certificate: its bytes, or the text of its poster. It is looked at whenever somebody is checked. */
  readonly place?: Uint8Array | string;
  /** Without a place: the place id (16 hexadecimal digits) for which showings have to be made. */
  readonly audience?: string;
  /** By how many seconds a phone's clock may be off, 0 to 3600; 60 by default. */
  readonly skew?: number;
  /** Whether this scanner reads documents; it does by default. */
  readonly documents?: boolean;
  /** Since when its memory of showings is complete: the time at which a gate starts. Always, by default. */
  readonly since?: number;
  /** How many showings it remembers; by default as many as the fastest camera reads. */
  readonly replayCapacity?: number;
}

/** What is known when something is shown. */
export interface Showing {
  /** Seconds since 1970 UTC. Nothing here reads a clock. */
  readonly now: number;
  /** The 16 bytes that this scanner has asked to be answered. */
  readonly nonce?: Uint8Array;
  /** The documents that were read. */
  readonly documents?: readonly Document[];
}

const LARGEST_SKEW = 3600;

/** One, for as long as the scanner runs: it remembers what was shown. */
export class Verifier {
  readonly #store: TrustStore;
  readonly #place: Place | null | undefined;
  readonly #audience: string | undefined;
  readonly #skew: number;
  readonly #readsDocuments: boolean;
  readonly #replay: ReplayMemory;
  readonly #recent = new RecentAnswers();
  #last: Promise<unknown> = Promise.resolve();

  constructor(store: TrustStore, options: VerifierOptions = {}) {
    const { skew = 60, audience, documents = true } = options;
    if (!Number.isInteger(skew) || skew < 0 || skew > LARGEST_SKEW) throw new BadInput("skew", "A skew is 0 to 3600 seconds.");
    if (audience !== undefined && (!/^[0-9a-f]{16}$/.test(audience) || options.place !== undefined)) {
      throw new BadInput("audience", "An audience is 16 hexadecimal digits, of a scanner without a place.");
    }
    this.#store = store;
    this.#place = options.place === undefined ? undefined : placeOf(options.place);
    this.#audience = this.#place?.id ?? audience;
    this.#skew = skew;
    this.#readsDocuments = documents;
    this.#replay = new ReplayMemory(skew, options.since, options.replayCapacity);
  }

  /**
   * What to do at the gate for a text as it was read (or its bytes), or null: somebody has nothing to show. Throws
   * `BadInput` where a document or the nonce is none.
   */
  decide(text: string | Uint8Array | null, showing: Showing): Promise<Outcome> {
    return this.#inTurn(() => this.#decide(text, showing));
  }

  /** The verdict, for who wants the parts. Throws `Refused`. */
  verify(text: string | Uint8Array, showing: Showing): Promise<Verdict> {
    return this.#inTurn(async () => {
      const attempt = this.#attempt(textOf(text), showing);
      this.#replay.forget(showing.now);
      await attempt.permit();
      return attempt.verify();
    });
  }

  /** Forgets what is over, at a gate where nobody comes. */
  forget(now: number): void {
    this.#replay.forget(now);
    this.#recent.forget(now);
  }

  async #decide(text: string | Uint8Array | null, showing: Showing): Promise<Outcome> {
    const attempt = this.#attempt(text === null ? "" : textOf(text), showing);
    const { question, now } = attempt;
    this.#replay.forget(now);
    try {
      await attempt.permit();
      if (text === null) {
        requireTrust(attempt.state, now);
        return new Outcome("ASSIST");
      }
    } catch (error) {
      return attempt.refuse(error);
    }
    const before = await this.#recent.find(question, now);
    if (before !== undefined) return before;
    const outcome = await attempt.verify().then(
      (verdict) => attempt.accept(verdict),
      (error: unknown) => attempt.refuse(error),
    );
    await this.#recent.keep(question, now, outcome, attempt.isOnPaper);
    return outcome;
  }

  #attempt(text: string, showing: Showing): Attempt {
    return new Attempt(text, showing, {
      state: this.#store.state,
      place: this.#place,
      audience: this.#audience,
      skew: this.#skew,
      readsDocuments: this.#readsDocuments,
      replay: this.#replay,
    });
  }

  /** Calls are answered one after the other, so that of two that show the same the second is seen to. */
  #inTurn<T>(call: () => Promise<T>): Promise<T> {
    const done = this.#last.then(call);
    this.#last = done.catch(() => undefined);
    return done;
  }
}

function placeOf(place: Uint8Array | string): Place | null {
  const bytes = typeof place === "string" ? bytesOfPoster(place) : copyOf(place);
  if (bytes === undefined) throw new BadInput("place", "This is no text of a poster.");
  return readPlace(bytes) ?? null;
}

/** What a scanner read, as characters. Bytes that are no UTF-8 are characters each. */
function textOf(text: string | Uint8Array): string {
  if (typeof text === "string") return text;
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(text);
  } catch {
    return Array.from(text, (byte) => String.fromCharCode(byte)).join("");
  }
}
