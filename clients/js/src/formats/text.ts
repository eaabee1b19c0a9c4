/** Step 3: from the text of a QR code to bytes. */

import { type Bytes } from "../bytes.js";
import { Refused } from "../errors.js";

export const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
const PASS = "HP1:";
const POSTER = "HPL1:";
const MOST_CHARACTERS = 4296;
const DIGITS: ReadonlyMap<string, number> = new Map([...ALPHABET].map((character, digit) => [character, digit]));

/** What counts as white space around the head of a text. */
const WHITE = "\\t-\\r\\x1c- \\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";
const ENDS = new RegExp(`^[${WHITE}]+|[${WHITE}]+$`, "g");

/** The bytes of a pass, from a text without its line end. Refuses with `NOT_A_PASS`, `UNSUPPORTED_VERSION` or `MALFORMED`. */
export function bytesOfPass(line: string): Bytes {
  if (!line.startsWith(PASS)) throw new Refused(whatItIs(line.slice(0, 16)), 3);
  return bytesAfter(PASS, line) ?? malformed();
}

/** The bytes of a poster's text, or undefined: it is none. */
export function bytesOfPoster(text: string): Bytes | undefined {
  const line = withoutLineEnd(text);
  return line.startsWith(POSTER) ? bytesAfter(POSTER, line) : undefined;
}

/** One line end is the transport's. */
export function withoutLineEnd(text: string): string {
  return text.replace(/(\r\n|\r|\n)$/, "");
}

/** The bytes of base45, or undefined where it is not what two bytes and a last one give. */
export function decodeBase45(text: string): Bytes | undefined {
  const digits = [...text].map((character) => DIGITS.get(character) ?? -1);
  if (digits.includes(-1) || digits.length % 3 === 1) return undefined;
  const bytes: number[] = [];
  for (let i = 0; i < digits.length; i += 3) {
    const [first, second, third] = [digits[i]!, digits[i + 1]!, digits[i + 2]];
    const number = first + 45 * second + 2025 * (third ?? 0);
    if (number > (third === undefined ? 255 : 65535)) return undefined;
    if (third !== undefined) bytes.push(number >> 8);
    bytes.push(number & 255);
  }
  return Uint8Array.from(bytes);
}

function bytesAfter(prefix: string, line: string): Bytes | undefined {
  return line.length <= MOST_CHARACTERS ? decodeBase45(line.slice(prefix.length)) : undefined;
}

function whatItIs(head: string): "NOT_A_PASS" | "UNSUPPORTED_VERSION" | "MALFORMED" {
  if (/^HP[1-9][0-9]{0,3}:/.test(head)) return "UNSUPPORTED_VERSION";
  if (/^HP(L|[1-9][0-9]{0,3}:)/.test(head.toUpperCase().replace(ENDS, ""))) return "MALFORMED";
  return "NOT_A_PASS";
}

function malformed(): never {
  throw new Refused("MALFORMED", 3);
}
