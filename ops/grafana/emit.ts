/** Writes the dashboards' files: `npm run grafana`. They are checked in, for Grafana reads them as they are; a test holds them to their source. */
import { writeFileSync } from 'node:fs';
import { modelOf } from './dashboard.js';
import { dashboards } from './dashboards.js';

for (const dashboard of dashboards) {
  const file = new URL(`dashboards/${dashboard.name}.json`, import.meta.url);
  writeFileSync(file, `${JSON.stringify(modelOf(dashboard), null, 2)}\n`);
}
