#!/usr/bin/env node
/** Answers the project's conformance vectors, a line of JSON for each case. `npm run build` first. */

import { createInterface } from "node:readline";
import { answersTo } from "../build/tools/answering.js";

for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
  process.stdout.write(`${JSON.stringify(await answersTo(JSON.parse(line)))}\n`);
}
