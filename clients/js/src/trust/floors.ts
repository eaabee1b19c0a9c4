/** A scanner never goes back, and nobody moves it further ahead than a bounded step. */

import { UpdateRefused } from "../errors.js";
import { type Floor } from "./state.js";

const LARGEST_STEP = 100_000;
const LARGEST_FIRST_VERSION = 2 ** 31 - 1;

/** Refuses a version that does not rise, or rises by too much, above the newest of this signer. */
export function requireNextVersion(version: number, floor: Floor | undefined): void {
  if (floor !== undefined && version <= floor.version) throw new UpdateRefused("rollback");
  const most = floor === undefined ? LARGEST_FIRST_VERSION : floor.version + LARGEST_STEP;
  if (version > most) throw new UpdateRefused("version-step");
}
