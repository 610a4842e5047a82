import { Center, Loader } from '@mantine/core';
import { lazy, Suspense } from 'react';
import { Route, Switch, useLocation } from 'wouter';
import { ExperimentList } from './list/experiment-list.js';
import { routes } from './routes.js';
import { FaultBoundary } from './shell/fault-boundary.js';
import { NotFound } from './shell/not-found.js';
import { Shell } from './shell/shell.js';

// Charts and forms come when they are first needed.
const ExperimentPage = lazy(async () => ({ default: (await import('./experiment/experiment-page.js')).ExperimentPage }));
const NewExperiment = lazy(async () => ({ default: (await import('./form/new-experiment.js')).NewExperiment }));
const EditExperiment = lazy(async () => ({ default: (await import('./form/edit-experiment.js')).EditExperiment }));

/** The pages, inside their frame. */
export function App({ onSignOut }: { readonly onSignOut: () => void }) {
  const [place] = useLocation();
  return (
    <Shell onSignOut={onSignOut}>
      <FaultBoundary place={place}>
        <Suspense fallback={<Waiting />}>
          <Switch>
            <Route path={routes.list}>
              <ExperimentList />
            </Route>
            <Route path={routes.create}>
              <NewExperiment />
            </Route>
            <Route path={routes.edit}>{({ key }) => <EditExperiment key={key} experimentKey={key} />}</Route>
            <Route path={routes.experiment}>{({ key }) => <ExperimentPage key={key} experimentKey={key} />}</Route>
            <Route>
              <NotFound title="There is no such page">Its address may have been mistyped.</NotFound>
            </Route>
          </Switch>
        </Suspense>
      </FaultBoundary>
    </Shell>
  );
}

function Waiting() {
  return (
    <Center mih={320}>
      <Loader aria-label="Loading" />
    </Center>
  );
}
