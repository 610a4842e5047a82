import { useEffect } from 'react';
import type { CombinedError } from 'urql';

const againMs = 5_000;

/** Asks again while the service cannot be reached: every few seconds, and at once when the browser says that the network is back. */
export function useRecovery(error: CombinedError | undefined, ask: (options: { readonly requestPolicy: 'network-only' }) => void): void {
  useEffect(() => {
    if (!error?.networkError) return;
    const again = () => ask({ requestPolicy: 'network-only' });
    const timer = setInterval(again, againMs);
    window.addEventListener('online', again);
    return () => {
      clearInterval(timer);
      window.removeEventListener('online', again);
    };
  }, [error, ask]);
}
