/** Answers a case of the conformance vectors, as docs/conformance.md of the project has it. */

import { fromHex } from "../src/bytes.js";
import {
  BadInput,
  Refused,
  TrustStore,
  UpdateRefused,
  Verifier,
  type Document,
  type Outcome,
  type Showing,
  type Step as StepNumber,
  type Verdict,
  type VerifierOptions,
} from "../src/index.js";

type Digits = string;

export interface Step {
  readonly do: string;
  readonly now: number;
  readonly data?: Digits;
  readonly filters?: Readonly<Record<string, Digits>>;
  readonly poster?: string;
  readonly text?: string | null;
  readonly raw?: Digits;
  readonly nonce?: Digits;
  readonly documents?: readonly Document[];
  readonly since?: number;
  readonly most?: number;
}

export interface ScannerOptions {
  readonly roots: { readonly threshold: number; readonly keys: readonly Digits[] };
  readonly skew?: number;
  readonly place?: Digits;
  readonly audience?: string;
  readonly documents?: boolean;
  readonly document_keys?: Readonly<Record<string, Digits>>;
  readonly since?: number;
  readonly replay_capacity?: number;
}

export interface Case {
  readonly id: string;
  readonly scanner: ScannerOptions;
  readonly steps: readonly Step[];
}

export type Answer = Readonly<Record<string, unknown>>;

const LAYERS: Readonly<Record<StepNumber, string>> = {
  1: "place",
  2: "trust-data",
  3: "text",
  4: "template",
  5: "window",
  6: "issuer-signature",
  7: "expiry",
  8: "holder",
  9: "document",
  10: "revocation",
  11: "replay",
};

export async function answersTo({ id, scanner, steps }: Case): Promise<{ id: string; answers: Answer[] }> {
  const made = new Scanner(scanner);
  const answers: Answer[] = [];
  for (const step of steps) answers.push(await made.answer(step));
  return { id, answers };
}

/** Keeps what it has learnt from one step to the next. */
class Scanner {
  readonly #store: TrustStore;
  #options: VerifierOptions;
  #verifier: Verifier;

  constructor({ roots, place, skew, audience, documents, document_keys, since, replay_capacity }: ScannerOptions) {
    this.#store = new TrustStore(roots);
    this.#store.setDocumentKeys(bytesOfEach(document_keys));
    this.#options = {
      ...(place !== undefined && { place: fromHex(place) }),
      ...(skew !== undefined && { skew }),
      ...(audience !== undefined && { audience }),
      ...(documents !== undefined && { documents }),
      ...(since !== undefined && { since }),
      ...(replay_capacity !== undefined && { replayCapacity: replay_capacity }),
    };
    this.#verifier = new Verifier(this.#store, this.#options);
  }

  async answer(step: Step): Promise<Answer> {
    switch (step.do) {
      case "trust-list":
        return taken(() => this.#store.updateTrustList(fromHex(step.data!), step));
      case "area-table":
        return taken(() => this.#store.updateAreaTable(fromHex(step.data!), step));
      case "revocation":
        return taken(() => this.#store.updateRevocation(fromHex(step.data!), { now: step.now, filters: bytesOfEach(step.filters) }));
      case "bundle":
        return this.#bundle(step);
      case "place":
        return taken(() => this.#moveTo(step.poster ?? fromHex(step.data!)));
      case "restart":
        this.#restart(step.since);
        return {};
      case "forget":
        this.#verifier.forget(step.now);
        return {};
      case "show":
        return outcome(await this.#verifier.decide(textOf(step), showing(step)));
      case "verify":
        return verdict(this.#verifier.verify(textOf(step) ?? "", showing(step)));
      default:
        throw new TypeError("a step that is not known");
    }
  }

  #moveTo(place: Uint8Array | string): void {
    const { audience: _, ...options } = this.#options;
    this.#verifier = new Verifier(this.#store, { ...options, place });
    this.#options = { ...options, place };
  }

  async #bundle({ data, now, most }: Step): Promise<Answer> {
    let codes: readonly (string | undefined)[] | undefined;
    const answer = await taken(async () => {
      const { parts } = await this.#store.updateBundle(fromHex(data!), { now, ...(most !== undefined && { largest: most }) });
      codes = parts.map(({ refused }) => refused);
    });
    if (codes === undefined) return answer;
    return { ...answer, parts: codes.map((code) => code === undefined), layer: codes.map((code) => (code === undefined ? null : `update:${code}`)) };
  }

  #restart(since: number | undefined): void {
    const { since: _, ...options } = this.#options;
    this.#options = { ...options, ...(since !== undefined && { since }) };
    this.#verifier = new Verifier(this.#store, this.#options);
  }
}

function bytesOfEach(digits: Readonly<Record<string, Digits>> = {}): Record<string, Uint8Array> {
  return Object.fromEntries(Object.entries(digits).map(([name, each]) => [name, fromHex(each)]));
}

function textOf({ text, raw }: Step): string | Uint8Array | null {
  return raw === undefined ? (text ?? null) : fromHex(raw);
}

function showing({ now, nonce, documents }: Step): Showing {
  return { now, ...(nonce !== undefined && { nonce: fromHex(nonce) }), ...(documents !== undefined && { documents }) };
}

async function taken(update: () => Promise<void> | void): Promise<Answer> {
  try {
    await update();
    return { taken: true };
  } catch (error) {
    if (error instanceof UpdateRefused) return { taken: false, layer: `update:${error.code}` };
    if (error instanceof BadInput) return { taken: false, layer: "update:malformed" };
    throw error;
  }
}

function outcome({ decision, verdict: found, refusal, repeated }: Outcome): Answer {
  return { decision, ...(found && facts(found)), ...(refusal && refused(refusal)), ...(repeated && { repeated }) };
}

async function verdict(verification: Promise<Verdict>): Promise<Answer> {
  try {
    return facts(await verification);
  } catch (error) {
    if (error instanceof Refused) return refused(error);
    throw error;
  }
}

function facts({ colors, expires, stale, documents }: Verdict): Answer {
  return { colors, expires, stale, documents };
}

function refused({ code, index, step }: { code: number; index?: number | undefined; step: StepNumber }): Answer {
  return { refusal: code, ...(index !== undefined && { index }), layer: LAYERS[step] };
}
