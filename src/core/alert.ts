/** What an alert is about. */
export const alertKinds = [
  'GUARDRAIL_BREACH',
  'SRM_DETECTED',
  'CONVERSION_ANOMALY',
  'BANDIT_HALTED',
  'ROLLED_BACK',
  'MULTIPLE_EXPOSURE',
  'STALE_POLICY',
  'UNDERPOWERED',
] as const;
export type AlertKind = (typeof alertKinds)[number];

/** How pressing an alert is, the least first. */
export const alertSeverities = ['INFO', 'WARNING', 'CRITICAL'] as const;
export type AlertSeverity = (typeof alertSeverities)[number];
