import { Arg, FieldResolver, ID, Int, Resolver, Root, Subscription } from 'type-graphql';
import { refusal } from '../../core/errors.js';
import type { ExperimentUpdate } from '../../services/live.js';
import type { AlertRecord, AllocationRecord, CountsRecord, EvaluationRecord } from '../../services/records.js';
import type { Context } from '../context.js';
import { nodeId } from '../node-id.js';
import { presentWeightUpdate } from '../present/allocation.js';
import { presentExperiment } from '../present/experiment.js';
import { presentAlert, presentCounts, presentEvaluation } from '../present/results.js';
import { AlertObject } from '../types/alert.js';
import { ExperimentCountsObject } from '../types/counts.js';
import { EvaluationObject } from '../types/evaluation.js';
import { ExperimentObject } from '../types/experiment.js';
import { ExperimentUpdateObject, WeightUpdateObject } from '../types/live.js';

const mostKeys = 100;

type Data = { readonly args: Record<string, unknown>; readonly context: Context };

/** Arguments of a stream about one experiment. */
function about({ args }: Data): { readonly key: string; readonly after: number | null } {
  return { key: args.experimentKey as string, after: (args.after as number | undefined) ?? null };
}

function keysOf({ args }: Data, least: number): readonly string[] | null {
  const keys = (args.experimentKeys as readonly string[] | undefined) ?? null;
  if (keys && (keys.length < least || keys.length > mostKeys)) {
    const message = `Received ${keys.length} keys; expected ${least} to ${mostKeys}.`;
    throw refusal('INVALID_RANGE', message, ['experimentKeys'], keys.length);
  }
  return keys;
}

const Key = () => Arg('experimentKey', () => ID, { description: 'Key of the experiment.' });
const After = () => Arg('after', () => Int, { nullable: true, description: 'Sequence of the last message that the client has.' });

/** What is live. The arguments are read by the streams; the methods show each message. */
@Resolver(() => ExperimentUpdateObject)
export class LiveResolver {
  @Subscription(() => WeightUpdateObject, {
    description: 'New allocations of one experiment.',
    subscribe: (data: Data) => data.context.services.live.weights(about(data).key, about(data).after),
  })
  weightsUpdated(@Root() allocation: AllocationRecord, @Key() experimentKey: string, @After() _after?: number) {
    return presentWeightUpdate(experimentKey, allocation);
  }

  @Subscription(() => EvaluationObject, {
    description: 'New evaluations of one experiment.',
    subscribe: (data: Data) => data.context.services.live.results(about(data).key, about(data).after),
  })
  resultsUpdated(@Root() evaluation: EvaluationRecord, @Key() _experimentKey: string, @After() _after?: number) {
    return presentEvaluation(evaluation);
  }

  @Subscription(() => AlertObject, {
    description: 'Alerts raised and resolved; the present state is the open ones, oldest first.',
    subscribe: (data: Data) => data.context.services.live.alerts(about(data).key ?? null, about(data).after),
  })
  alertRaised(
    @Root() alert: AlertRecord,
    @Arg('experimentKey', () => ID, { nullable: true, description: 'Key of the experiment; left out: all experiments.' })
    _experimentKey?: string,
    @After() _after?: number,
  ) {
    return presentAlert(alert);
  }

  @Subscription(() => ExperimentUpdateObject, {
    description: 'Changes of experiments, for lists and pages; without keys the present state is not sent.',
    subscribe: (data: Data) => data.context.services.live.experiments(keysOf(data, 0)),
  })
  experimentUpdated(
    @Root() update: ExperimentUpdate,
    @Arg('experimentKeys', () => [ID], {
      nullable: true,
      description: 'Keys of the experiments, at most 100; left out: all, new ones included.',
    })
    _experimentKeys?: readonly string[],
  ) {
    return { ...update, deletedId: update.deletedId && nodeId('Experiment', update.deletedId) };
  }

  @Subscription(() => ExperimentCountsObject, {
    description: 'Live counts, one message an experiment.',
    subscribe: (data: Data) => data.context.services.live.counts(keysOf(data, 1) ?? []),
  })
  countsUpdated(
    @Root() counts: CountsRecord,
    @Arg('experimentKeys', () => [ID], { description: 'Keys of the experiments, 1 to 100.' }) _experimentKeys: readonly string[],
  ) {
    return presentCounts(counts);
  }

  @FieldResolver(() => ExperimentObject, { nullable: true, description: 'The experiment as it is now; null when it is gone.' })
  experiment(@Root() { experiment }: ExperimentUpdate) {
    return experiment && presentExperiment(experiment);
  }
}
