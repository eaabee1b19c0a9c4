/** The number in a machine-readable zone (ICAO Doc 9303), also where a reader has typed fillers as blanks. */

import { checkDigit } from "./document-number.js";

/** Lines of so many characters; where the number is in the line that has it; and where the rest of a longer one. */
const LAYOUTS = [
  { width: 44, lines: 2, own: 1, number: 0, rest: undefined },
  { width: 36, lines: 2, own: 1, number: 0, rest: [28, 35] },
  { width: 30, lines: 3, own: 0, number: 5, rest: [15, 30] },
] as const;

type Layout = (typeof LAYOUTS)[number];
/** Whether a document with this code is of the type. */
type IsOfType = (code: string) => boolean;

/** The number, or undefined: there is none, or two readings give two. `typed` has spaces for blanks, and line feeds. */
export function numberInZone(typed: string, isOfType: IsOfType): string | undefined {
  const joined = typed.replace(/[ \n]/g, "");
  const filled = typed.replace(/ *\n */g, "\n").replace(/ /g, "<").split("\n");
  const numbers = new Set<string>();
  for (const layout of LAYOUTS) {
    for (const lines of [cut(joined, layout), fill(filled, layout)]) {
      const number = lines === undefined ? undefined : numberIn(lines, layout, isOfType);
      if (number !== undefined) numbers.add(number);
    }
  }
  return numbers.size === 1 ? [...numbers][0] : undefined;
}

/** All lines, or the one with the number. */
function cut(joined: string, { width, lines, own }: Layout): (string | undefined)[] | undefined {
  if (joined.length === width) return Array.from({ length: lines }, (_, i) => (i === own ? joined : undefined));
  if (joined.length !== width * lines) return undefined;
  return Array.from({ length: lines }, (_, i) => joined.slice(i * width, (i + 1) * width));
}

function fill(filled: readonly string[], { width, lines, own }: Layout): (string | undefined)[] | undefined {
  if (filled.length === 1) return filled[0]!.length === width ? Array.from({ length: lines }, (_, i) => (i === own ? filled[0] : undefined)) : undefined;
  if (filled.length !== lines || filled[1]!.length !== width || filled.some((line) => line.length > width)) return undefined;
  return filled.map((line) => line.padEnd(width, "<"));
}

function numberIn(lines: readonly (string | undefined)[], layout: Layout, isOfType: IsOfType): string | undefined {
  const [first, line] = [lines[0], lines[layout.own]!];
  if (lines.some((each) => each !== undefined && !/^[A-Z0-9<]+$/.test(each))) return undefined;
  if (first !== undefined && !isOfType(first.slice(0, 2))) return undefined;
  let field = line.slice(layout.number, layout.number + 9);
  let check = line[layout.number + 9]!;
  if (check === "<" && layout.rest !== undefined) {
    const rest = line.slice(...layout.rest).split("<")[0]!;
    [field, check] = [field + rest.slice(0, -1), rest.slice(-1)];
  }
  const number = field.replace(/<+$/, "");
  return check === checkDigit(field) && /^[A-Z0-9]+$/.test(number) ? number : undefined;
}
