/**
 * Files in which people keep experiments, read into the members of `CreateExperimentInput`. Two shapes are known: that input itself, and an older one
 * in which `experimentId` is the key, metrics have only names, variants are a list of names in equal parts, and enums are in lower case.
 * What neither shape knows is left as it stands, for the service to name in its refusal.
 */

export type ReadDefinitionFile =
  | { readonly ok: true; readonly input: Readonly<Record<string, unknown>>; readonly notes: readonly string[] }
  | { readonly ok: false; readonly fault: string };

type Json = Readonly<Record<string, unknown>>;

const enumMembers: ReadonlySet<string> = new Set([
  'design',
  'hashStrategy',
  'type',
  'direction',
  'action',
  'method',
  'correction',
  'spending',
  'conditions',
]);

/**
 * @param content  of the file, parsed
 * @returns the input, with a note for each thing that the file says and an input cannot, or leaves open; or why it is no experiment at all
 * @example readDefinitionFile({ experimentId: 'cta', name: 'CTA', variants: ['a', 'b'], metrics: { primary: { name: 'click', type: 'conversion' } } });
 */
export function readDefinitionFile(content: unknown): ReadDefinitionFile {
  if (!isObject(content)) return { ok: false, fault: `An experiment is a JSON object; received ${nameOf(content)}.` };
  const { experimentId, key = experimentId, status, variants, assignment, metrics, evaluation, rollback, ...rest } = content;
  if (key === undefined) return { ok: false, fault: 'An experiment needs key (or experimentId).' };
  const notes: string[] = [];
  if (status !== undefined) notes.push(`status is ignored: an experiment starts as a draft; received ${JSON.stringify(status)}.`);
  const input = {
    key,
    ...upperCased(rest),
    ...hashingOf(assignment),
    ...(variants !== undefined && { variants: variantsOf(variants) }),
    ...(metrics !== undefined && { metrics: metricsOf(metrics, notes) }),
    ...(evaluation !== undefined && { evaluation: inUpperCase(evaluation) }),
    ...(rollback !== undefined && { rollback: inUpperCase(rollback) }),
  };
  return { ok: true, input, notes };
}

/** `assignment: { strategy, hashKey, salt }` of the older shape. */
function hashingOf(assignment: unknown): Json {
  if (assignment === undefined) return {};
  if (!isObject(assignment)) return { assignment };
  const { strategy, ...rest } = assignment;
  return { ...rest, ...(strategy !== undefined && { hashStrategy: enumOf(strategy) }) };
}

function variantsOf(variants: unknown): unknown {
  if (!Array.isArray(variants)) return variants;
  return variants.map((variant) => (typeof variant === 'string' ? { key: variant, weight: 1 / variants.length } : variant));
}

function metricsOf(metrics: unknown, notes: string[]): unknown {
  if (!isObject(metrics)) return metrics;
  const listOf = (list: unknown, read: (metric: unknown) => unknown) => (Array.isArray(list) ? list.map(read) : list);
  const { primary, secondary, guardrails, ...rest } = metrics;
  const read = (metric: unknown) => metricOf(metric, notes);
  return {
    ...rest,
    ...(primary !== undefined && { primary: read(primary) }),
    ...(secondary !== undefined && { secondary: listOf(secondary, read) }),
    // What a guardrail leaves out (a conversion, the less the better) is the input's own default.
    ...(guardrails !== undefined && { guardrails: listOf(guardrails, keyed) }),
  };
}

function metricOf(metric: unknown, notes: string[]): unknown {
  const read = keyed(metric);
  if (isObject(read) && isObject(metric) && metric.key === undefined && read.direction === undefined) {
    notes.push(`${String(read.key)} does not say which direction is better: INCREASE is taken.`);
  }
  return read;
}

/** In the older shape a metric's name is its key. */
function keyed(metric: unknown): unknown {
  if (!isObject(metric)) return metric;
  const { key, name, ...rest } = metric;
  return { ...(key === undefined ? { key: name } : { key, ...(name !== undefined && { name }) }), ...upperCased(rest) };
}

function inUpperCase(members: unknown): unknown {
  return isObject(members) ? upperCased(members) : members;
}

function upperCased(members: Json): Json {
  return Object.fromEntries(Object.entries(members).map(([name, value]) => [name, enumMembers.has(name) ? enumOf(value) : value]));
}

function enumOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(enumOf);
  return typeof value === 'string' ? value.trim().toUpperCase().replaceAll('-', '_') : value;
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function nameOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'a list' : `a ${typeof value}`;
}
