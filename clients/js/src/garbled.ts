/**
 * Whether a text that is no pass looks like one that a scanner or a camera has garbled. Then its bearer is helped, and not
 * turned away.
 */

import { ALPHABET, decodeBase45 } from "./formats/text.js";
import { isLengthOfClaim } from "./formats/claim.js";
import { LENGTHS } from "./formats/presentation.js";

/** "set-up": the scanner is set up wrongly. "cut": the code was not read whole. */
export type Garbled = "set-up" | "cut";

/** White space, STX, a byte order mark (or its bytes as characters) and a symbology identifier, as scanners type them. */
const TYPED_BEFORE = /^(?:[\t-\r\x1c- \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\x02\ufeff]|\xef\xbb\xbf)*(?:\][A-Za-z][0-9A-Za-z])?/;

/** `HP1:` as other keyboard layouts type it. */
const OTHER_LAYOUTS = /^(?:(?:HP[1&+!]|РЗ1|ХП1|ΗΡ1|أ؛1|็ญๅ)[^0-9]|DL1S|H:1O)/;

/** The first bytes of a claim and of a presentation, and how many the longest has. */
const KINDS = [
  { head: [0xd2, 0x84, 0x49], longest: 151, isLength: isLengthOfClaim },
  { head: [0xd2, 0x84, 0x58], longest: Math.max(...LENGTHS), isLength: (length: number) => LENGTHS.includes(length) },
];

/** Of a text, without its line end, that was refused with `NOT_A_PASS` or `MALFORMED`. */
export function howGarbled(line: string): Garbled | undefined {
  if (line.startsWith("HP1:")) return howGarbledAfter(line.slice(4));
  const plain = line.replace(TYPED_BEFORE, "").normalize("NFKC").toUpperCase();
  if ("HP1".startsWith(plain) || plain.startsWith("P1:")) return "cut";
  return plain.startsWith("HP1:") || OTHER_LAYOUTS.test(plain) ? "set-up" : undefined;
}

function howGarbledAfter(base45: string): Garbled | undefined {
  if ([...base45].some((character) => !ALPHABET.includes(character))) return "set-up";
  const left = base45.length % 3;
  const bytes = decodeBase45(base45.slice(0, base45.length - left));
  if (bytes === undefined) return undefined;
  const length = bytes.length + (left === 2 ? 1 : 0);
  const isCut = KINDS.some(({ head, longest, isLength }) => {
    const beginsSo = head.slice(0, bytes.length).every((byte, i) => byte === bytes[i]);
    return beginsSo && length < longest && (left === 1 || !isLength(length));
  });
  return isCut ? "cut" : undefined;
}
