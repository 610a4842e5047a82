import type { AlertKind, AlertSeverity } from './alert.js';
import { list } from './number-words.js';

/**
 * What an evaluation found, with a word on the critical alerts that are open: numbers that say SHIP mislead where they stand alone beside one.
 * Stored evaluations go without, for alerts come and go while what was computed stays.
 *
 * @param openAlerts of any severity; only critical ones are told
 * @example besideAlerts('green wins.', [{ kind: 'BANDIT_HALTED', severity: 'CRITICAL' }]); // 'green wins. An alert is open: BANDIT_HALTED.'
 */
export function besideAlerts(
  summary: string,
  openAlerts: readonly { readonly kind: AlertKind; readonly severity: AlertSeverity }[],
): string {
  const critical = openAlerts.filter(({ severity }) => severity === 'CRITICAL').map(({ kind }) => kind);
  if (critical.length === 0) return summary;
  return `${summary} ${critical.length === 1 ? 'An alert is' : `${critical.length} alerts are`} open: ${list([...new Set(critical)])}.`;
}
