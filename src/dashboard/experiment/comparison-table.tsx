import { Badge, Group, Text } from '@mantine/core';
import { DataTable } from '../charts/data-table.js';
import { drawnEffect } from '../charts/drawn-effect.js';
import { ForestRow, type ForestScale, forestScale } from '../charts/forest-row.js';
import { outcomeInk } from '../charts/interval-bar.js';
import { Swatch } from '../charts/swatch.js';
import { difference, effectWithInterval, lift, liftTick, mean, percent, pValue, share, unitOfMetric } from '../format/numbers.js';
import { Known, reasonText, Unknown } from '../format/unknown.js';
import { roleWords, wordOf } from '../format/words.js';
import type { ComparedFragment, ComparisonOutcome, EvaluationMethod, HeaderFragment } from '../generated/graphql.js';
import classes from './comparison-table.module.css';
import { labelOf, type ShownVariant } from './variants.js';

interface ComparisonTableProps {
  readonly label: string;
  readonly comparisons: readonly ComparedFragment[];
  readonly metrics: HeaderFragment['metrics'];
  readonly variants: readonly ShownVariant[];
  readonly method: EvaluationMethod;
}

const outcomeWords: Readonly<Record<ComparisonOutcome, string>> = { BETTER: 'Better', WORSE: 'Worse', INCONCLUSIVE: 'Open' };

/** A forest plot with its numbers: every variant against the control on every metric, on one scale. */
export function ComparisonTable({ label, comparisons, metrics, variants, method }: ComparisonTableProps) {
  // Harm is rare, so its intervals are wide for long: they do not stretch the scale of what decides.
  const deciding = comparisons.filter(({ role }) => role !== 'GUARDRAIL');
  const scale = forestScale(deciding.map(drawnEffect));
  const isBayesian = method === 'BAYESIAN';
  return (
    <DataTable label={`${label}: table`}>
      <thead>
        <tr>
          <th scope="col">Metric</th>
          <th scope="col">Variant</th>
          <th scope="col" className="number">
            Control
          </th>
          <th scope="col" className="number">
            Variant’s mean
          </th>
          <th scope="col" className="number">
            Effect
          </th>
          <th scope="col" className="number">
            Lift
          </th>
          <th scope="col" className="number">
            {comparisons[0]?.liftInterval ? `${share(comparisons[0].liftInterval.level)} interval` : 'Interval'}
          </th>
          <th scope="col" className={classes.plot}>
            <Group justify="space-between" wrap="nowrap" gap={4}>
              <span>{liftTick(scale.low)}</span>
              <span>{liftTick(scale.high)}</span>
            </Group>
          </th>
          <th
            scope="col"
            className="number"
            title={isBayesian ? 'Probability to be better than the control' : 'Valid now, and after the whole family'}
          >
            {isBayesian ? 'P(better)' : 'Adjusted p'}
          </th>
          <th scope="col">Outcome</th>
        </tr>
      </thead>
      <tbody>
        {comparisons.map((comparison) => (
          <Row
            key={`${comparison.metric} ${comparison.variant}`}
            comparison={comparison}
            metric={metrics.find(({ key }) => key === comparison.metric)}
            variants={variants}
            scale={scale}
            isBayesian={isBayesian}
          />
        ))}
      </tbody>
    </DataTable>
  );
}

interface RowProps {
  readonly comparison: ComparedFragment;
  readonly metric: HeaderFragment['metrics'][number] | undefined;
  readonly variants: readonly ShownVariant[];
  readonly scale: ForestScale;
  readonly isBayesian: boolean;
}

function Row({ comparison, metric, variants, scale, isBayesian }: RowProps) {
  const { outcome, confirmatory, unknownReason } = comparison;
  const unit = unitOfMetric(metric?.type);
  const reason = reasonText(unknownReason);
  const look = variants.find(({ key }) => key === comparison.variant);
  return (
    <tr data-outcome={outcome} data-exploratory={!confirmatory || undefined} className={confirmatory ? undefined : classes.exploratory}>
      <th scope="row">
        <span className="break">{metric?.name ?? comparison.metric}</span>
        <Text size="xs" c="dimmed" fw={400}>
          {wordOf(roleWords, comparison.role)}
          {metric?.direction === 'DECREASE' && ' · less is better'}
        </Text>
      </th>
      <td>
        <Group gap={6} wrap="nowrap">
          {look && <Swatch colour={look.colour} dash={look.dash} />}
          <span className="break">{labelOf(variants, comparison.variant)}</span>
        </Group>
      </td>
      <td className="number">
        <Known value={comparison.controlMean} write={(value) => mean(value, unit)} reason={reason} />
      </td>
      <td className="number">
        <Known value={comparison.variantMean} write={(value) => mean(value, unit)} reason={reason} />
      </td>
      <td className="number">
        <Known value={comparison.effect} write={(value) => difference(value, unit)} reason={reason} />
      </td>
      <td className="number">
        <Known value={comparison.lift} write={lift} reason={reason} />
      </td>
      <td className="number">{effectWithInterval(comparison, unit)?.interval ?? <Unknown reason={reason} />}</td>
      <td className={classes.plot}>
        <ForestRow {...drawnEffect(comparison)} outcome={outcome} scale={scale} isExploratory={!confirmatory} />
      </td>
      <td className="number">
        {isBayesian ? (
          <Known value={comparison.probabilityToBeatControl} write={percent} reason={reason} />
        ) : (
          <Known
            value={comparison.adjustedPValue}
            write={pValue}
            reason={unknownReason ? reason : 'Guardrails and exploratory comparisons have none'}
          />
        )}
      </td>
      <td style={{ color: outcomeInk(outcome), fontWeight: outcome === 'INCONCLUSIVE' ? 400 : 600 }}>
        {wordOf(outcomeWords, outcome)}
        {!confirmatory && (
          <Badge size="xs" variant="default" tt="none" ml={6}>
            exploratory
          </Badge>
        )}
      </td>
    </tr>
  );
}
