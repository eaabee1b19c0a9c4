/** One verification, by one state of the store, taken at its beginning. */

import { copyOf, type Bytes } from "./bytes.js";
import { decideRefusal, decideVerdict, type Known } from "./decision.js";
import { BadInput, Refused } from "./errors.js";
import { normalDocument } from "./formats/document-number.js";
import { type Place } from "./formats/place.js";
import { type Rule } from "./formats/policy.js";
import { bytesOfPass, withoutLineEnd } from "./formats/text.js";
import { type Outcome, type Verdict } from "./outcome.js";
import { type Question } from "./recent.js";
import { requireDocuments } from "./steps/documents.js";
import { requireHolder } from "./steps/holder.js";
import { requirePermission } from "./steps/permission.js";
import { type ReplayMemory } from "./steps/replay.js";
import { requireNotRevoked } from "./steps/revocation.js";
import { readShown, type Shown } from "./steps/shown.js";
import { requireTrust } from "./steps/trust-in-time.js";
import { requireIssuer, requireUnexpired, requireWindow } from "./steps/window.js";
import { type State } from "./trust/state.js";
import { type Showing } from "./verifier.js";

export interface Scanner {
  readonly state: State;
  readonly place: Place | null | undefined;
  readonly audience: string | undefined;
  readonly skew: number;
  readonly readsDocuments: boolean;
  readonly replay: ReplayMemory;
}

const NONCE_SIZE = 16;

export class Attempt {
  readonly question: Question;
  readonly now: number;
  readonly #scanner: Scanner;
  #rule: Rule | undefined;
  #shown: Shown | undefined;

  constructor(text: string, { now, nonce, documents = [] }: Showing, scanner: Scanner) {
    if (!Number.isSafeInteger(now) || now < 0) throw new BadInput("now", "A time is seconds since 1970 UTC.");
    this.question = { text: withoutLineEnd(text), nonce: nonceOf(nonce), documents: documents.map(normalDocument) };
    this.now = now;
    this.#scanner = scanner;
  }

  get state(): State {
    return this.#scanner.state;
  }

  /** Whether a claim was shown by itself, which answers no nonce. */
  get isOnPaper(): boolean {
    return this.#shown !== undefined && this.#shown.presentation === undefined;
  }

  /** Step 1. */
  async permit(): Promise<void> {
    this.#rule = await requirePermission(this.state, this.#scanner.place, this.now);
  }

  /** Steps 2 to 11, once step 1 has passed. */
  async verify(): Promise<Verdict> {
    const { state, now } = this;
    const { skew, readsDocuments, replay } = this.#scanner;
    const rule = this.#rule!;
    const { list, stale } = requireTrust(state, now); // 2
    const bytes = bytesOfPass(this.question.text); // 3
    const shown = readShown(bytes); // 4
    this.#shown = shown;
    const { claims, presentation } = shown;
    const window = requireWindow(claims, list, now, skew); // 5
    await requireIssuer(claims, window); // 6
    requireUnexpired(window, now, skew); // 7
    await requireHolder(shown, { now, skew, nonce: this.question.nonce, ...this.#audience(rule) }); // 8
    const documents = await requireDocuments(claims, window, state, { rule, reads: readsDocuments, documents: this.question.documents }); // 9
    const staleRevocation = requireNotRevoked(claims, window, list, state, now); // 10
    if (presentation !== undefined) replay.requireNew(presentation); // 11
    if (presentation !== undefined) replay.remember(presentation);
    return {
      colors: claims.map((claim) => claim.color),
      expires: window.expires,
      stale: Math.max(stale, staleRevocation),
      documents,
    };
  }

  accept(verdict: Verdict): Outcome {
    return decideVerdict(verdict, this.#rule!);
  }

  /** The outcome for a refusal. Whatever else was thrown is thrown again. */
  refuse(error: unknown): Outcome {
    if (!(error instanceof Refused)) throw error;
    const known: Known = {
      text: this.question.text,
      now: this.now,
      readsDocuments: this.#scanner.readsDocuments,
      list: this.state.list,
      rule: this.#rule,
      claim: this.#shown?.claims[0],
      presentation: this.#shown?.presentation,
    };
    return decideRefusal(error, known);
  }

  #audience(rule: Rule): { audience: string | undefined; audienceRequired: boolean } {
    const { place, audience } = this.#scanner;
    return { audience, audienceRequired: place ? rule.audience : audience !== undefined };
  }
}

function nonceOf(nonce: Uint8Array | undefined): Bytes | undefined {
  if (nonce !== undefined && nonce.length !== NONCE_SIZE) throw new BadInput("nonce", "A nonce is 16 bytes.");
  return nonce && copyOf(nonce);
}
