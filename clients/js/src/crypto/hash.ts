/** SHA-512 and HMAC-SHA-512, by the platform. */

import { type Bytes } from "../bytes.js";

export async function sha512(bytes: Bytes): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest("SHA-512", bytes));
}

/** The first 32 bytes of SHA-512: how filters and messages are named. */
export async function digest32(bytes: Bytes): Promise<Bytes> {
  return (await sha512(bytes)).slice(0, 32);
}

export async function hmacSha512(key: Bytes, message: Bytes): Promise<Bytes> {
  const imported = await crypto.subtle.importKey("raw", key, { name: "HMAC", hash: "SHA-512" }, false, ["sign"]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", imported, message));
}
