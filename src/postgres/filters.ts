import { alertSeverities } from '../core/alert.js';
import { keyPattern } from '../core/findings.js';
import type { AlertFilter, AuditFilter, ExperimentFilter, ExperimentOrder } from '../services/reads.js';
import type { SortColumn, Where } from './pages.js';

/** What is wanted of a list, in Prisma's terms. A member that is null or left out wants nothing; an empty list of alternatives is met by nothing. */

/** Whether a row could have this key: what comes from outside and could not is never asked for. */
export const isKey = (text: string): boolean => keyPattern.test(text);

export const isUuid = (text: string): boolean => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text);

/** Whether a column of whole numbers from 1 on could hold it. */
export const isCount = (value: number): boolean => Number.isInteger(value) && value >= 1 && value < 2 ** 31;

/** Postgres holds no U+0000 and refuses to compare with it. */
const isStorable = (text: string): boolean => !text.includes('\0');

/** RFC 3339 has a year 0, Postgres has none. */
const sinceYearOne = (at: Date): Date => (at.getUTCFullYear() < 1 ? new Date('0001-01-01T00:00:00Z') : at);

/** Met by no row. (Prisma takes an empty OR beside other conditions for none at all.) */
const nothing = (name: string): Where => ({ [name]: { in: [] } });

export function experimentWhere({ keys, status, design, tags, search }: ExperimentFilter): Where {
  const wanted: Where[] = [{ status: status ? { in: status } : { not: 'ARCHIVED' } }];
  if (keys) wanted.push({ key: { in: keys.filter(isKey) } });
  if (design) wanted.push({ design: { in: design } });
  if (tags) wanted.push(tags.every(isStorable) ? { tags: { hasEvery: tags } } : nothing('key'));
  if (search)
    wanted.push(
      isStorable(search) ? { OR: ['key', 'name', 'hypothesis'].map((name) => ({ [name]: containing(search) })) } : nothing('key'),
    );
  return { AND: wanted };
}

/** Prisma hands the text to ILIKE as it is; its wildcards are meant literally here. */
function containing(text: string): Where {
  return { contains: text.replace(/[\\%_]/g, '\\$&'), mode: 'insensitive' };
}

const orderColumns = {
  CREATED_AT: { name: 'createdAt', type: 'instant' },
  UPDATED_AT: { name: 'updatedAt', type: 'instant' },
  STARTED_AT: { name: 'startedAt', type: 'instant', nullable: true },
  NAME: { name: 'name', type: 'text' },
} as const;

/** Ties by key, in the same direction, so that one index serves both. */
export function experimentSort({ field, direction }: ExperimentOrder): SortColumn[] {
  const way = direction === 'ASC' ? 'asc' : 'desc';
  return [
    { ...orderColumns[field], direction: way },
    { name: 'key', type: 'text', direction: way },
  ];
}

/** @param experimentIds those of the filter's keys; null when it names none */
export function alertWhere({ kinds, minSeverity, open }: AlertFilter, experimentIds: readonly string[] | null): Where {
  const wanted: Where[] = [];
  if (experimentIds) wanted.push({ experimentId: { in: experimentIds } });
  if (kinds) wanted.push({ kind: { in: kinds } });
  if (minSeverity) wanted.push({ severity: { in: alertSeverities.slice(alertSeverities.indexOf(minSeverity)) } });
  if (typeof open === 'boolean') wanted.push({ resolvedAt: open ? null : { not: null } });
  return { AND: wanted };
}

export function auditWhere({ experimentKey, actor, action, from, to }: AuditFilter): Where {
  const wanted: Where[] = [];
  for (const [name, text] of Object.entries({ experimentKey, actor, action })) {
    if (typeof text === 'string') wanted.push(isStorable(text) ? { [name]: text } : nothing(name));
  }
  if (from) wanted.push({ at: { gte: sinceYearOne(from) } });
  if (to) wanted.push({ at: { lt: sinceYearOne(to) } });
  return { AND: wanted };
}
