import type { SegmentSums } from '../core/evaluation-types.js';
import type { Experiment } from '../core/experiment.js';
import type { SegmentedSums } from '../services/records.js';
import { armsOf, type CellRow, summed, unsummed } from './cells.js';
import { type Sql, statement } from './database.js';
import { groupBy } from './group.js';

/** Sums by registered segment: the same cells as those of all units, for the values that most units have. */

/** Most values of one attribute that are judged; the rest are too small to tell anything from. */
export const maxValues = 50;

/** What the cells of all units are kept under. */
const allUnits = '';

interface SegmentRow extends CellRow {
  readonly segment: string;
}

const segmentsOf = statement<SegmentRow>(
  'segments_of',
  `with cell as (
     select v.segment, v.period, v.variant, sum(v.units)::bigint as units
     from version_units v where v.experiment_id = $1 and (v.period = 0) = $2
     group by v.segment, v.period, v.variant
   ),
   kept as (
     select segment from (
       select segment, row_number() over (partition by split_part(segment, '=', 1) order by sum(units) desc, segment) as place
       from cell group by segment
     ) as ranked
     where place <= $3
   )
   select segment, period, variant, null as metric, units, ${unsummed} from cell join kept using (segment)
   union all
   select t.segment, t.period, t.variant, t.metric, ${summed}
   from metric_total t join kept using (segment)
   where t.experiment_id = $1 and (t.period = 0) = $2
   group by t.segment, t.period, t.variant, t.metric`,
);

/**
 * Of each registered attribute the values with most units, the largest first, and beside them all units at the same moment: one statement, so that no
 * part is ever more than the whole. Null where the plan registers no attribute.
 */
export async function readSegments(sql: Sql, experiment: Experiment): Promise<SegmentedSums | null> {
  const { evaluation, metrics } = experiment.definition;
  if (evaluation.segments.length === 0) return null;
  const { rows } = await segmentsOf(sql, [experiment.id, experiment.status === 'DRY_RUN', maxValues]);
  const bySegment = groupBy(rows, (row) => row.segment);
  const arms = armsOf(experiment, metrics, bySegment.get(allUnits) ?? []);
  bySegment.delete(allUnits);
  const segments = [...bySegment].map(([segment, cells]) => {
    const at = segment.indexOf('=');
    return { attribute: segment.slice(0, at), value: segment.slice(at + 1), arms: armsOf(experiment, metrics, cells) };
  });
  const place = (attribute: string) => evaluation.segments.indexOf(attribute);
  const unitsOf = ({ arms }: SegmentSums) => arms.reduce((sum, { units }) => sum + units, 0);
  segments.sort((a, b) => place(a.attribute) - place(b.attribute) || unitsOf(b) - unitsOf(a) || (a.value < b.value ? -1 : 1));
  return { arms, segments };
}
