/**
 * Colours of variants, after Okabe and Ito (2008), "Color Universal Design": told apart with every common kind of colour blindness.
 * Shaded so that each has a contrast of 3:1 at least against its background, as WCAG 2.2 asks of what is no text. The control is grey:
 * it is what the others are compared with.
 */

export type Scheme = 'light' | 'dark';

const control = { light: '#5f6b7a', dark: '#a9b4c2' } as const;

const others = {
  light: ['#0072b2', '#d55e00', '#008a65', '#b0578d', '#9a6700', '#3b8fc4', '#6f5bd0'],
  dark: ['#56b4e9', '#f08a4b', '#1fc79a', '#dc8fbd', '#e6b432', '#4f9be8', '#a99bf5'],
} as const;

/** What marks a variant in every chart and table: a colour, and a dash that tells it apart without one when colours repeat. */
export interface VariantLook {
  readonly colour: string;
  /** Lengths of dash and gap in pixels; empty: a whole line. */
  readonly dash: readonly number[];
}

const dashes: readonly (readonly number[])[] = [[], [8, 4], [2, 3]];

/** @param variants in the experiment's order; colours do not depend on which of them are shown */
export function variantLooks(
  variants: readonly { readonly key: string; readonly isControl: boolean }[],
  scheme: Scheme,
): ReadonlyMap<string, VariantLook> {
  const colours = others[scheme];
  let next = 0;
  return new Map(
    variants.map(({ key, isControl }) => {
      if (isControl) return [key, { colour: control[scheme], dash: [] }];
      const place = next++;
      return [key, { colour: colours[place % colours.length] as string, dash: dashes[Math.floor(place / colours.length) % 3] ?? [] }];
    }),
  );
}

/** Lines, texts and zero lines of charts; canvases know no CSS variables. */
export const chartInk = {
  light: { text: '#495057', grid: '#e9ecef', strong: '#343a40', surface: '#ffffff' },
  dark: { text: '#adb5bd', grid: '#2f3336', strong: '#dee2e6', surface: '#1f2224' },
} as const;
