/** Where browsers and their workers tell of the network; there are no types of browsers here. */
interface Scope {
  addEventListener?(type: string, listener: () => void): void;
  removeEventListener?(type: string, listener: () => void): void;
}

/**
 * Watches for the network to come back. Elsewhere than in browsers nobody tells of it.
 *
 * @returns ends the watch
 */
export function watchNetwork({ onBack }: { readonly onBack: () => void }): () => void {
  const scope = globalThis as Scope;
  scope.addEventListener?.('online', onBack);
  return () => scope.removeEventListener?.('online', onBack);
}
