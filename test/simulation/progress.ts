/** A bar on a terminal that is redrawn in place; elsewhere a line at every tenth. */
export interface Progress {
  /** @param amount of the whole that has just been done */
  advance(amount: number): void;
  /** Takes the bar away, so that something else can be printed there. */
  clear(): void;
}

const width = 40;

/**
 * @param whole  amount of all work, above 0
 * @param clock  seconds, rising
 */
export function createProgress(whole: number, output: NodeJS.WriteStream, clock: () => number): Progress {
  const startedAt = clock();
  let done = 0;
  let drawnAt = Number.NEGATIVE_INFINITY;
  let tenth = 0;

  function draw(): void {
    const share = Math.min(1, done / whole);
    const seconds = clock() - startedAt;
    const left = share > 0.01 ? ` ${timeText((seconds * (1 - share)) / share)} left` : '';
    const percent = `${Math.floor(share * 100)}%`.padStart(4);
    if (output.isTTY) {
      const filled = Math.round(share * width);
      output.write(`\r[${'#'.repeat(filled)}${'.'.repeat(width - filled)}]${percent} ${timeText(seconds)}${left}   `);
    } else if (Math.floor(share * 10) > tenth) {
      tenth = Math.floor(share * 10);
      output.write(`simulated${percent} in ${timeText(seconds)}${share < 1 ? `,${left}` : ''}\n`);
    }
  }

  return {
    advance(amount) {
      done += amount;
      if (output.isTTY && clock() - drawnAt < 0.2) return;
      drawnAt = clock();
      draw();
    },
    clear() {
      if (output.isTTY) output.write(`\r${' '.repeat(width + 40)}\r`);
    },
  };
}

/** Seconds as people read them. */
export function timeText(seconds: number): string {
  const whole = Math.round(seconds);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
