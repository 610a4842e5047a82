interface GuardrailBarProps {
  readonly effect: number | null;
  readonly interval: { readonly lower: number | null; readonly upper: number | null } | null;
  /** The effect from which on harm is too great; its sign says which way harm lies. */
  readonly limit: number;
  readonly isBreached: boolean;
}

const width = 400;
const height = 20;

/** An effect with its interval between no harm and too much; beyond the limit the ground is hatched. */
export function GuardrailBar({ effect, interval, limit, isBreached }: GuardrailBarProps) {
  const reach = Math.max(Math.abs(limit) * 2, Math.abs(effect ?? 0) * 1.3) || 1;
  const x = (value: number) => width / 2 + (Math.max(-reach, Math.min(reach, value)) / reach) * (width / 2);
  const ink = isBreached ? 'var(--worse)' : 'var(--waiting)';
  const [from, to] = [x(interval?.lower ?? Number.NEGATIVE_INFINITY), x(interval?.upper ?? Number.POSITIVE_INFINITY)];
  return (
    <svg
      viewBox={`0 0 ${width} ${height}`}
      width="100%"
      height={height}
      preserveAspectRatio="none"
      aria-hidden="true"
      style={{ display: 'block' }}
    >
      <rect
        x={limit > 0 ? x(limit) : 0}
        width={limit > 0 ? width - x(limit) : x(limit)}
        y={0}
        height={height}
        fill="var(--worse)"
        opacity={0.14}
      />
      <line
        x1={width / 2}
        x2={width / 2}
        y1={0}
        y2={height}
        stroke="var(--waiting)"
        strokeDasharray="2 2"
        vectorEffect="non-scaling-stroke"
      />
      <line x1={x(limit)} x2={x(limit)} y1={0} y2={height} stroke="var(--worse)" strokeWidth={2} vectorEffect="non-scaling-stroke" />
      {interval && (
        <line
          x1={from}
          x2={to}
          y1={height / 2}
          y2={height / 2}
          stroke={ink}
          strokeWidth={4}
          opacity={0.6}
          vectorEffect="non-scaling-stroke"
        />
      )}
      {effect !== null && <rect x={x(effect) - 3} width={6} y={height / 2 - 6} height={12} fill={ink} />}
    </svg>
  );
}
