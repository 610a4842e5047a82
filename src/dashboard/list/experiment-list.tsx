import { Alert, Anchor, Button, Group, Stack, Text, Title } from '@mantine/core';
import { useMemo } from 'react';
import { Link, useLocation, useSearch } from 'wouter';
import { DecisionBadge, StatusBadge } from '../format/badges.js';
import { count } from '../format/numbers.js';
import { Ago } from '../format/time.js';
import { Known } from '../format/unknown.js';
import { designWords, wordOf } from '../format/words.js';
import { experimentPath, routes } from '../routes.js';
import { EmptyList } from './empty-list.js';
import classes from './experiment-list.module.css';
import { Health } from './health.js';
import { Leader } from './leader.js';
import { ListFilters } from './list-filters.js';
import { isFiltered, type ListView, readView, writeView } from './list-query.js';
import { type ListItem, useList } from './use-list.js';

/** All experiments: what runs, how far it is, who leads, what is wrong. */
export function ExperimentList() {
  const search = useSearch();
  const [, navigate] = useLocation();
  const view = useMemo(() => readView(search), [search]);
  const list = useList(view);
  const show = (next: ListView) => navigate(`${routes.list}${writeView(next)}`, { replace: next.cursor === null && view.cursor === null });

  return (
    <Stack gap="md">
      <title>Experiments · Bellwether</title>
      <Group justify="space-between" align="baseline">
        <Title order={1} size="h3">
          Experiments
        </Title>
        <Text size="sm" c="dimmed" aria-live="polite">
          {list.totalCount === null ? ' ' : list.totalCount === 1 ? '1 experiment' : `${count(list.totalCount)} experiments`}
        </Text>
      </Group>
      <ListFilters view={view} onChange={show} />
      {list.error && (
        <Alert color="red" variant="light" role="alert" title="The list could not be loaded">
          {list.error.graphQLErrors[0]?.message ?? 'The service cannot be reached.'}{' '}
          <Anchor component="button" type="button" onClick={list.retry}>
            Try again
          </Anchor>
        </Alert>
      )}
      <Content view={view} list={list} />
      <Pages view={view} list={list} onShow={show} />
    </Stack>
  );
}

type List = ReturnType<typeof useList>;

function Content({ view, list: { items, isLoading } }: { readonly view: ListView; readonly list: List }) {
  if (!items) return <div className={classes.waiting} aria-busy={isLoading} />;
  if (items.length > 0) return <Rows items={items} />;
  if (!isFiltered(view) && view.cursor === null) return <EmptyList />;
  return (
    <Text c="dimmed" py="xl" ta="center">
      No experiment matches. Archived ones are listed when the status says so.
    </Text>
  );
}

function Rows({ items }: { readonly items: readonly ListItem[] }) {
  return (
    <div className={classes.frame}>
      <table className="data-table card-table">
        <thead>
          <tr>
            <th scope="col">Experiment</th>
            <th scope="col">Status</th>
            <th scope="col">Decision</th>
            <th scope="col" className="number">
              Units
            </th>
            <th scope="col">Leading variant, lift</th>
            <th scope="col">Health</th>
          </tr>
        </thead>
        <tbody>
          {items.map((item) => (
            <Row key={item.key} item={item} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ item }: { readonly item: ListItem }) {
  return (
    <tr data-experiment={item.key}>
      <td className={classes.name}>
        <Anchor component={Link} href={experimentPath(item.key)} fw={550} className="break">
          {item.name}
        </Anchor>
        <Text size="xs" c="dimmed" className="break">
          {item.key} · {wordOf(designWords, item.design)} · {item.variants.length} variants
        </Text>
      </td>
      <td data-label="Status">
        <div>
          <StatusBadge status={item.status} />
          <Text size="xs" c="dimmed">
            <Ago at={item.endedAt ?? item.startedAt ?? item.createdAt} />
          </Text>
        </div>
      </td>
      <td data-label="Decision">{item.results && <DecisionBadge decision={item.results.decision} />}</td>
      <td data-label="Units" className="number">
        <Known value={item.units} write={count} reason="The counts cannot be read" />
      </td>
      <td data-label="Leading">
        <Leader item={item} />
      </td>
      <td data-label="Health">
        <Health item={item} />
      </td>
    </tr>
  );
}

function Pages({
  view,
  list: { pageInfo },
  onShow,
}: {
  readonly view: ListView;
  readonly list: List;
  readonly onShow: (view: ListView) => void;
}) {
  if (!pageInfo || (!pageInfo.hasNextPage && !pageInfo.hasPreviousPage)) return null;
  const { hasNextPage, hasPreviousPage, startCursor, endCursor } = pageInfo;
  return (
    <Group component="nav" aria-label="Pages" justify="flex-end" gap="xs">
      <Button
        variant="default"
        size="xs"
        disabled={!hasPreviousPage || !startCursor}
        onClick={() => onShow({ ...view, cursor: startCursor ? { side: 'before', at: startCursor } : null })}
      >
        Newer
      </Button>
      <Button
        variant="default"
        size="xs"
        disabled={!hasNextPage || !endCursor}
        onClick={() => onShow({ ...view, cursor: endCursor ? { side: 'after', at: endCursor } : null })}
      >
        Older
      </Button>
    </Group>
  );
}
