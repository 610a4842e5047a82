import type { Bellwether, BellwetherOptions } from './bellwether.js';
import type { Launched, LaunchOptions } from './launch.js';
import type { BenchStores } from './stores.js';

/** What a benchmark is, what it is given and what it gives back. */

export interface Bench {
  /** As in `npm run bench -- NAME`. */
  readonly name: string;
  readonly title: string;
  /** Measures; what it starts through the context is ended for it. */
  run(context: BenchContext): Promise<readonly Row[]>;
}

/** One figure: a line of the table and of the JSON. */
export interface Row {
  /** What was measured, e.g. `one assignment`. */
  readonly name: string;
  /** The median over the rounds. */
  readonly value: number;
  /** Of the value, e.g. `requests per CPU second`. */
  readonly unit: string;
  /** Least and greatest of the rounds, where there were several. */
  readonly range?: readonly [low: number, high: number];
  /** The bound or the peer that ran in turn with it. */
  readonly against?: { readonly name: string; readonly value: number; readonly ratio: number };
  /** What it should come to, in words, and whether it did. */
  readonly goal?: { readonly text: string; readonly met: boolean };
}

export interface BenchContext {
  /** Fewer and shorter rounds: to see that it works, not to quote. */
  readonly quick: boolean;
  /** Stores as full as the goals speak of: ten million events. */
  readonly full: boolean;
  /** How often each case is measured. */
  readonly rounds: number;
  /** How long one measurement lasts. */
  readonly seconds: number;
  /** Cores to pin to, as `taskset -c` reads them: a server on one, load from the other. */
  readonly cores: Cores;
  /** PostgreSQL and Redis, lent or our own; started when first asked for and shared by all benchmarks of the run. */
  stores(): Promise<BenchStores>;
  /** Starts a built Bellwether, on the server's core and a fresh database where nothing else is said; it is ended after the benchmark. */
  bellwether(options?: Partial<BellwetherOptions>): Promise<Bellwether>;
  /** Starts a program that prints its address; it is ended after the benchmark. */
  launch(options: LaunchOptions): Promise<Launched>;
  /** One line on standard error. */
  progress(line: string): void;
}

export interface Cores {
  readonly server: string;
  readonly load: string;
  readonly all: string;
}
