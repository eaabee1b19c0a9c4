import assert from "node:assert/strict";
import { test } from "node:test";
import { Point } from "@noble/ed25519";
import { fromHex } from "../src/bytes.js";
import { answersRightly, fallbackEquation, platformEquation, verify } from "../src/crypto/ed25519.js";
import { isStrongPoint, isStrongSealingKey } from "../src/crypto/points.js";
import { QUESTIONS } from "../src/crypto/questions.js";

test("the fallback answers the questions, and so does Node's platform", async () => {
  assert.ok(await answersRightly(fallbackEquation));
  assert.ok(await answersRightly(platformEquation));
});

test("who answers any question wrongly is not asked", async () => {
  for (const wrong of QUESTIONS) {
    const liar: typeof fallbackEquation = async (key, message, signature) => {
      const isIt = wrong.key === Buffer.from(key).toString("hex") && wrong.signature === Buffer.from(signature).toString("hex") && wrong.message === Buffer.from(message).toString("hex");
      return (await fallbackEquation(key, message, signature)) !== isIt;
    };
    assert.equal(await answersRightly(liar), false, wrong.what);
  }
  assert.equal(await answersRightly(() => Promise.reject(new Error("not supported"))), false);
});

test("points of small order and second encodings are no keys", () => {
  const order8 = Point.fromHex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05");
  let point = order8;
  for (let n = 1; n <= 8; n++, point = point.add(order8)) assert.ok(!isStrongPoint(new Uint8Array(point.toBytes())), `${n} times`);
  assert.ok(isStrongPoint(new Uint8Array(Point.BASE.toBytes())));
  for (let low = 0xed; low <= 0xff; low++) {
    for (const high of ["7f", "ff"]) assert.ok(!isStrongPoint(fromHex(low.toString(16) + "ff".repeat(30) + high)));
  }
  assert.ok(isStrongPoint(fromHex("eb" + "ff".repeat(30) + "7f")));
});

test("keys to seal to: not of small order, and below the prime in 256 bits", () => {
  assert.ok(isStrongSealingKey(fromHex("09" + "00".repeat(31))));
  for (const key of ["00".repeat(32), "01" + "00".repeat(31), "09" + "00".repeat(30) + "80", "ed" + "ff".repeat(30) + "7f"]) {
    assert.ok(!isStrongSealingKey(fromHex(key)));
  }
});

test("S is below the order, and lengths are right", async () => {
  const { key, message, signature } = QUESTIONS[0]!;
  const [k, m, s] = [fromHex(key), fromHex(message), fromHex(signature)];
  assert.ok(await verify(k, m, s));
  const order = Point.CURVE().n;
  const scalar = s.slice(32).reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n) + order;
  const larger = s.slice();
  for (let i = 0; i < 32; i++) larger[32 + i] = Number((scalar >> BigInt(8 * i)) & 255n);
  assert.equal(await verify(k, m, larger), false);
  assert.equal(await verify(k, m, s.slice(0, 63)), false);
  assert.equal(await verify(k.slice(0, 31), m, s), false);
});
