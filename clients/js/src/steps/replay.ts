/** Step 11: what this scanner has accepted a moment ago, by the holder's key. */

import { hex } from "../bytes.js";
import { Refused } from "../errors.js";
import { type Presentation } from "../formats/presentation.js";
import { endOf, ROUNDED } from "./holder.js";

/** A step of the clock by more than this is a wrong clock's. */
const HOUR = 3600;
const SHOWINGS_A_SECOND = 30;

export class ReplayMemory {
  readonly #skew: number;
  readonly #capacity: number;
  /** When the showing under each holder's key is over. */
  readonly #until = new Map<string, number>();
  /** Everything is here since then. Undefined: always. */
  #since: number | undefined;
  /** The newest time that it was told. */
  #newest: number | undefined;
  /** The end of the last showing that was forgotten. */
  #forgotten = 0;

  /** `capacity`: how many showings there is room for; by default as many as a camera can take while one is fresh. */
  constructor(skew: number, since?: number, capacity = SHOWINGS_A_SECOND * (2 * skew + ROUNDED)) {
    this.#skew = skew;
    this.#since = since;
    this.#capacity = capacity;
  }

  /** Forgets what is over. Called first by every call of any kind. */
  forget(now: number): void {
    const last = this.#newest ?? this.#since ?? now;
    const isAhead = this.#since !== undefined && now > last + HOUR;
    if (now < last - HOUR || isAhead) this.#beginAnew(now);
    this.#newest = Math.max(this.#newest ?? now, now);
    for (const [key, until] of this.#until) {
      if (until > now) continue;
      this.#until.delete(key);
      this.#forgotten = Math.max(this.#forgotten, until);
    }
  }

  /** Refuses a showing that was seen, or may have been. Remembers nothing. */
  requireNew(presentation: Presentation): void {
    if (this.#until.has(hex(presentation.key))) throw new Refused("REPLAYED", 11);
    const isBefore = this.#since !== undefined && presentation.shown - this.#skew < this.#since;
    const mayBeSeen = isBefore && presentation.nonce === undefined;
    const isOver = endOf(presentation, this.#skew) <= this.#forgotten;
    if (mayBeSeen || isOver || this.#until.size >= this.#capacity) throw new Refused("REPLAY_UNKNOWN", 11);
  }

  /** Remembers a showing that was accepted. */
  remember(presentation: Presentation): void {
    this.#until.set(hex(presentation.key), endOf(presentation, this.#skew));
  }

  #beginAnew(now: number): void {
    this.#until.clear();
    this.#since = now;
    this.#newest = now;
    this.#forgotten = 0;
  }
}
