/** When an area table is taken. */

import { hex, type Bytes } from "../bytes.js";
import { verify } from "../crypto/ed25519.js";
import { digest32 } from "../crypto/hash.js";
import { UpdateRefused } from "../errors.js";
import { readAreaTable } from "../formats/area-table.js";
import { readSign1 } from "../formats/cose.js";
import { requireNextVersion } from "./floors.js";
import { SKEW_OF_SIGNERS, type Floor, type State } from "./state.js";

const LARGEST = 1_048_576;

/** The state with this table. Refuses with an `UpdateRefused`. */
export async function takeAreaTable(state: State, message: Bytes, now: number): Promise<State> {
  if (state.list === undefined) throw new UpdateRefused("no-trust-list");
  const envelope = readSign1(message, "area-table", LARGEST);
  const signer = hex(envelope.key);
  if (!state.list.riskOffices.has(signer)) throw new UpdateRefused("not-a-risk-office");
  if (!(await verify(envelope.key, envelope.signed, envelope.signature))) throw new UpdateRefused("bad-signature");
  const table = readAreaTable(envelope.payload);
  const own = state.tableFloors.get(signer);
  const floor: Floor = { version: table.version, issued: table.issued, digest: hex(await digest32(message)) };
  const again = own?.digest === floor.digest;
  if (!again) requireNextVersion(table.version, own);
  const newest = Math.max(0, ...[...state.tableFloors.values()].map((each) => each.issued));
  if (table.issued < newest) throw new UpdateRefused("rollback");
  const signed = Math.max(own?.issued ?? 0, state.listFloor?.issued ?? 0);
  if (now < signed - SKEW_OF_SIGNERS) throw new UpdateRefused("clock-behind");
  if (now < table.issued - SKEW_OF_SIGNERS) throw new UpdateRefused("from-the-future");
  if (now >= table.expires) throw new UpdateRefused("expired");
  return { ...state, table: { ...table, signer }, tableFloors: new Map(state.tableFloors).set(signer, floor) };
}
