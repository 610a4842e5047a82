/**
 * @generated SignedSource<<8a240177d1d39b310e406655966a2df3>>
 * @lightSyntaxTransform
 */

/* tslint:disable */
/* eslint-disable */
// @ts-nocheck

import { ConcreteRequest } from 'relay-runtime';
export type ExperimentStatus = "ARCHIVED" | "DRAFT" | "DRY_RUN" | "PAUSED" | "ROLLED_BACK" | "RUNNING" | "STOPPED" | "%future added value";
export type wayStopMutation$variables = {
  key: string;
};
export type wayStopMutation$data = {
  readonly stopExperiment: {
    readonly experiment: {
      readonly id: string;
      readonly status: ExperimentStatus;
    };
  } | null | undefined;
};
export type wayStopMutation = {
  response: wayStopMutation$data;
  variables: wayStopMutation$variables;
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
      },
      {
        "kind": "Literal",
        "name": "reason",
        "value": "Seen enough"
      }
    ],
    "concreteType": "ExperimentPayload",
    "kind": "LinkedField",
    "name": "stopExperiment",
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
    "name": "wayStopMutation",
    "selections": (v1/*:: as any*/),
    "type": "Mutation",
    "abstractKey": null
  },
  "kind": "Request",
  "operation": {
    "argumentDefinitions": (v0/*:: as any*/),
    "kind": "Operation",
    "name": "wayStopMutation",
    "selections": (v1/*:: as any*/)
  },
  "params": {
    "cacheID": "f2aa40565e26d20205c6a29a19f46774",
    "id": null,
    "metadata": {},
    "name": "wayStopMutation",
    "operationKind": "mutation",
    "text": "mutation wayStopMutation(\n  $key: ID!\n) {\n  stopExperiment(key: $key, reason: \"Seen enough\") {\n    experiment {\n      id\n      status\n    }\n  }\n}\n"
  }
};
})();

(node as any).hash = "fbc8f2ffac9473a5a787070a3b416949";

export default node;
