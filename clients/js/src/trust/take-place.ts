/** Whether a place certificate of a bundle counts. */

import { type Bytes } from "../bytes.js";
import { verify } from "../crypto/ed25519.js";
import { UpdateRefused } from "../errors.js";
import { readPlace } from "../formats/place.js";
import { SKEW_OF_SIGNERS, type State } from "./state.js";

/** By a registrar of the list, signed, and in its time. Refuses with an `UpdateRefused`. */
export async function requirePlace({ list }: State, message: Bytes, now: number): Promise<void> {
  if (list === undefined) throw new UpdateRefused("no-trust-list");
  const place = readPlace(message);
  if (place === undefined) throw new UpdateRefused("malformed");
  if (!list.registrars.has(place.registrar)) throw new UpdateRefused("not-a-registrar");
  if (!(await verify(place.key, place.signed, place.signature))) throw new UpdateRefused("bad-signature");
  if (now >= place.expires) throw new UpdateRefused("place-expired");
  if (now < place.issued - SKEW_OF_SIGNERS) throw new UpdateRefused("place-from-the-future");
}
