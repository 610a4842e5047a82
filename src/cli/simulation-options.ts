import type { Baseline } from '../core/simulation/plan.js';
import { UsageError } from './command.js';

/** What `simulate` is told about the world, as people write it. */

/** Values by name; under the empty name that of the one which goes without saying. */
export type Named<Value> = Readonly<Record<string, Value>>;

/** `--base 0.05`, `--base 12,30` (mean and deviation), `--base error=0.01`; repeated, one for each metric. @throws UsageError */
export function addBaseline(text: string, known: Named<Partial<Baseline>> = {}): Named<Partial<Baseline>> {
  const [name, value] = named(text);
  const [mean, deviation, ...rest] = value.split(',').map((part) => numberIn('--base', text, part));
  if (rest.length > 0) throw wrong('--base', text, 'a mean, or a mean and a deviation');
  return { ...known, [name]: { ...(mean !== undefined && { mean }), ...(deviation !== undefined && { deviation }) } };
}

/** `--effect 0.1` of the first variant beside the control, or `--effect blue=0.1`; repeated, one for each variant. @throws UsageError */
export function addEffect(text: string, known: Named<number> = {}): Named<number> {
  const [name, value] = named(text);
  return { ...known, [name]: numberIn('--effect', text, value) };
}

function named(text: string): readonly [name: string, value: string] {
  const sign = text.lastIndexOf('=');
  return [text.slice(0, Math.max(0, sign)), text.slice(sign + 1)];
}

function numberIn(option: string, text: string, part: string): number {
  const value = Number(part);
  if (part.trim() !== '' && Number.isFinite(value)) return value;
  throw wrong(option, text, 'numbers, after NAME= where it is not the first');
}

function wrong(option: string, text: string, expected: string): UsageError {
  return new UsageError(`${option}: received ${JSON.stringify(text)}; expected ${expected}.`);
}
