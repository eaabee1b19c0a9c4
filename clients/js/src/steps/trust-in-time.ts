/** Step 2: the trust list is there, not too old, and the clock is not behind it. */

import { Refused } from "../errors.js";
import { type TrustList } from "../formats/trust-list.js";
import { SKEW_OF_SIGNERS, type Revoked, type State } from "../trust/state.js";

/** By how much trust data is past its expiry. 0: it is fresh. Undefined: past its grace time too. */
export function staleness(expires: number, grace: number, now: number): number | undefined {
  if (now < expires) return 0;
  return now < expires + grace ? now - expires + 1 : undefined;
}

/** The list, and how stale it is. */
export function requireTrust(state: State, now: number): { list: TrustList; stale: number } {
  const { list } = state;
  const stale = list === undefined || isClockBehind(state, now) ? undefined : staleness(list.expires, list.grace, now);
  if (list === undefined || stale === undefined) throw new Refused("TRUST_LIST_EXPIRED", 2);
  const all = [...list.revocationKeys.keys()].map((key) => state.revoked.get(key));
  if (all.length > 0 && all.every((each) => stalenessOf(each, list, now) === undefined)) {
    throw new Refused("REVOCATION_DATA_STALE", 2);
  }
  return { list, stale };
}

/** Whether the clock is behind the list, or behind the newest area table of any key that is listed. */
export function isClockBehind(state: State, now: number): boolean {
  const signed = [state.listFloor, ...state.tableFloors.values()].map((floor) => floor?.issued ?? 0);
  return now < Math.max(...signed) - SKEW_OF_SIGNERS;
}

/** How stale what a revocation key has said is; undefined: it is not usable. The delta's times count where there is one. */
export function stalenessOf(revoked: Revoked | undefined, list: TrustList, now: number): number | undefined {
  if (revoked === undefined) return undefined;
  const { issued, expires } = revoked.delta ?? revoked.snapshot;
  return now < issued - SKEW_OF_SIGNERS ? undefined : staleness(expires, list.grace, now);
}
