import 'uplot/dist/uPlot.min.css';
import { useComputedColorScheme } from '@mantine/core';
import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import { chartInk } from '../theme/palette.js';
import classes from './time-chart.module.css';

/** Colours of what is no series. */
export type Ink = (typeof chartInk)['light' | 'dark'];

export interface TimeChartProps {
  /** What the chart shows, in a sentence with its latest numbers, for those who cannot see it. */
  readonly label: string;
  /** In pixels at the type size of ordinary screens. */
  readonly height: number;
  /** Seconds since the epoch, then one list for each series. */
  readonly data: uPlot.AlignedData;
  /** The same function for as long as the chart keeps its shape: another one draws it anew. */
  readonly shape: (ink: Ink) => ChartShape;
  /** Gets the place that the pointer is over in the data; null: none. */
  readonly onPoint?: (index: number | null) => void;
}

export interface ChartShape {
  /** Without the one for time. */
  readonly series: readonly uPlot.Series[];
  readonly bands?: readonly uPlot.Band[];
  readonly range: (data: uPlot.AlignedData) => readonly [low: number, high: number];
  /** Numbers of the upright axis. */
  readonly tick: (value: number) => string;
  /** Draws over the series. */
  readonly marks?: (chart: uPlot) => void;
}

/** A chart over time. It follows the width of its place and the scheme; new data are drawn into the chart that is there. */
export function TimeChart({ label, height, data, shape, onPoint }: TimeChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot | null>(null);
  const point = useRef(onPoint);
  const latest = useRef(data);
  const scheme = useComputedColorScheme('light');
  useEffect(() => {
    point.current = onPoint;
  });

  useEffect(() => {
    const host = place.current;
    if (!host) return;
    const pixels = () => (height / 16) * remInPixels();
    const made = new uPlot(
      optionsOf(shape(chartInk[scheme]), chartInk[scheme], host.clientWidth, pixels(), (index) => point.current?.(index)),
      latest.current,
      host,
    );
    chart.current = made;
    const observer = new ResizeObserver(() => made.setSize({ width: host.clientWidth, height: pixels() }));
    observer.observe(host);
    return () => {
      observer.disconnect();
      made.destroy();
      chart.current = null;
    };
  }, [shape, scheme, height]);

  useEffect(() => {
    latest.current = data;
    chart.current?.setData(data);
  }, [data]);

  return <div ref={place} role="img" aria-label={label} className={classes.place} style={{ height: `${height / 16}rem` }} />;
}

function optionsOf(
  { series, bands = [], range, tick, marks }: ChartShape,
  ink: Ink,
  width: number,
  height: number,
  onPoint: (index: number | null) => void,
): uPlot.Options {
  const rem = remInPixels();
  const axis = {
    stroke: ink.text,
    grid: { stroke: ink.grid, width: 1 },
    ticks: { show: false },
    font: `${0.7 * rem}px system-ui, sans-serif`,
    gap: 4,
  };
  return {
    width,
    height,
    legend: { show: false },
    padding: [8, 20, 0, 0],
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 6 } },
    scales: {
      x: { time: true, range: ({ data: [times] }) => spanOf(times) },
      y: { range: (chart) => [...range(chart.data)] as [number, number] },
    },
    axes: [
      {
        ...axis,
        size: 1.8 * rem,
        space: 5.5 * rem,
        values: (_, splits, __, ___, step) => splits.map((seconds) => timeLabel(seconds, step)),
      },
      { ...axis, size: 3.4 * rem, space: 1.8 * rem, values: (_, splits) => splits.map(tick) },
    ],
    series: [{}, ...series.map((each) => ({ points: { show: hasFewPoints, size: 6 }, ...each }))],
    bands: [...bands],
    hooks: {
      draw: marks ? [marks] : [],
      setCursor: [({ cursor }) => onPoint(cursor.idx ?? null)],
    },
  };
}

/** Large screens have larger type. */
function remInPixels(): number {
  return Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
}

/** A line needs two points; one alone is drawn as itself. */
function hasFewPoints(chart: uPlot, series: number): boolean {
  return (chart.data[series] ?? []).filter((value) => value !== null).length < 2;
}

/** A chart of a moment would name the same second many times. */
const leastSeconds = 10;

function spanOf(times: ArrayLike<number>): [number, number] {
  const from = times[0] ?? Date.now() / 1_000;
  return [from, Math.max(times[times.length - 1] ?? from, from + leastSeconds)];
}

const formats = {
  seconds: new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit' }),
  minutes: new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' }),
  days: new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' }),
};

/** As fine as the steps of the axis are; midnight names the day. */
function timeLabel(seconds: number, step: number): string {
  const date = new Date(seconds * 1_000);
  if (step >= 86_400 || (step >= 3_600 && date.getHours() === 0 && date.getMinutes() === 0)) return formats.days.format(date);
  return (step < 60 ? formats.seconds : formats.minutes).format(date);
}
