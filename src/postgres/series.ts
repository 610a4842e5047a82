import { allocationCauses } from '../core/allocation.js';
import type { NumberSpan, SeriesReads } from '../services/reads.js';
import type { EffectRecord, WeightsPoint } from '../services/records.js';
import { reading, type Sql, statement } from './database.js';
import { readHourCounts } from './hour-counts.js';

/**
 * Histories of an experiment for charts. Allocations and evaluations are numbered without a gap, so which of them are shown is told from the
 * numbers at both ends; only these rows are read, however many lie between.
 */
export function createSeriesReads(sql: Sql): SeriesReads {
  return {
    allocationSpan: (experimentId, { from, to }) =>
      reading(async () => {
        const span = spanOf(await allocationSpan(sql, [experimentId, from, to]));
        if (!span) return null;
        const { rows } = await keptVersions(sql, [experimentId, causesKept, span.first, span.last]);
        return { ...span, kept: rows.map(({ version }) => version) };
      }),

    weights: (experimentId, versions) => reading(async () => (await weightsOf(sql, [experimentId, versions])).rows),

    evaluationSpan: (experimentId, { from, to }) => reading(async () => spanOf(await evaluationSpan(sql, [experimentId, from, to]))),

    effects: (experimentId, metric, sequences) => reading(async () => (await effectsOf(sql, [experimentId, sequences, metric])).rows),

    hourCounts: (experimentId, steps, until) => reading(() => readHourCounts(sql, experimentId, steps, until)),
  };
}

interface SpanRow {
  readonly first: number | null;
  readonly last: number | null;
}

function spanOf({ rows }: { readonly rows: readonly SpanRow[] }): NumberSpan | null {
  const { first = null, last = null } = rows[0] ?? {};
  return first === null || last === null || first > last ? null : { first, last };
}

/** The version in force at the beginning is the first; where none was yet, it is number 1. */
const allocationSpan = statement<SpanRow>(
  'allocation_span',
  `select coalesce((select version from allocation where experiment_id = $1 and started_at <= $2 order by started_at desc, version desc limit 1), 1) as first,
          (select version from allocation where experiment_id = $1 and started_at < coalesce($3, 'infinity'::timestamptz) order by started_at desc, version desc limit 1) as last`,
);

/** Moves that a chart must not lose among those of a bandit. */
const causesKept = allocationCauses.filter((cause) => cause !== 'BANDIT');

const keptVersions = statement<{ version: number }>(
  'kept_versions',
  'select version from allocation where experiment_id = $1 and cause = any($2) and version between $3 and $4 order by version',
);

const weightsOf = statement<WeightsPoint>(
  'weights_of',
  `select version, started_at as at, cause, traffic_allocation as "trafficAllocation", weights
   from allocation where experiment_id = $1 and version = any($2) order by version`,
);

const evaluationSpan = statement<SpanRow>(
  'evaluation_span',
  `select (select sequence from evaluation where experiment_id = $1 and at >= $2 order by at, sequence limit 1) as first,
          (select sequence from evaluation where experiment_id = $1 and at < coalesce($3, 'infinity'::timestamptz) order by at desc, sequence desc limit 1) as last`,
);

const effectsOf = statement<EffectRecord>(
  'effects_of',
  `select sequence, at, result #>> '{result,decision}' as decision, comparison
   from evaluation cross join lateral jsonb_array_elements(result #> '{result,comparisons}') as comparison
   where experiment_id = $1 and sequence = any($2) and comparison ->> 'metric' = $3
   order by sequence`,
);
