import { Badge, Group, Paper, Progress, Stack, Text, Title } from '@mantine/core';
import { decisionInk } from '../format/badges.js';
import { count, share } from '../format/numbers.js';
import { Ago } from '../format/time.js';
import { alertWords, methodWords, wordOf } from '../format/words.js';
import type { Decision } from '../generated/graphql.js';
import type { LiveExperiment } from './use-live-experiment.js';
import { labelOf, type ShownVariant } from './variants.js';

/** What to do, in words: the first thing to read on the page. */
export function DecisionPanel({ live, variants }: { readonly live: LiveExperiment; readonly variants: readonly ShownVariant[] }) {
  const { experiment, evaluation, alerts } = live;
  const { evaluationPlan: plan } = experiment;
  if (!evaluation) {
    return (
      <Frame ink="var(--waiting)" title={experiment.status === 'DRAFT' ? 'Not started' : 'Waiting for the first evaluation'}>
        <Text size="sm">
          {experiment.status === 'DRAFT'
            ? 'Everything can still change. Starting registers the plan: from then on it is fixed, so that its promises hold.'
            : `It is evaluated ${scheduleText(plan.schedule)}.`}
        </Text>
      </Frame>
    );
  }
  const { decision, winner, summary, method, look, maxLooks, informationFraction, alphaSpent, confirmatory, final, at } = evaluation;
  const units = evaluation.srm.variants.reduce((sum, { observed }) => sum + observed, 0);
  const off = experiment.variants.find(({ key, enabled }) => key === winner && !enabled);
  return (
    <Frame ink={decisionInk(decision)} title={sentenceOf(decision, winner === null ? null : labelOf(variants, winner))} data={decision}>
      <Text size="sm" maw="80ch">
        {summary}
      </Text>
      {off && (
        <Text size="sm" fw={600}>
          {labelOf(variants, off.key)} is switched off: nobody but a person ships it.
        </Text>
      )}
      <OpenAlertsLine alerts={alerts} />
      <Group gap={6} mt={2}>
        {!confirmatory && (
          <Badge variant="default" tt="none">
            Exploratory: no plan is registered yet
          </Badge>
        )}
        {final && (
          <Badge variant="default" tt="none">
            Final evaluation
          </Badge>
        )}
        <Text size="xs" c="dimmed">
          {wordOf(methodWords, method)} at alpha {plan.alpha}
          {maxLooks !== null && ` · look ${look} of ${maxLooks}`}
          {alphaSpent !== null && ` · alpha spent ${Number(alphaSpent.toPrecision(3))}`} · {count(units)} units · evaluation{' '}
          {count(evaluation.sequence)}, <Ago at={at} />
        </Text>
      </Group>
      {informationFraction !== null && plan.horizonUnits !== null && (
        <Group gap="xs" maw={480} wrap="nowrap">
          <Progress
            value={Math.min(1, informationFraction) * 100}
            aria-label="Share of the planned units"
            style={{ flex: 1 }}
            size="sm"
            color="blue"
          />
          <Text size="xs" c="dimmed" style={{ whiteSpace: 'nowrap' }}>
            {share(informationFraction)} of {count(plan.horizonUnits)} planned units
          </Text>
        </Group>
      )}
    </Frame>
  );
}

/** A decision that stands alone beside a critical alert misleads. */
function OpenAlertsLine({ alerts }: Pick<LiveExperiment, 'alerts'>) {
  const open = alerts.filter(({ severity, resolvedAt }) => severity === 'CRITICAL' && resolvedAt === null);
  if (open.length === 0) return null;
  const kinds = new Set(open.map(({ kind }) => wordOf(alertWords, kind)));
  return (
    <Text size="sm" fw={600} style={{ color: 'var(--worse)' }}>
      {open.length === 1 ? 'An alert is' : `${open.length} alerts are`} open: {[...kinds].join(', ')}. Find the cause before you act on the
      numbers.
    </Text>
  );
}

interface FrameProps {
  readonly ink: string;
  readonly title: string;
  readonly data?: Decision;
  readonly children: React.ReactNode;
}

function Frame({ ink, title, data, children }: FrameProps) {
  return (
    <Paper
      component="section"
      withBorder
      radius="md"
      p="md"
      bg="var(--surface)"
      aria-label="Decision"
      aria-live="polite"
      data-decision={data}
      style={{ borderInlineStart: `4px solid ${ink}` }}
    >
      <Stack gap={4}>
        <Title order={2} size="h4" style={{ color: ink }}>
          {title}
        </Title>
        {children}
      </Stack>
    </Paper>
  );
}

function sentenceOf(decision: Decision, winner: string | null): string {
  switch (decision) {
    case 'SHIP':
      return `Ship ${winner ?? 'the winner'}`;
    case 'DO_NOT_SHIP':
      return 'Do not ship: keep the control';
    case 'ROLL_BACK':
      return 'Roll back: a guardrail is breached';
    case 'INVALID':
      return 'Invalid: the sample ratio is off, so no effect can be trusted';
    case 'INSUFFICIENT_DATA':
      return 'Too little data to say anything yet';
    case 'KEEP_RUNNING':
      return 'Keep running: nothing is settled yet';
    default:
      return decision satisfies never;
  }
}

/** Schedules as people say them; a cron line is shown as it is. */
export function scheduleText(schedule: string): string {
  const every = /^every_(\d+)s$/.exec(schedule)?.[1];
  if (every) return `every ${every} seconds`;
  const daily = /^daily_(\d\d)(\d\d)_utc$/.exec(schedule);
  if (daily) return `daily at ${daily[1]}:${daily[2]} UTC`;
  return schedule === 'hourly' ? 'hourly' : `by the schedule ${schedule} (UTC)`;
}
