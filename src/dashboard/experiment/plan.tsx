import { Code, CopyButton, Group, SimpleGrid, Stack, Text, UnstyledButton } from '@mantine/core';
import type { ReactNode } from 'react';
import { count, lift, share } from '../format/numbers.js';
import { Unknown } from '../format/unknown.js';
import { correctionWords, methodWords, roleWords, wordOf } from '../format/words.js';
import type { HeaderFragment } from '../generated/graphql.js';
import { scheduleText } from './decision-panel.js';
import classes from './plan.module.css';

/** What was promised before the start, and the hash that proves that it has not changed. */
export function Plan({ experiment }: { readonly experiment: HeaderFragment }) {
  const { evaluationPlan: plan, planHash, metrics, targeting, bandit, rollback } = experiment;
  const isMetered = plan.method === 'FREQUENTIST_T_TEST' || plan.method === 'GROUP_SEQUENTIAL';
  return (
    <Stack gap="md">
      <PlanHash hash={planHash} />
      <SimpleGrid cols={{ base: 1, sm: 2, lg: 3, xl: 4 }} spacing="lg">
        <Facts
          title="How it is decided"
          facts={[
            ['Method', wordOf(methodWords, plan.method)],
            ['Alpha', String(plan.alpha)],
            ['Power aimed at', share(plan.power)],
            [
              'Smallest effect that matters',
              plan.minimumEffect === null ? <Unknown key="e" reason="Not registered" /> : lift(plan.minimumEffect),
            ],
            ['Correction', wordOf(correctionWords, plan.correction)],
            ...(isMetered ? ([['Looks', `${plan.looksUsed} of ${plan.maxPeeks} used`]] as const) : []),
            ['Units a variant before anything is decided', count(plan.minSampleSize)],
            [
              'Planned units',
              plan.horizonUnits === null ? <Unknown key="h" reason="No horizon is registered" /> : count(plan.horizonUnits),
            ],
            ['Evaluated', scheduleText(plan.schedule)],
            ['Segments', plan.segments.length === 0 ? 'none' : plan.segments.join(', ')],
          ]}
        />
        <Facts
          title="What is measured"
          facts={metrics.map(({ key, name, role, type, direction, windowHours, threshold }) => [
            `${wordOf(roleWords, role)}: ${name ?? key}`,
            [
              type.toLowerCase(),
              direction === 'DECREASE' ? 'less is better' : 'more is better',
              ...(windowHours === null ? [] : [`within ${count(windowHours)} h`]),
              ...(threshold === null ? [] : [`harm up to ${threshold}`]),
            ].join(', '),
          ])}
        />
        <Facts
          title="Who takes part"
          facts={[
            ['Randomised by', experiment.hashKey],
            ['Share of eligible units', share(experiment.allocation?.trafficAllocation ?? experiment.trafficAllocation)],
            ['Must hold', targeting.include.length === 0 ? 'nothing: everybody' : targeting.include.join(' and ')],
            ['Must not hold', targeting.exclude.length === 0 ? 'nothing' : targeting.exclude.join(', ')],
            ['Exclusion group', experiment.exclusionGroup ?? 'none'],
          ]}
        />
        <Facts
          title="What happens by itself"
          facts={[
            [
              'Rollback',
              rollback.enabled ? rollback.conditions.map((each) => each.toLowerCase().replaceAll('_', ' ')).join(', ') : 'never',
            ],
            ['Ships the winner', rollback.autoDeploy ? 'yes' : 'no, a person does'],
            ...(bandit
              ? ([
                  ['Bandit moves', `every ${bandit.intervalSeconds} s, from ${count(bandit.minUnitsPerArm)} units a variant on`],
                  ['Weights stay within', `${share(bandit.minWeight)} to ${share(bandit.maxWeight)}`],
                ] as const)
              : []),
          ]}
        />
      </SimpleGrid>
    </Stack>
  );
}

function PlanHash({ hash }: { readonly hash: string | null }) {
  return (
    <Group gap="xs">
      <Text size="sm" fw={550}>
        Registered plan
      </Text>
      {hash === null ? (
        <Text size="sm" c="dimmed">
          not yet: it is registered at the start
        </Text>
      ) : (
        <CopyButton value={hash}>
          {({ copied, copy }) => (
            <UnstyledButton onClick={copy} title="Copy">
              <Code className="break">{hash}</Code>{' '}
              <Text span size="xs" c="dimmed" aria-live="polite">
                {copied ? 'copied' : 'SHA-256'}
              </Text>
            </UnstyledButton>
          )}
        </CopyButton>
      )}
    </Group>
  );
}

interface FactsProps {
  readonly title: string;
  readonly facts: readonly (readonly [name: string, value: ReactNode])[];
}

function Facts({ title, facts }: FactsProps) {
  return (
    <div>
      <Text size="sm" fw={600} mb={4}>
        {title}
      </Text>
      <dl className={classes.facts}>
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}
