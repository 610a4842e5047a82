import { Tooltip } from '@mantine/core';
import type { ReactNode } from 'react';
import type { UnknownReason } from '../generated/graphql.js';

const reasons: Readonly<Record<UnknownReason, string>> = {
  INSUFFICIENT_SAMPLE: 'Too few units or conversions yet',
  ZERO_VARIANCE: 'Nothing varies, so nothing can be compared',
  ZERO_BASELINE: "The control's mean is zero: no relative change exists",
  SRM_DETECTED: 'Withheld: the units do not fit the allocation',
  INVALID_DATA: 'The totals contradict one another',
};

/** Why a number is not known, in words; values of a later server are shown as they come. */
export function reasonText(reason: UnknownReason | null | undefined): string {
  if (!reason) return 'Not known';
  return reasons[reason] ?? reason;
}

/** A dash in place of a number, with the reason on hover, on focus and for screen readers. */
export function Unknown({ reason }: { readonly reason: string }) {
  return (
    <Tooltip label={reason} events={{ hover: true, focus: true, touch: true }}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: the reason must be reachable by keyboard */}
      <span tabIndex={0} style={{ cursor: 'help' }}>
        <span aria-hidden="true">–</span>
        <span className="visually-hidden">{`unknown: ${reason}`}</span>
      </span>
    </Tooltip>
  );
}

interface KnownProps {
  readonly value: number | null | undefined;
  readonly write: (value: number) => ReactNode;
  readonly reason: string;
}

/** The number, or the dash with its reason. */
export function Known({ value, write, reason }: KnownProps) {
  return value === null || value === undefined ? <Unknown reason={reason} /> : write(value);
}
