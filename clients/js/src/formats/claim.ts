/** What the issuer signs: three templates, and the length names the template. */

import { ascii, concat, u32, type Bytes } from "../bytes.js";
import { Template } from "./template.js";

/** What a claim is bound to, as a window's bindings count it. */
export const DEVICE = 1;
export const DOCUMENT = 2;
export const BOTH = 4;
export type Binding = typeof DEVICE | typeof DOCUMENT | typeof BOTH;

/** Green, yellow, red. */
export type Color = 1 | 2 | 3;

/** Times of four bytes have their shortest form from here on. */
export const EARLIEST = 65536;

const HEAD = "d2 84 49 a2 01 32 04 44 {kid 4} a0";
const SLOT = "04 1a {exp 4} 07 44 {cti 4}";
const HOLDER = "08 a1 01 a3 01 01 20 06 21 58 20 {key 32}";
const COLOR = "3a 00 01 00 00 {color 1}";
const TAG = "3a 00 01 00 01 42 {tag 2}";
const SIGNATURE = "58 40 {signature 64}";

const CLAIM_PATTERNS: Readonly<Record<Binding, string>> = {
  [DEVICE]: `${HEAD} 58 3e a4 ${SLOT} ${HOLDER} ${COLOR} ${SIGNATURE}`,
  [DOCUMENT]: `${HEAD} 58 1b a4 ${SLOT} ${COLOR} ${TAG} ${SIGNATURE}`,
  [BOTH]: `${HEAD} 58 46 a5 ${SLOT} ${HOLDER} ${COLOR} ${TAG} ${SIGNATURE}`,
};

const TEMPLATES: ReadonlyMap<number, { binding: Binding; template: Template }> = new Map(
  ([DEVICE, DOCUMENT, BOTH] as const).map((binding) => {
    const template = new Template(CLAIM_PATTERNS[binding]);
    return [template.length, { binding, template }];
  }),
);

export interface Claim {
  readonly binding: Binding;
  readonly kid: Bytes;
  readonly expires: number;
  readonly slot: number;
  readonly cti: Bytes;
  /** The holder's one-time key, unless the claim is bound to a document alone. */
  readonly key?: Bytes;
  readonly color: Color;
  /** The document tag, unless the claim is bound to a holder's key alone. */
  readonly tag?: Bytes;
  readonly signature: Bytes;
  /** What the issuer has signed. */
  readonly signed: Bytes;
}

export function isLengthOfClaim(length: number): boolean {
  return TEMPLATES.has(length);
}

/** The claim in these bytes, or undefined: they are none. */
export function readClaim(bytes: Bytes): Claim | undefined {
  const found = TEMPLATES.get(bytes.length);
  if (found === undefined || !found.template.fits(bytes)) return undefined;
  const { binding, template } = found;
  const expires = u32(template.cut(bytes, "exp"));
  const color = template.cut(bytes, "color")[0]!;
  if (expires < EARLIEST || !isColor(color)) return undefined;
  const cti = template.cut(bytes, "cti");
  return {
    binding,
    kid: template.cut(bytes, "kid"),
    expires,
    slot: u32(cti),
    cti,
    ...(template.has("key") && { key: template.cut(bytes, "key") }),
    color,
    ...(template.has("tag") && { tag: template.cut(bytes, "tag") }),
    signature: template.cut(bytes, "signature"),
    signed: concat(SIGNATURE1, bytes.slice(2, 12), NOTHING, bytes.slice(13, -66)),
  };
}

/** The first claim's bytes with what differs for a further member in its place. */
export function rebuildClaim(first: Bytes, member: { cti: Bytes; color: Bytes; tag: Bytes; signature: Bytes }): Bytes {
  const { template } = TEMPLATES.get(first.length)!;
  const bytes = first.slice();
  for (const hole of ["cti", "color", "tag", "signature"] as const) bytes.set(member[hole], template.at(hole));
  return bytes;
}

/** The head of the Sig_structure of a COSE_Sign1: array of 4, text of 10. */
export const SIGNATURE1 = concat(Uint8Array.of(0x84, 0x6a), ascii("Signature1"));
/** external_aad: an empty byte string. */
export const NOTHING = Uint8Array.of(0x40);

function isColor(value: number): value is Color {
  return value >= 1 && value <= 3;
}
