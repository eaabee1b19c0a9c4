/** The check policy of a trust list: rules for risks and classes of places. */

import { type Value } from "./cbor.js";
import { arrayOf, fieldsOf, hold, integer } from "./fields.js";

/** Low, medium, high. */
export type Risk = 0 | 1 | 2;
export const RISKS: readonly Risk[] = [0, 1, 2];

/** Of `documents`: passes on paper, and on a phone. */
export const ON_PAPER = 1;
export const ON_PHONE = 2;

export const MOST_CLASSES = 23;

export interface Rule {
  readonly risk: number;
  readonly placeClass: number;
  /** The sum of 1 green, 2 yellow, 4 red: who is let in. */
  readonly admitted: number;
  /** The same sum: who is helped, and not turned away. */
  readonly helped: number;
  readonly documents: number;
  readonly audience: boolean;
}

/** Without a policy there is one rule for everywhere. */
export const WITHOUT_POLICY: Rule = {
  risk: 0,
  placeClass: 0,
  admitted: 1,
  helped: 0,
  documents: ON_PAPER | ON_PHONE,
  audience: true,
};

export function readPolicy(value: Value): readonly Rule[] {
  const rules = arrayOf(value, 0, RISKS.length * MOST_CLASSES).map(readRule);
  hold(rules.every((rule, i) => i === 0 || place(rules[i - 1]!) < place(rule)));
  return rules;
}

function readRule(value: Value): Rule {
  const [risk, placeClass, admitted, helped, documents, audience] = fieldsOf(value, 6);
  const rule = {
    risk: integer(risk!, 0, 2),
    placeClass: integer(placeClass!, 1, MOST_CLASSES),
    admitted: integer(admitted!, 0, 7),
    helped: integer(helped!, 0, 7),
    documents: integer(documents!, 0, 3),
    audience: integer(audience!, 0, 1) === 1,
  };
  hold((rule.admitted & rule.helped) === 0);
  return rule;
}

function place(rule: Rule): number {
  return 256 * rule.risk + rule.placeClass;
}
