/** The normal form of a document's number: ASCII, upper case, letters and digits alone. */

import { BadInput } from "../errors.js";
import { numberInZone } from "./zone.js";

export type DocumentType = "resident-id" | "passport" | "other";

/** A document that was read. */
export interface Document {
  readonly type: DocumentType;
  /** As it is written or read; a machine-readable zone too. */
  readonly number: string;
}

const LONGEST = 256;
const BLANKS = /[\p{Zs}\t\u2800\p{Pd}\u02d7\u2043\u2212\u2500\u2501\u30fc]/gu;
const LINE_ENDS = /\r\n|[\r\n\v\f\x1c-\x1e\x85\u2028\u2029]/g;
const INVISIBLE = /[\p{Cf}\p{Default_Ignorable_Code_Point}]/gu;

/** The document with its number in normal form. Throws `BadInput`: it has none. */
export function normalDocument({ type, number }: Document): { readonly type: DocumentType; readonly number: string } {
  const typed = asTyped(number);
  const plain = typed.replace(/[ \n]/g, "");
  const normal = { "resident-id": residentId, passport, other }[type](plain, typed);
  if (normal === undefined) throw refused();
  return { type, number: normal };
}

/** What people typed, with spaces for blanks and a line feed for a line end. */
function asTyped(number: string): string {
  if ([...number].length > LONGEST) throw refused();
  const spaced = number
    .normalize("NFKC")
    .replace(LINE_ENDS, "\n") // before what is invisible, of which some are none
    .replace(INVISIBLE, "")
    .replace(BLANKS, " ")
    .replace(/^[ \n\x02\x03]+|[ \n\x02\x03.\u3002]+$/g, "")
    .replace(/[./]/g, " ")
    .replace(/^[ \n\x02\x03]+|[ \n\x02\x03]+$/g, "");
  if (!/^[\x00-\x7f]*$/.test(spaced)) throw refused();
  return spaced.toUpperCase();
}

function residentId(plain: string): string | undefined {
  if (!/^[0-9]{17}[0-9X]$/.test(plain)) return undefined;
  const [year, month, day] = [Number(plain.slice(6, 10)), Number(plain.slice(10, 12)), Number(plain.slice(12, 14))];
  const born = new Date(Date.UTC(year, month - 1, day));
  const exists = born.getUTCFullYear() === year && born.getUTCMonth() === month - 1 && born.getUTCDate() === day;
  return exists && year >= 1850 && year <= 2199 && isoCheck(plain.slice(0, 17)) === plain[17] ? plain : undefined;
}

/** The check character of ISO 7064, MOD 11-2. */
function isoCheck(digits: string): string {
  const sum = [...digits].reduce((total, digit) => ((total + Number(digit)) * 2) % 11, 0);
  return "0123456789X"[(12 - sum) % 11]!;
}

function passport(plain: string, typed: string): string | undefined {
  if (plain.length >= 30) return numberInZone(typed, (code) => code.startsWith("P") || code === "IP");
  if (mayHaveLostFillers(typed)) return undefined;
  const [field, check] = [plain.slice(0, 9), plain.slice(9)];
  if (plain.length > 10 || (check !== "" && check !== checkDigit(field))) return undefined;
  const number = field.replace(/<+$/, "");
  const isFull = number === field || field.length === 9;
  return isFull && /^[A-Z0-9]{5,9}$/.test(number) ? number : undefined;
}

/** A number, a filler that was typed as a blank, and a check digit look like a number. */
function mayHaveLostFillers(typed: string): boolean {
  const alone = /^[A-Z0-9<](?: [A-Z0-9<])*$/.test(typed);
  return !alone && /[ \n][0-9]$/.test(typed) && typed.replace(/[ \n]/g, "").length <= 9;
}

function other(plain: string, typed: string): string | undefined {
  if (/[<\n]/.test(typed)) return numberInZone(typed, () => true);
  const number = plain.replace(/[()]/g, "");
  return /^[A-Z0-9]{4,40}$/.test(number) ? number : undefined;
}

/** ICAO's: weights 7, 3, 1; letters count from 10, fillers nothing. */
export function checkDigit(field: string): string {
  const values = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
  const sum = [...field].reduce((total, character, i) => total + Math.max(0, values.indexOf(character)) * [7, 3, 1][i % 3]!, 0);
  return String(sum % 10);
}

function refused(): BadInput {
  return new BadInput("document-number", "This is no number of a document of this type: look at it again.");
}
