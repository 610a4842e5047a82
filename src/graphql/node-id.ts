/**
 * Ids of nodes: opaque to clients, base64url of `<tag>:<part>:<part>`. The tag names the type, the parts find the thing again.
 * Parts are UUIDs, whole numbers or keys, none of which holds a colon.
 */
const tags = {
  Experiment: 'x',
  Variant: 'v',
  Metric: 'm',
  Allocation: 'a',
  ExperimentCounts: 'c',
  Evaluation: 'e',
  Alert: 'l',
  AuditEntry: 'u',
  ApiKey: 'k',
} as const;

/** Things that are one of many within another have its id and a key or number of their own. */
const partsOf = (kind: NodeKind): number =>
  kind === 'Variant' || kind === 'Metric' || kind === 'Allocation' || kind === 'Evaluation' ? 2 : 1;

/** Name of a type whose things are nodes. */
export type NodeKind = keyof typeof tags;

const kinds = new Map<string, NodeKind>(Object.entries(tags).map(([kind, tag]) => [tag, kind as NodeKind]));

/** @example nodeId('Variant', experimentId, 'blue') */
export function nodeId(kind: NodeKind, ...parts: readonly (string | number)[]): string {
  return Buffer.from([tags[kind], ...parts].join(':')).toString('base64url');
}

/** What an id names; null for text that this server never gave out as an id. */
export function decodeNodeId(id: string): { readonly kind: NodeKind; readonly parts: readonly string[] } | null {
  if (id.length > 600) return null;
  const bytes = Buffer.from(id, 'base64url');
  // Lenient decoding would give one thing many ids.
  if (bytes.toString('base64url') !== id) return null;
  const [tag = '', ...parts] = bytes.toString('utf8').split(':');
  const kind = kinds.get(tag);
  return kind && parts.length === partsOf(kind) && parts.every((part) => /^[\w.-]{1,100}$/.test(part)) ? { kind, parts } : null;
}
