/** What a scanner goes by: one value that never changes. Each call takes it once, at its beginning. */

import { type Bytes } from "../bytes.js";
import { type AreaTable } from "../formats/area-table.js";
import { type Filter } from "../formats/filter.js";
import { type Delta, type Snapshot } from "../formats/revocation.js";
import { type Roots, type TrustList } from "../formats/trust-list.js";

/** By how many seconds a signer's clock may be ahead of this one. */
export const SKEW_OF_SIGNERS = 60;
/** A window is over so long after its expiry, for everything but verification. */
export const OVER_AFTER = 3600;

/** The newest that was ever taken from one signer. */
export interface Floor {
  readonly version: number;
  readonly issued: number;
  /** Of the message, in hexadecimal digits. */
  readonly digest: string;
}

/** What is here from one revocation key. */
export interface Revoked {
  readonly snapshot: Snapshot;
  /** Of the snapshot's message, in hexadecimal digits. */
  readonly digest: string;
  /** By kid. Kids that this key does not have in the trust list have none. */
  readonly filters: ReadonlyMap<string, Filter>;
  readonly delta?: Delta;
}

export interface State {
  /** Who signs the next list, as far as this scanner believes. */
  readonly roots: Roots;
  /** How many lists have changed the roots since the pinned ones, and their bytes together. */
  readonly rotations: { readonly count: number; readonly size: number };
  readonly list?: TrustList;
  readonly listFloor?: Floor;
  /** With its signer, in hexadecimal digits. */
  readonly table?: AreaTable & { readonly signer: string };
  /** By key, in hexadecimal digits. */
  readonly tableFloors: ReadonlyMap<string, Floor>;
  readonly revoked: ReadonlyMap<string, Revoked>;
  readonly revokedFloors: ReadonlyMap<string, Floor>;
  /** By id, in hexadecimal digits. */
  readonly documentKeys: ReadonlyMap<string, Bytes>;
}

export function emptyState(roots: Roots): State {
  return {
    roots,
    rotations: { count: 0, size: 0 },
    tableFloors: new Map(),
    revoked: new Map(),
    revokedFloors: new Map(),
    documentKeys: new Map(),
  };
}

/** Those entries whose key is named. */
export function only<T>(entries: ReadonlyMap<string, T>, named: { has(key: string): boolean }): ReadonlyMap<string, T> {
  return new Map([...entries].filter(([key]) => named.has(key)));
}
