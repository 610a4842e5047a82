import { useComputedColorScheme } from '@mantine/core';
import { useMemo } from 'react';
import type { HeaderFragment } from '../generated/graphql.js';
import { type VariantLook, variantLooks } from '../theme/palette.js';

/** A variant as charts and tables show it. */
export interface ShownVariant extends VariantLook {
  readonly key: string;
  readonly label: string;
  readonly isControl: boolean;
}

/** The variants in the experiment's order, each with its look. The same array while nothing about them changes. */
export function useVariants({ variants }: HeaderFragment): readonly ShownVariant[] {
  const scheme = useComputedColorScheme('light');
  const named = JSON.stringify(variants.map(({ key, name, isControl }) => ({ key, label: name ?? key, isControl })));
  return useMemo(() => {
    const parsed = JSON.parse(named) as Omit<ShownVariant, keyof VariantLook>[];
    const looks = variantLooks(parsed, scheme);
    return parsed.map((variant) => ({ ...variant, ...(looks.get(variant.key) as VariantLook) }));
  }, [named, scheme]);
}

/** Text of a variant's key; keys that are not known, of an older definition, speak for themselves. */
export function labelOf(variants: readonly { readonly key: string; readonly label: string }[], key: string): string {
  return variants.find((variant) => variant.key === key)?.label ?? key;
}
