import type { ComparisonOutcome } from '../generated/graphql.js';
import { outcomeInk } from './interval-bar.js';

/** Ends of the scale, zero among them; an interval that goes beyond gets an arrow. */
export interface ForestScale {
  readonly low: number;
  readonly high: number;
}

interface ForestRowProps {
  readonly estimate: number | null;
  readonly interval: { readonly lower: number | null; readonly upper: number | null } | null;
  readonly outcome: ComparisonOutcome;
  readonly scale: ForestScale;
  /** Not registered: drawn hollow. */
  readonly isExploratory: boolean;
}

const width = 220;
const height = 22;
/** Room for the arrows. */
const edge = 8;
const middle = height / 2;

/** One interval of a forest plot. All rows of a plot have one scale, so that they can be compared by eye. */
export function ForestRow({ estimate, interval, outcome, scale, isExploratory }: ForestRowProps) {
  const { low, high } = scale;
  const x = (value: number) => edge + ((Math.max(low, Math.min(high, value)) - low) / (high - low)) * (width - 2 * edge);
  const lower = interval?.lower ?? Number.NEGATIVE_INFINITY;
  const upper = interval?.upper ?? Number.POSITIVE_INFINITY;
  return (
    <svg
      viewBox={`0 0 ${width} ${height}`}
      width="100%"
      height={height}
      preserveAspectRatio="none"
      aria-hidden="true"
      style={{ color: outcomeInk(outcome), minWidth: 140, display: 'block' }}
    >
      <line x1={x(0)} x2={x(0)} y1={0} y2={height} stroke="var(--waiting)" strokeDasharray="2 2" vectorEffect="non-scaling-stroke" />
      {interval && (
        <line
          x1={x(lower)}
          x2={x(upper)}
          y1={middle}
          y2={middle}
          stroke="currentColor"
          strokeWidth={isExploratory ? 2 : 4}
          strokeDasharray={isExploratory ? '4 3' : undefined}
          vectorEffect="non-scaling-stroke"
        />
      )}
      {interval && lower < low && <path d={`M1 ${middle} l6 -4 v8 z`} fill="currentColor" />}
      {interval && upper > high && <path d={`M${width - 1} ${middle} l-6 -4 v8 z`} fill="currentColor" />}
      {estimate !== null && (
        <rect
          x={x(estimate) - 4}
          y={middle - 4}
          width={8}
          height={8}
          fill={isExploratory ? 'var(--surface)' : 'currentColor'}
          stroke="currentColor"
          vectorEffect="non-scaling-stroke"
        />
      )}
    </svg>
  );
}

/** A scale that shows zero and each of these estimates, and wide intervals in part. */
export function forestScale(rows: readonly Pick<ForestRowProps, 'estimate' | 'interval'>[]): ForestScale {
  const most = Math.max(...rows.map(({ estimate }) => Math.abs(estimate ?? 0)), 0.02) * 4;
  const values = rows.flatMap(({ estimate, interval }) => [
    estimate ?? 0,
    ...(interval ? [interval.lower ?? -most, interval.upper ?? most] : []),
  ]);
  const low = Math.max(-most, Math.min(...values, -0.01));
  const high = Math.min(most, Math.max(...values, 0.01));
  return { low: low * 1.05, high: high * 1.05 };
}
