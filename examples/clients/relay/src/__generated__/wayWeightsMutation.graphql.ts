/**
 * @generated SignedSource<<c642f1d277836375fd70fc0d69e175d9>>
 * @lightSyntaxTransform
 */

/* tslint:disable */
/* eslint-disable */
// @ts-nocheck

import { ConcreteRequest } from 'relay-runtime';
export type VariantWeightInput = {
  variant: string;
  weight: number;
};
export type wayWeightsMutation$variables = {
  key: string;
  weights: ReadonlyArray<VariantWeightInput>;
};
export type wayWeightsMutation$data = {
  readonly setWeights: {
    readonly experiment: {
      readonly allocation: {
        readonly id: string;
        readonly version: number;
      } | null | undefined;
      readonly id: string;
    };
  } | null | undefined;
};
export type wayWeightsMutation = {
  response: wayWeightsMutation$data;
  variables: wayWeightsMutation$variables;
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
    "name": "weights"
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
      },
      {
        "kind": "Variable",
        "name": "weights",
        "variableName": "weights"
      }
    ],
    "concreteType": "ExperimentPayload",
    "kind": "LinkedField",
    "name": "setWeights",
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
          (v1/*:: as any*/),
          {
            "alias": null,
            "args": null,
            "concreteType": "Allocation",
            "kind": "LinkedField",
            "name": "allocation",
            "plural": false,
            "selections": [
              (v1/*:: as any*/),
              {
                "alias": null,
                "args": null,
                "kind": "ScalarField",
                "name": "version",
                "storageKey": null
              }
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
    "name": "wayWeightsMutation",
    "selections": (v2/*:: as any*/),
    "type": "Mutation",
    "abstractKey": null
  },
  "kind": "Request",
  "operation": {
    "argumentDefinitions": (v0/*:: as any*/),
    "kind": "Operation",
    "name": "wayWeightsMutation",
    "selections": (v2/*:: as any*/)
  },
  "params": {
    "cacheID": "36d5b3d52c68758ea32208fca5716122",
    "id": null,
    "metadata": {},
    "name": "wayWeightsMutation",
    "operationKind": "mutation",
    "text": "mutation wayWeightsMutation(\n  $key: ID!\n  $weights: [VariantWeightInput!]!\n) {\n  setWeights(key: $key, weights: $weights) {\n    experiment {\n      id\n      allocation {\n        id\n        version\n      }\n    }\n  }\n}\n"
  }
};
})();

(node as any).hash = "0760d0076ba0b1281735af10bd000ab7";

export default node;
