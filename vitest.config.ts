import { defineConfig } from 'vitest/config';

export default defineConfig({
  // Node loads graphql as CommonJS, Vite would take its module build: two copies, whose types refuse one another.
  resolve: { alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }] },
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/setup/global.ts'],
    pool: 'forks',
    // Tests wait for stores, sockets and browsers more than they compute: a core that vitest would leave free stands idle.
    maxWorkers: '100%',
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
