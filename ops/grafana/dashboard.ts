import type { AnnotationQuery, DashboardLink, Dashboard as Model, Panel as PanelModel, RowPanel, VariableModel } from '@grafana/schema';
import { datasource, type Panel, panelModel } from './panel.js';

/** Dashboards as lists of what they show; `npm run grafana` writes the files that Grafana reads. */

export interface Row {
  readonly title: string;
  readonly panels: readonly Panel[];
}

export interface Dashboard {
  /** Its file, and its address in Grafana. */
  readonly name: string;
  readonly title: string;
  readonly description: string;
  /** Lets the reader choose experiments: `$experiment` in queries. */
  readonly byExperiment?: boolean;
  readonly rows: readonly Row[];
}

/** Lines of dashboards, in Grafana's grid of 24 columns. */
const statSize = { w: 4, h: 4 };
const graphSize = { w: 8, h: 8 };
const columns = 24;

/** The file's content, as Grafana's schema 39 has it. */
export function modelOf({ name, title, description, byExperiment = false, rows }: Dashboard): Model {
  return {
    uid: `bellwether-${name}`,
    title: `Bellwether: ${title}`,
    description,
    tags: ['bellwether'],
    schemaVersion: 39,
    editable: false,
    graphTooltip: 1,
    refresh: '30s',
    time: { from: 'now-3h', to: 'now' },
    timezone: 'utc',
    links: [toTheOthers],
    templating: { list: byExperiment ? [experimentVariable] : [] },
    annotations: { list: [firingAlerts] },
    panels: panelsOf(rows),
  };
}

const toTheOthers = {
  type: 'dashboards',
  tags: ['bellwether'],
  title: 'Bellwether',
  icon: 'external link',
  tooltip: '',
  asDropdown: false,
  includeVars: false,
  keepTime: true,
  targetBlank: false,
} satisfies DashboardLink;

const experimentVariable = {
  name: 'experiment',
  label: 'Experiment',
  type: 'query',
  datasource,
  query: { query: 'label_values(bellwether_allocation_weight, experiment)', refId: 'experiment' },
  refresh: 2,
  sort: 1,
  multi: true,
  includeAll: true,
  allValue: '.*',
  current: { text: 'All', value: '$__all' },
} satisfies VariableModel;

const firingAlerts = {
  name: 'Alerts',
  enable: true,
  iconColor: 'orange',
  datasource,
  expr: 'ALERTS{alertname=~"Bellwether.*",alertstate="firing",severity!="info"}',
  titleFormat: '{{alertname}}',
  textFormat: '{{experiment}} {{store}} {{instance}}',
} satisfies AnnotationQuery & Record<string, unknown>;

/** Left to right, and on to the next line where one is full. */
function panelsOf(rows: readonly Row[]): (PanelModel | RowPanel)[] {
  const models: (PanelModel | RowPanel)[] = [];
  let y = 0;
  for (const { title, panels } of rows) {
    models.push({ id: models.length + 1, type: 'row', title, collapsed: false, gridPos: { x: 0, y, w: columns, h: 1 }, panels: [] });
    y += 1;
    let x = 0;
    let height = 0;
    for (const panel of panels) {
      const { w, h } = panel.stat ? statSize : graphSize;
      if (x + w > columns) {
        x = 0;
        y += height;
        height = 0;
      }
      models.push({ id: models.length + 1, gridPos: { x, y, w, h }, ...panelModel(panel) });
      x += w;
      height = Math.max(height, h);
    }
    y += height;
  }
  return models;
}
