import assert from "node:assert/strict";
import { test } from "node:test";
import { answersTo } from "../tools/answering.js";
import { FILES, vectorsOf } from "./vectors.js";

for (const file of FILES) {
  test(`all vectors of ${file}`, async () => {
    const cases = vectorsOf(file);
    assert.ok(cases.length > 0);
    for (const { expected, ...each } of cases) {
      const { answers } = await answersTo(each);
      const compared = answers.map((answer, i) => (expected[i]!["layer"] === undefined ? without(answer, "layer") : answer));
      assert.deepEqual(compared, expected, each.id);
    }
  });
}

function without(answer: Readonly<Record<string, unknown>>, field: string): Record<string, unknown> {
  return Object.fromEntries(Object.entries(answer).filter(([name]) => name !== field));
}
