/** Which points of a long history are shown: never more than were asked for, and the latest always among them. */

/**
 * The numbers from `first` to `last` when they are few enough, else those of `kept` and as many others as there is room for, evenly.
 * When those kept alone are too many, they are thinned evenly themselves.
 *
 * @param most  at least 1
 * @param kept  numbers from `first` to `last` in ascending order
 * @returns ascending, at most `most`, `last` among them
 */
export function thinned({
  first,
  last,
  most,
  kept = [],
}: {
  readonly first: number;
  readonly last: number;
  readonly most: number;
  readonly kept?: readonly number[];
}): number[] {
  const length = last - first + 1;
  if (length <= most) return Array.from({ length }, (_, i) => first + i);
  const room = most - kept.length;
  if (room <= 0) {
    const always = kept.at(-1) === last ? kept : [...kept, last];
    return positions(always.length, Math.min(most, always.length)).map((position) => always[position] as number);
  }
  const chosen = new Set([...kept, ...positions(length, room).map((position) => first + position)]);
  return [...chosen].sort((a, b) => a - b);
}

/** `count` of the positions 0 to `length - 1`, evenly, both ends among them; of one the last. */
function positions(length: number, count: number): number[] {
  if (count === 1) return [length - 1];
  return Array.from({ length: count }, (_, i) => Math.round((i * (length - 1)) / (count - 1)));
}

const hourMs = 3_600_000;

/** Times at which something that is kept by the hour is shown. */
export interface HourSteps {
  /** The first full hour at or after the beginning, in milliseconds since the epoch. */
  readonly first: number;
  /** Milliseconds from one to the next, a multiple of an hour. */
  readonly step: number;
  /** Ascending: full hours from `first` on in steps of `step`, and the end itself. */
  readonly times: readonly Date[];
}

/**
 * Full hours from one time to another in the smallest even steps that give no more times than wanted, and the end as the last time.
 *
 * @param most  at least 1
 */
export function hourSteps({ from, to, most }: { readonly from: Date; readonly to: Date; readonly most: number }): HourSteps {
  const first = Math.ceil(from.getTime() / hourMs) * hourMs;
  const span = Math.max(0, to.getTime() - first);
  const step = Math.max(1, Math.ceil(span / hourMs / Math.max(1, most - 1))) * hourMs;
  const count = most === 1 ? 0 : Math.ceil(span / step);
  const times = Array.from({ length: count }, (_, i) => new Date(first + i * step));
  return { first, step, times: [...times, to] };
}
