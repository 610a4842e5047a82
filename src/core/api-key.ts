/** What a key may do; each scope contains the ones before it. */
export const apiKeyScopes = ['CLIENT', 'SERVER', 'READ', 'ADMIN'] as const;
export type ApiKeyScope = (typeof apiKeyScopes)[number];

/** Whether a key of one scope may do what needs another. */
export function scopeAllows(held: ApiKeyScope, needed: ApiKeyScope): boolean {
  return apiKeyScopes.indexOf(held) >= apiKeyScopes.indexOf(needed);
}
