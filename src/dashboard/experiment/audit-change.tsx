import { Code, Text } from '@mantine/core';

/** Members that an audit entry changed, each from what to what. */
export function AuditChange({ before, after }: { readonly before: unknown; readonly after: unknown }) {
  if (!isObject(before) || !isObject(after)) {
    return (
      <Text size="xs" c="dimmed">
        {isObject(after) ? 'made' : isObject(before) ? 'removed' : ''}
      </Text>
    );
  }
  const [was, is] = [leavesOf(before), leavesOf(after)];
  const changed = [...new Set([...was.keys(), ...is.keys()])].filter(
    (path) => !isBookkeeping(path) && !isName(path) && was.get(path) !== is.get(path),
  );
  return changed.slice(0, mostShown).map((path) => (
    <div key={path} className="break">
      <Text span size="xs" fw={550}>
        {path}
      </Text>{' '}
      <Code>{shortened(was.get(path))}</Code> → <Code>{shortened(is.get(path))}</Code>
    </div>
  ));
}

const mostShown = 12;
const longest = 80;

/** What grows with every change says nothing of this one. */
function isBookkeeping(path: string): boolean {
  return /^(revision|updatedAt)$|^allocation\.(version|period|startedAt|slots)/.test(path);
}

function shortened(text = '–'): string {
  return text.length > longest ? `${text.slice(0, longest)}…` : text;
}

/** Values by their path. Members of a list go by the variant or key that they are about, where they name one. */
function leavesOf(value: unknown, path = ''): ReadonlyMap<string, string> {
  if (value === null) return new Map();
  if (!isObject(value) && !Array.isArray(value)) return new Map([[path, typeof value === 'string' ? value : JSON.stringify(value)]]);
  const members = Array.isArray(value)
    ? value.map((member, place) => [nameOf(member) ?? String(place), member] as const)
    : Object.entries(value);
  return new Map(members.flatMap(([name, member]) => [...leavesOf(member, path === '' ? name : `${path}.${name}`)]));
}

/** What names a member of a list is in its path already. */
function isName(path: string): boolean {
  return /\.(variant|key)$/.test(path);
}

function nameOf(member: unknown): string | null {
  if (!isObject(member)) return null;
  const name = member.variant ?? member.key;
  return typeof name === 'string' ? name : null;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
