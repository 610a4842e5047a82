import { useEffect, useState } from 'react';

/** Time in the viewer's zone, with UTC on hover, for those who compare with logs. */

const dateTime = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });
const clock = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' });

interface TimeProps {
  /** RFC 3339. */
  readonly at: string;
  /** `clock` for what is of today. */
  readonly as?: 'dateTime' | 'clock';
}

export function Time({ at, as = 'dateTime' }: TimeProps) {
  const date = new Date(at);
  return (
    <time dateTime={at} title={`${date.toISOString().replace('T', ' ').slice(0, 19)} UTC`}>
      {(as === 'clock' ? clock : dateTime).format(date)}
    </time>
  );
}

const steps: readonly (readonly [unit: string, seconds: number])[] = [
  ['d', 86_400],
  ['h', 3_600],
  ['min', 60],
  ['s', 1],
];

/** A length of time in its largest unit: 3 d, 5 h, 12 min, 40 s. */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  const [unit, size] = steps.find(([, size]) => seconds >= size * 2) ?? ['s', 1];
  return `${Math.round(seconds / size)} ${unit}`;
}

/** The present, in milliseconds since the epoch, anew every `everyMs`; null: it stands still. */
export function useNow(everyMs: number | null): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (everyMs === null) return;
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}

/** How long ago that was: "12 min ago", renewed as time goes by. */
export function Ago({ at }: { readonly at: string }) {
  const now = useNow(10_000);
  const date = new Date(at);
  const passed = now - date.getTime();
  return (
    <time dateTime={at} title={`${dateTime.format(date)} (${date.toISOString().replace('T', ' ').slice(0, 19)} UTC)`}>
      {passed < 5_000 ? 'just now' : `${duration(passed)} ago`}
    </time>
  );
}
