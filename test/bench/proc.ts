/** CPU time and memory of a process and of all that it started, from Linux's /proc. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

const ticksPerSecond = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

interface ProcessStat {
  readonly pid: number;
  readonly parent: number;
  readonly cpuTicks: number;
}

/** Null when it has ended meanwhile. */
function statOf(pid: number): ProcessStat | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name stands in brackets and may hold blanks and brackets itself.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    // Behind the name: state, parent, ...; times in user and kernel mode, its own and of children that have ended.
    const ticks = [11, 12, 13, 14].reduce((sum, position) => sum + Number(fields[position]), 0);
    return { pid, parent: Number(fields[1]), cpuTicks: ticks };
  } catch {
    return null;
  }
}

function treeOf(root: number): ProcessStat[] {
  const all = readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? (statOf(Number(name)) ?? []) : []));
  const tree = all.filter(({ pid }) => pid === root);
  for (const member of tree) tree.push(...all.filter(({ parent }) => parent === member.pid));
  return tree;
}

/** CPU seconds used so far, in steps of 10 ms. */
export function cpuSeconds(pid: number): number {
  return treeOf(pid).reduce((sum, { cpuTicks }) => sum + cpuTicks, 0) / ticksPerSecond;
}

/** Memory held now, in megabytes of 1,000,000 bytes; pages that several processes share count once, in parts. */
export function memoryMegabytes(pid: number): number {
  return treeOf(pid).reduce((sum, member) => sum + kilobytesOf(member.pid), 0) / 1_000;
}

function kilobytesOf(pid: number): number {
  try {
    const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
    return (Number(/^Pss:\s+(\d+)/m.exec(text)?.[1] ?? 0) * 1_024) / 1_000;
  } catch {
    return 0;
  }
}
