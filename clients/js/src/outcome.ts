/** What happens at the gate, and why. It has no room for an identifier. */

import { type RefusalCode, type RefusalName, type Step } from "./errors.js";
import { type Color } from "./formats/claim.js";
import { LANGUAGES, sentenceOf, type Language, type Sentences } from "./sentence.js";
import { type DocumentCheck } from "./steps/documents.js";

/** `ASSIST` never means "let in". A gate that nobody watches opens on `ADMIT` that is not a repetition. */
export type Decision = "ADMIT" | "REFUSE" | "ASSIST" | "NO_CHECK" | "ASK";

/** There is one only when every check has passed. */
export interface Verdict {
  /** 1 green, 2 yellow, 3 red: one for each person, in the order of the presentation. */
  readonly colors: readonly Color[];
  /** Seconds since 1970 UTC. */
  readonly expires: number;
  /** By how many seconds trust data is past its expiry; 0 while it is fresh. */
  readonly stale: number;
  readonly documents: readonly DocumentCheck[];
}

export interface Refusal {
  readonly code: RefusalCode;
  readonly name: RefusalName;
  readonly step: Step;
  /** Which person of several, counted from 0, where the protocol says which. */
  readonly index?: number;
}

/** Why somebody was not checked: the scanner is set up wrongly, or another shortcoming that is not the person's. */
export type Fault = "set-up" | "other";

export class Outcome {
  constructor(
    readonly decision: Decision,
    /** Of verdict and refusal at most one is there: neither, where nothing was shown. */
    readonly verdict?: Verdict,
    readonly refusal?: Refusal,
    /** Not checked, by no fault of the person's. */
    readonly fault?: Fault,
    /** The answer of a moment ago, once more. A gate has opened for it. */
    readonly repeated: boolean = false,
  ) {
    Object.freeze(this);
  }

  /** What to say: in English, Chinese, or whatever language these sentences are in. */
  sentence(language: Language | Sentences = "en"): string {
    return sentenceOf(this, typeof language === "string" ? LANGUAGES[language] : language);
  }

  again(): Outcome {
    return new Outcome(this.decision, this.verdict, this.refusal, this.fault, true);
  }
}
