import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** Where `npm run dashboard:dev` finds the service. */
const service = 'http://127.0.0.1:4000';

export default defineConfig({
  plugins: [react()],
  // The server puts a fresh nonce there with each page: styles that scripts add are let in by it, and nothing else.
  html: { cspNonce: '{{nonce}}' },
  build: { outDir: '../../dist/dashboard', emptyOutDir: true, manifest: true, assetsInlineLimit: 0, target: 'es2022' },
  server: { proxy: { '/graphql': { target: service, ws: true, changeOrigin: true } } },
});
