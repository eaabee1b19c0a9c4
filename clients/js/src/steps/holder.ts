/** Step 8: a claim that names a holder's key is shown by it, now, here, and in answer to the question that was asked. */

import { equal, type Bytes } from "../bytes.js";
import { verify } from "../crypto/ed25519.js";
import { Refused } from "../errors.js";
import { type Presentation } from "../formats/presentation.js";
import { type Shown } from "./shown.js";

/** A wallet rounds its time down to a multiple of so many seconds. */
export const ROUNDED = 15;

export interface Asked {
  readonly now: number;
  readonly skew: number;
  /** The place id for which a showing has to be made, if any, and whether it may be made for none. */
  readonly audience: string | undefined;
  readonly audienceRequired: boolean;
  readonly nonce: Bytes | undefined;
}

export async function requireHolder({ claims, presentation }: Shown, asked: Asked): Promise<void> {
  if (claims[0]?.key === undefined) return;
  if (presentation === undefined) throw new Refused("HOLDER_PROOF_REQUIRED", 8);
  if (!(await verify(presentation.key, presentation.signed, presentation.signature))) throw new Refused("BAD_HOLDER_SIGNATURE", 8);
  if (asked.now < presentation.shown - asked.skew) throw new Refused("PRESENTATION_FROM_FUTURE", 8);
  if (asked.now >= endOf(presentation, asked.skew)) throw new Refused("PRESENTATION_STALE", 8);
  if (!isForHere(presentation, asked)) throw new Refused("WRONG_AUDIENCE", 8);
  if (!isAnswer(presentation, asked)) throw new Refused("WRONG_NONCE", 8);
}

/** When a showing is over. */
export function endOf(presentation: Presentation, skew: number): number {
  return presentation.shown + ROUNDED + skew;
}

function isForHere({ audience }: Presentation, asked: Asked): boolean {
  return audience === asked.audience || (audience === undefined && !asked.audienceRequired);
}

function isAnswer({ nonce }: Presentation, asked: Asked): boolean {
  return nonce === undefined || asked.nonce === undefined ? nonce === asked.nonce : equal(nonce, asked.nonce);
}
