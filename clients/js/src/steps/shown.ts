/** Step 4: bytes against the templates. */

import { type Bytes } from "../bytes.js";
import { Refused } from "../errors.js";
import { isLengthOfClaim, readClaim, type Claim } from "../formats/claim.js";
import { readPresentation, type Presentation } from "../formats/presentation.js";

export interface Shown {
  /** One for each person. */
  readonly claims: readonly Claim[];
  /** Undefined: a claim was shown by itself. */
  readonly presentation?: Presentation;
}

export function readShown(bytes: Bytes): Shown {
  if (isLengthOfClaim(bytes.length)) {
    const claim = readClaim(bytes);
    if (claim !== undefined) return { claims: [claim] };
  } else {
    const presentation = readPresentation(bytes);
    if (presentation !== undefined) return { claims: presentation.claims, presentation };
  }
  throw new Refused("MALFORMED", 4);
}

/** Which person is refused: said only where there are several. */
export function which(index: number, claims: readonly Claim[]): number | undefined {
  return claims.length > 1 ? index : undefined;
}
