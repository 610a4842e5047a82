import { emptyGuardrail, emptyMetric, emptyValues, emptyVariant, type FormValues } from './values.js';

/** Between what the form holds and what the API takes. */

type Json = Readonly<Record<string, unknown>>;

/** A member that the form cannot send; `path` as in a problem of the API. */
export interface InputFault {
  readonly path: readonly string[];
  readonly message: string;
}

/**
 * The input that the values stand for, with a bandit's settings only for a bandit.
 *
 * @returns faults where a number that has no default is missing, and where a payload is no JSON: such an input cannot be sent
 */
export function inputOf(values: FormValues): { readonly input: Json; readonly faults: readonly InputFault[] } {
  const faults: InputFault[] = [];
  const { bandit, variants, metrics, evaluation, ...rest } = values;
  const input = {
    ...withoutEmpty(rest),
    variants: variants.map((variant, place) => {
      const { payload, ...plain } = variant;
      const path = ['variants', String(place)];
      if (plain.weight === '') faults.push({ path: [...path, 'weight'], message: 'Every variant needs a weight.' });
      return { ...withoutEmpty(plain), ...payloadOf(payload, [...path, 'payload'], faults) };
    }),
    metrics: {
      primary: withoutEmpty(metrics.primary),
      secondary: metrics.secondary.map(withoutEmpty),
      guardrails: metrics.guardrails.map((guardrail, place) => {
        const path = ['metrics', 'guardrails', String(place), 'threshold'];
        if (guardrail.threshold === '') faults.push({ path, message: 'A guardrail needs a threshold.' });
        return withoutEmpty(guardrail);
      }),
    },
    evaluation: withoutEmpty(evaluation),
    ...(values.design === 'BANDIT' && { bandit: withoutEmpty(bandit) }),
  };
  return { input, faults };
}

/** Texts that an input must have: when one is empty the service says what it expects there. */
const neverLeftOut: ReadonlySet<string> = new Set(['key', 'hashKey', 'schedule']);

/** @param members of which a `name` is left out too, but not that of the experiment, which has a `design` */
function withoutEmpty(members: object): Json {
  const isKept = (name: string) => neverLeftOut.has(name) || (name === 'name' && 'design' in members);
  return Object.fromEntries(Object.entries(members).filter(([name, value]) => value !== '' || isKept(name)));
}

function payloadOf(text: string, path: readonly string[], faults: InputFault[]): { readonly payload?: unknown } {
  if (text.trim() === '') return {};
  try {
    return { payload: JSON.parse(text) };
  } catch (error) {
    faults.push({ path, message: `The payload is no JSON: ${error instanceof Error ? error.message : String(error)}` });
    return {};
  }
}

/**
 * The values for an input, as `Experiment.definition` and files hold it; what it leaves out takes the form's defaults.
 *
 * @returns with the names of members that the form has no field for
 */
export function valuesOf(input: Json): { readonly values: FormValues; readonly unknown: readonly string[] } {
  const unknown = Object.keys(input).filter((name) => !Object.hasOwn(emptyValues, name));
  const metrics = objectOf(input.metrics);
  const known = filled(emptyValues, input);
  const values: FormValues = {
    ...known,
    variants: listOf(input.variants).map((variant) => ({ ...filled(emptyVariant, variant), payload: payloadText(variant.payload) })),
    targeting: filled(emptyValues.targeting, objectOf(input.targeting)),
    metrics: {
      primary: filled(emptyMetric, objectOf(metrics.primary)),
      secondary: listOf(metrics.secondary).map((metric) => filled(emptyMetric, metric)),
      guardrails: listOf(metrics.guardrails).map((metric) => filled({ ...emptyGuardrail, action: 'ALERT' }, metric)),
    },
    evaluation: filled(emptyValues.evaluation, objectOf(input.evaluation)),
    bandit: filled(emptyValues.bandit, objectOf(input.bandit)),
    rollback: filled(emptyValues.rollback, objectOf(input.rollback)),
  };
  return { values: withControl(values), unknown };
}

/** The first variant is the control when none says so. */
function withControl(values: FormValues): FormValues {
  if (values.variants.some(({ isControl }) => isControl)) return values;
  return { ...values, variants: values.variants.map((variant, place) => ({ ...variant, isControl: place === 0 })) };
}

/** Those members of `given` that `empty` has, where they are said and of its kind. */
function filled<T extends object>(empty: T, given: Json): T {
  const members = Object.entries(empty).map(([name, fallback]) => {
    const value = given[name];
    const isFitting = fallback === '' ? typeof value === 'string' || typeof value === 'number' : kindOf(value) === kindOf(fallback);
    return [name, isFitting ? value : fallback];
  });
  return Object.fromEntries(members) as T;
}

function kindOf(value: unknown): string {
  return Array.isArray(value) ? 'list' : value === null ? 'null' : typeof value;
}

function payloadText(payload: unknown): string {
  return payload === undefined || payload === null ? '' : JSON.stringify(payload, null, 2);
}

function objectOf(value: unknown): Json {
  return kindOf(value) === 'object' ? (value as Json) : {};
}

function listOf(value: unknown): readonly Json[] {
  return Array.isArray(value) ? value.map(objectOf) : [];
}
