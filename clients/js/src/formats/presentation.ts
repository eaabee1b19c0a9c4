/** What the holder's key signs when a pass is shown: 36 templates, and the length names the template. */

import { concat, u32, type Bytes } from "../bytes.js";
import { BOTH, DEVICE, EARLIEST, NOTHING, readClaim, rebuildClaim, SIGNATURE1, type Binding, type Claim } from "./claim.js";
import { Template } from "./template.js";

const CLAIM_AT = 8;
const CLAIM_SIZES = { [DEVICE]: 143, [BOTH]: 151 } as const;
/** A wallet rounds the time of a showing down to a multiple of so many seconds. */
const ROUNDED = 15;

interface Shape {
  readonly template: Template;
  readonly claimSize: number;
  readonly members: number;
}

const SHAPES: ReadonlyMap<number, Shape> = new Map(
  [...shapes()].map((shape) => [shape.template.length, shape]),
);

export interface Presentation {
  /** One for each person, that of the holder first. */
  readonly claims: readonly Claim[];
  /** The place id that it was made for, if any. */
  readonly audience?: string;
  /** The time of the showing. */
  readonly shown: number;
  readonly nonce?: Bytes;
  readonly key: Bytes;
  readonly signature: Bytes;
  /** What the holder's key has signed. */
  readonly signed: Bytes;
}

/** The lengths of all presentations. */
export const LENGTHS: readonly number[] = [...SHAPES.keys()];

/** The presentation in these bytes, or undefined: they are none. */
export function readPresentation(bytes: Bytes): Presentation | undefined {
  const shape = SHAPES.get(bytes.length);
  if (shape === undefined || !shape.template.fits(bytes)) return undefined;
  const { template, claimSize } = shape;
  const claims = readClaims(bytes, shape);
  const key = claims?.[0]?.key;
  if (claims === undefined || key === undefined) return undefined;
  const shown = u32(template.cut(bytes, "iat"));
  if (shown < EARLIEST || shown % ROUNDED !== 0) return undefined;
  const audience = template.has("aud") ? String.fromCharCode(...template.cut(bytes, "aud")) : undefined;
  if (audience !== undefined && !/^[0-9a-f]{16}$/.test(audience)) return undefined;
  const end = CLAIM_AT + claimSize;
  return {
    claims,
    ...(audience !== undefined && { audience }),
    shown,
    ...(template.has("nonce") && { nonce: template.cut(bytes, "nonce") }),
    key,
    signature: template.cut(bytes, "signature"),
    signed: concat(SIGNATURE1, bytes.slice(2, end), NOTHING, bytes.slice(end + 1, -66)),
  };
}

function readClaims(bytes: Bytes, { template, claimSize, members }: Shape): Claim[] | undefined {
  const first = bytes.slice(CLAIM_AT, CLAIM_AT + claimSize);
  const all = [first];
  for (let n = 1; n <= members; n++) {
    const cut = (hole: string): Bytes => template.cut(bytes, `${hole}${n}`);
    all.push(rebuildClaim(first, { cti: cut("cti"), color: cut("color"), tag: cut("tag"), signature: cut("signature") }));
  }
  const claims: Claim[] = [];
  const slots = new Set<number>();
  for (const each of all) {
    const claim = readClaim(each);
    if (claim === undefined || slots.has(claim.slot)) return undefined;
    claims.push(claim);
    slots.add(claim.slot);
  }
  return claims;
}

function* shapes(): Generator<Shape> {
  for (const binding of [DEVICE, BOTH] as const) {
    for (let members = 0; members <= (binding === BOTH ? 7 : 0); members++) {
      for (const audience of [false, true]) {
        for (const nonce of [false, true]) {
          const template = new Template(pattern(binding, members, audience, nonce));
          yield { template, claimSize: CLAIM_SIZES[binding], members };
        }
      }
    }
  }
}

function pattern(binding: Exclude<Binding, 2>, members: number, audience: boolean, nonce: boolean): string {
  const size = CLAIM_SIZES[binding];
  const entries = 1 + Number(audience) + Number(nonce) + Number(members > 0);
  const payload = 7 + (audience ? 18 : 0) + (nonce ? 19 : 0) + (members > 0 ? 6 + 76 * members : 0);
  let text = `d2 84 58 ${byte(size + 4)} a2 01 32 0d {claim ${size}} a0 ${byteStringHead(payload)} ${byte(0xa0 + entries)}`;
  if (audience) text += " 03 70 {aud 16}";
  text += " 06 1a {iat 4}";
  if (nonce) text += " 18 27 50 {nonce 16}";
  if (members > 0) text += ` 3a 00 01 00 02 ${byte(0x80 + members)}`;
  for (let n = 1; n <= members; n++) {
    text += ` 84 44 {cti${n} 4} {color${n} 1} 42 {tag${n} 2} 58 40 {signature${n} 64}`;
  }
  return `${text} 58 40 {signature 64}`;
}

function byteStringHead(size: number): string {
  if (size < 24) return byte(0x40 + size);
  return size < 256 ? `58 ${byte(size)}` : `59 ${byte(size >> 8)} ${byte(size & 255)}`;
}

function byte(value: number): string {
  return value.toString(16).padStart(2, "0");
}
