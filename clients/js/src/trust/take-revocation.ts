/** When a snapshot or a delta is taken. The steps are those of docs/protocol.md, "Revocation". */

import { copyOf, hex, type Bytes } from "../bytes.js";
import { verify } from "../crypto/ed25519.js";
import { digest32 } from "../crypto/hash.js";
import { UpdateRefused } from "../errors.js";
import { readSign1, type Signed1 } from "../formats/cose.js";
import { malformed } from "../formats/fields.js";
import { Filter } from "../formats/filter.js";
import { readDelta, readSnapshot, type NamedFilter, type Snapshot, type Delta } from "../formats/revocation.js";
import { type TrustList, type Window } from "../formats/trust-list.js";
import { requireNextVersion } from "./floors.js";
import { OVER_AFTER, SKEW_OF_SIGNERS, type Floor, type Revoked, type State } from "./state.js";

const LARGEST_SNAPSHOT = 131_072;
const LARGEST_DELTA = 1_048_576;

/** The bytes of the filter with this digest (64 hexadecimal digits), or undefined: it is not to be had. */
export type FetchFilter = (digest: string) => Promise<Uint8Array | undefined>;

interface Taking {
  readonly state: State;
  readonly list: TrustList;
  readonly now: number;
  /** Seconds past the expiry in which data is still taken. */
  readonly grace: number;
  readonly envelope: Signed1;
  readonly signer: string;
  readonly digest: string;
}

/** The state with this snapshot, and its filters, or this delta. Refuses with an `UpdateRefused`. `late` lets grace time count. */
export async function takeRevocation(state: State, message: Bytes, now: number, fetch: FetchFilter, late = false): Promise<State> {
  if (state.list === undefined) throw new UpdateRefused("no-trust-list");
  const isDelta = looksLikeDelta(message);
  const envelope = isDelta
    ? readSign1(message, "revocation-delta", LARGEST_DELTA)
    : readSign1(message, "revocation-snapshot", LARGEST_SNAPSHOT);
  const signer = hex(envelope.key);
  const digest = hex(await digest32(message));
  const taking = { state, list: state.list, now, grace: late ? state.list.grace : 0, envelope, signer, digest };
  if (!state.list.revocationKeys.has(signer)) throw new UpdateRefused("not-a-revoker");
  if (!(await verify(envelope.key, envelope.signed, envelope.signature))) throw new UpdateRefused("bad-signature");
  return isDelta ? takeDelta(taking) : takeSnapshot(taking, fetch);
}

async function takeSnapshot(taking: Taking, fetch: FetchFilter): Promise<State> {
  const { state, signer, digest } = taking;
  const snapshot = readSnapshot(taking.envelope.payload);
  requireOwnKids(taking, snapshot.filters.keys()); // 1
  const before = state.revoked.get(signer);
  const again = before?.digest === digest;
  requireInOrder(taking, snapshot, again); // 2
  if (again) return state;
  for (const kid of liveKids(taking, before?.snapshot.filters.keys())) {
    if (!snapshot.filters.has(kid)) throw new UpdateRefused("dropped-kid"); // 3
  }
  const filters = await readFilters(taking, snapshot, fetch); // 4
  for (const kid of liveKids(taking, before?.filters.keys())) requireStillRevoked(kid, before!, filters.get(kid)!); // 5
  return withRevoked(taking, snapshot, { snapshot, digest, filters });
}

function takeDelta(taking: Taking): State {
  const { state, signer, digest } = taking;
  const delta = readDelta(taking.envelope.payload);
  for (const [kid, slots] of delta.slots) {
    const window = ownWindow(taking, kid); // 1
    if (window === undefined) throw new UpdateRefused("other-kid");
    for (const slot of slots) if (slot >= window.capacity) throw new UpdateRefused("slot");
  }
  const again = state.revokedFloors.get(signer)?.digest === digest;
  requireInOrder(taking, delta, again); // 2
  if (again) return state;
  const before = state.revoked.get(signer);
  if (before?.snapshot.version !== delta.snapshot) throw new UpdateRefused("other-snapshot"); // 3
  for (const kid of liveKids(taking, before.delta?.slots.keys())) {
    for (const slot of before.delta!.slots.get(kid)!) {
      const stays = delta.slots.get(kid)?.has(slot) === true || before.filters.get(kid)?.contains(slot) === true;
      if (!stays) throw new UpdateRefused("un-revokes"); // 5
    }
  }
  return withRevoked(taking, delta, { ...before, delta });
}

