import assert from "node:assert/strict";
import { test } from "node:test";
import { Refused } from "../src/errors.js";
import { bytesOfPass, bytesOfPoster, decodeBase45, withoutLineEnd } from "../src/formats/text.js";
import { howGarbled } from "../src/garbled.js";
import { reading } from "../src/wedge.js";
import { textOf } from "./vectors.js";

function refusalOf(text: string): string {
  try {
    bytesOfPass(text);
  } catch (error) {
    if (error instanceof Refused) return error.refusal;
  }
  return "none";
}

test("base45 has one form for each byte string", () => {
  for (const size of [0, 1, 2, 3, 255, 256]) {
    const bytes = Uint8Array.from({ length: size }, (_, i) => (i * 7919) & 255);
    assert.deepEqual(decodeBase45(textOf(bytes).slice(4)), bytes);
  }
  for (const text of ["0", "0000", "GGW", ":::", "V5", "a0", "0\t"]) assert.equal(decodeBase45(text), undefined, text);
  assert.deepEqual(decodeBase45("FGW"), Uint8Array.of(255, 255));
  assert.deepEqual(decodeBase45("U5"), Uint8Array.of(255));
});

test("what does not begin with HP1: is named by its first 16 characters", () => {
  const named = {
    "HP2:X": "UNSUPPORTED_VERSION",
    "HP9999:X": "UNSUPPORTED_VERSION",
    "HP0:X": "NOT_A_PASS",
    "HP01:X": "NOT_A_PASS",
    "HP10000:X": "NOT_A_PASS",
    "hp1:X": "MALFORMED",
    " HP1:X": "MALFORMED",
    "\x85HP12:X": "MALFORMED",
    "HPL1:X": "MALFORMED",
    "HPLX": "MALFORMED",
    "HC1:X": "NOT_A_PASS",
    "": "NOT_A_PASS",
  };
  for (const [text, name] of Object.entries(named)) assert.equal(refusalOf(text), name, text);
});

test("a text has at most 4,296 characters", () => {
  const longest = `HP1:${"0".repeat(4292 - (4292 % 3))}`;
  assert.equal(refusalOf(longest), "none");
  assert.equal(refusalOf(`${longest}00000`), "MALFORMED");
});

test("one line end is the transport's", () => {
  for (const end of ["\r", "\n", "\r\n"]) assert.equal(withoutLineEnd(`HP1:00${end}`), "HP1:00");
  for (const end of ["\n\n", "\n\r", "\r\r\n"]) assert.notEqual(withoutLineEnd(`HP1:00${end}`), "HP1:00");
});

test("a poster is no pass, and a pass no poster", () => {
  assert.deepEqual(bytesOfPoster("HPL1:00\r\n"), Uint8Array.of(0));
  assert.equal(bytesOfPoster("HP1:00"), undefined);
  assert.equal(bytesOfPoster("HPL1:00\n\n"), undefined);
  assert.equal(refusalOf("HPL1:00"), "MALFORMED");
});

test("what a scanner or a camera garbled is told from what is none", () => {
  for (const text of ["hp1:X", "\x02]Q1HP1:X", "ＨＰ１：X", "HP&MX", "РЗ1ЖX", "dl1sX", "HP1:é"]) {
    assert.equal(howGarbled(text), "set-up", text);
  }
  for (const text of ["", "H", "P1:X", "HP1:RRQ", "HP1:RRQ+D9"]) assert.equal(howGarbled(text), "cut", text);
  for (const text of ["HC1:X", "HP17X", "РЗ1", "hello", "HP1:000"]) assert.equal(howGarbled(text), undefined, text);
});

test("what a wedge types around a text is taken off", () => {
  assert.equal(reading("\x02]Q1HP1:00\x03\r\n"), "HP1:00");
  assert.equal(reading("\ufeff HP1:00\t"), "HP1:00");
  assert.equal(reading("\u00ef\u00bb\u00bfHP1:00"), "HP1:00");
  assert.equal(reading(" \r\n"), undefined);
});
