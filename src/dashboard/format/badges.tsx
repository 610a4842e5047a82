import { Badge } from '@mantine/core';
import type { AlertSeverity, Decision, ExperimentStatus } from '../generated/graphql.js';
import { decisionWords, statusWords, wordOf } from './words.js';

/** States as badges: always a word, the colour only helps. */

const statusColours: Readonly<Record<ExperimentStatus, string>> = {
  DRAFT: 'gray',
  DRY_RUN: 'blue',
  RUNNING: 'teal',
  PAUSED: 'yellow',
  STOPPED: 'gray',
  ROLLED_BACK: 'red',
  ARCHIVED: 'gray',
};

export function StatusBadge({ status, size = 'md' }: { readonly status: ExperimentStatus; readonly size?: 'sm' | 'md' }) {
  return (
    <Badge
      variant="dot"
      color={statusColours[status] ?? 'gray'}
      tt="none"
      fw={550}
      size={size}
      data-status={status}
      style={{ flexShrink: 0 }}
    >
      {wordOf(statusWords, status)}
    </Badge>
  );
}

const decisionColours: Readonly<Record<Decision, string>> = {
  KEEP_RUNNING: 'gray',
  SHIP: 'better',
  DO_NOT_SHIP: 'worse',
  ROLL_BACK: 'worse',
  INVALID: 'worse',
  INSUFFICIENT_DATA: 'gray',
};

/** Colour of the text: green for a win, red for harm, grey for what is open. */
export function decisionInk(decision: Decision): string {
  const colour = decisionColours[decision] ?? 'gray';
  return colour === 'gray' ? 'var(--waiting)' : `var(--${colour})`;
}

export function DecisionBadge({ decision }: { readonly decision: Decision }) {
  const ink = decisionInk(decision);
  return (
    <Badge variant="outline" tt="none" fw={600} data-decision={decision} style={{ color: ink, borderColor: ink, flexShrink: 0 }}>
      {wordOf(decisionWords, decision)}
    </Badge>
  );
}

const severityColours: Readonly<Record<AlertSeverity, string>> = { INFO: 'blue', WARNING: 'yellow', CRITICAL: 'red' };

export function severityColour(severity: AlertSeverity): string {
  return severityColours[severity] ?? 'gray';
}
