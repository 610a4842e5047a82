import { Group, Select, Text } from '@mantine/core';
import { useCallback, useMemo, useState } from 'react';
import type uPlot from 'uplot';
import { useQuery } from 'urql';
import { absenceText } from '../charts/absence.js';
import { AsTable } from '../charts/as-table.js';
import { markLevel, markTime } from '../charts/marks.js';
import { Panel } from '../charts/panel.js';
import { Swatch } from '../charts/swatch.js';
import { type Ink, TimeChart } from '../charts/time-chart.js';
import { effectWithInterval, liftTick, type MetricUnit, unitOfMetric } from '../format/numbers.js';
import { Time } from '../format/time.js';
import { decisionWords, wordOf } from '../format/words.js';
import { EffectHistoryDocument } from '../generated/graphql.js';
import { type EffectRow, effectColumns, effectRows, settledAt, shownRange } from './effect-data.js';
import type { LiveExperiment } from './use-live-experiment.js';
import type { ShownVariant } from './variants.js';

const height = 260;
const maxPoints = 300;

/** How the interval of each variant's lift has narrowed, with zero and the moment of the decision. */
export function EffectChart({ live, variants }: { readonly live: LiveExperiment; readonly variants: readonly ShownVariant[] }) {
  const { experiment, evaluations } = live;
  const [metric, setMetric] = useState(experiment.metrics[0]?.key ?? '');
  const [point, setPoint] = useState<number | null>(null);
  const [history] = useQuery({
    query: EffectHistoryDocument,
    variables: useMemo(() => ({ key: experiment.key, metric, maxPoints }), [experiment.key, metric]),
    requestPolicy: 'cache-and-network',
  });
  const series = history.data?.experiment?.effectSeries;
  const rows = useMemo(() => effectRows(series ?? [], evaluations, metric), [series, evaluations, metric]);
  const compared = useMemo(() => variants.filter(({ isControl }) => !isControl), [variants]);
  const columns = useMemo(() => effectColumns(rows, compared), [rows, compared]);
  const unit = unitOfMetric(experiment.metrics.find(({ key }) => key === metric)?.type);
  const settled = settledAt(rows);
  const settledSeconds = settled ? settled.at : null;
  const settledWord = settled ? wordOf(decisionWords, settled.decision) : '';
  const shape = useCallback(
    (ink: Ink) => ({
      series: compared.flatMap(({ colour, dash }) => [
        { stroke: colour, width: 2, dash: [...dash] },
        { stroke: `${colour}66`, width: 1 },
        { stroke: `${colour}66`, width: 1 },
      ]),
      bands: compared.map(({ colour }, place) => ({ series: [place * 3 + 3, place * 3 + 2] as [number, number], fill: `${colour}1f` })),
      range: shownRange,
      tick: liftTick,
      marks: (chart: uPlot) => {
        markLevel(chart, 0, { colour: ink.strong });
        if (settledSeconds !== null) markTime(chart, settledSeconds, settledWord, { colour: ink.strong });
      },
    }),
    [compared, settledSeconds, settledWord],
  );
  const shown = rows[point ?? rows.length - 1];
  const absence = absenceText(history, 'The first evaluation draws the first point.');
  return (
    <Panel
      title="Effect over time"
      hint="Lift against the control with its interval. An interval that leaves zero is a real difference."
      aside={
        <Select
          aria-label="Metric"
          size="xs"
          w={180}
          allowDeselect={false}
          data={experiment.metrics.map(({ key, name }) => ({ value: key, label: name ?? key }))}
          value={metric}
          onChange={(value) => value && setMetric(value)}
        />
      }
    >
      <TimeChart
        label={summaryOf(rows.at(-1), compared, unit) ?? `Effect over time. ${absence}`}
        height={height}
        data={columns}
        shape={shape}
        onPoint={setPoint}
      />
      <Readout row={shown} compared={compared} unit={unit} absence={absence} />
      <AsTable
        caption="Effect over time"
        heads={['Time', ...compared.map(({ label }) => label), 'Decision']}
        rows={() =>
          rows
            .slice(-50)
            .reverse()
            .map((row) => [
              <Time key="at" at={new Date(row.at * 1_000).toISOString()} as="dateTime" />,
              ...compared.map(({ key }) => effectText(row, key, unit)),
              wordOf(decisionWords, row.decision),
            ])
        }
      />
    </Panel>
  );
}

interface ReadoutProps {
  readonly row: EffectRow | undefined;
  readonly compared: readonly ShownVariant[];
  readonly unit: MetricUnit;
  readonly absence: string;
}

function Readout({ row, compared, unit, absence }: ReadoutProps) {
  return (
    <Group gap="xs" mih={22}>
      {row ? (
        <>
          <Text size="xs" c="dimmed">
            <Time at={new Date(row.at * 1_000).toISOString()} as="clock" />
          </Text>
          {compared.map(({ key, label, colour, dash }) => (
            <Group key={key} gap={6} wrap="nowrap">
              <Swatch colour={colour} dash={dash} />
              <Text size="xs">
                {label}: {effectText(row, key, unit)}
              </Text>
            </Group>
          ))}
        </>
      ) : (
        <Text size="xs" c="dimmed">
          {absence}
        </Text>
      )}
    </Group>
  );
}

function effectText(row: EffectRow, variant: string, unit: MetricUnit): string {
  const effect = row.variants.get(variant);
  const shown = effect && effectWithInterval(effect, unit);
  if (!shown) return '–';
  return shown.interval ? `${shown.effect} (${shown.interval})` : shown.effect;
}

function summaryOf(row: EffectRow | undefined, compared: readonly ShownVariant[], unit: MetricUnit): string | undefined {
  return (
    row && `Effect over time. Latest effect: ${compared.map(({ key, label }) => `${label} ${effectText(row, key, unit)}`).join('; ')}.`
  );
}
