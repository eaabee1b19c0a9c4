import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fromHex } from "../src/bytes.js";
import { Filter } from "../src/formats/filter.js";
import { ROOT } from "./vectors.js";

const page = readFileSync(new URL("docs/revocation-filter.md", ROOT), "utf-8");

function example(name: string): Uint8Array<ArrayBuffer> {
  return fromHex(page.split(`<!-- example: ${name} -->`)[1]!.split("```")[1]!.replace(/text|\s/g, ""));
}

function revoked(filter: Filter): number[] {
  return Array.from({ length: filter.capacity }, (_, slot) => slot).filter((slot) => filter.contains(slot));
}

const read = (bytes: Uint8Array<ArrayBuffer>): Filter | undefined => Filter.read(bytes, "");

test("the page's examples", () => {
  assert.deepEqual(revoked(read(example("one block"))!), [3, 17, 18, 40]);
  const fifth = Array.from({ length: 205 }, (_, i) => 5 * i);
  assert.deepEqual(revoked(read(example("two blocks"))!), fifth);
});

test("nothing and everything are a header", () => {
  const [none, all] = ["100000000000000000000000", "100000000000040000000000"].map((digits) => read(fromHex(digits))!);
  assert.deepEqual(revoked(none!), []);
  assert.deepEqual(revoked(all!), [0, 1, 2, 3]);
  assert.ok(none!.isWithin(all!) && !all!.isWithin(none!) && all!.isWithin(all!) && none!.isWithin(none!));
});

test("a changed bit is never the same set: refused, or another", () => {
  for (const name of ["one block", "two blocks"]) {
    const bytes = example(name);
    const before = revoked(read(bytes)!);
    for (let bit = 0; bit < 8 * bytes.length; bit += name === "one block" ? 1 : 7) {
      const changed = bytes.slice();
      changed[bit >> 3]! ^= 0x80 >> (bit & 7);
      const filter = read(changed);
      if (filter !== undefined) assert.notDeepEqual(revoked(filter), before, `${name}, bit ${bit}`);
    }
  }
});

test("a cut or lengthened filter is none", () => {
  const bytes = example("two blocks");
  for (let size = 0; size < bytes.length; size++) assert.equal(read(bytes.slice(0, size)), undefined);
  assert.equal(read(Uint8Array.from([...bytes, 0])), undefined);
});
