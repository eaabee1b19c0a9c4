/** When a trust list is taken. The steps are those of docs/protocol.md, "When a list is taken". */

import { equal, hex, type Bytes } from "../bytes.js";
import { verify } from "../crypto/ed25519.js";
import { digest32 } from "../crypto/hash.js";
import { isStrongPoint, isStrongSealingKey } from "../crypto/points.js";
import { UpdateRefused } from "../errors.js";
import { readSign, type Signature } from "../formats/cose.js";
import { readTrustList, requireEqualBounds, type Roots, type TrustList } from "../formats/trust-list.js";
import { requireNextVersion } from "./floors.js";
import { only, SKEW_OF_SIGNERS, type State } from "./state.js";

const LARGEST = 262_144;
const MOST_ROTATIONS = 64;
const LARGEST_ROTATIONS = 4_194_304;

/** The state with this list. Refuses, step by step, with an `UpdateRefused`. `late` lets grace time count. */
export async function takeTrustList(state: State, message: Bytes, now: number, late = false): Promise<State> {
  const { payload, signatures } = readSign(message, "trust-list", LARGEST); // 1
  await requireSigned(signatures, state.roots, "threshold"); // 2
  const list = readTrustList(payload); // 3
  requireEqualBounds(list.windows.values());
  if (!list.keys.every(isStrongPoint) || !list.sealingKeys.every(isStrongSealingKey)) throw new UpdateRefused("weak-key"); // 4
  const rotates = !areSame(list.roots, state.roots);
  if (rotates) await requireSigned(signatures, list.roots, "new-roots"); // 5
  const digest = hex(await digest32(message));
  const again = state.listFloor?.digest === digest;
  if (!again) requireNextVersion(list.version, state.listFloor); // 6
  requireInTime(list, state, now, rotates, late ? list.grace : 0); // 7
  if (again) return state;
  const rotations = rotates ? oneMore(state.rotations, message.length) : state.rotations;
  return withList({ ...state, rotations, listFloor: { version: list.version, issued: list.issued, digest } }, list);
}

/** The state with a list that changed the roots, from a bundle: roots that were followed already are not followed again. */
export async function takeRotation(state: State, message: Bytes, now: number): Promise<State> {
  if (state.list !== undefined) {
    const { version, windows } = readTrustList(readSign(message, "trust-list", LARGEST).payload);
    requireEqualBounds(windows.values());
    if (version <= state.list.version) throw new UpdateRefused("rollback");
  }
  return takeTrustList(state, message, now, true);
}

/** Every signature by one of these roots holds, and there are as many as their threshold. Others are not looked at. */
async function requireSigned(signatures: readonly Signature[], roots: Roots, tooFew: "threshold" | "new-roots"): Promise<void> {
  const own = signatures.filter((each) => roots.keys.some((key) => equal(key, each.key)));
  if (own.length < roots.threshold) throw new UpdateRefused(tooFew);
  for (const each of own) {
    if (!(await verify(each.key, each.signed, each.signature))) throw new UpdateRefused("bad-signature");
  }
}

function areSame(a: Roots, b: Roots): boolean {
  return a.threshold === b.threshold && a.keys.length === b.keys.length && a.keys.every((key, i) => equal(key, b.keys[i]!));
}

function requireInTime(list: TrustList, state: State, now: number, rotates: boolean, grace: number): void {
  const newest = state.listFloor?.issued ?? 0;
  if (list.issued < newest) throw new UpdateRefused("rollback");
  if (now < newest - SKEW_OF_SIGNERS) throw new UpdateRefused("clock-behind");
  if (now < list.issued - SKEW_OF_SIGNERS) throw new UpdateRefused("from-the-future");
  if (!rotates && now >= list.expires + grace) throw new UpdateRefused("expired");
}

function oneMore(rotations: State["rotations"], size: number): State["rotations"] {
  const next = { count: rotations.count + 1, size: rotations.size + size };
  if (next.count > MOST_ROTATIONS || next.size > LARGEST_ROTATIONS) throw new UpdateRefused("too-many-rotations");
  return next;
}

/** A key that the list no longer names takes its data and its floor along. */
function withList(state: State, list: TrustList): State {
  const tableFloors = only(state.tableFloors, list.riskOffices);
  const { table, ...rest } = state;
  return {
    ...rest,
    roots: list.roots,
    list,
    ...(table !== undefined && list.riskOffices.has(table.signer) && { table }),
    tableFloors,
    revoked: only(state.revoked, list.revocationKeys),
    revokedFloors: only(state.revokedFloors, list.revocationKeys),
  };
}
