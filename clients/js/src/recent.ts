/** The answers of the last three seconds: a camera reads a code more than once. */

import { hex, type Bytes } from "./bytes.js";
import { hmacSha512 } from "./crypto/hash.js";
import { type Outcome } from "./outcome.js";
import { type NormalDocument } from "./steps/documents.js";

const SECONDS = 3;

export interface Question {
  readonly text: string;
  readonly nonce: Bytes | undefined;
  readonly documents: readonly NormalDocument[];
}

interface Answer {
  readonly text: string;
  /** Undefined: it does not matter, for a pass on paper answers none. */
  readonly nonce: string | undefined;
  readonly documents: ReadonlySet<string>;
  readonly at: number;
  readonly outcome: Outcome;
}

/** What is kept are digests under a key that dies with this object. */
export class RecentAnswers {
  readonly #key = crypto.getRandomValues(new Uint8Array(32));
  #answers: Answer[] = [];

  /** The answer to this very question, marked as repeated, or undefined: it is a new one. */
  async find(question: Question, now: number): Promise<Outcome | undefined> {
    this.forget(now);
    const asked = await this.#digests(question);
    const found = this.#answers.findLast(
      (each) =>
        each.text === asked.text &&
        (each.nonce ?? asked.nonce) === asked.nonce &&
        isSame(asked.documents, each.documents),
    );
    return found?.outcome.again();
  }

  async keep(question: Question, now: number, outcome: Outcome, isOnPaper: boolean): Promise<void> {
    const digests = await this.#digests(question);
    this.#answers.push({ ...digests, ...(isOnPaper && { nonce: undefined }), at: now, outcome });
  }

  forget(now: number): void {
    this.#answers = this.#answers.filter(({ at }) => at <= now && now < at + SECONDS);
  }

  async #digests({ text, nonce, documents }: Question): Promise<Pick<Answer, "text" | "nonce" | "documents">> {
    const read = await Promise.all(documents.map(({ type, number }) => this.#digest(`${type} ${number}`)));
    return { text: await this.#digest(text), nonce: nonce === undefined ? "" : hex(nonce), documents: new Set(read) };
  }

  async #digest(text: string): Promise<string> {
    return hex(await hmacSha512(this.#key, new TextEncoder().encode(text)));
  }
}

/** Documents that were not shown before are a new question; none are a text that is read again. */
function isSame(asked: ReadonlySet<string>, before: ReadonlySet<string>): boolean {
  return asked.size === 0 || (asked.size === before.size && [...asked].every((document) => before.has(document)));
}
