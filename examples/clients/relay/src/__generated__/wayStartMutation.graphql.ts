/**
 * @generated SignedSource<<544f074acf4264fa680d669dbed065e2>>
 * @lightSyntaxTransform
 */

/* tslint:disable */
/* eslint-disable */
// @ts-nocheck

import { ConcreteRequest } from 'relay-runtime';
export type ExperimentStatus = "ARCHIVED" | "DRAFT" | "DRY_RUN" | "PAUSED" | "ROLLED_BACK" | "RUNNING" | "STOPPED" | "%future added value";
export type wayStartMutation$variables = {
  key: string;
};
export type wayStartMutation$data = {
  readonly startExperiment: {
    readonly experiment: {
      readonly id: string;
      readonly status: ExperimentStatus;
    };
  } | null | undefined;
};
export type wayStartMutation = {
  response: wayStartMutation$data;
  variables: wayStartMutation$variables;
};

const node: ConcreteRequest = (function(){
var v0 = [
  {
    "defaultValue": null,
    "kind": "LocalArgument",
    "name": "key"
  }
],
v1 = [
  {
    "alias": null,
    "args": [
      {
        "kind": "Variable",
        "name": "key",
        "variableName": "key"
      }
    ],
    "concreteType": "ExperimentPayload",
    "kind": "LinkedField",
    "name": "startExperiment",
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
          },
          {
            "alias": null,
            "args": null,
            "kind": "ScalarField",
            "name": "status",
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
    "name": "wayStartMutation",
    "selections": (v1/*:: as any*/),
    "type": "Mutation",
    "abstractKey": null
  },
  "kind": "Request",
  "operation": {
    "argumentDefinitions": (v0/*:: as any*/),
    "kind": "Operation",
    "name": "wayStartMutation",
    "selections": (v1/*:: as any*/)
  },
  "params": {
    "cacheID": "e7101507cc37bbbebc879124f4f9ee9b",
    "id": null,
    "metadata": {},
    "name": "wayStartMutation",
    "operationKind": "mutation",
    "text": "mutation wayStartMutation(\n  $key: ID!\n) {\n  startExperiment(key: $key) {\n    experiment {\n      id\n      status\n    }\n  }\n}\n"
  }
};
})();

(node as any).hash = "e183d48650ab336d2941de00084186ab";

export default node;
