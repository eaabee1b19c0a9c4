import assert from "node:assert/strict";
import { test } from "node:test";
import { fromHex } from "../src/bytes.js";
import { decode, MANY_ITEMS, NotCbor } from "../src/formats/cbor.js";

const read = (digits: string, most = MANY_ITEMS): unknown => decode(fromHex(digits), most);

test("the values that messages have", () => {
  assert.equal(read("17"), 23);
  assert.equal(read("1bffffffffffffffff"), 2n ** 64n - 1n);
  assert.equal(read("3bffffffffffffffff"), -(2n ** 64n));
  assert.equal(read("3b001fffffffffffff"), -(2n ** 53n));
  assert.equal(read("f6"), null);
  assert.equal(read("63efbbbf"), "\ufeff");
  assert.deepEqual(read("8201820203"), [1, [2, 3]]);
  assert.deepEqual(read("a2012003f6"), new Map<number, unknown>([[1, -1], [3, null]]));
});

test("what is no message in the one form is refused", () => {
  const wrong = {
    "1817": "a head longer than needed",
    "190017": "a head longer than needed",
    "1a0000ffff": "a head longer than needed",
    "1b00000000ffffffff": "a head longer than needed",
    "5817": "a head longer than needed",
    "9f01ff": "an indefinite length",
    "5f4101ff": "an indefinite length",
    "1c": "a reserved head",
    "a203010101": "labels out of order",
    "a201010102": "a label twice",
    "a1410001": "a label of bytes",
    "a1f601": "null as a label",
    "c001": "a tag",
    "f4": "false",
    "f5": "true",
    "f7": "undefined",
    "f0": "a simple value",
    "f93c00": "a float",
    "fb3ff0000000000000": "a float",
    "61ff": "no UTF-8",
    "63eda080": "a surrogate",
    "0101": "bytes after the end",
    "4201": "a length past the end",
    "9bffffffffffffffff": "a length past the end",
    "bb7fffffffffffffff": "a length past the end",
    "": "nothing",
  };
  for (const [digits, why] of Object.entries(wrong)) assert.throws(() => read(digits), NotCbor, why);
});

test("depth and items have limits", () => {
  assert.doesNotThrow(() => read(`${"81".repeat(7)}80`));
  assert.throws(() => read(`${"81".repeat(8)}80`), NotCbor);
  assert.doesNotThrow(() => read("83010203", 3));
  assert.throws(() => read("83010203", 2), NotCbor);
});
