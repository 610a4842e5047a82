/** What the run's setup and its tests must agree on. */
import { fileURLToPath } from 'node:url';

/** Migrated once a run; `createDatabase()` copies it, so nobody stays connected to it. */
export const templateName = 'bellwether_template';

/** Where a fetched Redis is kept between runs. */
export const packageDir = fileURLToPath(new URL('../../node_modules/.cache/bellwether', import.meta.url));
