/** One file with what a scanner without a network needs. Nothing in it is believed for being in it. */

import { ascending, hex, type Bytes } from "../bytes.js";
import { MANY_ITEMS, type Value } from "./cbor.js";
import { arrayOf, bytesOf, fieldsOf, hold, integer, valueOf } from "./fields.js";

export interface Bundle {
  /** Trust lists that changed the roots, oldest first. */
  readonly rotations: readonly Bytes[];
  readonly trustList: Bytes;
  readonly areaTable: Bytes | null;
  readonly places: readonly Bytes[];
  readonly revocation: readonly { readonly snapshot: Bytes; readonly delta: Bytes | null }[];
  /** By digest, in hexadecimal digits. */
  readonly filters: ReadonlyMap<string, Bytes>;
  /** Each sealed to one scanner. */
  readonly documentKeys: readonly Bytes[];
}

const ALIGNED = 4;

export function readBundle(bytes: Bytes, largest: number): Bundle {
  hold(bytes.length <= largest);
  const fields = fieldsOf(valueOf(bytes, MANY_ITEMS), 8);
  integer(fields[0]!, 1, 1);
  const filtersAt = 1 + fields.slice(0, 6).reduce<number>((sum, field) => sum + sizeOf(field), 0);
  return {
    rotations: messages(fields[1]!),
    trustList: message(fields[2]!),
    areaTable: messageOrNull(fields[3]!),
    places: messages(fields[4]!),
    revocation: arrayOf(fields[5]!, 0, MANY_ITEMS).map((pair) => {
      const [snapshot, delta] = fieldsOf(pair, 2);
      return { snapshot: message(snapshot!), delta: messageOrNull(delta!) };
    }),
    filters: readFilters(fields[6]!, filtersAt),
    documentKeys: messages(fields[7]!),
  };
}

/** `at`: where the array begins in the bundle. The padding puts each filter on a multiple of 4, with as few zeros as do. */
function readFilters(value: Value, at: number): Map<string, Bytes> {
  const entries = arrayOf(value, 0, MANY_ITEMS);
  at += headSize(entries.length);
  const digests: Bytes[] = [];
  const filters = new Map<string, Bytes>();
  for (const entry of entries) {
    const [first, second, third] = fieldsOf(entry, 3);
    const [digest, padding, filter] = [bytesOf(first!, 32), bytesOf(second!, 0, ALIGNED - 1), message(third!)];
    const begin = at + 1 + sizeOf(digest) + 1 + headSize(filter.length); // without the padding
    hold(padding.every((byte) => byte === 0) && padding.length === (ALIGNED - (begin % ALIGNED)) % ALIGNED);
    at += sizeOf(entry);
    digests.push(digest);
    filters.set(hex(digest), filter);
  }
  hold(ascending(digests));
  return filters;
}

/** The bytes that a value has in a message: there is one form only. */
function sizeOf(value: Value): number {
  if (value instanceof Uint8Array) return headSize(value.length) + value.length;
  if (Array.isArray(value)) return (value as readonly Value[]).reduce<number>((sum, each) => sum + sizeOf(each), headSize(value.length));
  return 1; // the format, and null: what else there may be is refused where it is read
}

function headSize(argument: number): number {
  if (argument < 24) return 1;
  if (argument < 256) return 2;
  return argument < 65536 ? 3 : 5;
}

function message(value: Value): Bytes {
  return bytesOf(value, 1, Infinity);
}

function messageOrNull(value: Value): Bytes | null {
  return value === null ? null : message(value);
}

function messages(value: Value): readonly Bytes[] {
  return arrayOf(value, 0, MANY_ITEMS).map(message);
}
