/** What the system knows of a process. A pid alone says little: it may be a zombie, or have passed to another program since. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

export interface ProcessFacts {
  /** When it was started, in a form that only serves to be compared; two lives of one pid differ in it. */
  readonly startedAt: string;
  /** Program and arguments, separated by spaces. */
  readonly command: string;
}

/** Facts about a living process; null when there is none under this pid, or only a zombie that nobody collects. */
export function lookUp(pid: number): ProcessFacts | null {
  if (!Number.isInteger(pid) || pid <= 0) return null;
  return process.platform === 'linux' ? lookUpLinux(pid) : lookUpByPs(pid);
}

function lookUpLinux(pid: number): ProcessFacts | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The program's name stands in brackets and may itself hold spaces and brackets: count from the last one.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state, startedAt] = [fields[0], fields[19]];
    if (state === 'Z' || state === 'X' || startedAt === undefined) return null;
    return { startedAt, command: readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim() };
  } catch {
    return null;
  }
}

function lookUpByPs(pid: number): ProcessFacts | null {
  try {
    const out = execFileSync('ps', ['-o', 'state=,lstart=,command=', '-p', String(pid)], {
      encoding: 'utf8',
      env: { ...systemPath, LC_ALL: 'C' },
    });
    const match = /^\s*(\S+)\s+(\w+\s+\w+\s+\d+\s+[\d:]+\s+\d+)\s+(.*)$/m.exec(out);
    return !match?.[2] || match[1]?.startsWith('Z') ? null : { startedAt: match[2], command: match[3] ?? '' };
  } catch {
    return null;
  }
}

/** Where the system's own programs are found, whatever the caller's environment says. */
export const systemPath = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/opt/homebrew/bin' } as const;

/** Sends a signal; a process that is gone already is no fault. */
export function sendSignal(pid: number, signal: NodeJS.Signals): void {
  // 0, 1 and negative numbers mean groups, the first process, or everything: never one store.
  if (!Number.isInteger(pid) || pid <= 1) return;
  try {
    process.kill(pid, signal);
  } catch {
    // Gone between the look and the signal.
  }
}
