/** Reads the project's conformance vectors, and writes out what their files keep short. */

import { readdirSync, readFileSync } from "node:fs";
import { fromHex } from "../src/bytes.js";
import { ALPHABET, bytesOfPass } from "../src/formats/text.js";
import { type Answer, type Case, type ScannerOptions, type Step } from "../tools/answering.js";

type Piece =
  | string
  | { readonly repeat: string; readonly times: number }
  | { readonly each: string; readonly first: number; readonly count: number };
type Data = string | readonly Piece[];

interface WrittenStep extends Omit<Step, "data" | "filters"> {
  readonly data?: Data;
  readonly filters?: Readonly<Record<string, Data>>;
  readonly bytes?: readonly (readonly [number, number])[];
  readonly expect?: Answer;
}

interface WrittenCase {
  readonly id: string;
  readonly setup?: string;
  readonly scanner?: Partial<ScannerOptions>;
  readonly steps: readonly WrittenStep[];
}

interface Shared {
  readonly messages: Readonly<Record<string, Data>>;
  readonly setups: Readonly<Record<string, { readonly scanner: ScannerOptions; readonly steps: readonly WrittenStep[] }>>;
}

export interface Vector extends Case {
  readonly expected: readonly Answer[];
}

export const ROOT = new URL("../../../../", import.meta.url);
const FOLDER = new URL("vectors/", ROOT);
const shared = read("shared.json") as Shared;

export const FILES = readdirSync(new URL("cases/", FOLDER)).map((name) => `cases/${name}`);

/** All cases of a file. */
export function vectorsOf(file: string): Vector[] {
  return (read(file) as readonly WrittenCase[]).map(writeOut);
}

/** A message that cases share. */
export function message(name: string): Uint8Array {
  return fromHex(digitsOf(`@${name}`));
}

/** A text with the base45 of these bytes. */
export function textOf(bytes: Uint8Array): string {
  let text = "HP1:";
  for (let i = 0; i < bytes.length; i += 2) {
    const isPair = i + 1 < bytes.length;
    let number = isPair ? bytes[i]! * 256 + bytes[i + 1]! : bytes[i]!;
    for (let left = isPair ? 3 : 2; left > 0; left--, number = Math.floor(number / 45)) text += ALPHABET[number % 45];
  }
  return text;
}

function read(name: string): unknown {
  return JSON.parse(readFileSync(new URL(name, FOLDER), "utf-8"));
}

function writeOut({ id, setup, scanner, steps }: WrittenCase): Vector {
  const before = setup === undefined ? undefined : shared.setups[setup]!;
  const all = [...(before?.steps ?? []), ...steps].flatMap(flipped);
  const made = { ...before?.scanner, ...scanner } as ScannerOptions;
  return {
    id,
    scanner: { ...made, ...(made.place !== undefined && { place: digitsOf(made.place) }) },
    steps: all.map(writeOutStep),
    expected: all.map((step) => step.expect ?? {}),
  };
}

function writeOutStep({ data, filters, expect: _, ...step }: WrittenStep): Step {
  return {
    ...step,
    ...(data !== undefined && { data: digitsOf(data) }),
    ...(filters && { filters: Object.fromEntries(Object.entries(filters).map(([digest, each]) => [digest, digitsOf(each)])) }),
  };
}

/** A step `flips` stands for one `show` for each byte of its ranges. */
function flipped(step: WrittenStep): WrittenStep[] {
  if (step.do !== "flips") return [step];
  const { bytes: ranges = [], ...rest } = step;
  const bytes = bytesOfPass(step.text!);
  return ranges.flatMap(([from, to]) =>
    Array.from({ length: to - from }, (_, i) => {
      const changed = bytes.slice();
      changed[from + i]! ^= 1 << ((from + i) % 8);
      return { ...rest, do: "show", text: textOf(changed) };
    }),
  );
}

function digitsOf(data: Data): string {
  if (typeof data !== "string") return data.map(digitsOfPiece).join("");
  return data.startsWith("@") ? digitsOf(shared.messages[data.slice(1)]!) : data;
}

function digitsOfPiece(piece: Piece): string {
  if (typeof piece === "string") return digitsOf(piece);
  if ("repeat" in piece) return piece.repeat.repeat(piece.times);
  const { each, first, count } = piece;
  return Array.from({ length: count }, (_, i) =>
    each.split(" ").map((part) => (part.startsWith("#") ? numberOf(first + i, Number(part.slice(1))) : part)).join(""),
  ).join("");
}

function numberOf(value: number, size: number): string {
  return value.toString(16).padStart(2 * size, "0").slice(-2 * size);
}

