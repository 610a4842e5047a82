/**
 * @generated SignedSource<<e952673415b09cd49995ea0329362407>>
 * @lightSyntaxTransform
 */

/* tslint:disable */
/* eslint-disable */
// @ts-nocheck

import { ConcreteRequest } from 'relay-runtime';
export type Decision = "DO_NOT_SHIP" | "INSUFFICIENT_DATA" | "INVALID" | "KEEP_RUNNING" | "ROLL_BACK" | "SHIP" | "%future added value";
export type wayEvaluateMutation$variables = {
  key: string;
};
export type wayEvaluateMutation$data = {
  readonly evaluateExperiment: {
    readonly evaluation: {
      readonly decision: Decision;
      readonly id: string;
      readonly summary: string;
    };
    readonly experiment: {
      readonly id: string;
      readonly results: {
        readonly id: string;
      } | null | undefined;
    };
  } | null | undefined;
};
export type wayEvaluateMutation = {
  response: wayEvaluateMutation$data;
  variables: wayEvaluateMutation$variables;
};

const node: ConcreteRequest = (function(){
var v0 = [
  {
    "defaultValue": null,
    "kind": "LocalArgument",
    "name": "key"
  }
],
v1 = {
  "alias": null,
  "args": null,
  "kind": "ScalarField",
  "name": "id",
  "storageKey": null
},
v2 = [
  {
    "alias": null,
    "args": [
      {
        "kind": "Variable",
        "name": "key",
        "variableName": "key"
      }
    ],
    "concreteType": "EvaluateExperimentPayload",
    "kind": "LinkedField",
    "name": "evaluateExperiment",
    "plural": false,
    "selections": [
      {
        "alias": null,
        "args": null,
        "concreteType": "Evaluation",
        "kind": "LinkedField",
        "name": "evaluation",
        "plural": false,
        "selections": [
          (v1/*:: as any*/),
          {
            "alias": null,
            "args": null,
            "kind": "ScalarField",
            "name": "decision",
            "storageKey": null
          },
          {
            "alias": null,
            "args": null,
            "kind": "ScalarField",
            "name": "summary",
            "storageKey": null
          }
        ],
        "storageKey": null
      },
      {
        "alias": null,
        "args": null,
        "concreteType": "Experiment",
        "kind": "LinkedField",
        "name": "experiment",
        "plural": false,
        "selections": [
          (v1/*:: as any*/),
          {
            "alias": null,
            "args": null,
            "concreteType": "Evaluation",
            "kind": "LinkedField",
            "name": "results",
            "plural": false,
            "selections": [
              (v1/*:: as any*/)
            ],
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
    "name": "wayEvaluateMutation",
    "selections": (v2/*:: as any*/),
    "type": "Mutation",
    "abstractKey": null
  },
  "kind": "Request",
  "operation": {
    "argumentDefinitions": (v0/*:: as any*/),
    "kind": "Operation",
    "name": "wayEvaluateMutation",
    "selections": (v2/*:: as any*/)
  },
  "params": {
    "cacheID": "4a2838f740275f3a474b06e76a2f6aa5",
    "id": null,
    "metadata": {},
    "name": "wayEvaluateMutation",
    "operationKind": "mutation",
    "text": "mutation wayEvaluateMutation(\n  $key: ID!\n) {\n  evaluateExperiment(key: $key) {\n    evaluation {\n      id\n      decision\n      summary\n    }\n    experiment {\n      id\n      results {\n        id\n      }\n    }\n  }\n}\n"
  }
};
})();

(node as any).hash = "30f70dddb036408a6f7fa2cebdda9530";

export default node;
