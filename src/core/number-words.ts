/** How numbers are written for people: to as many digits as they deserve, and never so that one reads as another. */

/** A difference of shares is in points, so that nobody takes it for a relative change. */
export function difference(value: number, isShare: boolean): string {
  const size = isShare ? `${digits(Math.abs(value) * 100, 3)} points` : digits(Math.abs(value), 4);
  return `${value === 0 ? '' : value < 0 ? '-' : '+'}${size}`;
}

/** To a hundredth of a percent, so that certainty which is not complete never reads as if it were. */
export function chance(probability: number): string {
  if (probability > 0.9999) return 'above 99.99%';
  return probability < 0.0001 ? 'below 0.01%' : `${(probability * 100).toFixed(2)}%`;
}

/** With its sign; zero has none. */
export function signed(value: number, isShare: boolean): string {
  const sign = value < 0 ? '-' : '+';
  return `${value === 0 ? '' : sign}${amount(Math.abs(value), isShare)}`;
}

/** A share in percent, anything else as it is. */
export function amount(value: number, isShare: boolean): string {
  return isShare ? percent(value) : digits(value, 4);
}

/** @example percent(0.0512); // '5.12%' */
export function percent(share: number): string {
  return `${digits(share * 100, 3)}%`;
}

/** A number to so many significant digits, never in powers of ten below a million million. */
export function digits(value: number, significant: number): string {
  if (value === 0) return '0';
  const size = Math.floor(Math.log10(Math.abs(value)));
  if (size >= 12 || size < -6) return value.toPrecision(significant);
  return value.toFixed(Math.min(12, Math.max(0, significant - 1 - size)));
}

/** A p-value, or "unknown". */
export function pText(pValue: number | null): string {
  if (pValue === null) return 'unknown';
  if (pValue >= 0.995) return '1';
  return pValue < 0.0001 ? 'below 0.0001' : digits(pValue, 2);
}

/** A whole number with commas between thousands. */
export function count(value: number): string {
  return value.toFixed(0).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** @example list(['a', 'b', 'c']); // 'a, b and c' */
export function list(texts: readonly string[]): string {
  return texts.length < 2 ? texts.join('') : `${texts.slice(0, -1).join(', ')} and ${texts.at(-1)}`;
}
