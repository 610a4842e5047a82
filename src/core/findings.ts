import type { Problem, ProblemCode } from './errors.js';
import { isWellFormed, shortened } from './json-value.js';

/** What keys of experiments, variants and metrics look like. */
export const keyPattern = /^[a-z0-9][a-z0-9_.-]{0,99}$/;

/** The numbers that are allowed; ends that are left out are open to infinity, which itself is never allowed. */
export interface NumberRange {
  readonly min?: number;
  readonly max?: number;
  /** As `min` and `max`, themselves excluded. */
  readonly above?: number;
  readonly below?: number;
  readonly whole?: boolean;
}

export type Findings = ReturnType<typeof createFindings>;

/** Collects everything that is wrong with an input; each check reports and goes on. */
export function createFindings() {
  const problems: Problem[] = [];

  function report(code: ProblemCode, message: string, path: readonly string[], received?: unknown): void {
    problems.push(received === undefined ? { code, message, path } : { code, message, path, received: shortened(received) });
  }

  return {
    problems: problems as readonly Problem[],
    report,

    /** INVALID_KEY unless the key is well-formed. */
    key(value: string, path: readonly string[]): void {
      if (!keyPattern.test(value)) report('INVALID_KEY', `"${shortened(value)}" does not match ${keyPattern.source}.`, path, value);
    },

    /** INVALID_RANGE (or another code) unless the number is finite and in range; null and undefined pass. */
    number(value: number | null | undefined, range: NumberRange, path: readonly string[], code: ProblemCode = 'INVALID_RANGE'): void {
      if (value === null || value === undefined || isInRange(value, range)) return;
      report(code, `${path.at(-1)} must be ${describe(range)}; received ${value}.`, path, value);
    },

    /** INVALID_RANGE unless the text has this many characters, BAD_USER_INPUT when no store can hold it; null and undefined pass. */
    text(
      value: string | null | undefined,
      { min = 0, max }: { readonly min?: number; readonly max: number },
      path: readonly string[],
    ): void {
      if (value === null || value === undefined) return;
      const length = [...value].length;
      if (length > max || value.trim().length < min) {
        report('INVALID_RANGE', `${path.at(-1)} must have ${min} to ${max} characters and not be blank; received ${length}.`, path, value);
      }
      if (value.includes('\0') || !isWellFormed(value)) report('BAD_USER_INPUT', `${path.at(-1)} holds U+0000 or a lone surrogate.`, path);
    },

    /** INVALID_RANGE unless the list has at most this many members. */
    size(list: readonly unknown[], max: number, path: readonly string[]): void {
      if (list.length > max)
        report('INVALID_RANGE', `${path.at(-1)} has ${list.length} members; at most ${max} are taken.`, path, list.length);
    },

    /** DUPLICATE_KEY for each key that stands before in the list. */
    distinct(keys: readonly { readonly key: string; readonly path: readonly string[] }[]): void {
      const seen = new Set<string>();
      for (const { key, path } of keys) {
        if (seen.has(key)) report('DUPLICATE_KEY', `The key "${shortened(key)}" is used twice.`, path, key);
        seen.add(key);
      }
    },
  };
}

function isInRange(value: number, { min, max, above, below, whole }: NumberRange): boolean {
  return (
    Number.isFinite(value) &&
    (min === undefined || value >= min) &&
    (max === undefined || value <= max) &&
    (above === undefined || value > above) &&
    (below === undefined || value < below) &&
    (!whole || Number.isSafeInteger(value))
  );
}

/** @example describe({ above: 0, max: 720 }); // 'a number in (0, 720]' */
function describe({ min, max, above, below, whole }: NumberRange): string {
  const lower = min !== undefined ? `[${min}` : `(${above ?? '-infinity'}`;
  const upper = max !== undefined ? `${max}]` : `${below ?? 'infinity'})`;
  return `a ${whole ? 'whole ' : ''}number in ${lower}, ${upper}`;
}
