import { useDebouncedValue } from '@mantine/hooks';
import { useMemo } from 'react';

/** The value once it has stayed the same for a while. Compared by content: what is made anew in each drawing would never settle. */
export function useSettled<T>(value: T, quietMs: number): T {
  const [text] = useDebouncedValue(JSON.stringify(value), quietMs);
  return useMemo(() => JSON.parse(text) as T, [text]);
}
