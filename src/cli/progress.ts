/**
 * One line that is written over on a terminal; elsewhere a line at every fifth unit of progress.
 *
 * @param unit  of progress, as it is written after its number
 */
export function createProgress(stream: NodeJS.WriteStream, total: number, unit: string) {
  const width = 24;
  let lastAt = Number.NEGATIVE_INFINITY;

  return {
    update(done: number, text: string): void {
      const share = Math.min(1, done / total);
      const filled = Math.round(share * width);
      const line = `[${'#'.repeat(filled)}${'.'.repeat(width - filled)}] ${done.toFixed(0).padStart(3)} ${unit}  ${text}`;
      if (stream.isTTY) stream.write(`\r\x1b[2K${line.slice(0, stream.columns - 1)}`);
      else if (done - lastAt >= 5) {
        lastAt = done;
        stream.write(`${line}\n`);
      }
    },
    end(): void {
      if (stream.isTTY) stream.write('\n');
    },
  };
}
