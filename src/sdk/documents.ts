/** All that clients ask of the service; one by one, so that a bundle holds only what it asks. */

const answer = 'experimentKey variant payload inExperiment reason hashKey unitId allocationVersion';

const definitionSet = `version complete removed experiments {
  key status allocationVersion hashStrategy hashKey salt trafficAllocation maxTrafficAllocation exclusion { group start end }
  targeting { include exclude } slots { start end variant moved } control variants { key payload enabled } overrides { unitId variant }
  switchback { windowSeconds burnInSeconds } shippedVariant
}`;

const unitAndKeys = '($unit: UnitInput!, $experimentKeys: [ID!])';
const byUnitAndKeys = '(unit: $unit, experimentKeys: $experimentKeys)';

export const assignments = `query Assignments${unitAndKeys} { assignments${byUnitAndKeys} { ${answer} } }`;

export const assignmentsUpdated = `subscription AssignmentsUpdated${unitAndKeys} { assignmentsUpdated${byUnitAndKeys} { ${answer} } }`;

export const definitions = `query Definitions($after: String) { definitions(after: $after) { ${definitionSet} } }`;

export const definitionsUpdated = `subscription DefinitionsUpdated($after: String) { definitionsUpdated(after: $after) { ${definitionSet} } }`;

export const trackEvents = `mutation TrackEvents($input: TrackEventsInput!) {
  trackEvents(input: $input) { receivedAt results { eventId status code message } }
}`;
