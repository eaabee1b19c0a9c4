/** The envelopes of signed messages: one form each, so that reading one is comparing constants and cutting. */

import { ascending, ascii, concat, equal, fromHex, type Bytes } from "../bytes.js";
import { NOTHING, SIGNATURE1 } from "./claim.js";
import { hold, malformed } from "./fields.js";

const MOST_SIGNATURES = 16;

export interface Signature {
  readonly key: Bytes;
  readonly signed: Bytes;
  readonly signature: Bytes;
}

/** A COSE_Sign1: its signer is named by the whole public key. */
export interface Signed1 extends Signature {
  readonly payload: Bytes;
}

export interface SignedByMany {
  readonly payload: Bytes;
  readonly signatures: readonly Signature[];
}

/** Reads `[ << {1: -19, 4: key, 16: typ} >>, {}, payload, signature ]`, tag 18. `name` ends the typ. */
export function readSign1(message: Bytes, name: string, largest: number): Signed1 {
  hold(message.length <= largest);
  const cursor = new Cursor(message);
  cursor.expect(fromHex("d284"));
  const from = cursor.at;
  const header = new Cursor(cursor.byteString());
  header.expect(fromHex("a30132045820"));
  const key = header.take(32);
  header.expect(concat(Uint8Array.of(0x10), typ(name)));
  header.end();
  const protectedHeader = message.slice(from, cursor.at);
  cursor.expect(fromHex("a0"));
  const start = cursor.at;
  const payload = cursor.byteString();
  const payloadString = message.slice(start, cursor.at);
  const signature = cursor.signature();
  cursor.end();
  return { key, payload, signature, signed: concat(SIGNATURE1, protectedHeader, NOTHING, payloadString) };
}

/** Reads `[ << {16: typ} >>, {}, payload, [ + [ << {1: -19, 4: key} >>, {}, signature ] ] ]`, tag 98. */
export function readSign(message: Bytes, name: string, largest: number): SignedByMany {
  hold(message.length <= largest);
  const cursor = new Cursor(message);
  cursor.expect(fromHex("d86284"));
  const body = concat(fromHex("a110"), typ(name));
  const bodyString = concat(byteStringHead(body.length), body);
  cursor.expect(bodyString);
  cursor.expect(fromHex("a0"));
  const start = cursor.at;
  const payload = cursor.byteString();
  const payloadString = message.slice(start, cursor.at);
  const signatures: Signature[] = [];
  for (let left = cursor.arrayHead(); left > 0; left--) {
    cursor.expect(fromHex("835826a20132045820"));
    const key = cursor.take(32);
    cursor.expect(fromHex("a0"));
    const signer = concat(fromHex("5826a20132045820"), key);
    const signed = concat(SIGNATURE, bodyString, signer, NOTHING, payloadString);
    signatures.push({ key, signed, signature: cursor.signature() });
  }
  cursor.end();
  hold(signatures.length > 0 && ascending(signatures.map((each) => each.key)));
  return { payload, signatures };
}

/** The head of the Sig_structure of a signature in a COSE_Sign: array of 5, text of 9. */
const SIGNATURE = concat(fromHex("8569"), ascii("Signature"));

/** The text of a media type, with its head. */
function typ(name: string): Bytes {
  const text = ascii(`application/vnd.healthpass.${name}`);
  return concat(Uint8Array.of(0x78, text.length), text);
}

function byteStringHead(size: number): Bytes {
  if (size < 24) return Uint8Array.of(0x40 + size);
  if (size < 256) return Uint8Array.of(0x58, size);
  if (size < 65536) return Uint8Array.of(0x59, size >> 8, size & 255);
  return Uint8Array.of(0x5a, size >>> 24, (size >> 16) & 255, (size >> 8) & 255, size & 255);
}

class Cursor {
  at = 0;

  constructor(readonly bytes: Bytes) {}

  take(size: number): Bytes {
    hold(size <= this.bytes.length - this.at);
    this.at += size;
    return this.bytes.slice(this.at - size, this.at);
  }

  expect(constant: Bytes): void {
    hold(equal(this.take(constant.length), constant));
  }

  /** A byte string whose head is the shortest. */
  byteString(): Bytes {
    const first = this.take(1)[0]!;
    const extra = [0x58, 0x59, 0x5a].indexOf(first);
    const size = extra < 0 ? first - 0x40 : this.take(1 << extra).reduce((sum, byte) => sum * 256 + byte, 0);
    if (extra < 0 && (size < 0 || size > 23)) malformed();
    hold(byteStringHead(size).length === (extra < 0 ? 1 : 1 + (1 << extra)));
    return this.take(size);
  }

  signature(): Bytes {
    this.expect(fromHex("5840"));
    return this.take(64);
  }

  /** The head of an array of at most 16. */
  arrayHead(): number {
    const size = this.take(1)[0]! - 0x80;
    hold(size >= 0 && size <= MOST_SIGNATURES);
    return size;
  }

  end(): void {
    hold(this.at === this.bytes.length);
  }
}
