/**
 * A small strict reader of CBOR: the deterministic encoding, and of that what the protocol uses. Nothing is allocated on
 * a declared length.
 */

import { compare, type Bytes } from "../bytes.js";

export type Label = number | bigint | string;
export type Value = number | bigint | string | null | Bytes | readonly Value[] | ReadonlyMap<Label, Value>;

/** The bytes are no message in the one form that is read. */
export class NotCbor extends Error {}

/** Of arrays and maps within each other. */
const DEEPEST = 8;
/** Of items in all arrays and maps of a message together; the second, of one that has no list of many. */
export const MANY_ITEMS = 32768;
export const FEW_ITEMS = 1024;

/** The one value in these bytes. Throws `NotCbor`. */
export function decode(bytes: Bytes, mostItems: number): Value {
  const reader = new Reader(bytes, mostItems);
  const value = reader.value(0);
  reader.end();
  return value;
}

class Reader {
  readonly #bytes: Bytes;
  #at = 0;
  #itemsLeft: number;

  constructor(bytes: Bytes, mostItems: number) {
    this.#bytes = bytes;
    this.#itemsLeft = mostItems;
  }

  end(): void {
    if (this.#at !== this.#bytes.length) throw new NotCbor();
  }

  value(depth: number): Value {
    const { major, argument } = this.#head();
    switch (major) {
      case 0:
        return argument;
      case 1:
        return typeof argument === "bigint" || argument === Number.MAX_SAFE_INTEGER ? -1n - BigInt(argument) : -1 - argument;
      case 2:
        return this.#take(argument);
      case 3:
        return this.#text(argument);
      case 4:
        return this.#array(argument, depth + 1);
      case 5:
        return this.#map(argument, depth + 1);
      default:
        return this.#simple(major, argument);
    }
  }

  /** The major type, and the argument in its shortest form. */
  #head(): { major: number; argument: number | bigint } {
    const first = this.#take(1)[0]!;
    const [major, low] = [first >> 5, first & 31];
    if (low < 24) return { major, argument: low };
    if (low > 27) throw new NotCbor(); // reserved, and indefinite lengths
    const size = 1 << (low - 24);
    const wide = this.#take(size).reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
    const least = low === 24 ? 24n : 1n << BigInt(4 * size);
    if (wide < least) throw new NotCbor();
    return { major, argument: wide <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(wide) : wide };
  }

  #take(size: number | bigint): Bytes {
    if (size > this.#bytes.length - this.#at) throw new NotCbor();
    const from = this.#at;
    this.#at += Number(size);
    return this.#bytes.slice(from, this.#at);
  }

  #text(size: number | bigint): string {
    try {
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(this.#take(size));
    } catch {
      throw new NotCbor();
    }
  }

  /** Counts what an array or a map is said to hold: each item takes a byte at least. */
  #count(items: number | bigint, depth: number): number {
    if (depth > DEEPEST || items > this.#itemsLeft || items > this.#bytes.length - this.#at) throw new NotCbor();
    this.#itemsLeft -= Number(items);
    return Number(items);
  }

  #array(size: number | bigint, depth: number): Value[] {
    const items: Value[] = [];
    for (let left = this.#count(size, depth); left > 0; left--) items.push(this.value(depth));
    return items;
  }

  #map(size: number | bigint, depth: number): Map<Label, Value> {
    const entries = new Map<Label, Value>();
    let before: Bytes | undefined;
    for (let left = this.#count(2n * BigInt(size), depth); left > 0; left -= 2) {
      const from = this.#at;
      const label = this.value(depth);
      if (typeof label !== "number" && typeof label !== "bigint" && typeof label !== "string") throw new NotCbor();
      const encoded = this.#bytes.slice(from, this.#at);
      if (before !== undefined && compare(before, encoded) >= 0) throw new NotCbor();
      before = encoded;
      entries.set(label, this.value(depth));
    }
    return entries;
  }

  #simple(major: number, argument: number | bigint): null {
    if (major !== 7 || argument !== 22) throw new NotCbor();
    return null;
  }
}
