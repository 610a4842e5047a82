import { Group, Text } from '@mantine/core';
import { useCallback, useMemo, useState } from 'react';
import uPlot from 'uplot';
import { useQuery } from 'urql';
import { absenceText } from '../charts/absence.js';
import { AsTable } from '../charts/as-table.js';
import { markTime } from '../charts/marks.js';
import { Panel } from '../charts/panel.js';
import { Swatch } from '../charts/swatch.js';
import { type Ink, TimeChart } from '../charts/time-chart.js';
import { share } from '../format/numbers.js';
import { Time } from '../format/time.js';
import { causeWords, wordOf } from '../format/words.js';
import { WeightsHistoryDocument, type WeightsHistoryQuery } from '../generated/graphql.js';
import { grown } from './history.js';
import type { LiveExperiment } from './use-live-experiment.js';
import type { ShownVariant } from './variants.js';

type Move = NonNullable<NonNullable<WeightsHistoryQuery['experiment']>['weightsSeries']>[number];

const height = 260;
const maxPoints = 300;

/** Who got how much of the traffic, as areas that fill the whole, with what moved them. */
export function WeightsChart({ live, variants }: { readonly live: LiveExperiment; readonly variants: readonly ShownVariant[] }) {
  const { experiment, moves, counts } = live;
  const [point, setPoint] = useState<number | null>(null);
  const [history] = useQuery({
    query: WeightsHistoryDocument,
    variables: useMemo(() => ({ key: experiment.key, maxPoints }), [experiment.key]),
    requestPolicy: 'cache-and-network',
  });
  const asked = history.data?.experiment?.weightsSeries;
  const all = useMemo(
    () => grown<Move>(asked ?? [], moves, { order: ({ version }) => version, isKept: ({ cause }) => cause !== 'BANDIT' }),
    [asked, moves],
  );
  // The present weights hold until now: to the newest counts, or to the end.
  const until = experiment.endedAt ?? counts?.at ?? null;
  const columns = useMemo(() => stackedColumns(all, variants, until), [all, variants, until]);
  const notable = useNotable(all);
  const shape = useCallback(
    (ink: Ink) => ({
      series: variants.map(({ colour }) => ({ stroke: ink.surface, width: 1, fill: `${colour}d9`, paths: stepped })),
      // Each area reaches down to the one below it; the lowest to the ground.
      bands: variants.slice(1).map((_, place) => ({ series: [place + 2, place + 1] as [number, number] })),
      range: () => [0, 1] as const,
      tick: share,
      marks: (chart: uPlot) => {
        for (const { at, cause } of notable)
          markTime(chart, Date.parse(at) / 1_000, wordOf(causeWords, cause), { colour: ink.strong, ground: ink.surface });
      },
    }),
    [variants, notable],
  );
  const shown = all[Math.min(point ?? all.length - 1, all.length - 1)];
  const chances = moves.find(({ version }) => version === shown?.version)?.probabilityBest ?? [];
  return (
    <Panel title="Weights over time" hint="Each variant’s share of the units that are included, and why it changed.">
      <TimeChart
        label={summaryOf(all.at(-1), variants) ?? `Weights over time. ${absenceText(history, 'Not started.')}`}
        height={height}
        data={columns}
        shape={shape}
        onPoint={setPoint}
      />
      <Group gap="xs" mih={22}>
        {shown && (
          <Text size="xs" c="dimmed">
            <Time at={shown.at} as="clock" /> · version {shown.version} · {wordOf(causeWords, shown.cause)}
          </Text>
        )}
        {variants.map(({ key, label, colour }) => (
          <Group key={key} gap={6} wrap="nowrap">
            <Swatch colour={colour} dash={[]} />
            <Text size="xs">
              {label} {shown ? share(weightIn(shown, key)) : '–'}
              {chanceText(chances.find(({ variant }) => variant === key)?.probability)}
            </Text>
          </Group>
        ))}
      </Group>
      <AsTable
        caption="Weights over time"
        heads={['From', 'Version', 'Cause', ...variants.map(({ label }) => label)]}
        rows={() =>
          all
            .slice(-50)
            .reverse()
            .map((move) => [
              <Time key="at" at={move.at} />,
              move.version,
              wordOf(causeWords, move.cause),
              ...variants.map(({ key }) => share(weightIn(move, key))),
            ])
        }
      />
    </Panel>
  );
}

/** Moves that a bandit did not make. The same list while none is added. */
function useNotable(moves: readonly Move[]): readonly Move[] {
  const notable = moves.filter(({ cause }) => cause !== 'BANDIT' && cause !== 'START');
  const newest = notable.at(-1)?.version;
  // biome-ignore lint/correctness/useExhaustiveDependencies: they only grow
  return useMemo(() => notable, [notable.length, newest]);
}

const stepped = uPlot.paths.stepped?.({ align: 1 });

/** What moved the bandit, where a live message said it. */
function chanceText(probability: number | undefined): string {
  return probability === undefined ? '' : ` (best with ${share(probability)})`;
}

function weightIn({ weights }: Pick<Move, 'weights'>, key: string): number {
  return weights.find(({ variant }) => variant === key)?.weight ?? 0;
}

/** Running sums over the variants, so that areas stand on one another; the last of them is 1. */
function stackedColumns(moves: readonly Move[], variants: readonly ShownVariant[], until: string | null): uPlot.AlignedData {
  const last = moves.at(-1);
  const points = last && until !== null && Date.parse(until) > Date.parse(last.at) ? [...moves, { ...last, at: until }] : moves;
  const sums = points.map(() => 0);
  return [
    points.map(({ at }) => Date.parse(at) / 1_000),
    ...variants.map(({ key }) =>
      points.map((move, place) => {
        sums[place] = (sums[place] ?? 0) + weightIn(move, key);
        return sums[place] as number;
      }),
    ),
  ];
}

function summaryOf(move: Move | undefined, variants: readonly ShownVariant[]): string | undefined {
  return move && `Weights over time. Latest: ${variants.map(({ key, label }) => `${label} ${share(weightIn(move, key))}`).join(', ')}.`;
}