/** A delta by its typ: what is neither is refused as a snapshot. */
function looksLikeDelta(message: Bytes): boolean {
  const typ = "application/vnd.healthpass.revocation-delta";
  return String.fromCharCode(...message.slice(45, 45 + typ.length)) === typ;
}

/** No kid of a snapshot is another key's. One that stands under no key at all may be there, and is not believed. */
function requireOwnKids({ list, signer }: Taking, kids: Iterable<string>): void {
  for (const kid of kids) {
    for (const [key, listed] of list.revocationKeys) {
      if (key !== signer && listed.has(kid)) throw new UpdateRefused("other-kid");
    }
  }
}

function requireInOrder(taking: Taking, data: Snapshot | Delta, again: boolean): void {
  const { state, now, grace } = taking;
  const floor = state.revokedFloors.get(taking.signer);
  if (!again) {
    requireNextVersion(data.version, floor);
    if (data.issued < (floor?.issued ?? 0)) throw new UpdateRefused("rollback");
  }
  const signed = Math.max(floor?.issued ?? 0, state.listFloor?.issued ?? 0);
  if (now < signed - SKEW_OF_SIGNERS) throw new UpdateRefused("clock-behind");
  if (now < data.issued - SKEW_OF_SIGNERS) throw new UpdateRefused("from-the-future");
  if (now >= data.expires + grace) throw new UpdateRefused("expired");
}

/** The window of a kid that stands under this key. */
function ownWindow({ list, signer }: Taking, kid: string): Window | undefined {
  return list.revocationKeys.get(signer)?.has(kid) === true ? list.windows.get(kid) : undefined;
}

/** Those of this key whose window is not over. */
function liveKids(taking: Taking, kids: Iterable<string> = []): string[] {
  return [...kids].filter((kid) => taking.now < (ownWindow(taking, kid)?.expires ?? -OVER_AFTER) + OVER_AFTER);
}

/** Filters that are here already are not fetched again. */
async function readFilters(taking: Taking, snapshot: Snapshot, fetch: FetchFilter): Promise<Map<string, Filter>> {
  const here = new Map([...taking.state.revoked.values()].flatMap(({ filters }) => [...filters.values()].map((each) => [each.digest, each])));
  const filters = new Map<string, Filter>();
  for (const [kid, named] of snapshot.filters) {
    const window = ownWindow(taking, kid);
    if (window !== undefined) filters.set(kid, await readFilter(named, window.capacity, here, fetch));
  }
  return filters;
}

async function readFilter(
  named: NamedFilter,
  capacity: number,
  here: ReadonlyMap<string, Filter>,
  fetch: FetchFilter,
): Promise<Filter> {
  if (named.length > capacity / 4 + 64) throw new UpdateRefused("capacity"); // no filter is as long
  const filter = here.get(hex(named.digest)) ?? (await fetchFilter(named, fetch));
  if (filter.length !== named.length) throw new UpdateRefused("digest");
  if (filter.capacity !== capacity) throw new UpdateRefused("capacity");
  return filter;
}

async function fetchFilter(named: NamedFilter, fetch: FetchFilter): Promise<Filter> {
  const digest = hex(named.digest);
  const found = await fetch(digest);
  if (found === undefined) throw new UpdateRefused("missing-filter");
  const bytes = copyOf(found);
  if (bytes.length !== named.length || hex(await digest32(bytes)) !== digest) throw new UpdateRefused("digest");
  return Filter.read(bytes, digest) ?? malformed();
}

function requireStillRevoked(kid: string, before: Revoked, filter: Filter): void {
  const slots = before.delta?.slots.get(kid) ?? new Set<number>();
  const all = before.filters.get(kid)!.isWithin(filter) && [...slots].every((slot) => filter.contains(slot));
  if (!all) throw new UpdateRefused("un-revokes");
}

function withRevoked(taking: Taking, data: Snapshot | Delta, revoked: Revoked): State {
  const { state, signer, digest } = taking;
  const floor: Floor = { version: data.version, issued: data.issued, digest };
  return {
    ...state,
    revoked: new Map(state.revoked).set(signer, revoked),
    revokedFloors: new Map(state.revokedFloors).set(signer, floor),
  };
}
