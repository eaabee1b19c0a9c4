/** A place certificate: what a registrar says of a place where people may be checked. */

import { ascii, concat, hex, u32, type Bytes } from "../bytes.js";
import { EARLIEST, NOTHING, SIGNATURE1 } from "./claim.js";
import { MOST_CLASSES } from "./policy.js";
import { Template } from "./template.js";

const LONGEST_LIFE = 2_592_000;

const TEMPLATE = new Template(
  `d2 84 58 49 a3 01 32 04 58 20 {key 32} 10 78 20 ${hex(ascii("application/vnd.healthpass.place"))} a0 58 21 a6 01 01 ` +
    "02 48 {id 8} 03 {class 1} 04 44 {area 4} 05 1a {issued 4} 06 1a {expires 4} 58 40 {signature 64}",
);

export interface Place {
  /** The registrar's, in hexadecimal digits. */
  readonly registrar: string;
  /** 16 hexadecimal digits: the audience of what is shown here. */
  readonly id: string;
  readonly placeClass: number;
  readonly area: number;
  readonly issued: number;
  readonly expires: number;
  readonly key: Bytes;
  readonly signature: Bytes;
  readonly signed: Bytes;
}

/** The certificate in these bytes, or undefined: they are none. */
export function readPlace(bytes: Bytes): Place | undefined {
  if (!TEMPLATE.fits(bytes)) return undefined;
  const placeClass = TEMPLATE.cut(bytes, "class")[0]!;
  const issued = u32(TEMPLATE.cut(bytes, "issued"));
  const expires = u32(TEMPLATE.cut(bytes, "expires"));
  if (placeClass < 1 || placeClass > MOST_CLASSES || issued < EARLIEST) return undefined;
  if (expires <= issued || expires - issued > LONGEST_LIFE) return undefined;
  const key = TEMPLATE.cut(bytes, "key");
  return {
    registrar: hex(key),
    id: hex(TEMPLATE.cut(bytes, "id")),
    placeClass,
    area: u32(TEMPLATE.cut(bytes, "area")),
    issued,
    expires,
    key,
    signature: TEMPLATE.cut(bytes, "signature"),
    signed: concat(SIGNATURE1, bytes.slice(2, 77), NOTHING, bytes.slice(78, -66)),
  };
}
