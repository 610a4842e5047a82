/** Documents for `/graphql`, drawn from chance: of hot fields mostly, valid mostly. */
import { createRandom } from '../faults/random.js';

export type Draw = ReturnType<typeof createDraw>;

/** Choices, the same ones for a seed and a name. */
export function createDraw(name: string) {
  const { next, below } = createRandom(name);
  const pick = <T>(...options: readonly T[]): T => options[below(options.length)] as T;
  const maybe = (share: number): boolean => next() < share;
  const mostly = <T>(usual: T, ...odd: readonly T[]): T => (maybe(0.93) ? usual : pick(...odd));
  return { below, pick, maybe, mostly };
}

const leaves = [
  'experimentKey',
  'variant',
  'payload',
  'inExperiment',
  'reason',
  'hashKey',
  'unitId',
  'allocationVersion',
  'exposureRecorded',
];

/** Draws documents, and whether their variables are those of events. */
export function createDocuments({ pick, maybe, mostly }: Draw) {
  function selection(): string {
    const fields = leaves
      .filter(() => maybe(0.4))
      .map((name) => (maybe(0.2) ? `${pick('a', 'b', 'c', '__proto__')}${name}: ${name}` : name));
    const directive = maybe(0.1) ? [pick('reason @include(if: $flag)', 'variant @skip(if: true)', 'reason @include(if: false)')] : [];
    const fragment = maybe(0.2) ? [pick('...Parts', '... on Assignment { variant }', '... { reason __typename }', '...Missing')] : [];
    const odd = maybe(0.08) ? [pick('nothing', 'variant { deeper }', 'constructor', 'variant: reason', '__proto__: variant')] : [];
    const all = ['__typename', ...fields, ...directive, ...fragment, ...odd];
    return `{ ${all.slice(maybe(0.3) ? 0 : all.length > 1 ? 1 : 0).join(' ')} }`;
  }

  const key = () => mostly('"checkout"', '"missing"', '""', '7', 'null', '$key', '$key', '$key');
  const unit = () =>
    mostly(
      '$unit',
      '{userId: "u1"}',
      '{userId: $key}',
      '{userId: "u1", isBot: true}',
      '{}',
      '{nothing: 1}',
      '{userId: " "}',
      'null',
      '"u"',
    );

  function rootField(): string {
    const alias = maybe(0.1) ? `${pick('x', 'y')}: ` : '';
    return mostly(
      `${alias}assignment(experimentKey: ${key()}, unit: ${unit()}) ${selection()}`,
      `${alias}assignments(unit: ${unit()}) ${selection()}`,
      `${alias}assignments(unit: ${unit()}, experimentKeys: ${pick('["checkout", "missing"]', '$keys', 'null', '"checkout"', '[null]')}) ${selection()}`,
      `assignment(unit: ${unit()}) ${selection()}`,
      'assignment',
      'viewer { scope }',
      '__typename',
      '__schema { queryType { name } }',
    );
  }

  const events = () =>
    `trackEvents(input: ${mostly('$input', '{events: []}', '{}', '{events: [{eventId: "only"}]}', 'null')}) ${pick(
      '{ accepted duplicates rejected replayed receivedAt results { eventId status code message } }',
      '{ results { __typename ...Result } } ',
      '{ a: accepted results { s: status } }',
    )}`;

  /** The head of an operation, with the variables that it uses, or nearly so. */
  function head(name: string, selected: string): string {
    const types: readonly (readonly [string, string])[] = [
      ['$key', mostly('ID!', 'ID! = "checkout"', 'String!', 'ID')],
      ['$unit', mostly('UnitInput!', 'UnitInput', 'UnitInput = {userId: "u3"}')],
      ['$keys', mostly('[ID!]', '[ID!]!', '[ID]', '[ID!] = ["checkout"]')],
      ['$flag', mostly('Boolean!', 'Boolean = true', 'Int')],
    ];
    const declared = types.filter(([variable]) => mostly(selected.includes(variable), true, false)).map((pair) => pair.join(': '));
    return `${name}${declared.length > 0 ? `(${declared.join(', ')})` : ''} { ${selected} }`;
  }

  function operation(): { readonly text: string; readonly isEvents: boolean } {
    const kind = pick('query', 'query', 'query', 'assign', 'track', 'odd');
    if (kind === 'track') return { text: `mutation Track($input: TrackEventsInput!) { ${events()} }`, isEvents: true };
    if (kind === 'assign') {
      const field = () => `assign(experimentKey: ${key()}, unit: ${unit()}) ${selection()}`;
      return { text: head('mutation Assign', `${field()} ${maybe(0.2) ? `second: ${field()}` : ''}`), isEvents: false };
    }
    if (kind === 'odd') {
      const texts = [
        '{ assign',
        '',
        'subscription { alertRaised { id } }',
        '{ assignment }',
        `{ ${'viewer '.repeat(60)} }`,
        '{assign(a: 1e999)}',
      ];
      return { text: pick(...texts), isEvents: false };
    }
    return { text: head('query Ask', `${rootField()} ${maybe(0.2) ? `second: ${rootField()}` : ''}`), isEvents: false };
  }

  return function document(): { readonly text: string; readonly isEvents: boolean } {
    const { text, isEvents } = operation();
    const fragments = [
      ...(text.includes('...Parts') || maybe(0.03) ? ['fragment Parts on Assignment { variant reason }'] : []),
      ...(text.includes('...Result') ? ['fragment Result on EventResult { status code }'] : []),
    ];
    const second = maybe(0.1) ? ['query Other { viewer { scope } }'] : [];
    return { text: [text, ...fragments, ...second].join('\n'), isEvents };
  };
}
