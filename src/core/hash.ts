/**
 * From a unit id to numbers: the draws that decide inclusion, slot and place in an exclusion group.
 * Byte-exact, described for other languages in `docs/assignment.md`, held by `test/vectors/assignment.json`.
 */

/**
 * SHA-256 of the UTF-8 of a text as 32 characters, each of the code of a byte: a text is what platforms give soonest.
 * It is handed in because the fast one is the platform's: `node:crypto` on a server, `sha256` of `sha256.ts` where there is none.
 */
export type Sha256 = (text: string) => string;

/** The two independent draws of a unit in an experiment. */
export interface Draws {
  /** In [0, 1), a multiple of 2^-48: included when less than the traffic share. */
  readonly inclusion: number;
  /** Whole, in [0, 10000): position in the allocation. */
  readonly slot: number;
}

/** Number of bytes of a text in UTF-8; a lone surrogate counts three, as its replacement character does. */
export function utf8Length(text: string): number {
  let bytes = text.length;
  for (let i = 0; i < text.length; i += 1) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) continue;
    bytes += unit < 0x800 ? 1 : 2;
    const next = unit >= 0xd800 && unit < 0xdc00 ? text.charCodeAt(i + 1) : 0;
    if (next >= 0xdc00 && next < 0xe000) i += 1; // a pair has four bytes: two counted by its length, two just now
  }
  return bytes;
}

/**
 * A text with its length in front, so that no two lists of texts join to the same whole whatever characters they hold.
 *
 * @see https://cr.yp.to/proto/netstrings.txt
 * @example netstring('zoë'); // '4:zoë,'
 */
export function netstring(text: string): string {
  return `${utf8Length(text)}:${text},`;
}

/** The part of the hashed text that all units of an experiment share. */
export function experimentPrefix({ salt, experimentKey }: { readonly salt: string; readonly experimentKey: string }): string {
  return netstring(salt) + netstring(experimentKey);
}

/** Inclusion and slot of a unit: bytes 0 to 5 and 6 to 11 of one digest, therefore independent of each other. */
export function drawUnit(prefix: string, unitId: string, sha256: Sha256): Draws {
  const digest = sha256(prefix + netstring(unitId));
  return { inclusion: fractionAt(digest, 0), slot: slotAt(digest, 6) };
}

/** Where a unit lies in an exclusion group, in [0, 1); the same for every experiment of the group. */
export function drawGroup(group: string, unitId: string, sha256: Sha256): number {
  return fractionAt(sha256(netstring(group) + netstring(unitId)), 0);
}

/** Three bytes as a whole number, the first one greatest. */
function uint24(digest: string, at: number): number {
  return (digest.charCodeAt(at) << 16) | (digest.charCodeAt(at + 1) << 8) | digest.charCodeAt(at + 2);
}

/** Six bytes as a fraction of 2^48; exact, for 48 bits fit in a double. */
function fractionAt(digest: string, at: number): number {
  return (uint24(digest, at) * 0x1000000 + uint24(digest, at + 3)) / 0x1000000000000;
}

/**
 * floor(six bytes x 10000 / 2^48). The product needs 62 bits and a double holds 53, so the lower half is multiplied first and
 * its whole part carried into the upper: (high x 10000 + floor(low x 10000 / 2^24)) / 2^24, every step below 2^38 and exact.
 */
function slotAt(digest: string, at: number): number {
  const carry = Math.floor((uint24(digest, at + 3) * 10_000) / 0x1000000);
  return Math.floor((uint24(digest, at) * 10_000 + carry) / 0x1000000);
}
