/** What to say to the people at the gate. It never says more than the decision and the code of the refusal. */

import { type RefusalName } from "./errors.js";
import { type Outcome } from "./outcome.js";
import { en } from "./sentences/en.js";
import { zh } from "./sentences/zh.js";

export interface Sentences {
  readonly admit: string;
  /** Where the colours are not let in. */
  readonly refuse: string;
  /** Where the colours are helped. */
  readonly assist: string;
  readonly noCheck: string;
  readonly ask: string;
  readonly nothingShown: string;
  readonly setUp: string;
  /** After the sentence of a refusal, where the person is helped all the same. */
  readonly help: string;
  readonly refused: Readonly<Partial<Record<RefusalName, string>>>;
  readonly notChecked: Readonly<Partial<Record<RefusalName, string>>>;
  /** Between two sentences. */
  readonly between: string;
}

export const LANGUAGES = { en, zh } as const;
export type Language = keyof typeof LANGUAGES;

export function sentenceOf(outcome: Outcome, words: Sentences): string {
  const { decision, refusal } = outcome;
  if (decision === "ADMIT") return words.admit;
  if (decision === "NO_CHECK") return words.noCheck;
  if (decision === "ASK") return words.ask;
  if (refusal === undefined) {
    if (outcome.verdict === undefined) return words.nothingShown;
    return decision === "ASSIST" ? words.assist : words.refuse;
  }
  if (outcome.fault === "set-up") return words.setUp;
  if (outcome.fault !== undefined) return words.notChecked[refusal.name] ?? words.help;
  const refused = words.refused[refusal.name] ?? words.refuse;
  return decision === "ASSIST" ? refused + words.between + words.help : refused;
}
