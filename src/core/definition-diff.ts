import { canonicalJson } from './canonical-json.js';
import { definitionInput } from './definition.js';
import type { DefinitionInput } from './definition-input.js';
import type { Definition, ExperimentStatus } from './experiment.js';

/** A member in which two definitions differ. */
export interface Change {
  /** Members and list positions of the input that lead to it. */
  readonly path: readonly string[];
  /** Null when nothing is there. */
  readonly before: unknown;
  readonly after: unknown;
  /** Whether the experiment's status forbids it: PLAN_LOCKED. */
  readonly locked: boolean;
}

type Member = keyof DefinitionInput;

const inputMembers = Object.keys({
  key: true,
  name: true,
  hypothesis: true,
  owner: true,
  tags: true,
  design: true,
  hashKey: true,
  hashStrategy: true,
  salt: true,
  exclusionGroup: true,
  trafficAllocation: true,
  variants: true,
  metrics: true,
  targeting: true,
  evaluation: true,
  bandit: true,
  rollback: true,
  switchback: true,
  ramp: true,
} satisfies Record<Member, true>) as Member[];

/** What can change while results stay a comparison of the same things. */
const openAfterStart: readonly Member[] = [
  'name',
  'hypothesis',
  'owner',
  'tags',
  'targeting',
  'trafficAllocation',
  'bandit',
  'rollback',
  'ramp',
];
const openAfterEnd: readonly Member[] = ['name', 'hypothesis', 'owner', 'tags'];

/**
 * Whether a member of the input can no longer change. Key and salt never do. A dry run counts as a start: it assigns units
 * and counts their events by the definition, and its units keep their variants afterwards.
 */
export function isLocked(status: ExperimentStatus, member: string): boolean {
  if (status === 'DRAFT') return member === 'key' || member === 'salt';
  if (status === 'ARCHIVED') return true;
  const open = status === 'STOPPED' || status === 'ROLLED_BACK' ? openAfterEnd : openAfterStart;
  return !(open as readonly string[]).includes(member);
}

/** All members of the input that can no longer change, in the order of the API. */
export function lockedMembers(status: ExperimentStatus): Member[] {
  return inputMembers.filter((member) => isLocked(status, member));
}

/**
 * Where two definitions differ, in the shape of the input, down to the members that do; a payload is one member.
 * Weights of an experiment that has started are left out: they live in its allocation, and `setWeights` moves them.
 */
export function diffDefinitions(before: Definition, after: Definition, status: ExperimentStatus): Change[] {
  const found: Omit<Change, 'locked'>[] = [];
  compare(definitionInput(before), definitionInput(after), [], found);
  return found
    .filter(({ path }) => status === 'DRAFT' || !(path[0] === 'variants' && path[2] === 'weight'))
    .map((change) => ({ ...change, locked: isLocked(status, change.path[0] ?? '') }));
}

function compare(before: unknown, after: unknown, path: readonly string[], found: Omit<Change, 'locked'>[]): void {
  if (canonicalJson(before) === canonicalJson(after)) return;
  const isLeaf = path.at(-1) === 'payload' || !isContainer(before) || !isContainer(after) || Array.isArray(before) !== Array.isArray(after);
  if (isLeaf) {
    found.push({ path, before: before ?? null, after: after ?? null });
    return;
  }
  const members = new Set([...Object.keys(before), ...Object.keys(after)]);
  for (const member of members) compare(before[member], after[member], [...path, member], found);
}

function isContainer(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
