import { StatisticsError } from '../../src/core/stats/statistics-error.js';
import { basicMethods } from './basic-methods.js';
import { designMethods } from './design-methods.js';
import { withSpecialNumbers } from './pass-rule.js';
import type { Method } from './shapes.js';

/** The methods of the reference files on our functions: names and shapes are translated, nothing is computed. */
export const methods: Readonly<Record<string, Method>> = { ...basicMethods, ...designMethods };

/** Runs a method of a reference file. A refusal becomes `{ error }` in the file's words. @throws Error for a method that is not built */
export function runMethod(name: string, input: unknown): unknown {
  const method = methods[name];
  if (!method) throw new Error(`method ${name} is not built`);
  try {
    return method(withSpecialNumbers(input));
  } catch (error) {
    if (error instanceof StatisticsError) return { error: error.reason === 'INVALID_DATA' ? 'invalid_input' : error.reason.toLowerCase() };
    throw error;
  }
}
