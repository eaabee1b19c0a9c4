/** The content of an area table: which areas are of medium or high risk. */

import { u32, type Bytes } from "../bytes.js";
import { FEW_ITEMS, type Value } from "./cbor.js";
import { bytesOf, hold, integer, LARGEST, Payload, time, timeAfter } from "./fields.js";
import { type Risk } from "./policy.js";

const MOST_AREAS = 65536;

export interface AreaTable {
  readonly version: number;
  readonly issued: number;
  readonly expires: number;
  readonly medium: ReadonlySet<number>;
  readonly high: ReadonlySet<number>;
}

export function readAreaTable(payload: Bytes): AreaTable {
  const fields = new Payload(payload, FEW_ITEMS, [1, 2, 3, 4, 5, 6]);
  integer(fields.get(1), 1, 1);
  const version = integer(fields.get(2), 1, LARGEST);
  const issued = time(fields.get(3));
  const expires = timeAfter(fields.get(4), issued);
  const [medium, high] = [areas(fields.get(5)), areas(fields.get(6))];
  for (const code of medium) hold(!high.has(code));
  return { version, issued, expires, medium, high };
}

/** An area that the table does not name is of low risk. */
export function riskOf(table: AreaTable, area: number): Risk {
  if (table.high.has(area)) return 2;
  return table.medium.has(area) ? 1 : 0;
}

function areas(value: Value): Set<number> {
  return new Set(ascendingNumbers(bytesOf(value, 0, 4 * MOST_AREAS)));
}

/** The numbers of four bytes each in a byte string, in ascending order, each once. */
export function ascendingNumbers(bytes: Bytes): number[] {
  hold(bytes.length % 4 === 0);
  const numbers = Array.from({ length: bytes.length / 4 }, (_, i) => u32(bytes, 4 * i));
  hold(numbers.every((number, i) => i === 0 || numbers[i - 1]! < number));
  return numbers;
}
