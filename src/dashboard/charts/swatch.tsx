import type { VariantLook } from '../theme/palette.js';

/** The line of a variant as charts draw it, beside its name. */
export function Swatch({ colour, dash }: VariantLook) {
  return (
    <svg width={18} height={10} aria-hidden="true" style={{ flexShrink: 0, verticalAlign: 'middle' }}>
      <line
        x1={1}
        x2={17}
        y1={5}
        y2={5}
        stroke={colour}
        strokeWidth={4}
        strokeLinecap="round"
        strokeDasharray={dash.map((length) => length / 1.5).join(' ')}
      />
    </svg>
  );
}
