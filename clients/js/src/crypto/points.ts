/** Which 32 bytes may be a key or the R of a signature: one encoding, and not of small order. */

import { fromHex, type Bytes } from "../bytes.js";

/** 2^255 - 19, the least significant byte first. */
const PRIME = fromHex("ed" + "ff".repeat(30) + "7f");

/** The y coordinates of the eight points of small order, the sign bit apart: 0, 1, p - 1, and the two of order 8. */
const SMALL_ORDER_Y = [
  "00".repeat(32),
  "01" + "00".repeat(31),
  "ec" + "ff".repeat(30) + "7f",
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
].map(fromHex);

/** The u coordinates of the points of small order of X25519: 0, 1, p - 1, and the two of order 8. */
const SMALL_ORDER_U = [
  "00".repeat(32),
  "01" + "00".repeat(31),
  "ec" + "ff".repeat(30) + "7f",
  "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
  "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
].map(fromHex);

/** The order of the base point, 2^252 + 27742317777372353535851937790883648493. */
const ORDER = fromHex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");

/** Whether `number` is below `bound`, both the least significant byte first and of one length. */
function isBelow(number: Bytes, bound: Bytes): boolean {
  for (let i = number.length - 1; i >= 0; i--) {
    if (number[i] !== bound[i]) return number[i]! < bound[i]!;
  }
  return false;
}

function isOneOf(value: Bytes, values: readonly Bytes[]): boolean {
  return values.some((each) => each.every((byte, i) => byte === value[i]));
}

function withoutSign(point: Bytes): Bytes {
  const y = new Uint8Array(point);
  y[31]! &= 0x7f;
  return y;
}

/** Whether the y coordinate of an encoded point is below 2^255 - 19 and not that of a point of small order. */
export function isStrongPoint(point: Bytes): boolean {
  const y = withoutSign(point);
  return isBelow(y, PRIME) && !isOneOf(y, SMALL_ORDER_Y);
}

/** Whether a key of X25519, as a number of 256 bits, is below 2^255 - 19 and not of small order. */
export function isStrongSealingKey(key: Bytes): boolean {
  return isBelow(key, PRIME) && !isOneOf(key, SMALL_ORDER_U);
}

/** Whether a scalar is below the order of the base point. */
export function isReduced(scalar: Bytes): boolean {
  return isBelow(scalar, ORDER);
}
