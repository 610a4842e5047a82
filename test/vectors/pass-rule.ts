/** Reference files of expected numbers: their form, and when a computed result meets an expectation. */

export interface Tolerance {
  readonly relative: number;
  readonly absolute: number;
  readonly fields?: Readonly<Record<string, { readonly relative: number; readonly absolute: number }>>;
}

export interface VectorCase {
  readonly id: string;
  readonly method: string;
  readonly input: unknown;
  readonly expected: unknown;
  readonly tolerance: Tolerance;
}

export interface VectorFile {
  readonly format: number;
  readonly cases: readonly VectorCase[];
}

export interface Comparison {
  /** One line for each expectation that is not met. */
  readonly faults: readonly string[];
  /** Largest |got - expected| / |expected| over numbers that are not 0 and not met by their absolute tolerance alone. */
  readonly worstRelativeError: number;
}

/** A p-value below the smallest normal double is written as 0 in the files. */
const underflow = 1e-300;

/**
 * Compares a result with what a case expects. A number e is met by g when |g - e| <= max(absolute, relative |e|); the entry of the nearest
 * object key in `fields` replaces the case's tolerance; strings, booleans and null must be equal; what was not asked for is ignored.
 */
export function compareWithExpected(got: unknown, { expected, tolerance }: Pick<VectorCase, 'expected' | 'tolerance'>): Comparison {
  const faults: string[] = [];
  let worstRelativeError = 0;
  walk(expected, got, '', '');
  return { faults, worstRelativeError };

  function walk(wanted: unknown, value: unknown, path: string, key: string): void {
    if (Array.isArray(wanted)) {
      if (!Array.isArray(value) || value.length !== wanted.length) {
        faults.push(`${path}: expected ${wanted.length} entries, received ${JSON.stringify(value)}`);
        return;
      }
      wanted.forEach((entry, index) => {
        walk(entry, value[index], `${path}[${index}]`, key);
      });
    } else if (wanted !== null && typeof wanted === 'object') {
      for (const [member, entry] of Object.entries(wanted)) {
        walk(entry, (value as Record<string, unknown> | null | undefined)?.[member], path ? `${path}.${member}` : member, member);
      }
    } else if (typeof wanted === 'number') {
      compareNumbers(wanted, value, path, key);
    } else if (!Object.is(wanted, value)) {
      faults.push(`${path}: expected ${JSON.stringify(wanted)}, received ${JSON.stringify(value)}`);
    }
  }

  function compareNumbers(wanted: number, value: unknown, path: string, key: string): void {
    const { relative, absolute } = tolerance.fields?.[key] ?? tolerance;
    const received = typeof value === 'number' ? value : Number.NaN;
    const error = Math.abs(received - wanted);
    const isMet =
      Object.is(received, wanted) ||
      error <= Math.max(absolute, relative * Math.abs(wanted)) ||
      (wanted === 0 && Math.abs(received) < underflow);
    if (!isMet) faults.push(`${path}: expected ${wanted}, received ${JSON.stringify(value)}`);
    // Within the absolute tolerance a number has cancelled towards 0, and its relative error says nothing.
    if (error > absolute && wanted !== 0 && Number.isFinite(error))
      worstRelativeError = Math.max(worstRelativeError, error / Math.abs(wanted));
  }
}

/** Special numbers stand as text in the files, because JSON has none. */
export function withSpecialNumbers(value: unknown): unknown {
  if (value === 'NaN') return Number.NaN;
  if (value === 'Infinity') return Number.POSITIVE_INFINITY;
  if (value === '-Infinity') return Number.NEGATIVE_INFINITY;
  if (Array.isArray(value)) return value.map(withSpecialNumbers);
  if (value !== null && typeof value === 'object') {
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, withSpecialNumbers(member)]));
  }
  return value;
}
