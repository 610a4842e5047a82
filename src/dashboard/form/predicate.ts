/** A targeting predicate in its three parts, as one edits it; see core/targeting for what it means. */
export interface PredicateParts {
  readonly name: string;
  readonly operator: string;
  readonly value: string;
}

export const operators = [
  { value: ':', label: 'is one of' },
  { value: '>=', label: 'at least' },
  { value: '>', label: 'more than' },
  { value: '<=', label: 'at most' },
  { value: '<', label: 'less than' },
];

/** Parts of a predicate; whatever is not yet one is its name. */
export function partsOf(predicate: string): PredicateParts {
  const match = /^([^:<>]*)(:|>=|<=|>|<)(.*)$/s.exec(predicate);
  if (!match) return { name: predicate.trim(), operator: ':', value: '' };
  const [, name = '', operator = ':', value = ''] = match;
  return { name: name.trim(), operator, value: value.trim() };
}

export function predicateOf({ name, operator, value }: PredicateParts): string {
  return `${name.trim()}${operator}${value.trim()}`;
}
