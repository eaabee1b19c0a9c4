/** A message with fixed bytes and holes of fixed size. To read one is to compare and to cut. */

import { type Bytes } from "../bytes.js";

export class Template {
  readonly length: number;
  readonly #fixed: ReadonlyMap<number, number>;
  readonly #holes: ReadonlyMap<string, { readonly at: number; readonly size: number }>;

  /** `pattern`: hexadecimal digits, and `{name size}` for a hole of so many bytes. */
  constructor(pattern: string) {
    const fixed = new Map<number, number>();
    const holes = new Map<string, { at: number; size: number }>();
    let at = 0;
    for (const [digits, name, size] of pattern.matchAll(/\{(\w+) (\d+)\}|[0-9a-f]{2}/g)) {
      if (name === undefined) fixed.set(at, Number.parseInt(digits, 16));
      else holes.set(name, { at, size: Number(size) });
      at += name === undefined ? 1 : Number(size);
    }
    this.length = at;
    this.#fixed = fixed;
    this.#holes = holes;
  }

  /** Whether the bytes have the length, and every byte outside of the holes is the template's. */
  fits(bytes: Bytes): boolean {
    if (bytes.length !== this.length) return false;
    for (const [at, byte] of this.#fixed) if (bytes[at] !== byte) return false;
    return true;
  }

  has(hole: string): boolean {
    return this.#holes.has(hole);
  }

  /** Where a hole begins. */
  at(hole: string): number {
    return this.#hole(hole).at;
  }

  /** What stands in a hole. */
  cut(bytes: Bytes, hole: string): Bytes {
    const { at, size } = this.#hole(hole);
    return bytes.slice(at, at + size);
  }

  #hole(hole: string): { readonly at: number; readonly size: number } {
    const found = this.#holes.get(hole);
    if (found === undefined) throw new TypeError("a template has no hole of this name");
    return found;
  }
}
