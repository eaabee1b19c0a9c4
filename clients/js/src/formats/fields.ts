/** What the fields of a payload have to be. Whatever is not is `malformed`. */

import { ascending, type Bytes } from "../bytes.js";
import { UpdateRefused } from "../errors.js";
import { decode, NotCbor, type Label, type Value } from "./cbor.js";
import { EARLIEST } from "./claim.js";

export const LARGEST = 2 ** 32 - 1;

export function malformed(): never {
  throw new UpdateRefused("malformed");
}

/** Refuses unless this is so. */
export function hold(condition: boolean): asserts condition {
  if (!condition) malformed();
}

/** The map of a payload: these labels, perhaps some of those, and negative ones, which say nothing. */
export class Payload {
  readonly #content: ReadonlyMap<Label, Value>;

  constructor(bytes: Bytes, mostItems: number, labels: readonly number[], optional: readonly number[] = []) {
    const map = valueOf(bytes, mostItems);
    hold(map instanceof Map);
    this.#content = map as ReadonlyMap<Label, Value>;
    for (const label of labels) hold(this.#content.has(label));
    const known = new Set<Label>([...labels, ...optional]);
    for (const label of this.#content.keys()) hold(known.has(label) || (typeof label !== "string" && label < 0));
  }

  has(label: number): boolean {
    return this.#content.has(label);
  }

  get(label: number): Value {
    const value = this.#content.get(label);
    return value === undefined ? malformed() : value;
  }
}

export function valueOf(bytes: Bytes, mostItems: number): Value {
  try {
    return decode(bytes, mostItems);
  } catch (error) {
    if (error instanceof NotCbor) malformed();
    throw error;
  }
}

export function integer(value: Value, least: number, most: number): number {
  hold(typeof value === "number" && value >= least && value <= most);
  return value;
}

export function time(value: Value): number {
  return integer(value, EARLIEST, LARGEST);
}

/** A time after another. */
export function timeAfter(value: Value, before: number): number {
  return integer(value, before + 1, LARGEST);
}

export function bytesOf(value: Value, least: number, most = least): Bytes {
  hold(value instanceof Uint8Array && value.length >= least && value.length <= most);
  return value as Bytes;
}

export function arrayOf(value: Value, least: number, most: number): readonly Value[] {
  hold(Array.isArray(value) && value.length >= least && value.length <= most);
  return value as readonly Value[];
}

/** An array of just so many fields. */
export function fieldsOf<const Size extends number>(value: Value, size: Size): readonly Value[] {
  return arrayOf(value, size, size);
}

/** Keys or kids: each of one size, in ascending order, each once. */
export function sortedBytes(value: Value, size: number, least: number, most: number): readonly Bytes[] {
  const items = arrayOf(value, least, most).map((item) => bytesOf(item, size));
  hold(ascending(items));
  return items;
}
