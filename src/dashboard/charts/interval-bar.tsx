import type { ComparisonOutcome } from '../generated/graphql.js';

interface IntervalBarProps {
  readonly interval: { readonly lower: number | null; readonly upper: number | null };
  readonly estimate: number;
  readonly outcome: ComparisonOutcome;
}

const width = 96;
const height = 18;

/** An interval against zero at a glance, on a scale of its own; the numbers stand beside it. */
export function IntervalBar({ interval: { lower, upper }, estimate, outcome }: IntervalBarProps) {
  const reach = Math.max(...[lower, upper, estimate].map((value) => Math.abs(value ?? 0))) * 1.1 || 1;
  const x = (value: number) => width / 2 + (value / reach) * (width / 2);
  const [from, to] = [lower === null ? 0 : x(lower), upper === null ? width : x(upper)];
  return (
    <svg width={width} height={height} aria-hidden="true" style={{ flexShrink: 0, color: outcomeInk(outcome) }}>
      <line x1={width / 2} x2={width / 2} y1={1} y2={height - 1} stroke="var(--waiting)" strokeDasharray="2 2" />
      <rect x={from} width={Math.max(1, to - from)} y={height / 2 - 3} height={6} rx={3} fill="currentColor" opacity={0.35} />
      <circle cx={x(estimate)} cy={height / 2} r={3.5} fill="currentColor" />
    </svg>
  );
}

/** Better is green, worse is red, open is grey; words say the same beside it. */
export function outcomeInk(outcome: ComparisonOutcome): string {
  return outcome === 'BETTER' ? 'var(--better)' : outcome === 'WORSE' ? 'var(--worse)' : 'var(--waiting)';
}
