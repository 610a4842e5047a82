import type uPlot from 'uplot';

/** What is drawn over series: lines that say where zero is and when something happened. Sizes are in CSS pixels. */

interface MarkStyle {
  readonly colour: string;
  /** Ground of the word, where series lie behind it. */
  readonly ground?: string;
  readonly dash?: readonly number[];
}

/** A level line over the whole width. */
export function markLevel(chart: uPlot, value: number, { colour, dash = [] }: MarkStyle): void {
  const { ctx, bbox } = chart;
  const y = chart.valToPos(value, 'y', true);
  if (y < bbox.top || y > bbox.top + bbox.height) return;
  stroke(ctx, colour, dash, () => {
    ctx.moveTo(bbox.left, y);
    ctx.lineTo(bbox.left + bbox.width, y);
  });
}

/** An upright line at a time, with a word at its top. @param seconds since the epoch */
export function markTime(chart: uPlot, seconds: number, text: string, { colour, ground, dash = [3, 3] }: MarkStyle): void {
  const { ctx, bbox } = chart;
  const x = chart.valToPos(seconds, 'x', true);
  if (x < bbox.left || x > bbox.left + bbox.width) return;
  stroke(ctx, colour, dash, () => {
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
  });
  const scale = (devicePixelRatio * Number.parseFloat(getComputedStyle(document.documentElement).fontSize)) / 16;
  ctx.save();
  ctx.font = `600 ${11 * scale}px system-ui, sans-serif`;
  ctx.fillStyle = colour;
  ctx.textBaseline = 'top';
  const width = ctx.measureText(text).width + 4 * scale;
  const fitsRight = x + width < bbox.left + bbox.width;
  if (ground) {
    ctx.save();
    ctx.fillStyle = ground;
    ctx.globalAlpha = 0.85;
    ctx.fillRect(fitsRight ? x + scale : x - width - scale * 4, bbox.top, width + 3 * scale, 15 * scale);
    ctx.restore();
  }
  ctx.textAlign = fitsRight ? 'left' : 'right';
  ctx.fillText(text, x + (fitsRight ? 4 : -4) * scale, bbox.top + 2 * scale);
  ctx.restore();
}

function stroke(ctx: CanvasRenderingContext2D, colour: string, dash: readonly number[], path: () => void): void {
  ctx.save();
  ctx.strokeStyle = colour;
  ctx.lineWidth = devicePixelRatio;
  ctx.setLineDash(dash.map((length) => length * devicePixelRatio));
  ctx.beginPath();
  path();
  ctx.stroke();
  ctx.restore();
}
