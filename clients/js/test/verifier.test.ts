import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fromHex } from "../src/bytes.js";
import { backend, BadInput, LANGUAGES, Refused, RefusalCode, TrustStore, UpdateRefused, Verifier } from "../src/index.js";
import { ROOT } from "./vectors.js";

const example = (name: string): string => readFileSync(new URL(`docs/example/${name}`, ROOT), "utf-8").replace(/\n$/, "");
const bytes = (name: string): Uint8Array => fromHex(example(name).replace(/\s/g, ""));
const now = 1_800_000_000;

async function store(): Promise<TrustStore> {
  const made = new TrustStore({ threshold: 1, keys: [example("root.hex").trim()] });
  await made.updateTrustList(bytes("trust-list.hex"), { now });
  return made;
}

test("the page's pass is accepted from 1799999940 to 1800000074", async () => {
  const trust = await store();
  for (const [at, decision] of [[1_799_999_939, 14], [1_799_999_940, "ADMIT"], [1_800_000_074, "ADMIT"], [1_800_000_075, 13]] as const) {
    const outcome = await new Verifier(trust).decide(example("live.txt"), { now: at });
    assert.equal(outcome.refusal?.code ?? outcome.decision, decision);
    if (decision === "ADMIT") assert.deepEqual(outcome.verdict, { colors: [1], expires: 1800072000, stale: 0, documents: ["not-bound"] });
  }
});

test("paper: the document is asked for, and belongs to it or not", async () => {
  const trust = await store();
  trust.setDocumentKeys({ "0badcafe": fromHex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f") });
  const verifier = new Verifier(trust);
  const text = example("paper.txt");
  assert.equal((await verifier.decide(text, { now })).decision, "ASK");
  const shown = await verifier.decide(text, { now, documents: [{ type: "passport", number: "x 123 4567" }] });
  assert.deepEqual([shown.decision, shown.verdict?.colors, shown.verdict?.documents], ["REFUSE", [2], ["compared"]]);
  const other = await verifier.decide(text, { now, documents: [{ type: "passport", number: "X1234568" }] });
  assert.equal(other.refusal?.name, "DOCUMENT_MISMATCH");
  assert.throws(() => trust.setDocumentKeys({ "0badcafe": new Uint8Array(31) }), BadInput);
});

test("a camera that reads twice gets the same answer, and a second showing none", async () => {
  const verifier = new Verifier(await store());
  const text = example("live.txt");
  const both = await Promise.all([verifier.decide(text, { now }), verifier.decide(`${text}\r\n`, { now })]);
  assert.deepEqual(both.map((each) => [each.decision, each.repeated]), [["ADMIT", false], ["ADMIT", true]]);
  assert.ok((await verifier.decide(text, { now: now + 2 })).repeated);
  const later = await verifier.decide(text, { now: now + 3 });
  assert.deepEqual([later.decision, later.refusal?.name, later.refusal?.step], ["REFUSE", "REPLAYED", 11]);
});

test("verify throws what decide says", async () => {
  const verifier = new Verifier(await store());
  assert.equal((await verifier.verify(example("live.txt"), { now })).expires, 1800072000);
  await assert.rejects(verifier.verify(example("live.txt"), { now }), (error) => error instanceof Refused && error.code === RefusalCode.REPLAYED);
});

test("what is refused changes nothing", async () => {
  const trust = new TrustStore({ threshold: 1, keys: [example("root.hex").trim()] });
  const list = bytes("trust-list.hex");
  const empty = trust.state;
  for (const at of [0, 20, 100, list.length - 1]) {
    const wrong = list.slice();
    wrong[at]! ^= 1;
    await assert.rejects(trust.updateTrustList(wrong, { now }), UpdateRefused);
    assert.equal(trust.state.list, empty.list);
  }
  await assert.rejects(trust.updateTrustList(list, { now: now - 100_000 }), (error) => error instanceof UpdateRefused && error.code === "from-the-future");
  await assert.rejects(trust.updateAreaTable(list, { now }), (error) => error instanceof UpdateRefused && error.code === "no-trust-list");
  await trust.updateTrustList(list, { now });
  assert.equal(trust.state.list?.version, 1);
});

test("nobody is turned away for a scanner without a list, or for having no pass", async () => {
  const bare = new Verifier(new TrustStore({ threshold: 1, keys: [example("root.hex").trim()] }));
  const outcome = await bare.decide(example("live.txt"), { now });
  assert.deepEqual([outcome.decision, outcome.refusal?.code, outcome.refusal?.step], ["ASSIST", 4, 2]);
  const nobody = await new Verifier(await store()).decide(null, { now });
  assert.equal(nobody.sentence("zh"), LANGUAGES.zh.nothingShown);
});

test("a poster sets a scanner up, and one whose registrar is not listed certifies nothing", async () => {
  const trust = await store();
  const outcome = await new Verifier(trust, { place: example("place.txt") }).decide(example("live.txt"), { now });
  assert.deepEqual([outcome.decision, outcome.refusal?.name], ["ASSIST", "PLACE_NOT_CERTIFIED"]);
  assert.throws(() => new Verifier(trust, { place: "HPL1:0" }), BadInput);
  assert.throws(() => new Verifier(trust, { place: example("place.txt"), audience: "0123456789abcdef" }), BadInput);
});

test("a mistake of the program is no refusal", async () => {
  const verifier = new Verifier(await store());
  await assert.rejects(verifier.decide("", { now: 1.5 }), BadInput);
  await assert.rejects(verifier.decide("", { now, nonce: new Uint8Array(15) }), BadInput);
  await assert.rejects(verifier.decide("", { now, documents: [{ type: "passport", number: "1" }] }), BadInput);
  assert.throws(() => new TrustStore({ threshold: 2, keys: ["00".repeat(32)] }), BadInput);
});

test("both languages say the same things", () => {
  const { en, zh } = LANGUAGES;
  assert.deepEqual(Object.keys(en), Object.keys(zh));
  assert.deepEqual(Object.keys(en.refused), Object.keys(zh.refused));
  assert.deepEqual(Object.keys(en.notChecked), Object.keys(zh.notChecked));
});

test("Node's platform verifies", async () => assert.equal(await backend(), "platform"));

test("a bundle: each part on its own terms, and in grace time as stale", async () => {
  const trust = new TrustStore({ threshold: 1, keys: [example("root.hex").trim()] });
  const list = bytes("trust-list.hex");
  const size = list.length;
  const bundle = Uint8Array.from([0x88, 1, 0x80, 0x59, size >> 8, size & 255, ...list, 0x41, 0, 0x80, 0x80, 0x80, 0x80]);
  const late = 1_800_590_400; // the list has just expired, and has three days of grace
  await assert.rejects(trust.updateTrustList(list, { now: late }), (error) => error instanceof UpdateRefused && error.code === "expired");
  const { parts } = await trust.updateBundle(bundle, { now: late });
  assert.deepEqual(parts, [{ part: "trust-list" }, { part: "area-table", refused: "malformed" }]);
  assert.equal(trust.state.list?.version, 1);
  await assert.rejects(trust.updateBundle(list, { now: late }), UpdateRefused);
});
