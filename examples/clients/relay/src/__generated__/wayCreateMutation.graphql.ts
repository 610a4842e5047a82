/**
 * @generated SignedSource<<6d13710b323ad0d0b673c899183314ab>>
 * @lightSyntaxTransform
 */

/* tslint:disable */
/* eslint-disable */
// @ts-nocheck

import { ConcreteRequest } from 'relay-runtime';
export type Correction = "BENJAMINI_HOCHBERG" | "BONFERRONI" | "HOLM" | "NONE" | "%future added value";
export type EvaluationMethod = "ALWAYS_VALID" | "BAYESIAN" | "FREQUENTIST_T_TEST" | "GROUP_SEQUENTIAL" | "SPRT" | "%future added value";
export type ExperimentDesign = "AB_TEST" | "BANDIT" | "CANARY" | "CLUSTER" | "SWITCHBACK" | "%future added value";
export type GuardrailAction = "ALERT" | "PAUSE" | "ROLLBACK" | "%future added value";
export type HashStrategy = "CONSISTENT_HASH" | "GROWTHBOOK_V2" | "%future added value";
export type MetricDirection = "DECREASE" | "INCREASE" | "%future added value";
export type MetricType = "CONTINUOUS" | "CONVERSION" | "COUNT" | "RATIO" | "%future added value";
export type RollbackCondition = "GUARDRAIL_BREACH" | "SRM_DETECTED" | "%future added value";
export type SpendingFunction = "OBRIEN_FLEMING" | "POCOCK" | "%future added value";
export type CreateExperimentInput = {
  bandit?: BanditSettingsInput | null | undefined;
  design?: ExperimentDesign;
  evaluation?: EvaluationPlanInput | null | undefined;
  exclusionGroup?: string | null | undefined;
  hashKey?: string;
  hashStrategy?: HashStrategy;
  hypothesis?: string | null | undefined;
  key: string;
  metrics: MetricsInput;
  name: string;
  owner?: string | null | undefined;
  ramp?: ReadonlyArray<RampStepInput>;
  rollback?: RollbackSettingsInput | null | undefined;
  salt?: string | null | undefined;
  switchback?: SwitchbackSettingsInput | null | undefined;
  tags?: ReadonlyArray<string>;
  targeting?: TargetingInput | null | undefined;
  trafficAllocation?: number;
  variants: ReadonlyArray<VariantInput>;
};
export type BanditSettingsInput = {
  burnInSeconds?: number;
  explorationDecay?: number;
  intervalSeconds?: number;
  maxWeight?: number;
  minUnitsPerArm?: number;
  minWeight?: number;
  smoothing?: number;
};
export type EvaluationPlanInput = {
  alpha?: number;
  correction?: Correction;
  horizonUnits?: number | null | undefined;
  lossThreshold?: number | null | undefined;
  maxPeeks?: number;
  method?: EvaluationMethod;
  minSampleSize?: number;
  minimumEffect?: number | null | undefined;
  power?: number;
  schedule?: string;
  segments?: ReadonlyArray<string>;
  spending?: SpendingFunction;
};
export type MetricsInput = {
  guardrails?: ReadonlyArray<GuardrailInput>;
  primary: MetricInput;
  secondary?: ReadonlyArray<MetricInput>;
};
export type GuardrailInput = {
  action?: GuardrailAction;
  cap?: number | null | undefined;
  denominator?: string | null | undefined;
  direction?: MetricDirection;
  key: string;
  name?: string | null | undefined;
  threshold: number;
  type?: MetricType;
  windowHours?: number | null | undefined;
};
export type MetricInput = {
  cap?: number | null | undefined;
  cuped?: boolean;
  denominator?: string | null | undefined;
  direction?: MetricDirection;
  key: string;
  name?: string | null | undefined;
  type: MetricType;
  windowHours?: number | null | undefined;
};
export type RampStepInput = {
  holdSeconds: number;
  trafficAllocation: number;
};
export type RollbackSettingsInput = {
  autoDeploy?: boolean;
  conditions?: ReadonlyArray<RollbackCondition>;
  enabled?: boolean;
};
export type SwitchbackSettingsInput = {
  burnInSeconds?: number;
  windowSeconds: number;
};
export type TargetingInput = {
  exclude?: ReadonlyArray<string>;
  include?: ReadonlyArray<string>;
};
export type VariantInput = {
  isControl?: boolean;
  key: string;
  name?: string | null | undefined;
  payload?: unknown | null | undefined;
  weight: number;
};
export type wayCreateMutation$variables = {
  input: CreateExperimentInput;
};
export type wayCreateMutation$data = {
  readonly createExperiment: {
    readonly experiment: {
      readonly id: string;
    };
  } | null | undefined;
};
export type wayCreateMutation = {
  response: wayCreateMutation$data;
  variables: wayCreateMutation$variables;
};

const node: ConcreteRequest = (function(){
var v0 = [
  {
    "defaultValue": null,
    "kind": "LocalArgument",
    "name": "input"
  }
],
v1 = [
  {
    "alias": null,
    "args": [
      {
        "kind": "Variable",
        "name": "input",
        "variableName": "input"
      }
    ],
    "concreteType": "ExperimentPayload",
    "kind": "LinkedField",
    "name": "createExperiment",
    "plural": false,
    "selections": [
      {
        "alias": null,
        "args": null,
        "concreteType": "Experiment",
        "kind": "LinkedField",
        "name": "experiment",
        "plural": false,
        "selections": [
          {
            "alias": null,
            "args": null,
            "kind": "ScalarField",
            "name": "id",
            "storageKey": null
          }
        ],
        "storageKey": null
      }
    ],
    "storageKey": null
  }
];
return {
  "fragment": {
    "argumentDefinitions": (v0/*:: as any*/),
    "kind": "Fragment",
    "metadata": null,
    "name": "wayCreateMutation",
    "selections": (v1/*:: as any*/),
    "type": "Mutation",
    "abstractKey": null
  },
  "kind": "Request",
  "operation": {
    "argumentDefinitions": (v0/*:: as any*/),
    "kind": "Operation",
    "name": "wayCreateMutation",
    "selections": (v1/*:: as any*/)
  },
  "params": {
    "cacheID": "b6521e0c314595033fba7d63e63f42c1",
    "id": null,
    "metadata": {},
    "name": "wayCreateMutation",
    "operationKind": "mutation",
    "text": "mutation wayCreateMutation(\n  $input: CreateExperimentInput!\n) {\n  createExperiment(input: $input) {\n    experiment {\n      id\n    }\n  }\n}\n"
  }
};
})();

(node as any).hash = "f705d9cddbe51a9a8227323c165477c7";

export default node;
