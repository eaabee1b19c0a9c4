/** Steps 5 to 7: the claims against the window of their kid, and the issuer's signatures. */

import { hex } from "../bytes.js";
import { verify } from "../crypto/ed25519.js";
import { Refused } from "../errors.js";
import { type Claim } from "../formats/claim.js";
import { type TrustList, type Window } from "../formats/trust-list.js";
import { which } from "./shown.js";

/** Step 5. All claims of a presentation have one kid, expiry and binding. */
export function requireWindow(claims: readonly Claim[], list: TrustList, now: number, skew: number): Window {
  const [first] = claims as readonly [Claim, ...Claim[]];
  const window = list.windows.get(hex(first.kid));
  if (window === undefined) throw new Refused("UNKNOWN_ISSUER_KEY", 5);
  if (now < window.validFrom - skew) throw new Refused("ISSUER_KEY_NOT_VALID", 5);
  if (first.expires !== window.expires || (first.binding & window.bindings) === 0) throw new Refused("ISSUER_NOT_ALLOWED", 5);
  claims.forEach((claim, index) => {
    if (claim.slot >= window.capacity) throw new Refused("ISSUER_NOT_ALLOWED", 5, which(index, claims));
  });
  return window;
}

/** Step 6. */
export async function requireIssuer(claims: readonly Claim[], window: Window): Promise<void> {
  const all = await Promise.all(claims.map((claim) => verify(window.key, claim.signed, claim.signature)));
  const index = all.indexOf(false);
  if (index >= 0) throw new Refused("BAD_CLAIM_SIGNATURE", 6, which(index, claims));
}

/** Step 7. */
export function requireUnexpired(window: Window, now: number, skew: number): void {
  if (now >= window.expires + skew) throw new Refused("EXPIRED", 7);
}
