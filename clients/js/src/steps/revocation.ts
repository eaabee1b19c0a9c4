/** Step 10: the data of the kid's revocation key is usable and covers the kid, and no slot is revoked. */

import { hex } from "../bytes.js";
import { Refused } from "../errors.js";
import { type Claim } from "../formats/claim.js";
import { type TrustList, type Window } from "../formats/trust-list.js";
import { type State } from "../trust/state.js";
import { which } from "./shown.js";
import { stalenessOf } from "./trust-in-time.js";

/** How stale the data is. 0 where the list names no revocation key at all. */
export function requireNotRevoked(claims: readonly Claim[], window: Window, list: TrustList, state: State, now: number): number {
  if (list.revocationKeys.size === 0) return 0;
  const kid = hex(window.kid);
  const key = [...list.revocationKeys].find(([, kids]) => kids.has(kid))?.[0];
  const revoked = key === undefined ? undefined : state.revoked.get(key);
  const filter = revoked?.filters.get(kid);
  const stale = stalenessOf(revoked, list, now);
  if (filter === undefined || stale === undefined) throw new Refused("REVOCATION_DATA_STALE", 10);
  const added = revoked?.delta?.slots.get(kid);
  claims.forEach(({ slot }, index) => {
    if (filter.contains(slot) || added?.has(slot) === true) throw new Refused("REVOKED", 10, which(index, claims));
  });
  return stale;
}
