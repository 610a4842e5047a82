/**
 * @generated SignedSource<<63bd290a68014852d4fef40380099cae>>
 * @lightSyntaxTransform
 */

/* tslint:disable */
/* eslint-disable */
// @ts-nocheck

import { ConcreteRequest } from 'relay-runtime';
export type TrackEventsInput = {
  events?: ReadonlyArray<MetricEventInput>;
  exposures?: ReadonlyArray<ExposureInput>;
  idempotencyKey?: string | null | undefined;
};
export type MetricEventInput = {
  eventId: string;
  experimentKey?: string | null | undefined;
  metric: string;
  occurredAt: string;
  unit: UnitInput;
  value?: number | null | undefined;
};
export type UnitInput = {
  attributes?: Record<string, unknown> | null | undefined;
  deviceId?: string | null | undefined;
  isBot?: boolean;
  tenantId?: string | null | undefined;
  userId?: string | null | undefined;
};
export type ExposureInput = {
  allocationVersion?: number | null | undefined;
  eventId: string;
  experimentKey: string;
  occurredAt: string;
  unit: UnitInput;
  variant: string;
};
export type wayTrackMutation$variables = {
  input: TrackEventsInput;
};
export type wayTrackMutation$data = {
  readonly trackEvents: {
    readonly accepted: number;
  } | null | undefined;
};
export type wayTrackMutation = {
  response: wayTrackMutation$data;
  variables: wayTrackMutation$variables;
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
    "concreteType": "TrackEventsPayload",
    "kind": "LinkedField",
    "name": "trackEvents",
    "plural": false,
    "selections": [
      {
        "alias": null,
        "args": null,
        "kind": "ScalarField",
        "name": "accepted",
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
    "name": "wayTrackMutation",
    "selections": (v1/*:: as any*/),
    "type": "Mutation",
    "abstractKey": null
  },
  "kind": "Request",
  "operation": {
    "argumentDefinitions": (v0/*:: as any*/),
    "kind": "Operation",
    "name": "wayTrackMutation",
    "selections": (v1/*:: as any*/)
  },
  "params": {
    "cacheID": "32cdfc335a5ac6456f4f5cb42ca70f80",
    "id": null,
    "metadata": {},
    "name": "wayTrackMutation",
    "operationKind": "mutation",
    "text": "mutation wayTrackMutation(\n  $input: TrackEventsInput!\n) {\n  trackEvents(input: $input) {\n    accepted\n  }\n}\n"
  }
};
})();

(node as any).hash = "5b0999721911393073fcee32fc857f5e";

export default node;
