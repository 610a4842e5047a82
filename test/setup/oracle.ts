import type pg from 'pg';

/**
 * What the live totals must equal: one plain SQL query over all raw exposures and events, with nothing incremental in it.
 * It says in SQL what DESIGN says in words: per unit, from the first exposure on, inside the window, before the end and any exclusion.
 */
const counted = `
  first_exposure as (
    select distinct on (experiment_id, unit_id) experiment_id, unit_id, variant, allocation_version, occurred_at as exposed_at, segments
    from raw_exposure order by experiment_id, unit_id, occurred_at, allocation_version, array_to_string(segments, ',')
  ),
  -- Each unit in the cell of all units and in those of its segments.
  place as (select experiment_id, unit_id, segment from first_exposure, unnest('{""}' || segments) as segment),
  metric as (
    select e.id as experiment_id, e.definition ->> 'hashKey' as hash_key, e.ended_at, m ->> 'key' as metric, m ->> 'type' as type,
           (m ->> 'windowHours')::float8 as window_hours, (m ->> 'cap')::numeric as cap, m ->> 'denominator' as denominator,
           (m ->> 'cuped')::boolean as cuped
    from experiment e, jsonb_array_elements(e.definition -> 'metrics') as m
  ),
  unit as (
    select f.experiment_id, f.unit_id, f.variant, a.period, m.metric, m.type, m.cap,
           count(r.event_id) as events, coalesce(sum(r.value), 0) as total,
           -- What is below the line: other events in the same time.
           (select coalesce(sum(d.value), 0) from raw_event d
            where m.type = 'RATIO' and d.unit_id = f.unit_id and d.hash_key = m.hash_key and d.metric = m.denominator
              and (d.experiment_id is null or d.experiment_id = f.experiment_id)
              and d.occurred_at >= f.exposed_at
              and (m.window_hours is null or d.occurred_at < f.exposed_at + m.window_hours * interval '1 hour')
              and (m.ended_at is null or least(d.occurred_at, d.received_at) <= m.ended_at)
              and (u.excluded_at is null or least(d.occurred_at, d.received_at) < u.excluded_at)) as below,
           -- What the unit did before it was exposed.
           (select array[count(*), coalesce(sum(b.value), 0)] from raw_event b
            where m.cuped and b.unit_id = f.unit_id and b.hash_key = m.hash_key and b.metric = m.metric
              and (b.experiment_id is null or b.experiment_id = f.experiment_id)
              and b.occurred_at < f.exposed_at and b.occurred_at >= f.exposed_at - interval '14 days') as before
    from first_exposure f
    join allocation a on (a.experiment_id, a.version) = (f.experiment_id, f.allocation_version)
    join unit_exposure u on (u.experiment_id, u.unit_id) = (f.experiment_id, f.unit_id)
    join metric m on m.experiment_id = f.experiment_id
    left join raw_event r on r.unit_id = f.unit_id and r.hash_key = m.hash_key and r.metric = m.metric
      and (r.experiment_id is null or r.experiment_id = f.experiment_id)
      and r.occurred_at >= f.exposed_at
      and (m.window_hours is null or r.occurred_at < f.exposed_at + m.window_hours * interval '1 hour')
      and (m.ended_at is null or least(r.occurred_at, r.received_at) <= m.ended_at)
      and (u.excluded_at is null or least(r.occurred_at, r.received_at) < u.excluded_at)
    group by f.experiment_id, f.unit_id, f.variant, f.exposed_at, a.period, m.metric, m.type, m.cap, m.hash_key, m.denominator, m.cuped,
             m.window_hours, m.ended_at, u.excluded_at
  ),
  value as (
    select *, case type when 'CONVERSION' then least(events, 1)::numeric
                        when 'COUNT' then least(events::numeric, coalesce(cap, events::numeric))
                        else least(total, coalesce(cap, total)) end as x,
              case when type = 'RATIO' then below
                   when type = 'CONVERSION' then least(before[1], 1)
                   when type = 'COUNT' then least(before[1], coalesce(cap, before[1]))
                   else least(before[2], coalesce(cap, before[2])) end as y
    from unit
  )`;

