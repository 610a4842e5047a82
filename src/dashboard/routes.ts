/** Addresses of the pages. The server answers each of them with the same page; see `src/http/dashboard.ts`. */
export const routes = {
  list: '/',
  create: '/new-experiment',
  experiment: '/experiments/:key',
  edit: '/experiments/:key/edit',
} as const;

export function experimentPath(key: string): string {
  return `/experiments/${encodeURIComponent(key)}`;
}

export function editPath(key: string): string {
  return `${experimentPath(key)}/edit`;
}
