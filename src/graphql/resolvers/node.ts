import { Arg, Ctx, ID, Query, Resolver } from 'type-graphql';
import { scopeAllows } from '../../core/api-key.js';
import { refusal } from '../../core/errors.js';
import type { Context } from '../context.js';
import { findExperimentById } from '../find.js';
import { decodeNodeId } from '../node-id.js';
import { presentAllocation } from '../present/allocation.js';
import { presentExperiment, presentMetric, presentVariant } from '../present/experiment.js';
import { presentAlert, presentApiKey, presentAuditEntry, presentCounts, presentEvaluation } from '../present/results.js';
import { Node } from '../types/node.js';

const mostIds = 100;

/** What an id names; null when there is no such thing or the key may not see it. */
async function load(id: string, { services, batches, caller }: Context): Promise<Node | null> {
  const named = decodeNodeId(id);
  const [first, second = ''] = named?.parts ?? [];
  if (!named || first === undefined) return null;
  const { reads } = services;
  switch (named.kind) {
    case 'Alert': {
      const alert = await reads.alert(first);
      return alert && presentAlert(alert);
    }
    case 'AuditEntry': {
      const entry = await reads.auditEntry(first);
      return entry && presentAuditEntry(entry);
    }
    case 'ApiKey': {
      if (!caller || !(scopeAllows(caller.scope, 'ADMIN') || caller.id === first)) return null;
      const key = await reads.apiKey(first);
      return key && presentApiKey(key);
    }
  }
  const experiment = await findExperimentById(services, first);
  if (!experiment) return null;
  switch (named.kind) {
    case 'Experiment':
      return presentExperiment(experiment);
    case 'Variant': {
      const variant = experiment.definition.variants.find(({ key }) => key === second);
      return variant ? presentVariant(experiment, variant) : null;
    }
    case 'Metric': {
      const metric = experiment.definition.metrics.find(({ key }) => key === second);
      return metric ? presentMetric(experiment, metric) : null;
    }
    case 'ExperimentCounts': {
      const counts = await batches().counts(experiment);
      return counts ? presentCounts(counts) : null;
    }
    case 'Allocation': {
      const allocation = isNumber(second) ? await reads.allocation(experiment.id, Number(second)) : null;
      return allocation && presentAllocation(allocation);
    }
    case 'Evaluation': {
      const evaluation = isNumber(second) ? await reads.evaluation(experiment, Number(second)) : null;
      return evaluation && presentEvaluation(evaluation);
    }
    default:
      return named.kind satisfies never;
  }
}

function isNumber(text: string): boolean {
  return /^[1-9]\d{0,8}$/.test(text);
}

/** Anything by its id. */
@Resolver()
export class NodeResolver {
  @Query(() => Node, {
    nullable: true,
    description: 'Anything by its id; null when there is no such thing or the key may not see it.',
  })
  node(@Arg('id', () => ID, { description: 'Its id.' }) id: string, @Ctx() context: Context) {
    return load(id, context);
  }

  @Query(() => [Node], {
    nullable: 'items',
    description: 'The same for many at once, in the order asked, null for what does not exist.',
  })
  nodes(@Arg('ids', () => [ID], { description: 'Their ids, at most 100.' }) ids: readonly string[], @Ctx() context: Context) {
    if (ids.length > mostIds)
      throw refusal('INVALID_RANGE', `Received ${ids.length} ids; at most ${mostIds} are answered.`, ['ids'], ids.length);
    return ids.map((id) => load(id, context));
  }
}
