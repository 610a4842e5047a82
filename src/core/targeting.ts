import type { Problem } from './errors.js';
import { shortened } from './json-value.js';
import { attributeNamePattern, attributeOf, isBot, isUnitIdMember, type Unit } from './unit.js';

/**
 * Who is eligible. A predicate is a name, an operator and what it is compared with:
 *
 *     region:US            the fact, written as text, is US; case matters
 *     plan:free|pro        ... is one of these
 *     age>=18              the fact is a number, and at least 18; likewise > < <=
 *
 * A fact is an attribute, `userId`, `deviceId`, `tenantId`, or `bot`, which is true for bots. Blanks around the three parts do not count.
 * A list satisfies a predicate when a member does; an absent or null fact, and an object, satisfies none.
 */
export interface Targeting {
  /** Predicates that all must hold. */
  readonly include: readonly string[];
  /** Predicates of which none may hold. */
  readonly exclude: readonly string[];
}

export type Predicate =
  | { readonly name: string; readonly operator: ':'; readonly values: ReadonlySet<string> }
  | { readonly name: string; readonly operator: '>' | '>=' | '<' | '<='; readonly bound: number };

/** Targeting that has been read. */
export interface CompiledTargeting {
  readonly include: readonly Predicate[];
  readonly exclude: readonly Predicate[];
}

export type ParsedTargeting =
  | { readonly ok: true; readonly compiled: CompiledTargeting }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** Most predicates in a list, and most characters in a predicate. */
export const maxPredicates = 100;
export const maxPredicateLength = 2_000;

/**
 * Reads all predicates, or tells of every one that cannot be read (INVALID_TARGETING) and of lists that are too long (INVALID_RANGE).
 *
 * @param path leads to the targeting from the input
 */
export function parseTargeting(targeting: Targeting, path: readonly string[] = ['targeting']): ParsedTargeting {
  const problems: Problem[] = [];
  const parseAll = (member: 'include' | 'exclude'): Predicate[] => {
    const texts = targeting[member];
    if (texts.length > maxPredicates) {
      const message = `${member} has ${texts.length} predicates; at most ${maxPredicates} are taken.`;
      problems.push({ code: 'INVALID_RANGE', message, path: [...path, member], received: texts.length });
    }
    return texts.flatMap((text, i) => {
      const parsed = parsePredicate(text);
      if (typeof parsed !== 'string') return [parsed];
      const message = `The predicate "${shortened(text)}" ${parsed}.`;
      problems.push({ code: 'INVALID_TARGETING', message, path: [...path, member, String(i)], received: shortened(text) });
      return [];
    });
  };
  const compiled = { include: parseAll('include'), exclude: parseAll('exclude') };
  return problems.length > 0 ? { ok: false, problems } : { ok: true, compiled };
}

/** The predicate, or what is wrong with it in words that follow it. */
function parsePredicate(text: string): Predicate | string {
  if (text.length > maxPredicateLength) return `is longer than ${maxPredicateLength} characters`;
  const [, name = '', operator = '', rest = ''] = /^([^:<>]*)(:|<=|>=|<|>)(.*)$/su.exec(text) ?? [];
  if (operator === '') return 'has no operator; one of : > >= < <= is expected, as in region:US or age>=18';
  const trimmedName = name.trim();
  if (!attributeNamePattern.test(trimmedName)) return `names no attribute; letters, digits, _ . - are expected before "${operator}"`;
  if (operator === ':') {
    const values = rest.split('|').map((value) => value.trim());
    return values.includes('')
      ? 'has an empty value; text is expected after ":" and around each "|"'
      : { name: trimmedName, operator, values: new Set(values) };
  }
  const bound = rest.trim();
  if (!/^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(bound) || !Number.isFinite(Number(bound)))
    return `compares by "${operator}" with something that is no number`;
  return { name: trimmedName, operator: operator as '>' | '>=' | '<' | '<=', bound: Number(bound) };
}

/** Whether a unit is eligible. */
export function isTargeted(targeting: CompiledTargeting, unit: Unit): boolean {
  return targeting.include.every((predicate) => holds(predicate, unit)) && !targeting.exclude.some((predicate) => holds(predicate, unit));
}

function holds(predicate: Predicate, unit: Unit): boolean {
  const fact = factOf(unit, predicate.name);
  return Array.isArray(fact) ? fact.some((member) => satisfies(predicate, member)) : satisfies(predicate, fact);
}

/** An id that is not a member of its own, and `bot` for a unit that is none, may still come as an attribute. */
function factOf(unit: Unit, name: string): unknown {
  if (isUnitIdMember(name)) return unit[name];
  if (name !== 'bot') return attributeOf(unit, name);
  return isBot(unit) ? true : (attributeOf(unit, name) ?? false);
}

function satisfies(predicate: Predicate, fact: unknown): boolean {
  if (typeof fact !== 'string' && typeof fact !== 'number' && typeof fact !== 'boolean') return false;
  if (predicate.operator === ':') return predicate.values.has(String(fact));
  if (typeof fact !== 'number') return false;
  switch (predicate.operator) {
    case '>':
      return fact > predicate.bound;
    case '>=':
      return fact >= predicate.bound;
    case '<':
      return fact < predicate.bound;
    case '<=':
      return fact <= predicate.bound;
    default:
      predicate satisfies never;
      return false;
  }
}
