import { Alert, Anchor, Paper, Skeleton, Stack } from '@mantine/core';
import { useMayAct } from '../session/viewer.js';
import { NotFound } from '../shell/not-found.js';
import { askFor } from './action-dialog.js';
import { OpenAlerts } from './alerts.js';
import { DecisionPanel } from './decision-panel.js';
import { DryRun } from './dry-run.js';
import { EffectChart } from './effect-chart.js';
import classes from './experiment-page.module.css';
import { Guardrails } from './guardrails.js';
import { HistoryTabs } from './history-tabs.js';
import { PageHeader } from './page-header.js';
import { Readiness } from './readiness.js';
import { Results, Segments } from './results.js';
import { SampleRatio } from './sample-ratio.js';
import { type LiveExperiment, useLiveExperiment } from './use-live-experiment.js';
import { useVariants } from './variants.js';
import { VariantsTable } from './variants-table.js';
import { WeightsChart } from './weights-chart.js';

/** Everything about one experiment, as it happens. */
export function ExperimentPage({ experimentKey }: { readonly experimentKey: string }) {
  const page = useLiveExperiment(experimentKey);
  switch (page.state) {
    case 'loading':
      return <Placeholder />;
    case 'missing':
      return <NotFound title="There is no such experiment">{experimentKey} does not exist, or is gone.</NotFound>;
    case 'failed':
      return (
        <Alert color="red" variant="light" role="alert" title="The experiment could not be loaded">
          {page.message}{' '}
          <Anchor component="button" type="button" onClick={page.retry}>
            Try again
          </Anchor>
        </Alert>
      );
    case 'ready':
      return <Content live={page.live} />;
    default:
      return page satisfies never;
  }
}

function Content({ live }: { readonly live: LiveExperiment }) {
  const { experiment, evaluation, alerts } = live;
  const variants = useVariants(experiment);
  const mayToggle = useMayAct() && experiment.actions.includes('TOGGLE_VARIANT');
  const hasStarted = experiment.allocation !== null;
  return (
    <Stack gap="md">
      <title>{`${experiment.name} · Bellwether`}</title>
      <PageHeader experiment={experiment} winner={evaluation?.winner ?? null} />
      <OpenAlerts alerts={alerts} />
      <DecisionPanel live={live} variants={variants} />
      {hasStarted && <DryRun experiment={experiment} />}
      <div className={classes.grid}>
        <VariantsTable
          live={live}
          variants={variants}
          onToggle={
            mayToggle ? (variant, enabled) => askFor({ action: 'TOGGLE_VARIANT', experiment, toggled: { variant, enabled } }) : null
          }
        />
        {hasStarted ? (
          <EffectChart live={live} variants={variants} />
        ) : (
          <Readiness key={experiment.revision} experimentKey={experiment.key} />
        )}
      </div>
      {evaluation && <Results evaluation={evaluation} experiment={experiment} variants={variants} />}
      {hasStarted && (
        <div className={classes.grid} data-start>
          <WeightsChart live={live} variants={variants} />
          <div className={classes.stack}>
            {evaluation && <SampleRatio srm={evaluation.srm} variants={variants} />}
            {evaluation && <Guardrails guardrails={evaluation.guardrails} metrics={experiment.metrics} variants={variants} />}
          </div>
        </div>
      )}
      {evaluation && <Segments evaluation={evaluation} experiment={experiment} variants={variants} />}
      <Paper withBorder radius="md" p="md" bg="var(--surface)">
        <HistoryTabs experiment={experiment} variants={variants} alerts={alerts} />
      </Paper>
    </Stack>
  );
}

/** As large as what comes, so that nothing jumps. */
function Placeholder() {
  return (
    <Stack gap="md" aria-busy="true" aria-label="Loading">
      <Skeleton height={84} />
      <Skeleton height={104} />
      <div className={classes.grid}>
        <Skeleton height={420} />
        <Skeleton height={420} />
      </div>
    </Stack>
  );
}
