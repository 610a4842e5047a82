/**
 * @generated SignedSource<<edb5b549d8a3e9c5b0ab0c0dd8eca784>>
 * @lightSyntaxTransform
 */

/* tslint:disable */
/* eslint-disable */
// @ts-nocheck

import { ConcreteRequest } from 'relay-runtime';
export type wayCountsSubscription$variables = {
  key: string;
};
export type wayCountsSubscription$data = {
  readonly countsUpdated: {
    readonly id: string;
    readonly variants: ReadonlyArray<{
      readonly conversions: number;
      readonly exposures: number;
      readonly variant: string;
    }>;
  };
};
export type wayCountsSubscription = {
  response: wayCountsSubscription$data;
  variables: wayCountsSubscription$variables;
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
        "items": [
          {
            "kind": "Variable",
            "name": "experimentKeys.0",
            "variableName": "key"
          }
        ],
        "kind": "ListValue",
        "name": "experimentKeys"
      }
    ],
    "concreteType": "ExperimentCounts",
    "kind": "LinkedField",
    "name": "countsUpdated",
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
        "concreteType": "VariantCounts",
        "kind": "LinkedField",
        "name": "variants",
        "plural": true,
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
            "name": "exposures",
            "storageKey": null
          },
          {
            "alias": null,
            "args": null,
            "kind": "ScalarField",
            "name": "conversions",
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
    "name": "wayCountsSubscription",
    "selections": (v1/*:: as any*/),
    "type": "Subscription",
    "abstractKey": null
  },
  "kind": "Request",
  "operation": {
    "argumentDefinitions": (v0/*:: as any*/),
    "kind": "Operation",
    "name": "wayCountsSubscription",
    "selections": (v1/*:: as any*/)
  },
  "params": {
    "cacheID": "57df789d8c3641f04417ad784e8d7700",
    "id": null,
    "metadata": {},
    "name": "wayCountsSubscription",
    "operationKind": "subscription",
    "text": "subscription wayCountsSubscription(\n  $key: ID!\n) {\n  countsUpdated(experimentKeys: [$key]) {\n    id\n    variants {\n      variant\n      exposures\n      conversions\n    }\n  }\n}\n"
  }
};
})();

(node as any).hash = "6163abedb31249dd79c0bbda8983da57";

export default node;
