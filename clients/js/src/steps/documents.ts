/** Step 9: the documents of the people who are shown. */

import { ascii, concat, equal, hex, u32Bytes, type Bytes } from "../bytes.js";
import { hmacSha512 } from "../crypto/hash.js";
import { Refused } from "../errors.js";
import { DOCUMENT, type Claim } from "../formats/claim.js";
import { ON_PAPER, ON_PHONE, type Rule } from "../formats/policy.js";
import { type Window } from "../formats/trust-list.js";
import { type State } from "../trust/state.js";
import { which } from "./shown.js";

/** A document that was read: its type, and its number in normal form. */
export interface NormalDocument {
  readonly type: string;
  readonly number: string;
}

export type DocumentCheck = "not-bound" | "compared" | "not-compared";

interface AtTheGate {
  readonly documents: readonly NormalDocument[];
  readonly rule: Rule;
  /** Whether this scanner reads documents. */
  readonly reads: boolean;
}

/** For each claim whether it was compared. */
export async function requireDocuments(
  claims: readonly Claim[],
  window: Window,
  state: State,
  { documents, rule, reads }: AtTheGate,
): Promise<DocumentCheck[]> {
  const [first] = claims as readonly [Claim, ...Claim[]];
  if (first.tag === undefined) return claims.map(() => "not-bound");
  const asks = (rule.documents & (first.binding === DOCUMENT ? ON_PAPER : ON_PHONE)) !== 0;
  if (documents.length === 0 && !asks) return claims.map(() => "not-compared"); // 1
  const key = window.documentKeyId === null ? undefined : state.documentKeys.get(hex(window.documentKeyId));
  if (key === undefined && reads) throw new Refused("DOCUMENT_KEY_MISSING", 9); // 2
  if (documents.length === 0 || key === undefined) throw new Refused("DOCUMENT_REQUIRED", 9, which(0, claims)); // 3
  const distinct = [...new Map(documents.map((each) => [`${each.type} ${each.number}`, each])).values()]; // 4
  if (distinct.length > claims.length) throw new Refused("DOCUMENT_MISMATCH", 9);
  await requireAssignment(claims, window, key, distinct); // 5
  return claims.map(() => "compared");
}

async function requireAssignment(claims: readonly Claim[], window: Window, key: Bytes, documents: readonly NormalDocument[]): Promise<void> {
  const seeds = await Promise.all(documents.map((each) => seedOf(each, window, key)));
  const fits = await Promise.all(claims.map((claim) => Promise.all(seeds.map((seed) => isTagOf(claim, seed)))));
  const holders: (number | undefined)[] = documents.map(() => undefined);
  let alone: number | undefined; // the first claim that cannot have a document together with all before it
  for (let claim = 0; claim < claims.length; claim++) {
    if (!assign(claim, fits, holders, new Set())) alone ??= claim;
  }
  if (alone === undefined) return;
  const allUsed = !holders.includes(undefined);
  throw new Refused(allUsed ? "DOCUMENT_REQUIRED" : "DOCUMENT_MISMATCH", 9, which(alone, claims));
}

/** Gives a claim a document, if need be by giving others another one. */
function assign(claim: number, fits: readonly (readonly boolean[])[], holders: (number | undefined)[], tried: Set<number>): boolean {
  for (const [document, fit] of fits[claim]!.entries()) {
    if (!fit || tried.has(document)) continue;
    tried.add(document);
    const holder = holders[document];
    if (holder === undefined || assign(holder, fits, holders, tried)) {
      holders[document] = claim;
      return true;
    }
  }
  return false;
}

async function seedOf({ type, number }: NormalDocument, { validFrom, expires }: Window, key: Bytes): Promise<Bytes> {
  const zero = Uint8Array.of(0);
  const period = concat(u32Bytes(validFrom), u32Bytes(expires));
  const message = concat(ascii("healthpass document tag v2"), zero, period, ascii(type), zero, ascii(number));
  return (await hmacSha512(key, message)).slice(0, 32);
}

async function isTagOf(claim: Claim, seed: Bytes): Promise<boolean> {
  const tag = (await hmacSha512(seed, concat(claim.kid, claim.cti))).slice(0, 2);
  return claim.tag !== undefined && equal(tag, claim.tag);
}
