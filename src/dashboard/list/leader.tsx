import { Group, Text } from '@mantine/core';
import { toldEffect } from '../../core/effect-words.js';
import { IntervalBar } from '../charts/interval-bar.js';
import { effectWithInterval, unitOfMetric } from '../format/numbers.js';
import { reasonText, Unknown } from '../format/unknown.js';
import classes from './experiment-list.module.css';
import type { ListItem } from './use-list.js';

/** The variant that is ahead on the primary metric, with the interval of its effect. */
export function Leader({ item }: { readonly item: ListItem }) {
  const { results, variants } = item;
  if (!results) return <Unknown reason={item.startedAt ? 'Not evaluated yet' : 'Not started'} />;
  if (!results.srm.passed) return <Unknown reason={reasonText('SRM_DETECTED')} />;
  const primary = item.metrics.find(({ role }) => role === 'PRIMARY');
  const sign = primary?.direction === 'DECREASE' ? -1 : 1;
  const known = results.comparisons.filter(({ effect }) => effect !== null).toSorted((a, b) => sign * ((b.effect ?? 0) - (a.effect ?? 0)));
  // Ahead is whom the decision names; before one, whose effect is the best.
  const leader = known.find(({ variant }) => variant === results.winner) ?? known[0];
  if (!leader) return <Unknown reason={reasonText(results.comparisons[0]?.unknownReason ?? 'INSUFFICIENT_SAMPLE')} />;
  const name = variants.find(({ key }) => key === leader.variant)?.name ?? leader.variant;
  const shown = effectWithInterval(leader, unitOfMetric(primary?.type));
  const told = toldEffect(leader);
  return (
    <Group gap="sm" wrap="nowrap" className={classes.leader}>
      <div style={{ minWidth: 0 }}>
        <Text size="sm" fw={550} truncate maw={180} title={name}>
          {name}
        </Text>
        <Text size="xs" c="dimmed" style={{ whiteSpace: 'nowrap' }}>
          {shown?.effect}
          {shown?.interval && ` (${shown.interval})`}
        </Text>
      </div>
      {told?.interval && <IntervalBar interval={told.interval} estimate={told.value} outcome={leader.outcome} />}
    </Group>
  );
}
