import type pg from 'pg';

/**
 * What the live totals must equal: one plain SQL query over all raw exposures and events, with nothing incremental in it.
 * It says in SQL what DESIGN says in words: per unit, from the first exposure on, inside the window, before the end and any exclusion.
 */
const counted = `
  first_exposure as (
    select distinct on (experiment_id, unit_id) experiment_id, unit_id, variant, allocation_version, occurred_at as exposed_at
    from raw_exposure order by experiment_id, unit_id, occurred_at, allocation_version
  ),
  metric as (
    select e.id as experiment_id, e.definition ->> 'hashKey' as hash_key, e.ended_at, m ->> 'key' as metric, m ->> 'type' as type,
           (m ->> 'windowHours')::float8 as window_hours, (m ->> 'cap')::numeric as cap
    from experiment e, jsonb_array_elements(e.definition -> 'metrics') as m
  ),
  unit as (
    select f.experiment_id, f.unit_id, f.variant, a.period, m.metric, m.type, m.cap,
           count(r.event_id) as events, coalesce(sum(r.value), 0) as total
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
    group by f.experiment_id, f.unit_id, f.variant, a.period, m.metric, m.type, m.cap
  ),
  value as (
    select *, case type when 'CONVERSION' then least(events, 1)::numeric
                        when 'COUNT' then least(events::numeric, coalesce(cap, events::numeric))
                        else least(total, coalesce(cap, total)) end as x
    from unit
  )`;

const sumsByOracle = `with ${counted}
  select experiment_id, period, variant, metric, count(*) filter (where events > 0)::text as units, sum(events)::text as events,
         trim_scale(sum(total))::text as total, trim_scale(sum(x))::text as sum_x, trim_scale(sum(x * x))::text as sum_x2
  from value group by 1, 2, 3, 4 having sum(events) > 0 order by 1, 2, 3, 4`;

const sumsByTotals = `
  select experiment_id, period, variant, metric, sum(units)::text as units, sum(events)::text as events,
         trim_scale(sum(total))::text as total, trim_scale(sum(sum_x))::text as sum_x, trim_scale(sum(sum_x2))::text as sum_x2
  from metric_total group by 1, 2, 3, 4 having sum(events) > 0 order by 1, 2, 3, 4`;

const unitsByOracle = `with ${counted}
  select experiment_id, allocation_version, variant, count(*)::text as units from first_exposure group by 1, 2, 3 order by 1, 2, 3`;

const unitsByTotals = `
  select experiment_id, allocation_version, variant, sum(units)::text as units
  from version_units group by 1, 2, 3 having sum(units) <> 0 order by 1, 2, 3`;

/** Values of the cohort metric by the hour of first exposure. */
const cohortsByOracle = `with ${counted}
  select date_trunc('hour', f.exposed_at, 'UTC')::text as hour, v.experiment_id, v.period, v.variant, count(*)::text as units,
         trim_scale(sum(v.x))::text as sum_x, trim_scale(sum(v.x * v.x))::text as sum_x2
  from value v join first_exposure f using (experiment_id, unit_id)
  join experiment e on e.id = v.experiment_id
  where e.design = 'BANDIT' and v.metric = e.definition -> 'metrics' -> 0 ->> 'key' and e.definition -> 'metrics' -> 0 ->> 'windowHours' is not null
  group by 1, 2, 3, 4 order by 1, 2, 3, 4`;

const cohortsByTotals = `
  select date_trunc('hour', hour, 'UTC')::text as hour, experiment_id, period, variant, sum(units)::text as units,
         trim_scale(sum(sum_x))::text as sum_x, trim_scale(sum(sum_x2))::text as sum_x2
  from cohort_total group by 1, 2, 3, 4 having sum(units) <> 0 order by 1, 2, 3, 4`;

/** The live totals beside what the raw rows say; a test expects the two to be equal. */
export async function compareWithOracle(sql: Pick<pg.Pool, 'query'>) {
  const rowsOf = async (query: string) => (await sql.query(query)).rows;
  return {
    live: { sums: await rowsOf(sumsByTotals), units: await rowsOf(unitsByTotals), cohorts: await rowsOf(cohortsByTotals) },
    oracle: { sums: await rowsOf(sumsByOracle), units: await rowsOf(unitsByOracle), cohorts: await rowsOf(cohortsByOracle) },
  };
}
