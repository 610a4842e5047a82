/**
 * @generated SignedSource<<6f343a09704e0fdf39affea7bf69b0ef>>
 * @lightSyntaxTransform
 */

/* tslint:disable */
/* eslint-disable */
// @ts-nocheck

import { ConcreteRequest } from 'relay-runtime';
export type wayAssignMutation$variables = {
  key: string;
  userId: string;
};
export type wayAssignMutation$data = {
  readonly assign: {
    readonly allocationVersion: number | null | undefined;
    readonly exposureRecorded: boolean | null | undefined;
    readonly inExperiment: boolean;
    readonly variant: string | null | undefined;
  };
};
export type wayAssignMutation = {
  response: wayAssignMutation$data;
  variables: wayAssignMutation$variables;
};

const node: ConcreteRequest = (function(){
var v0 = [
  {
    "defaultValue": null,
    "kind": "LocalArgument",
    "name": "key"
  },
  {
    "defaultValue": null,
    "kind": "LocalArgument",
    "name": "userId"
  }
],
v1 = [
  {
    "alias": null,
    "args": [
      {
        "kind": "Variable",
        "name": "experimentKey",
        "variableName": "key"
      },
      {
        "fields": [
          {
            "kind": "Variable",
            "name": "userId",
            "variableName": "userId"
          }
        ],
        "kind": "ObjectValue",
        "name": "unit"
      }
    ],
    "concreteType": "Assignment",
    "kind": "LinkedField",
    "name": "assign",
    "plural": false,
    "selections": [
      {
        "alias": null,
        "args": null,
        "kind": "ScalarField",
        "name": "variant",
        "storageKey": null
      },
      {
        "alias": null,
        "args": null,
        "kind": "ScalarField",
        "name": "inExperiment",
        "storageKey": null
      },
      {
        "alias": null,
        "args": null,
        "kind": "ScalarField",
        "name": "allocationVersion",
        "storageKey": null
      },
      {
        "alias": null,
        "args": null,
        "kind": "ScalarField",
        "name": "exposureRecorded",
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
    "name": "wayAssignMutation",
    "selections": (v1/*:: as any*/),
    "type": "Mutation",
    "abstractKey": null
  },
  "kind": "Request",
  "operation": {
    "argumentDefinitions": (v0/*:: as any*/),
    "kind": "Operation",
    "name": "wayAssignMutation",
    "selections": (v1/*:: as any*/)
  },
  "params": {
    "cacheID": "6a98d802b7a405d4044ce03ccad0b38f",
    "id": null,
    "metadata": {},
    "name": "wayAssignMutation",
    "operationKind": "mutation",
    "text": "mutation wayAssignMutation(\n  $key: ID!\n  $userId: ID!\n) {\n  assign(experimentKey: $key, unit: {userId: $userId}) {\n    variant\n    inExperiment\n    allocationVersion\n    exposureRecorded\n  }\n}\n"
  }
};
})();

(node as any).hash = "ae1c295eac70baee19363c8d4f8ca316";

export default node;
