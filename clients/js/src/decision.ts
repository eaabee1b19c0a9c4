/** From a verdict or a refusal, and the rule of the place, to one of five decisions. */

import { type Refused } from "./errors.js";
import { type Claim } from "./formats/claim.js";
import { type Presentation } from "./formats/presentation.js";
import { type Rule } from "./formats/policy.js";
import { type TrustList } from "./formats/trust-list.js";
import { howGarbled } from "./garbled.js";
import { Outcome, type Decision, type Fault, type Verdict } from "./outcome.js";

const DAY = 86_400;

/** What is known when a verification ends. */
export interface Known {
  readonly text: string;
  readonly now: number;
  readonly readsDocuments: boolean;
  readonly list?: TrustList | undefined;
  readonly rule?: Rule | undefined;
  readonly claim?: Claim | undefined;
  readonly presentation?: Presentation | undefined;
}

/** `REFUSE` is for what is wrong with a pass, or for a colour that the rule does not help. */
export function decideVerdict(verdict: Verdict, rule: Rule): Outcome {
  const left = verdict.colors.map((color) => 1 << (color - 1)).filter((color) => (rule.admitted & color) === 0);
  if (left.length === 0) return new Outcome("ADMIT", verdict);
  return new Outcome(left.every((color) => (rule.helped & color) !== 0) ? "ASSIST" : "REFUSE", verdict);
}

export function decideRefusal(refused: Refused, known: Known): Outcome {
  const { refusal: name, code, step, index } = refused;
  const fault = faultOf(refused, known);
  return new Outcome(decisionOf(refused, fault, known), undefined, { code, name, step, ...(index !== undefined && { index }) }, fault);
}

function decisionOf(refused: Refused, fault: Fault | undefined, { readsDocuments, rule }: Known): Decision {
  if (refused.refusal === "CHECK_NOT_PERMITTED") return "NO_CHECK";
  if (refused.refusal === "DOCUMENT_REQUIRED" && readsDocuments) return "ASK";
  return fault !== undefined || (rule?.helped ?? 0) !== 0 ? "ASSIST" : "REFUSE";
}

/** What is wrong with a scanner, a clock or a poster is never the person's fault. */
function faultOf(refused: Refused, known: Known): Fault | undefined {
  const { now, list, claim, presentation } = known;
  switch (refused.refusal) {
    case "NOT_A_PASS":
    case "MALFORMED": {
      const garbled = howGarbled(known.text);
      return garbled === "cut" ? "other" : garbled;
    }
    case "UNSUPPORTED_VERSION":
    case "TRUST_LIST_EXPIRED":
    case "REVOCATION_DATA_STALE":
    case "ISSUER_KEY_NOT_VALID":
    case "PRESENTATION_STALE":
    case "PRESENTATION_FROM_FUTURE":
    case "DOCUMENT_KEY_MISSING":
    case "REPLAY_UNKNOWN":
    case "PLACE_NOT_CERTIFIED":
      return "other";
    case "UNKNOWN_ISSUER_KEY":
      return list !== undefined && now > list.issued + DAY ? "other" : undefined;
    case "EXPIRED":
      return claim !== undefined && now < claim.expires + DAY ? "other" : undefined;
    case "WRONG_AUDIENCE":
      return presentation !== undefined && presentation.audience === undefined ? "other" : undefined;
    case "DOCUMENT_REQUIRED":
      return known.readsDocuments ? undefined : "other";
    default:
      return undefined;
  }
}
