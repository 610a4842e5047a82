/** The moments in which a page or a process may end. */

export interface LeavingParts {
  /** The page is hidden, perhaps for good: browsers say nothing later that can be relied on. */
  readonly onHidden: () => void;
  /** The process was told to end. */
  readonly onStop: () => Promise<unknown>;
}

/** As much of a page as is needed; there are no types of browsers here. */
export interface Page {
  readonly visibilityState: string;
  addEventListener(type: string, listener: () => void): void;
  removeEventListener(type: string, listener: () => void): void;
}

/** As much of a Node process as is needed. */
interface Process {
  readonly pid: number;
  on(signal: string, listener: () => void): unknown;
  off(signal: string, listener: () => void): unknown;
  listenerCount(signal: string): number;
  kill(pid: number, signal: string): unknown;
}

const signals = ['SIGTERM', 'SIGINT'];

/** The page that this runs in; undefined elsewhere. */
export function currentPage(): Page | undefined {
  return (globalThis as { readonly document?: Page }).document;
}

/**
 * Watches for the end.
 *
 * @returns ends the watch
 */
export function watchLeaving({ onHidden, onStop }: LeavingParts): () => void {
  const page = currentPage();
  if (page) return watchPage(page, onHidden);
  const { process } = globalThis as { readonly process?: Partial<Process> };
  return process?.on && process.off && process.kill ? watchProcess(process as Process, onStop) : () => {};
}

function watchPage(page: Page, onHidden: () => void): () => void {
  const changed = () => {
    if (page.visibilityState === 'hidden') onHidden();
  };
  const view = globalThis as unknown as Partial<Page>;
  page.addEventListener('visibilitychange', changed);
  // Safari closes pages without hiding them first.
  view.addEventListener?.('pagehide', onHidden);
  return () => {
    page.removeEventListener('visibilitychange', changed);
    view.removeEventListener?.('pagehide', onHidden);
  };
}

/** What is to be done in this process before it ends; one listener serves all clients. */
const stops = new Set<() => Promise<unknown>>();
let unlisten = () => {};

function watchProcess(process: Process, onStop: () => Promise<unknown>): () => void {
  if (stops.size === 0) unlisten = listenToSignals(process);
  stops.add(onStop);
  return () => {
    if (stops.delete(onStop) && stops.size === 0) unlisten();
  };
}

/** A listener keeps Node from ending by itself. So the signal is sent again afterwards, unless others listen, who then decide. */
function listenToSignals(process: Process): () => void {
  const listeners = signals.map((signal) => ({
    signal,
    async listener() {
      await Promise.all([...stops].map((stop) => stop()));
      end();
      if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
    },
  }));
  for (const { signal, listener } of listeners) process.on(signal, listener);
  function end(): void {
    for (const { signal, listener } of listeners) process.off(signal, listener);
  }
  return end;
}
