/** What happened to an experiment, as lists and pages hear of it; of several things within a second the last. */
export const experimentUpdateKinds = ['CREATED', 'CHANGED', 'EVALUATED', 'DELETED'] as const;
export type ExperimentUpdateKind = (typeof experimentUpdateKinds)[number];
