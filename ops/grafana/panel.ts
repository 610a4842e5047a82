import {
  BigValueColorMode,
  BigValueGraphMode,
  BigValueTextMode,
  FieldColorModeId,
  GraphDrawStyle,
  type GraphFieldConfig,
  GraphThresholdsStyleMode,
  LegendDisplayMode,
  type Panel as Model,
  type ReduceDataOptions,
  ScaleDistribution,
  SortOrder,
  StackingMode,
  type ThresholdsConfig,
  ThresholdsMode,
  TooltipDisplayMode,
  VisibilityMode,
  type VizLegendOptions,
  type VizTooltipOptions,
} from '@grafana/schema';

/** How a panel looks is decided here, once: the four dashboards look alike, and a panel is what it says. */

/** A query and what its series are called, by their labels: `{{store}}`. */
export type Query = readonly [expression: string, legend: string];

export interface Panel {
  readonly title: string;
  /** What the reader should make of it. */
  readonly description: string;
  /** As Grafana names it: s, bytes, percentunit, reqps, short. */
  readonly unit: string;
  readonly queries: readonly Query[];
  /** One number in place of lines. */
  readonly stat?: boolean;
  /** Areas on top of one another: parts of a whole. */
  readonly stacked?: boolean;
  /** Where it becomes worth a look; a line is drawn there. The colour beyond it is that of a warning. */
  readonly limit?: { readonly at: number; readonly bad: 'above' | 'below' };
  readonly min?: number;
  readonly max?: number;
  /** For what spans powers of ten. */
  readonly logarithmic?: boolean;
}

/** As the provisioned data source is called. */
export const datasource = { type: 'prometheus', uid: 'bellwether-prometheus' };

/** All of a panel but its place. */
export function panelModel(panel: Panel): Omit<Model, 'id' | 'gridPos'> {
  const { title, description, unit, queries, stat = false, min, max } = panel;
  return {
    type: stat ? 'stat' : 'timeseries',
    title,
    description,
    datasource,
    targets: queries.map(([expr, legendFormat], i) => ({ refId: String.fromCharCode(65 + i), datasource, expr, legendFormat })),
    fieldConfig: {
      defaults: {
        unit,
        ...(min === undefined ? {} : { min }),
        ...(max === undefined ? {} : { max }),
        color: { mode: stat ? FieldColorModeId.Thresholds : FieldColorModeId.PaletteClassic },
        thresholds: thresholdsOf(panel),
        custom: stat ? {} : { ...lineStyle(panel) },
      },
      overrides: [],
    },
    options: { ...(stat ? statOptions : graphOptions) },
  };
}

const statOptions = {
  reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false } satisfies ReduceDataOptions,
  colorMode: BigValueColorMode.Value,
  graphMode: BigValueGraphMode.Area,
  textMode: BigValueTextMode.Auto,
};

const graphOptions: { readonly legend: VizLegendOptions; readonly tooltip: VizTooltipOptions } = {
  legend: { displayMode: LegendDisplayMode.List, placement: 'bottom', showLegend: true, calcs: [] },
  tooltip: { mode: TooltipDisplayMode.Multi, sort: SortOrder.Descending },
};

function thresholdsOf({ limit }: Panel): ThresholdsConfig {
  const steps = (below: string, above: string, at: number) => [
    { color: below, value: null },
    { color: above, value: at },
  ];
  const mode = ThresholdsMode.Absolute;
  if (!limit) return { mode, steps: [{ color: 'text', value: null }] };
  return { mode, steps: limit.bad === 'above' ? steps('green', 'orange', limit.at) : steps('orange', 'green', limit.at) };
}

function lineStyle({ stacked = false, limit, logarithmic = false }: Panel): GraphFieldConfig {
  return {
    drawStyle: GraphDrawStyle.Line,
    lineWidth: 1,
    fillOpacity: stacked ? 40 : 5,
    showPoints: VisibilityMode.Never,
    spanNulls: false,
    stacking: { mode: stacked ? StackingMode.Normal : StackingMode.None, group: 'A' },
    scaleDistribution: logarithmic ? { type: ScaleDistribution.Log, log: 10 } : { type: ScaleDistribution.Linear },
    thresholdsStyle: { mode: limit ? GraphThresholdsStyleMode.Line : GraphThresholdsStyleMode.Off },
  };
}
