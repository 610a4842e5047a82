import type { AlertKind, AlertSeverity } from '../core/alert.js';
import type { ApiKeyScope } from '../core/api-key.js';
import type { AlertRecord, ApiKeyRecord, AuditRecord } from '../services/records.js';
import type { Columns } from './rows.js';

/** Rows of alerts, of the audit log and of API keys, in the manner of `rows.ts`. */

export interface AlertRow {
  readonly id: string;
  /** A number from the driver, a bigint from Prisma. */
  readonly sequence: number | bigint;
  readonly experiment_id: string;
  readonly kind: string;
  readonly severity: string;
  readonly message: string;
  readonly metric: string | null;
  readonly variant: string | null;
  readonly at: Date;
  readonly resolved_at: Date | null;
}

/** @param experimentKey of the alert's experiment, which the row does not hold */
export function alertOf(row: AlertRow, experimentKey: string): AlertRecord {
  return {
    id: row.id,
    experimentId: row.experiment_id,
    experimentKey,
    sequence: Number(row.sequence),
    at: row.at,
    resolvedAt: row.resolved_at,
    kind: row.kind as AlertKind,
    severity: row.severity as AlertSeverity,
    message: row.message,
    metric: row.metric,
    variant: row.variant,
  };
}

export function alertColumns(alert: AlertRecord): Columns {
  return {
    id: alert.id,
    sequence: alert.sequence,
    experiment_id: alert.experimentId,
    kind: alert.kind,
    severity: alert.severity,
    message: alert.message,
    metric: alert.metric,
    variant: alert.variant,
    at: alert.at,
    resolved_at: alert.resolvedAt,
  };
}

export interface AuditRow {
  readonly id: number | bigint;
  readonly at: Date;
  readonly actor: string;
  readonly action: string;
  readonly experiment_key: string | null;
  readonly reason: string | null;
  readonly before: unknown;
  readonly after: unknown;
}

export function auditOf({ experiment_key: experimentKey, ...row }: AuditRow): AuditRecord {
  const { at, actor, action, reason, before, after } = row;
  return { id: row.id.toString(), at, actor, action, experimentKey, reason, before, after };
}

/** The database numbers the entries itself. */
export function auditColumns(entry: Omit<AuditRecord, 'id'>): Columns {
  return {
    at: entry.at,
    actor: entry.actor,
    action: entry.action,
    experiment_key: entry.experimentKey,
    reason: entry.reason,
    before: jsonOrNull(entry.before),
    after: jsonOrNull(entry.after),
  };
}

const jsonOrNull = (value: unknown): string | null => (value === null || value === undefined ? null : JSON.stringify(value));

export interface ApiKeyRow {
  readonly id: string;
  readonly name: string;
  readonly scope: string;
  readonly prefix: string;
  readonly created_at: Date;
  readonly last_used_at: Date | null;
  readonly expires_at: Date | null;
  readonly revoked_at: Date | null;
}

export function apiKeyOf(row: ApiKeyRow): ApiKeyRecord {
  return {
    id: row.id,
    name: row.name,
    scope: row.scope as ApiKeyScope,
    prefix: row.prefix,
    createdAt: row.created_at,
    lastUsedAt: row.last_used_at,
    expiresAt: row.expires_at,
    revokedAt: row.revoked_at,
  };
}

/** All but `secret_hash`, which no record carries. */
export function apiKeyColumns(key: ApiKeyRecord): Columns {
  return {
    id: key.id,
    name: key.name,
    scope: key.scope,
    prefix: key.prefix,
    created_at: key.createdAt,
    last_used_at: key.lastUsedAt,
    expires_at: key.expiresAt,
    revoked_at: key.revokedAt,
  };
}
