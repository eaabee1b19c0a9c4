/** The content of a trust list. */

import { ascending, compare, hex, type Bytes } from "../bytes.js";
import { UpdateRefused } from "../errors.js";
import { MANY_ITEMS, type Value } from "./cbor.js";
import { arrayOf, bytesOf, fieldsOf, hold, integer, LARGEST, Payload, sortedBytes, time, timeAfter } from "./fields.js";
import { readPolicy, type Rule } from "./policy.js";

export interface Roots {
  readonly threshold: number;
  readonly keys: readonly Bytes[];
}

export interface Window {
  readonly kid: Bytes;
  readonly key: Bytes;
  readonly validFrom: number;
  readonly expires: number;
  readonly capacity: number;
  /** The sum of 1 device, 2 document, 4 both. */
  readonly bindings: number;
  readonly documentKeyId: Bytes | null;
}

export interface TrustList {
  readonly version: number;
  readonly issued: number;
  readonly expires: number;
  readonly roots: Roots;
  /** By kid, in hexadecimal digits. */
  readonly windows: ReadonlyMap<string, Window>;
  /** The kids of each revocation key, both in hexadecimal digits. */
  readonly revocationKeys: ReadonlyMap<string, ReadonlySet<string>>;
  readonly registrars: ReadonlySet<string>;
  readonly riskOffices: ReadonlySet<string>;
  /** Undefined: there is no policy, and checks are permitted everywhere. */
  readonly policy?: readonly Rule[];
  readonly grace: number;
  /** All keys that sign something, and those that wallets seal to. */
  readonly keys: readonly Bytes[];
  readonly sealingKeys: readonly Bytes[];
}

const MOST_ROOTS = 16;
const MOST_WINDOWS = 2048;
const MOST_KEYS = 256;
const MOST_PLATFORMS = 256;
const MOST_SEALING_KEYS = 32;
const LONGEST_NAME = 32;

export function readTrustList(payload: Bytes): TrustList {
  const fields = new Payload(payload, MANY_ITEMS, [1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12], [10]);
  integer(fields.get(1), 1, 1);
  const version = integer(fields.get(2), 1, LARGEST);
  const issued = time(fields.get(3));
  const expires = timeAfter(fields.get(4), issued);
  const roots = readRoots(fields.get(5));
  const windows = arrayOf(fields.get(6), 0, MOST_WINDOWS).map(readWindow);
  hold(ascending(windows.map((window) => window.kid)));
  const kids = new Set(windows.map((window) => hex(window.kid)));
  const revokers = readRevocationKeys(fields.get(7), kids);
  const registrars = sortedBytes(fields.get(8), 32, 0, MOST_KEYS);
  const riskOffices = sortedBytes(fields.get(9), 32, 0, MOST_KEYS);
  const policy = fields.has(10) ? readPolicy(fields.get(10)) : undefined;
  const grace = integer(fieldsOf(fields.get(11), 1)[0]!, 0, LARGEST);
  const sealingKeys = readPlatforms(fields.get(12), kids);
  const keys = [...roots.keys, ...windows.map((each) => each.key), ...revokers.keys, ...registrars, ...riskOffices];
  const all = [...keys, ...sealingKeys].map(hex);
  hold(new Set(all).size === all.length);
  return {
    version,
    issued,
    expires,
    roots,
    windows: new Map(windows.map((window) => [hex(window.kid), window])),
    revocationKeys: revokers.kids,
    registrars: new Set(registrars.map(hex)),
    riskOffices: new Set(riskOffices.map(hex)),
    ...(policy !== undefined && { policy }),
    grace,
    keys,
    sealingKeys,
  };
}

/** Windows that have a binding kind in common and overlap have the same bounds. */
export function requireEqualBounds(windows: Iterable<Window>): void {
  const all = [...windows];
  for (const binding of [1, 2, 4]) {
    const spans = all.filter((each) => each.bindings & binding).map(({ validFrom, expires }) => ({ validFrom, expires }));
    spans.sort((a, b) => a.validFrom - b.validFrom || a.expires - b.expires);
    spans.forEach((span, i) => {
      const before = spans[i - 1];
      if (before === undefined || before.expires <= span.validFrom) return;
      if (before.validFrom !== span.validFrom || before.expires !== span.expires) throw new UpdateRefused("overlapping-windows");
    });
  }
}

function readRoots(value: Value): Roots {
  const [threshold, keys] = fieldsOf(value, 2);
  const sorted = sortedBytes(keys!, 32, 1, MOST_ROOTS);
  return { threshold: integer(threshold!, 1, sorted.length), keys: sorted };
}

function readWindow(value: Value): Window {
  const [kid, key, from, to, size, kinds, documentKey] = fieldsOf(value, 7);
  const validFrom = time(from!);
  const capacity = integer(size!, 4, 2 ** 32);
  hold(Number.isInteger(Math.log2(capacity) / 2));
  const bindings = integer(kinds!, 1, 7);
  const documentKeyId = documentKey === null ? null : bytesOf(documentKey!, 4);
  hold(documentKeyId !== null || (bindings & 6) === 0);
  return {
    kid: bytesOf(kid!, 4),
    key: bytesOf(key!, 32),
    validFrom,
    expires: timeAfter(to!, validFrom),
    capacity,
    bindings,
    documentKeyId,
  };
}

function readRevocationKeys(value: Value, listed: ReadonlySet<string>): { keys: Bytes[]; kids: Map<string, ReadonlySet<string>> } {
  const keys: Bytes[] = [];
  const kids = new Map<string, ReadonlySet<string>>();
  const taken = new Set<string>();
  for (const entry of arrayOf(value, 0, MOST_KEYS)) {
    const [key, own] = fieldsOf(entry, 2);
    keys.push(bytesOf(key!, 32));
    const names = sortedBytes(own!, 4, 1, MOST_WINDOWS).map(hex);
    for (const name of names) {
      hold(listed.has(name) && !taken.has(name));
      taken.add(name);
    }
    kids.set(hex(keys.at(-1)!), new Set(names));
  }
  hold(ascending(keys));
  return { keys, kids };
}

/** Gives the sealing keys of all platforms. */
function readPlatforms(value: Value, listed: ReadonlySet<string>): Bytes[] {
  const names: Bytes[] = [];
  const taken = new Set<string>();
  const sealing: Bytes[] = [];
  for (const entry of arrayOf(value, 0, MOST_PLATFORMS)) {
    const [name, kids, keys] = fieldsOf(entry, 3);
    names.push(nameOf(name!));
    for (const kid of sortedBytes(kids!, 4, 0, MOST_WINDOWS).map(hex)) {
      hold(listed.has(kid) && !taken.has(kid));
      taken.add(kid);
    }
    sealing.push(...readSealingKeys(keys!));
  }
  hold(ascending(names) && taken.size === listed.size);
  return sealing;
}

function nameOf(value: Value): Bytes {
  hold(typeof value === "string");
  const name = new TextEncoder().encode(value);
  hold(name.length >= 1 && name.length <= LONGEST_NAME);
  return name;
}

function readSealingKeys(value: Value): Bytes[] {
  const entries = arrayOf(value, 0, MOST_SEALING_KEYS).map((entry) => {
    const [key, from, to] = fieldsOf(entry, 3);
    const validFrom = time(from!);
    timeAfter(to!, validFrom);
    return { key: bytesOf(key!, 32), validFrom };
  });
  hold(
    entries.every((entry, i) => {
      const before = entries[i - 1];
      return before === undefined || (before.validFrom - entry.validFrom || compare(before.key, entry.key)) < 0;
    }),
  );
  return entries.map((entry) => entry.key);
}
