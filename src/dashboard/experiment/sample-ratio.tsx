import { Group, Progress, Stack, Text } from '@mantine/core';
import { Panel } from '../charts/panel.js';
import { Swatch } from '../charts/swatch.js';
import { count, percent, pValue } from '../format/numbers.js';
import type { JudgedFragment } from '../generated/graphql.js';
import type { ShownVariant } from './variants.js';

/** Whether the units fit what the allocation promised: when they do not, something is broken and no effect can be trusted. */
export function SampleRatio({ srm, variants }: { readonly srm: JudgedFragment['srm']; readonly variants: readonly ShownVariant[] }) {
  const most = Math.max(1, ...srm.variants.flatMap(({ observed, expected }) => [observed, expected]));
  return (
    <Panel
      title="Sample ratio"
      hint="Units seen against those that the allocation promised"
      aside={
        <Text
          size="sm"
          fw={600}
          style={{ color: !srm.passed ? 'var(--worse)' : srm.pValue === null ? 'var(--waiting)' : 'var(--better)' }}
          data-srm={srm.passed}
        >
          {srm.passed ? (srm.pValue === null ? 'Too early to tell' : 'No mismatch found') : 'Off'}
        </Text>
      }
    >
      <Stack gap="xs">
        {srm.variants.map(({ variant, observed, expected }) => {
          const shown = variants.find(({ key }) => key === variant);
          return (
            <div key={variant}>
              <Group justify="space-between" gap="xs">
                <Group gap={6} wrap="nowrap">
                  {shown && <Swatch colour={shown.colour} dash={shown.dash} />}
                  <Text size="sm" className="break">
                    {shown?.label ?? variant}
                  </Text>
                </Group>
                <Text size="xs">
                  {count(observed)} of {count(expected)} expected
                  {expected > 0 && ` (${percent(observed / expected)})`}
                </Text>
              </Group>
              <Progress.Root size="sm" mt={3} aria-hidden="true">
                <Progress.Section value={(Math.min(observed, expected) / most) * 100} color={shown?.colour ?? 'gray'} />
                {expected > observed && <Progress.Section value={((expected - observed) / most) * 100} color="transparent" />}
              </Progress.Root>
            </div>
          );
        })}
        <Text size="xs" c="dimmed">
          {srm.pValue === null
            ? 'Too few units to tell.'
            : `Sequential p ${pValue(srm.pValue)}, fails below 0.01${srm.chiSquarePValue === null ? '' : `; chi-square p ${pValue(srm.chiSquarePValue)}`}.`}
        </Text>
      </Stack>
    </Panel>
  );
}
