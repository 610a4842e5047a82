/** By what experiments are sorted; ties by key. */
export const experimentOrderFields = ['CREATED_AT', 'UPDATED_AT', 'STARTED_AT', 'NAME'] as const;
export type ExperimentOrderField = (typeof experimentOrderFields)[number];

/** Which way a list runs. */
export const orderDirections = ['ASC', 'DESC'] as const;
export type OrderDirection = (typeof orderDirections)[number];
