/** Reference files of expected numbers: their form, and when a computed result meets an expectation. */

interface Bound {
  readonly relative?: number;
  readonly absolute?: number;
}

export interface Tolerance extends Bound {
  /** By the nearest object key of a number; an entry replaces the case's own. */
  readonly fields?: Readonly<Record<string, Bound>>;
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
  /** Largest share of its tolerance that a number took up; infinite where none was given and the number is not exact. */
  readonly worstShare: number;
}

/** A p-value below the smallest normal double is written as 0 in the files. */
const underflow = 1e-300;

/**
 * Compares a result with what a case expects. A number e is met by g when |g - e| <= max(absolute, relative |e|); the entry of the nearest
 * object key in `fields` replaces the case's tolerance; strings, booleans and null must be equal; what was not asked for is ignored.
 * NaN and infinities are met by themselves only.
 */
export function compareWithExpected(got: unknown, { expected, tolerance }: Pick<VectorCase, 'expected' | 'tolerance'>): Comparison {
  const faults: string[] = [];
  let worstRelativeError = 0;
  let worstShare = 0;
  const refusal = refusalOf(got);
  if (refusal !== null && refusalOf(expected) === null) faults.push(`expected numbers, received the refusal ${refusal}`);
  else walk(withSpecialNumbers(expected), got, '', '');
  return { faults, worstRelativeError, worstShare };

  function walk(wanted: unknown, value: unknown, path: string, key: string): void {
    if (Array.isArray(wanted)) {
      if (!Array.isArray(value) || value.length !== wanted.length) {
        faults.push(`${path}: expected ${wanted.length} entries, received ${shown(value)}`);
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
      faults.push(`${path}: expected ${shown(wanted)}, received ${shown(value)}`);
    }
  }

  function compareNumbers(wanted: number, value: unknown, path: string, key: string): void {
    const { relative = 0, absolute = 0 } = boundOf(tolerance, key);
    const received = typeof value === 'number' ? value : Number.NaN;
    const error = Math.abs(received - wanted);
    const isExact = Object.is(received, wanted) || error === 0 || (wanted === 0 && Math.abs(received) < underflow);
    const allowed = Math.max(absolute, relative * Math.abs(wanted));
    // Nothing is near an infinity.
    if (!isExact && !(Number.isFinite(wanted) && error <= allowed)) {
      faults.push(`${path}: expected ${wanted}, received ${shown(value)}${relativeText(error, wanted)}`);
    }
    if (isExact || !Number.isFinite(error)) return;
    worstShare = Math.max(worstShare, error / allowed);
    // Within the absolute tolerance a number has cancelled towards 0, and its relative error says nothing.
    if (error > absolute && wanted !== 0) worstRelativeError = Math.max(worstRelativeError, error / Math.abs(wanted));
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

function boundOf({ fields, ...own }: Tolerance, key: string): Bound {
  return fields && Object.hasOwn(fields, key) ? (fields[key] ?? own) : own;
}

/** The code of `{ error: CODE }`; null for numbers. */
function refusalOf(value: unknown): string | null {
  const error = value !== null && typeof value === 'object' && 'error' in value ? value.error : null;
  return typeof error === 'string' ? error : null;
}

function relativeText(error: number, wanted: number): string {
  return Number.isFinite(error) && Number.isFinite(wanted) && wanted !== 0
    ? ` (${(error / Math.abs(wanted)).toExponential(1)} relative)`
    : '';
}

function shown(value: unknown): string {
  return typeof value === 'number' || value === undefined ? String(value) : JSON.stringify(value);
}
