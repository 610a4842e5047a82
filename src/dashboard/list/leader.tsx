import { Group, Text } from '@mantine/core';
import { IntervalBar } from '../charts/interval-bar.js';
import { lift, range } from '../format/numbers.js';
import { reasonText, Unknown } from '../format/unknown.js';
import classes from './experiment-list.module.css';
import type { ListItem } from './use-list.js';

/** The variant that is ahead on the primary metric, with the interval of its lift. */
export function Leader({ item }: { readonly item: ListItem }) {
  const { results, variants } = item;
  if (!results) return <Unknown reason={item.startedAt ? 'Not evaluated yet' : 'Not started'} />;
  if (!results.srm.passed) return <Unknown reason={reasonText('SRM_DETECTED')} />;
  const known = results.comparisons.filter((comparison) => comparison.lift !== null);
  // Ahead is whom the decision names; before one, whose lift is the largest.
  const leader =
    known.find(({ variant }) => variant === results.winner) ??
    known.reduce<(typeof known)[number] | undefined>((a, b) => (a && (a.lift ?? 0) >= (b.lift ?? 0) ? a : b), undefined);
  if (!leader) return <Unknown reason={reasonText(results.comparisons[0]?.unknownReason ?? 'INSUFFICIENT_SAMPLE')} />;
  const name = variants.find(({ key }) => key === leader.variant)?.name ?? leader.variant;
  const interval = leader.liftInterval;
  return (
    <Group gap="sm" wrap="nowrap" className={classes.leader}>
      <div style={{ minWidth: 0 }}>
        <Text size="sm" fw={550} truncate maw={180} title={name}>
          {name}
        </Text>
        <Text size="xs" c="dimmed" style={{ whiteSpace: 'nowrap' }}>
          {lift(leader.lift ?? 0)}
          {interval && ` (${range(interval.lower, interval.upper, lift)})`}
        </Text>
      </div>
      {interval && <IntervalBar interval={interval} estimate={leader.lift ?? 0} outcome={leader.outcome} />}
    </Group>
  );
}
