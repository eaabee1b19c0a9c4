/** The contents of a snapshot, which names a filter for each kid, and of a delta, which has slots. */

import { ascending, hex, type Bytes } from "../bytes.js";
import { ascendingNumbers } from "./area-table.js";
import { MANY_ITEMS } from "./cbor.js";
import { arrayOf, bytesOf, fieldsOf, hold, integer, LARGEST, Payload, time, timeAfter } from "./fields.js";

const MOST_KIDS = 2048;
const LARGEST_FILTER = 67_108_864;
const LARGEST_DELTA = 1_048_576;

export interface NamedFilter {
  readonly digest: Bytes;
  readonly length: number;
}

export interface Snapshot {
  readonly version: number;
  readonly issued: number;
  readonly expires: number;
  /** By kid, in hexadecimal digits. */
  readonly filters: ReadonlyMap<string, NamedFilter>;
}

export interface Delta {
  readonly version: number;
  readonly issued: number;
  readonly expires: number;
  /** The version of the snapshot that it adds to. */
  readonly snapshot: number;
  /** By kid, in hexadecimal digits. */
  readonly slots: ReadonlyMap<string, ReadonlySet<number>>;
}

export function readSnapshot(payload: Bytes): Snapshot {
  const fields = new Payload(payload, MANY_ITEMS, [1, 2, 3, 4, 5]);
  const filters = arrayOf(fields.get(5), 0, MOST_KIDS).map((entry) => {
    const [kid, digest, length] = fieldsOf(entry, 3);
    return { kid: bytesOf(kid!, 4), digest: bytesOf(digest!, 32), length: integer(length!, 0, LARGEST_FILTER) };
  });
  hold(ascending(filters.map((each) => each.kid)));
  return {
    ...readHead(fields),
    filters: new Map(filters.map(({ kid, digest, length }) => [hex(kid), { digest, length }])),
  };
}

export function readDelta(payload: Bytes): Delta {
  const fields = new Payload(payload, MANY_ITEMS, [1, 2, 3, 4, 5, 6]);
  const head = readHead(fields);
  const entries = arrayOf(fields.get(6), 0, MOST_KIDS).map((entry) => {
    const [kid, slots] = fieldsOf(entry, 2);
    return { kid: bytesOf(kid!, 4), slots: ascendingNumbers(bytesOf(slots!, 4, LARGEST_DELTA)) };
  });
  hold(ascending(entries.map((each) => each.kid)));
  return {
    ...head,
    snapshot: integer(fields.get(5), 1, head.version - 1),
    slots: new Map(entries.map(({ kid, slots }) => [hex(kid), new Set(slots)])),
  };
}

function readHead(fields: Payload): { version: number; issued: number; expires: number } {
  integer(fields.get(1), 1, 1);
  const issued = time(fields.get(3));
  return { version: integer(fields.get(2), 1, LARGEST), issued, expires: timeAfter(fields.get(4), issued) };
}
