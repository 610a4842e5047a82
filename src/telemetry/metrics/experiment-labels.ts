/** An experiment, as far as its label goes. */
export interface LabelledExperiment {
  readonly definition: { readonly key: string };
  readonly status: string;
  readonly startedAt: Date | null;
  readonly createdAt: Date;
}

export interface ExperimentLabelsParts {
  /** Every experiment known to the instance. */
  readonly all: () => readonly LabelledExperiment[];
  /** Grows with each change of them. */
  readonly changes: () => number;
  /** Keys that are labels at the same time. */
  readonly most?: number;
}

/** Label of all experiments that have none of their own. */
export const otherExperiments = 'other';

export interface ExperimentLabels {
  /** The key, or `other` for what has no label of its own, known or not. */
  of(key: string): string;
  /** Whether it has one of its own. */
  has(key: string): boolean;
}

/** Whether an experiment has begun and not ended. */
export function isUnderWay({ status }: { readonly status: string }): boolean {
  return status === 'DRY_RUN' || status === 'RUNNING' || status === 'PAUSED';
}

/** Decides whose key is a label: the first that began, as many as there is room for. Who has one keeps it until the end. */
export function createExperimentLabels({ all, changes, most = 200 }: ExperimentLabelsParts): ExperimentLabels {
  const held = new Set<string>();
  let asOf = -1;
  const beganAt = ({ startedAt, createdAt }: LabelledExperiment) => (startedAt ?? createdAt).getTime();

  function current(): ReadonlySet<string> {
    if (asOf === changes()) return held;
    asOf = changes();
    const present = all().filter(isUnderWay);
    const keys = new Set(present.map(({ definition }) => definition.key));
    for (const key of held) if (!keys.has(key)) held.delete(key);
    const waiting = present.filter(({ definition }) => !held.has(definition.key)).sort((a, b) => beganAt(a) - beganAt(b));
    for (const { definition } of waiting.slice(0, most - held.size)) held.add(definition.key);
    return held;
  }

  const has = (key: string) => current().has(key);
  return { of: (key) => (has(key) ? key : otherExperiments), has };
}
