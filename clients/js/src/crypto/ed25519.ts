/**
 * The one verdict on a signature: libsodium's.
 *
 * 1. The key's y coordinate is below 2^255 - 19, and the key is not of small order.
 * 2. The same of R, the first half of the signature.
 * 3. S, its second half, is below the order of the base point.
 * 4. The key is a point, and the encoding of S·B - k·A is R, byte for byte, where k is SHA-512 of R, key and message, modulo
 *    the order. That is the equation without the cofactor.
 *
 * 1 to 3 are done here. 4 is the platform's, if it answers four questions as libsodium does, and otherwise that of a
 * small library.
 */

import { Point } from "@noble/ed25519";
import { concat, equal, fromHex, type Bytes } from "../bytes.js";
import { sha512 } from "./hash.js";
import { isReduced, isStrongPoint } from "./points.js";
import { QUESTIONS } from "./questions.js";

type Equation = (key: Bytes, message: Bytes, signature: Bytes) => Promise<boolean>;

/** Whether a signature of 64 bytes by a key of 32 bytes over a message holds. Of other lengths none does. */
export async function verify(key: Bytes, message: Bytes, signature: Bytes): Promise<boolean> {
  if (key.length !== 32 || signature.length !== 64) return false;
  const [r, s] = [signature.slice(0, 32), signature.slice(32)];
  if (!isStrongPoint(key) || !isStrongPoint(r) || !isReduced(s)) return false;
  return (await equation())(key, message, signature);
}

/** Which of the two answers here. Asked once. */
export async function backend(): Promise<"platform" | "fallback"> {
  return (await equation()) === platformEquation ? "platform" : "fallback";
}

let chosen: Promise<Equation> | undefined;

function equation(): Promise<Equation> {
  chosen ??= answersRightly(platformEquation).then((right) => (right ? platformEquation : fallbackEquation));
  return chosen;
}

export async function answersRightly(candidate: Equation): Promise<boolean> {
  for (const { key, message, signature, holds } of QUESTIONS) {
    const answer = await candidate(fromHex(key), fromHex(message), fromHex(signature)).catch(() => undefined);
    if (answer !== holds) return false;
  }
  return true;
}

/** WebCrypto. A key that is no point may be refused when it is imported. */
export async function platformEquation(key: Bytes, message: Bytes, signature: Bytes): Promise<boolean> {
  let imported: CryptoKey;
  try {
    imported = await crypto.subtle.importKey("raw", key, "Ed25519", false, ["verify"]);
  } catch (error) {
    if (error instanceof DOMException && error.name === "DataError") return false;
    throw error;
  }
  return crypto.subtle.verify("Ed25519", imported, signature, message);
}

export async function fallbackEquation(key: Bytes, message: Bytes, signature: Bytes): Promise<boolean> {
  let point: Point;
  try {
    point = Point.fromBytes(key);
  } catch {
    return false;
  }
  const r = signature.slice(0, 32);
  const k = littleEndian(await sha512(concat(r, key, message))) % Point.CURVE().n;
  const s = littleEndian(signature.slice(32));
  return equal(Point.BASE.multiply(s, false).subtract(point.multiply(k, false)).toBytes(), r);
}

function littleEndian(bytes: Bytes): bigint {
  return bytes.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
}
