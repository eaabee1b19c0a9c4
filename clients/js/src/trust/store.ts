/** What a scanner trusts, kept current by updates from wherever the application gets them. */

import { compare, copyOf, fromHex, type Bytes } from "../bytes.js";
import { BadInput, type UpdateCode, UpdateRefused } from "../errors.js";
import { readBundle } from "../formats/bundle.js";
import { type Roots } from "../formats/trust-list.js";
import { emptyState, type State } from "./state.js";
import { takeAreaTable } from "./take-area-table.js";
import { requirePlace } from "./take-place.js";
import { takeRevocation, type FetchFilter } from "./take-revocation.js";
import { takeRotation, takeTrustList } from "./take-trust-list.js";

/** Filters by their digests (64 hexadecimal digits), or a function that fetches one. */
export type Filters = Readonly<Record<string, Uint8Array>> | FetchFilter;

export interface PinnedRoots {
  /** How many of the roots have to sign. */
  readonly threshold: number;
  /** Ed25519 public keys, as 32 bytes or 64 hexadecimal digits. */
  readonly keys: readonly (Uint8Array | string)[];
}

/** What became of each part of a bundle, in its order. */
export interface BundleReport {
  readonly parts: readonly {
    readonly part: "rotation" | "trust-list" | "area-table" | "place" | "snapshot" | "delta";
    /** Undefined: it was taken, or is what is here already. */
    readonly refused?: UpdateCode;
  }[];
  /** The place certificates that count, for the verifier. */
  readonly places: readonly Uint8Array[];
  /** Document keys, each sealed to one scanner. They are opened elsewhere, and given by `setDocumentKeys`. */
  readonly documentKeys: readonly Uint8Array[];
}

const LARGEST_BUNDLE = 16_777_216;

/**
 * Everything here is bytes as they come, and `now`: seconds since 1970 UTC. An update that is not taken is an
 * `UpdateRefused` and changes nothing. Updates are taken one after the other.
 */
export class TrustStore {
  #state: State;
  #last: Promise<unknown> = Promise.resolve();

  constructor(roots: PinnedRoots) {
    this.#state = emptyState(rootsOf(roots));
  }

  /** What it says at this moment, as one value that does not change. */
  get state(): State {
    return this.#state;
  }

  /** Takes a trust list. */
  updateTrustList(message: Uint8Array, at: { readonly now: number }): Promise<void> {
    return this.#update(message, (state, bytes) => takeTrustList(state, bytes, at.now));
  }

  /** Takes an area table. */
  updateAreaTable(message: Uint8Array, at: { readonly now: number }): Promise<void> {
    return this.#update(message, (state, bytes) => takeAreaTable(state, bytes, at.now));
  }

  /** Takes a snapshot, with the filters that it names, or a delta. */
  updateRevocation(message: Uint8Array, at: { readonly now: number; readonly filters?: Filters }): Promise<void> {
    const fetch = fetchFrom(at.filters ?? {});
    return this.#update(message, (state, bytes) => takeRevocation(state, bytes, at.now, fetch));
  }

  /**
   * Takes a bundle: each part on its own terms, and in grace time as stale. One that is refused hinders no other. Throws
   * `UpdateRefused` for what is no bundle, or longer than `largest` bytes.
   */
  async updateBundle(bundle: Uint8Array, at: { readonly now: number; readonly largest?: number }): Promise<BundleReport> {
    const { rotations, trustList, areaTable, places, revocation, filters, documentKeys } = readBundle(
      copyOf(bundle),
      at.largest ?? LARGEST_BUNDLE,
    );
    const fetch: FetchFilter = (digest) => Promise.resolve(filters.get(digest));
    const takeList: Take = (state, bytes) => takeTrustList(state, bytes, at.now, true);
    const takeRevoked: Take = (state, bytes) => takeRevocation(state, bytes, at.now, fetch, true);
    const parts: BundleReport["parts"][number][] = [];
    const take = async (part: (typeof parts)[number]["part"], message: Bytes | null, by: Take): Promise<void> => {
      if (message !== null) parts.push({ part, ...(await refusalOf(this.#update(message, by))) });
    };
    const takePlace: Take = async (state, bytes) => (await requirePlace(state, bytes, at.now), state);
    for (const rotation of rotations) await take("rotation", rotation, (state, bytes) => takeRotation(state, bytes, at.now));
    await take("trust-list", trustList, takeList);
    await take("area-table", areaTable, (state, bytes) => takeAreaTable(state, bytes, at.now));
    for (const place of places) await take("place", place, takePlace);
    const certified = places.filter((_, n) => parts.filter(({ part }) => part === "place")[n]!.refused === undefined);
    for (const { snapshot, delta } of revocation) {
      await take("snapshot", snapshot, takeRevoked);
      await take("delta", delta, takeRevoked);
    }
    return { parts, places: certified, documentKeys };
  }

  /** Gives the keys that documents are compared with, 32 bytes each, by their ids (8 hexadecimal digits). Replaces all. */
  setDocumentKeys(keys: Readonly<Record<string, Uint8Array>>): void {
    const entries = Object.entries(keys).map(([id, key]) => [id, copyOf(key)] as const);
    if (!entries.every(([id, key]) => /^[0-9a-f]{8}$/.test(id) && key.length === 32)) {
      throw new BadInput("document-key", "A document key has an id of 8 hexadecimal digits and 32 bytes.");
    }
    this.#state = { ...this.#state, documentKeys: new Map(entries) };
  }

  #update(message: Uint8Array, take: Take): Promise<void> {
    const bytes = copyOf(message);
    const done = this.#last.then(async () => {
      const { documentKeys: _, ...taken } = await take(this.#state, bytes);
      this.#state = { ...taken, documentKeys: this.#state.documentKeys };
    });
    this.#last = done.catch(() => undefined);
    return done;
  }
}

type Take = (state: State, bytes: Bytes) => Promise<State>;

async function refusalOf(update: Promise<void>): Promise<{ refused?: UpdateCode }> {
  try {
    await update;
    return {};
  } catch (error) {
    if (error instanceof UpdateRefused) return { refused: error.code };
    throw error;
  }
}

function rootsOf({ threshold, keys }: PinnedRoots): Roots {
  const all = keys.map((key) => (typeof key === "string" ? fromHex(key) : copyOf(key)));
  const distinct = new Set(all.map(String)).size === all.length && all.every((key) => key.length === 32);
  if (!distinct || !Number.isInteger(threshold) || threshold < 1 || threshold > all.length) {
    throw new BadInput("roots", "Roots are distinct keys of 32 bytes, and a threshold from 1 to their number.");
  }
  return { threshold, keys: all.sort(compare) };
}

function fetchFrom(filters: Filters): FetchFilter {
  if (typeof filters === "function") return filters;
  return (digest) => Promise.resolve(Object.hasOwn(filters, digest) ? filters[digest] : undefined);
}
