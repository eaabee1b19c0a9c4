/** The revocation filter of one kid, as docs/revocation-filter.md has it: exact for every slot. */

import { type Bytes } from "../bytes.js";

const HEADER_BITS = 96;
const WIDEST = 34;

/** A filter whose one form was checked. */
export class Filter {
  readonly capacity: number;
  /** How many slots are revoked. */
  readonly revoked: number;
  /** Whether the blocks list the slots that are *not* revoked. */
  readonly #inverted: boolean;
  /** In bytes. */
  readonly length: number;
  readonly #bytes: Bytes;
  readonly #layout: Layout | undefined;

  private constructor(
    bytes: Bytes,
    /** By which a snapshot names it, in hexadecimal digits. */
    readonly digest: string,
    header: Header,
    layout: Layout | undefined,
  ) {
    this.#bytes = bytes;
    this.length = bytes.length;
    this.capacity = header.capacity;
    this.revoked = header.revoked;
    this.#inverted = header.inverted;
    this.#layout = layout;
  }

  /** The filter in these bytes, or undefined: they are not the one form of any. In a time linear in the length. */
  static read(bytes: Bytes, digest: string): Filter | undefined {
    const header = readHeader(bytes);
    if (header === undefined) return undefined;
    if (header.listed === 0) {
      const bare = bytes.length === 12 && header.width === 0 && header.total === 0;
      return bare ? new Filter(bytes, digest, header, undefined) : undefined;
    }
    const layout = layoutOf(bytes, header);
    if (layout === undefined || !isDirectoryRight(bytes, header, layout)) return undefined;
    let listed = 0;
    for (let block = 0; block < layout.blocks; block++) {
      const slots = slotsOf(bytes, layout, block);
      if (slots === undefined) return undefined;
      listed += slots.length;
    }
    const end = layout.blocksAt + header.total;
    if (listed !== header.listed || bits(bytes, end, 8 * bytes.length - end) !== 0) return undefined;
    return new Filter(bytes, digest, header, layout);
  }

  /** Whether a slot below the capacity is revoked. */
  contains(slot: number): boolean {
    if (this.#layout === undefined) return this.#inverted;
    const block = Math.floor(slot / this.#layout.blockSize);
    return slotsOf(this.#bytes, this.#layout, block)!.includes(slot) !== this.#inverted;
  }

  /** Whether all that is revoked here is revoked by `other`, of the same capacity, too. */
  isWithin(other: Filter): boolean {
    if (!this.#inverted) return this.#everyListed((slot) => other.contains(slot));
    // More than half is revoked here. So there, what is not revoked is listed, and must not be revoked here.
    return other.#inverted && other.#everyListed((slot) => !this.contains(slot));
  }

  #everyListed(holds: (slot: number) => boolean): boolean {
    const blocks = this.#layout?.blocks ?? 0;
    for (let block = 0; block < blocks; block++) {
      if (!slotsOf(this.#bytes, this.#layout!, block)!.every(holds)) return false;
    }
    return true;
  }
}

interface Header {
  readonly capacity: number;
  readonly width: number;
  readonly revoked: number;
  readonly total: number;
  readonly inverted: boolean;
  /** How many slots the blocks list: m. */
  readonly listed: number;
}

interface Layout {
  /** k: how many bits of a gap are written backward. */
  readonly low: number;
  readonly blocks: number;
  /** Slots in a block. */
  readonly blockSize: number;
  readonly blocksAt: number;
  readonly width: number;
  readonly total: number;
}

function readHeader(bytes: Bytes): Header | undefined {
  if (bytes.length < 12 || bytes[0]! >> 4 !== 1) return undefined;
  const capacity = 4 ** ((bytes[0]! & 15) + 1);
  const [width, revoked, total] = [bytes[1]!, bits(bytes, 16, 40), bits(bytes, 56, 40)];
  if (width > WIDEST || revoked > capacity || total > 8 * bytes.length) return undefined;
  const inverted = 2 * revoked > capacity;
  return { capacity, width, revoked, total, inverted, listed: inverted ? capacity - revoked : revoked };
}

function layoutOf(bytes: Bytes, { capacity, width, total, listed }: Header): Layout | undefined {
  let low = 0;
  while (2 ** (low + 1) * listed * 1000 < 481 * (2 * capacity - listed)) low++;
  let blockSize = 1;
  while (blockSize < capacity && blockSize * listed * (low + 2) < 384 * capacity) blockSize *= 2;
  const blocks = capacity / blockSize;
  const blocksAt = HEADER_BITS + width * (blocks + 1);
  const spare = total - listed * (low + 1);
  if (spare < 0 || spare > Math.floor(capacity / 2 ** low)) return undefined;
  if (bytes.length !== Math.ceil((blocksAt + total) / 8)) return undefined;
  return { low, blocks, blockSize, blocksAt, width, total };
}

/** The smallest entry is 0, the largest needs the width, the last is the first, and no block ends before it begins. */
function isDirectoryRight(bytes: Bytes, { width }: Header, layout: Layout): boolean {
  let [least, most] = [Infinity, 0];
  for (let block = 0; block <= layout.blocks; block++) {
    const entry = bits(bytes, HEADER_BITS + width * block, width);
    [least, most] = [Math.min(least, entry), Math.max(most, entry)];
    const [begin, before] = [startOf(bytes, layout, block), block === 0 ? 0 : startOf(bytes, layout, block - 1)];
    if (begin < before || begin > layout.total) return false;
  }
  const isNarrow = width === 0 || most >= 2 ** (width - 1);
  return least === 0 && isNarrow && startOf(bytes, layout, layout.blocks) === layout.total;
}

/** Where a block begins, in the bits of all blocks. */
function startOf(bytes: Bytes, { blocks, width, total }: Layout, block: number): number {
  const entry = bits(bytes, HEADER_BITS + width * block, width);
  return entry - bits(bytes, HEADER_BITS, width) + Math.floor((block * total) / blocks);
}

/** The slots that a block lists, or undefined: its halves do not meet, or a slot is past its end. */
function slotsOf(bytes: Bytes, layout: Layout, block: number): number[] | undefined {
  const step = 2 ** layout.low;
  const [first, past] = [block * layout.blockSize, (block + 1) * layout.blockSize];
  let at = layout.blocksAt + startOf(bytes, layout, block);
  let end = layout.blocksAt + startOf(bytes, layout, block + 1);
  const slots: number[] = [];
  let next = first;
  let isWhole = true; // no gap is begun and not ended
  for (; at < end; at++) {
    isWhole = bits(bytes, at, 1) === 1;
    if (!isWhole) {
      next += step;
      continue;
    }
    end -= layout.low;
    if (end <= at) return undefined;
    next += bits(bytes, end, layout.low);
    if (next >= past) return undefined;
    slots.push(next);
    next += 1;
  }
  return isWhole ? slots : undefined;
}

/** The number in so many bits, the most significant first. */
function bits(bytes: Bytes, at: number, count: number): number {
  let value = 0;
  for (let left = count; left > 0; ) {
    const offset = at % 8;
    const taken = Math.min(8 - offset, left);
    const piece = (bytes[Math.floor(at / 8)]! >> (8 - offset - taken)) & ((1 << taken) - 1);
    value = value * 2 ** taken + piece;
    at += taken;
    left -= taken;
  }
  return value;
}
