/** Exact decimals as whole numbers of a small unit: sums do not depend on the order of their parts. */

const decimals = 9;

/** A number as a whole number of 1e-9. @param value finite, below 1e21 in size; digits after the ninth are rounded off */
export function toNano(value: number): bigint {
  return BigInt(value.toFixed(decimals).replace('.', ''));
}

/** Decimal text, as the stores hand it over, as a whole number of 10^-scale. @throws RangeError when it has more decimals than that */
export function parseScaled(text: string, scale: number = decimals): bigint {
  const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text);
  if (!match) throw new RangeError(`not a plain decimal: ${text}`);
  const [, sign, whole, fraction = ''] = match;
  const kept = fraction.replace(/0+$/, '');
  if (kept.length > scale) throw new RangeError(`more than ${scale} decimals: ${text}`);
  const magnitude = BigInt(`${whole}${kept.padEnd(scale, '0')}`);
  return sign === '-' ? -magnitude : magnitude;
}

/** The reverse of {@link parseScaled}. */
export function formatScaled(value: bigint, scale: number = decimals): string {
  const digits = (value < 0n ? -value : value).toString().padStart(scale + 1, '0');
  return `${value < 0n ? '-' : ''}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}
