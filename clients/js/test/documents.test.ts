import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { BadInput, normalDocument, type DocumentType } from "../src/index.js";
import { ROOT } from "./vectors.js";

const page = readFileSync(new URL("docs/protocol.md", ROOT), "utf-8");

test("the page's table of numbers", () => {
  const table = page.split("| type | as it is typed | normal form |")[1]!.split("\n\n")[0]!;
  const rows = [...table.matchAll(/^\| `([a-z-]+)` \| `(.*)` \| (?:`(.*)`|refused) \|$/gm)];
  assert.ok(rows.length >= 10);
  for (const [, type, typed, normal] of rows) {
    const number = JSON.parse(`"${typed}"`) as string;
    const read = (): string => normalDocument({ type: type as DocumentType, number }).number;
    if (normal === undefined) assert.throws(read, BadInput, number);
    else assert.equal(read(), normal, number);
  }
});

test("what is no number of its type is refused, and nothing of it is said", () => {
  const wrong: [DocumentType, string][] = [
    ["resident-id", "110105194912310021"], // another check character
    ["resident-id", "11010519490231002X"], // no such day
    ["resident-id", "440524184901010014"],
    ["passport", "X123"],
    ["passport", "X12345678 9"],
    ["passport", "X1<234567"],
    ["passport", "X1234567<8"],
    ["passport", "I<UTOD231458907<<<<<<<<<<<<<<<7408122F1204159UTO<<<<<<<<<<<6ERIKSSON<<ANNA<MARIA<<<<<<<<<<"],
    ["other", "ABC"],
    ["other", "é1234"],
    ["other", "A".repeat(41)],
    ["other", "1".repeat(257)],
  ];
  for (const [type, number] of wrong) {
    assert.throws(() => normalDocument({ type, number }), (error: Error) => error instanceof BadInput && !error.message.includes(number), number);
  }
});
