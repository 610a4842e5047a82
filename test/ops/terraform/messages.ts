/** Protocol buffers as far as the plugins of Terraform need them here: fields of numbers and of bytes. */

export type Field = readonly [number: number, value: Uint8Array | string | number | boolean];

/** A message with these fields; a field given twice is repeated, and one that says nothing (0, false) is left out. */
export function message(fields: readonly Field[]): Buffer {
  return Buffer.concat(
    fields.flatMap(([number, value]) => {
      if (typeof value === 'number' || typeof value === 'boolean') {
        return Number(value) === 0 ? [] : [varint(number << 3), varint(Number(value))];
      }
      const bytes = Buffer.from(value as Uint8Array);
      return [varint((number << 3) | 2), varint(bytes.length), bytes];
    }),
  );
}

/** Fields of bytes by their number; of a repeated one the last. */
export function readMessage(bytes: Uint8Array): ReadonlyMap<number, Uint8Array> {
  const fields = new Map<number, Uint8Array>();
  let at = 0;
  const next = () => {
    let [value, shift, byte] = [0, 0, 0x80];
    for (; byte & 0x80; shift += 7) {
      byte = bytes[at++] ?? 0;
      value |= (byte & 0x7f) << shift;
    }
    return value;
  };
  while (at < bytes.length) {
    const key = next();
    const length = next();
    if ((key & 7) !== 2) continue;
    fields.set(key >> 3, bytes.subarray(at, at + length));
    at += length;
  }
  return fields;
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) bytes.push((rest & 0x7f) | 0x80);
  return Buffer.from([...bytes, rest]);
}
