/** One line that is written over on a terminal; elsewhere a line every five seconds. */
export function createProgress(stream: NodeJS.WriteStream, totalSeconds: number) {
  const width = 24;
  let lastLineAt = Number.NEGATIVE_INFINITY;

  return {
    update(elapsedSeconds: number, text: string): void {
      const share = Math.min(1, elapsedSeconds / totalSeconds);
      const filled = Math.round(share * width);
      const line = `[${'#'.repeat(filled)}${'.'.repeat(width - filled)}] ${elapsedSeconds.toFixed(0).padStart(3)} s  ${text}`;
      if (stream.isTTY) stream.write(`\r\x1b[2K${line.slice(0, stream.columns - 1)}`);
      else if (elapsedSeconds - lastLineAt >= 5) {
        lastLineAt = elapsedSeconds;
        stream.write(`${line}\n`);
      }
    },
    end(): void {
      if (stream.isTTY) stream.write('\n');
    },
  };
}
