import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { LENGTHS, readPresentation } from "../src/formats/presentation.js";
import { isLengthOfClaim, readClaim } from "../src/formats/claim.js";
import { fromHex, hex } from "../src/bytes.js";
import { readBundle } from "../src/formats/bundle.js";
import { LANGUAGES, RefusalCode, type RefusalName, UpdateRefused } from "../src/index.js";
import { ROOT } from "./vectors.js";

const page = readFileSync(new URL("docs/protocol.md", ROOT), "utf-8");

/** What stands between two marks of the page. */
function marked(name: string): string {
  return page.split(`<!-- code: ${name} -->`)[1]!.split("<!-- end -->")[0]!;
}

function rows(name: string): string[][] {
  const lines = marked(name).split("\n").filter((line) => line.startsWith("|"));
  return lines.slice(2).map((line) => line.split("|").slice(1, -1).map((cell) => cell.trim()));
}

test("the lengths are those of the page", () => {
  assert.deepEqual([...LENGTHS].sort((a, b) => a - b), rows("shapes").map((row) => Number(row[0])));
  assert.deepEqual(rows("claim-sizes").map((row) => isLengthOfClaim(Number(row[0]))), [true, true, true]);
  for (const reserved of [331, 415, 434, 435, 453]) assert.ok(!isLengthOfClaim(reserved) && !LENGTHS.includes(reserved));
});

test("the page's example has every value that it says", () => {
  const [claim, shown] = ["example-claim", "example-presentation"].map((name) => fromHex(marked(name).replace(/[^0-9a-f]|text/g, "").replace(/^e/, "")));
  const read = readClaim(claim!)!;
  assert.equal(hex(read.kid), "5bd1e995");
  assert.deepEqual([read.expires, read.slot, read.color, read.binding], [1800072000, 0x000b1e5c, 1, 1]);
  assert.equal(hex(read.signed), marked("example-claim-signed").replace(/```|text|\s/g, ""));
  const presentation = readPresentation(shown!)!;
  assert.equal(presentation.shown, 1800000000);
  assert.equal(hex(presentation.signed), marked("example-presentation-signed").replace(/```|text|\s/g, ""));
});

test("a bundle has one form", () => {
  // [1, [], h'01', null, [], [], [[digest, padding, h'aabbcc']], []]: the filter's first byte is at 48.
  const filter = (padding: string): string => `83 5820 ${"00".repeat(32)} ${padding} 43aabbcc`;
  const bundle = (padding: string): Uint8Array<ArrayBuffer> => fromHex(`88 01 80 4101 f6 80 80 81 ${filter(padding)} 80`.replaceAll(" ", ""));
  assert.equal(hex(readBundle(bundle("420000"), 100).filters.get("00".repeat(32))!), "aabbcc");
  assert.equal(hex(bundle("420000").slice(48, 51)), "aabbcc");
  for (const padding of ["40", "4100", "43000000", "420001"]) {
    assert.throws(() => readBundle(bundle(padding), 100), UpdateRefused, padding);
  }
  assert.throws(() => readBundle(bundle("420000"), 50), UpdateRefused);
});

test("what is said at the gate is what the page says, in both languages", () => {
  const { en, zh } = LANGUAGES;
  const once = [
    ["`ADMIT`", "admit"],
    ["`REFUSE`, by a colour", "refuse"],
    ["`ASSIST`, by a colour", "assist"],
    ["`NO_CHECK`", "noCheck"],
    ["`ASK`", "ask"],
    ["`ASSIST`, nothing shown", "nothingShown"],
    ["`ASSIST`, the scanner's set-up", "setUp"],
    ["help", "help"],
  ] as const;
  const expected = once.map(([when, key]) => [when, en[key], zh[key]]);
  for (const [when, key] of [["refused", "refused"], ["not checked", "notChecked"]] as const) {
    for (const [name, code] of Object.entries(RefusalCode) as [RefusalName, number][]) {
      if (en[key][name] !== undefined) expected.push([`${when}: ${code}`, en[key][name], zh[key][name]!]);
    }
  }
  assert.deepEqual(rows("said"), expected);
});
