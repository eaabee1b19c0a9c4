/** Step 1: may this scanner check here at all? Nothing of what is shown is read. */

import { verify } from "../crypto/ed25519.js";
import { Refused } from "../errors.js";
import { riskOf } from "../formats/area-table.js";
import { type Place } from "../formats/place.js";
import { RISKS, WITHOUT_POLICY, type Risk, type Rule } from "../formats/policy.js";
import { type TrustList } from "../formats/trust-list.js";
import { SKEW_OF_SIGNERS, type State } from "../trust/state.js";
import { isClockBehind } from "./trust-in-time.js";

/** The rule of this place. `place` is null where the certificate is malformed, undefined where there is none. */
export async function requirePermission(state: State, place: Place | null | undefined, now: number): Promise<Rule> {
  const { list } = state;
  if (list === undefined) return WITHOUT_POLICY; // step 2 refuses
  if (place === undefined && list.policy === undefined) return WITHOUT_POLICY;
  if (!place || !(await holds(place, list, now))) throw new Refused("PLACE_NOT_CERTIFIED", 1);
  if (list.policy === undefined) return WITHOUT_POLICY;
  const rules = list.policy.filter((rule) => rule.placeClass === place.placeClass);
  const risk = riskNow(state, place, now);
  const rule = risk === undefined ? alwaysTheSame(rules) : rules.find((each) => each.risk === risk);
  if (rule !== undefined) return rule;
  const isCertain = risk !== undefined && rules.length > 0 && now < list.expires && !isClockBehindAny(state, now);
  throw new Refused(isCertain ? "CHECK_NOT_PERMITTED" : "PLACE_NOT_CERTIFIED", 1);
}

/** Whether the certificate is signed by a registrar of the list, and in its time. */
async function holds(place: Place, list: TrustList, now: number): Promise<boolean> {
  if (!list.registrars.has(place.registrar)) return false;
  if (now < place.issued - SKEW_OF_SIGNERS || now >= place.expires) return false;
  return verify(place.key, place.signed, place.signature);
}

/** The risk of the place's area, or undefined: no table is in force. */
function riskNow({ table }: State, place: Place, now: number): Risk | undefined {
  return table !== undefined && now < table.expires ? riskOf(table, place.area) : undefined;
}

/** Where the risk is not known: the rule that is there for every risk, and always says the same. */
function alwaysTheSame(rules: readonly Rule[]): Rule | undefined {
  const [first] = rules;
  return first !== undefined && rules.length === RISKS.length && rules.every((rule) => areAlike(rule, first)) ? first : undefined;
}

function areAlike(a: Rule, b: Rule): boolean {
  return a.admitted === b.admitted && a.helped === b.helped && a.documents === b.documents && a.audience === b.audience;
}

/** Behind the list, the tables, or the newest snapshot or delta of any listed key. */
function isClockBehindAny(state: State, now: number): boolean {
  return isClockBehind(state, now) || [...state.revokedFloors.values()].some(({ issued }) => now < issued - SKEW_OF_SIGNERS);
}
