/** The least that an answer takes: a hash for each experiment, and a variant by it. */

interface Request {
  readonly variables: { readonly unit: { readonly userId: string }; readonly key?: string };
}

const variants = ['control', 'treatment'];
const served = Array.from({ length: 20 }, (_, i) => experimentKey(i));

/** Key of an experiment of the benchmark, by number. */
export function experimentKey(number: number): string {
  return `bench-${String(number).padStart(2, '0')}`;
}

function assignmentOf(key: string, unitId: string, sha256: (text: string) => string) {
  const digest = sha256(`4:salt,${key.length}:${key},${unitId.length}:${unitId},`);
  const inclusion = Number.parseInt(digest.slice(0, 12), 16) / 2 ** 48;
  const slot = Math.floor((Number.parseInt(digest.slice(12, 24), 16) * 10_000) / 2 ** 48);
  const isIncluded = inclusion < 1;
  return {
    experimentKey: key,
    variant: variants[isIncluded && slot >= 5_000 ? 1 : 0],
    inExperiment: isIncluded,
    reason: 'SPLIT',
    allocationVersion: 1,
  };
}

/** What the request asks for: one experiment where it names one, else all. */
export function assignmentsOf({ variables: { unit, key } }: Request, sha256: (text: string) => string) {
  if (key !== undefined) return { assignment: assignmentOf(key, unit.userId, sha256) };
  return { assignments: served.map((each) => assignmentOf(each, unit.userId, sha256)) };
}
