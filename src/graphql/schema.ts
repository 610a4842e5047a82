import 'reflect-metadata';
import { type GraphQLSchema, lexicographicSortSchema, printSchema } from 'graphql';
import { buildSchemaSync } from 'type-graphql';
import { resolveDirectly } from './direct-resolvers.js';
import { guardSchema } from './guard.js';
import { AlertResolver } from './resolvers/alert.js';
import { AllocationResolver } from './resolvers/allocation.js';
import { ApiKeyResolver } from './resolvers/api-key.js';
import { AssignmentResolver } from './resolvers/assignment.js';
import { AuditResolver } from './resolvers/audit.js';
import { DefinitionResolver } from './resolvers/definition.js';
import { EvaluationResolver } from './resolvers/evaluation.js';
import { EventResolver } from './resolvers/event.js';
import { ExperimentResolver } from './resolvers/experiment.js';
import { ExperimentCheckResolver } from './resolvers/experiment-check.js';
import { ExperimentDefinitionResolver } from './resolvers/experiment-definition.js';
import { AlertExperimentResolver, EvaluationExperimentResolver, WeightUpdateExperimentResolver } from './resolvers/experiment-field.js';
import { ForgetResolver } from './resolvers/forget.js';
import { LifecycleResolver } from './resolvers/lifecycle.js';
import { LiveResolver } from './resolvers/live.js';
import { LiveDefinitionResolver } from './resolvers/live-definitions.js';
import { NodeResolver } from './resolvers/node.js';
import { PowerResolver } from './resolvers/power.js';
import { ReportResolver } from './resolvers/report.js';
import { SeriesResolver } from './resolvers/series.js';
import { ValidationResolver } from './resolvers/validation.js';
import { WebhookResolver } from './resolvers/webhook.js';

/** Every subscription names its own stream; what TypeGraphQL would publish through is never asked. */
const noPubSub = {
  publish(): void {
    throw new Error('nothing is published here');
  },
  subscribe(): never {
    throw new Error('nothing is published here');
  },
};

/** Root types have no class that could carry a description. */
const rootDescriptions = {
  Query: 'What can be asked; a key needs the scope READ where nothing else is said.',
  Mutation:
    'What can be changed; a key needs the scope ADMIN where nothing else is said, and the answer comes once the answering instance serves the change.',
  Subscription: `What is live; a key needs the scope READ where nothing else is said.
Streams with \`after\` are histories: first the present state, if there is one, or with \`after\` all that followed it, then each message once, in order of sequence.
Sequences of weightsUpdated and resultsUpdated have no gaps, so a jump shows a client that subscribed again without \`after\` what it missed; an \`after\` beyond the newest is taken as none.
The others show the present state first and then the newest only, at most once a second an experiment: a client that was cut off just subscribes again.
A stream about one experiment completes when it is archived or deleted, resultsUpdated already after the final evaluation; an unknown key is EXPERIMENT_NOT_FOUND.`,
};

/** The schema that the decorated classes describe, its root fields guarded. */
export function createSchema(): GraphQLSchema {
  const schema = buildSchemaSync({
    resolvers: [
      AlertResolver,
      AlertExperimentResolver,
      AllocationResolver,
      ApiKeyResolver,
      AssignmentResolver,
      AuditResolver,
      DefinitionResolver,
      EvaluationResolver,
      EvaluationExperimentResolver,
      EventResolver,
      ExperimentResolver,
      ExperimentCheckResolver,
      ExperimentDefinitionResolver,
      ForgetResolver,
      LifecycleResolver,
      LiveResolver,
      LiveDefinitionResolver,
      NodeResolver,
      PowerResolver,
      ReportResolver,
      SeriesResolver,
      ValidationResolver,
      WebhookResolver,
      WeightUpdateExperimentResolver,
    ],
    pubSub: noPubSub,
    // What a type cannot say is checked by core, together.
    validate: false,
  });
  for (const type of [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()]) {
    if (type) type.description = rootDescriptions[type.name as keyof typeof rootDescriptions];
  }
  resolveDirectly(schema);
  return guardSchema(schema);
}

/** The schema as text, sorted, as it is checked in. */
export function printedSchema(schema: GraphQLSchema): string {
  return `${printSchema(lexicographicSortSchema(schema))}\n`;
}
