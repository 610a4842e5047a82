import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** Where `npm run dashboard:dev` finds the service. */
const service = 'http://127.0.0.1:4000';

// What is built is for people, whoever builds it: under a test's NODE_ENV React's development build would go out.
process.env.NODE_ENV = process.argv.includes('build') ? 'production' : process.env.NODE_ENV;

export default defineConfig({
  plugins: [react()],
  // The server puts a fresh nonce there with each page: styles that scripts add are let in by it, and nothing else.
  html: { cspNonce: '{{nonce}}' },
  build: { outDir: '../../dist/dashboard', emptyOutDir: true, manifest: true, assetsInlineLimit: 0, target: 'es2022' },
  server: { proxy: { '/graphql': { target: service, ws: true, changeOrigin: true } } },
});
