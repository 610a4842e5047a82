/** All that clients ask of the service. */

const answer = 'experimentKey variant payload inExperiment reason hashKey unitId allocationVersion';

const definitionSet = `version complete removed experiments {
  key status allocationVersion hashStrategy hashKey salt trafficAllocation maxTrafficAllocation exclusion { group start end }
  targeting { include exclude } slots { start end variant moved } control variants { key payload enabled } overrides { unitId variant }
  switchback { windowSeconds burnInSeconds } shippedVariant
}`;

const unitAndKeys = '($unit: UnitInput!, $experimentKeys: [ID!])';
const byUnitAndKeys = '(unit: $unit, experimentKeys: $experimentKeys)';

export const documents = {
  assignments: `query Assignments${unitAndKeys} { assignments${byUnitAndKeys} { ${answer} } }`,
  assignmentsUpdated: `subscription AssignmentsUpdated${unitAndKeys} { assignmentsUpdated${byUnitAndKeys} { ${answer} } }`,
  definitions: `query Definitions($after: String) { definitions(after: $after) { ${definitionSet} } }`,
  definitionsUpdated: `subscription DefinitionsUpdated($after: String) { definitionsUpdated(after: $after) { ${definitionSet} } }`,
  trackEvents: `mutation TrackEvents($input: TrackEventsInput!) {
  trackEvents(input: $input) { receivedAt results { eventId status code message } }
}`,
} as const;
