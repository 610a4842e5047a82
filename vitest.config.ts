import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/setup/longest-first.js';

export default defineConfig({
  // Node loads graphql as CommonJS, Vite would take its module build: two copies, whose types refuse one another.
  resolve: { alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }] },
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/setup/global.ts'],
    pool: 'forks',
    // Files that follow one another in a process share what it has loaded and compiled: half of the CPU time of a service's tests went into that.
    // So a file ends what it starts, puts back what it changes of the process, and helpers keep no state of a file.
    isolate: false,
    sequence: { sequencer: LongestFirst },
    // Tests wait for stores, sockets and browsers more than they compute: a core that vitest would leave free stands idle.
    maxWorkers: '100%',
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
