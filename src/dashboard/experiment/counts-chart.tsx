import { SegmentedControl } from '@mantine/core';
import { useCallback, useMemo, useState } from 'react';
import type uPlot from 'uplot';
import { useQuery } from 'urql';
import { absenceText } from '../charts/absence.js';
import { AsTable } from '../charts/as-table.js';
import { TimeChart } from '../charts/time-chart.js';
import { count, percent, share, shortCount } from '../format/numbers.js';
import { Time } from '../format/time.js';
import { CountsHistoryDocument, type CountsHistoryQuery } from '../generated/graphql.js';
import { grown } from './history.js';
import type { LiveExperiment } from './use-live-experiment.js';
import type { ShownVariant } from './variants.js';

type Point = NonNullable<NonNullable<CountsHistoryQuery['experiment']>['countsSeries']>[number];
type Tally = Point['variants'][number];

const height = 190;

/** What of the counts is drawn. */
const views = {
  exposures: { label: 'Units', read: ({ exposures }: Tally) => exposures, write: count, tick: shortCount },
  conversions: { label: 'Conversions', read: ({ conversions }: Tally) => conversions, write: count, tick: shortCount },
  rate: {
    label: 'Conversion rate',
    read: ({ exposures, conversions }: Tally) => (exposures === 0 ? null : conversions / exposures),
    write: percent,
    tick: share,
  },
} as const;
type View = keyof typeof views;

/** Units and conversions of each variant as they come in. */
export function CountsChart({ live, variants }: { readonly live: LiveExperiment; readonly variants: readonly ShownVariant[] }) {
  const { experiment, countsSince } = live;
  const [view, setView] = useState<View>('exposures');
  const [history] = useQuery({
    query: CountsHistoryDocument,
    variables: useMemo(() => ({ key: experiment.key, maxPoints: 200 }), [experiment.key]),
    requestPolicy: 'cache-and-network',
  });
  const asked = history.data?.experiment?.countsSeries;
  const points = useMemo(() => {
    const known = grown<Point>(asked ?? [], countsSince, { order: ({ at }) => Date.parse(at) });
    // Hours are the finest there is of the past: what began within the hour began with nothing.
    const first = known[0];
    return first && experiment.startedAt && first.at > experiment.startedAt
      ? [{ at: experiment.startedAt, variants: first.variants.map(nobody) }, ...known]
      : known;
  }, [asked, countsSince, experiment.startedAt]);
  const { label, read, write, tick } = views[view];
  const columns = useMemo(
    () =>
      [
        points.map(({ at }) => Date.parse(at) / 1_000),
        ...variants.map(({ key }) =>
          points.map((point) => {
            const tally = tallyOf(point, key);
            return tally ? read(tally) : null;
          }),
        ),
      ] as uPlot.AlignedData,
    [points, variants, read],
  );
  const shape = useCallback(
    () => ({
      series: variants.map(({ colour, dash }) => ({ stroke: colour, width: 2, dash: [...dash] })),
      range: (shown: uPlot.AlignedData) => [0, highest(shown) * 1.1] as const,
      tick,
    }),
    [variants, tick],
  );
  const latest = points.at(-1);
  const written = (point: Point, key: string) => {
    const tally = tallyOf(point, key);
    const value = tally ? read(tally) : null;
    return value === null ? '–' : write(value);
  };
  return (
    <>
      <SegmentedControl
        size="xs"
        aria-label="What is drawn"
        data={Object.entries(views).map(([value, { label }]) => ({ value, label }))}
        value={view}
        onChange={(value) => setView(value as View)}
        mt="sm"
      />
      <TimeChart
        label={`${label} over time. ${latest ? `Latest: ${variants.map(({ key, label }) => `${label} ${written(latest, key)}`).join(', ')}.` : absenceText(history, 'No counts yet.')}`}
        height={height}
        data={columns}
        shape={shape}
      />
      <AsTable
        caption={`${label} over time`}
        heads={['Time', ...variants.map(({ label }) => label)]}
        rows={() =>
          points
            .slice(-50)
            .reverse()
            .map((point) => [<Time key="at" at={point.at} />, ...variants.map(({ key }) => written(point, key))])
        }
      />
    </>
  );
}

const nobody = ({ variant }: Tally): Tally => ({ variant, exposures: 0, conversions: 0 });

function tallyOf({ variants }: Point, key: string): Tally | undefined {
  return variants.find(({ variant }) => variant === key);
}

/** The greatest value drawn, above zero. */
function highest([, ...columns]: uPlot.AlignedData): number {
  let most = 0;
  for (const column of columns) for (const value of column) most = Math.max(most, value ?? 0);
  return most || 1;
}