const sumsByOracle = `with ${counted}
  select experiment_id, period, variant, metric, segment, count(*) filter (where events > 0)::text as units, sum(events)::text as events,
         trim_scale(sum(total))::text as total, trim_scale(sum(x))::text as sum_x, trim_scale(sum(x * x))::text as sum_x2,
         trim_scale(sum(y))::text as sum_y, trim_scale(sum(y * y))::text as sum_y2, trim_scale(sum(x * y))::text as sum_xy
  from value join place using (experiment_id, unit_id)
  group by 1, 2, 3, 4, 5 having sum(events) > 0 or sum(y * y) > 0 order by 1, 2, 3, 4, 5`;

const sumsByTotals = `
  select experiment_id, period, variant, metric, segment, sum(units)::text as units, sum(events)::text as events,
         trim_scale(sum(total))::text as total, trim_scale(sum(sum_x))::text as sum_x, trim_scale(sum(sum_x2))::text as sum_x2,
         trim_scale(sum(sum_y))::text as sum_y, trim_scale(sum(sum_y2))::text as sum_y2, trim_scale(sum(sum_xy))::text as sum_xy
  from metric_total group by 1, 2, 3, 4, 5 having sum(events) > 0 or sum(sum_y2) > 0 order by 1, 2, 3, 4, 5`;

const unitsByOracle = `with ${counted}
  select experiment_id, allocation_version, variant, segment, count(*)::text as units
  from first_exposure join place using (experiment_id, unit_id) group by 1, 2, 3, 4 order by 1, 2, 3, 4`;

const unitsByTotals = `
  select experiment_id, allocation_version, variant, segment, sum(units)::text as units
  from version_units group by 1, 2, 3, 4 having sum(units) <> 0 order by 1, 2, 3, 4`;

/** Values of the cohort metric by the hour of first exposure. */
const cohortsByOracle = `with ${counted}
  select date_trunc('hour', f.exposed_at, 'UTC')::text as hour, v.experiment_id, v.period, v.variant, count(*)::text as units,
         trim_scale(sum(v.x))::text as sum_x, trim_scale(sum(v.x * v.x))::text as sum_x2
  from value v join first_exposure f using (experiment_id, unit_id)
  join experiment e on e.id = v.experiment_id
  where e.design = 'BANDIT' and v.metric = e.definition -> 'metrics' -> 0 ->> 'key'
  group by 1, 2, 3, 4 order by 1, 2, 3, 4`;

const cohortsByTotals = `
  select date_trunc('hour', hour, 'UTC')::text as hour, experiment_id, period, variant, sum(units)::text as units,
         trim_scale(sum(sum_x))::text as sum_x, trim_scale(sum(sum_x2))::text as sum_x2
  from cohort_total group by 1, 2, 3, 4 having sum(units) <> 0 order by 1, 2, 3, 4`;

/** What charts of counts add up to. */
const countsByOracle = `with ${counted}
  select v.experiment_id, v.variant, count(*)::text as exposures, count(*) filter (where v.events > 0)::text as conversions
  from value v join experiment e on e.id = v.experiment_id
  where v.metric = e.definition -> 'metrics' -> 0 ->> 'key'
  group by 1, 2 order by 1, 2`;

const countsByHours = `
  select experiment_id, variant, sum(exposures)::text as exposures, sum(conversions)::text as conversions
  from hour_count group by 1, 2 order by 1, 2`;

/** The live totals beside what the raw rows say; a test expects the two to be equal. */
export async function compareWithOracle(sql: Pick<pg.Pool, 'query'>) {
  const rowsOf = async (query: string) => (await sql.query(query)).rows;
  return {
    live: {
      sums: await rowsOf(sumsByTotals),
      units: await rowsOf(unitsByTotals),
      cohorts: await rowsOf(cohortsByTotals),
      counts: await rowsOf(countsByHours),
    },
    oracle: {
      sums: await rowsOf(sumsByOracle),
      units: await rowsOf(unitsByOracle),
      cohorts: await rowsOf(cohortsByOracle),
      counts: await rowsOf(countsByOracle),
    },
  };
}
