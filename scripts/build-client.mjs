/**
 * Makes the client package in dist/client: bundles without dependencies, types, and a package.json of its own, ready for `npm pack`.
 *
 *   npm run build:client [FOLDER]
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'vite';
import { run } from './run.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Subpath of the package, and what it is made from; `files` in src/sdk/tsconfig.json lists the same. */
const entries = {
  sdk: 'src/sdk/index.ts',
  react: 'src/sdk/react/index.ts',
  express: 'src/sdk/express/index.ts',
  apollo: 'src/sdk/apollo/index.ts',
  'openfeature-server': 'src/sdk/openfeature/server.ts',
  'openfeature-web': 'src/sdk/openfeature/web.ts',
};

/** Packages that the program of a user brings, each where it uses the subpath that needs it. Everything else is bundled. */
const peers = {
  react: '>=19',
  graphql: '>=16',
  '@apollo/server': '>=4',
  '@openfeature/core': '>=1.9',
  '@openfeature/server-sdk': '>=1.20',
  '@openfeature/web-sdk': '>=1.6',
};

/** For pages without a bundler: minified, and nothing in it but what a page needs. */
const page = { name: 'sdk.min', file: 'src/sdk/client.ts' };

/** @param {string} folder where the package is made; what is there goes */
export async function buildClient(folder = join(root, 'dist/client')) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  await bundle(folder, entries, false);
  await bundle(folder, { [page.name]: page.file }, true);
  const types = join(folder, 'types');
  await run(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'src/sdk', '--outDir', types], root);
  keepReachable(
    types,
    [...Object.values(entries), page.file].map((file) => typesOf(types, file)),
  );
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest(), null, 2)}\n`);
  writeFileSync(join(folder, 'README.md'), readFileSync(join(root, 'docs/sdk.md')));
}

function bundle(folder, input, minify) {
  return build({
    root,
    configFile: false,
    logLevel: 'warn',
    publicDir: false,
    build: {
      outDir: folder,
      emptyOutDir: false,
      target: 'es2022',
      minify,
      modulePreload: false,
      rolldownOptions: {
        input: Object.fromEntries(Object.entries(input).map(([name, file]) => [name, join(root, file)])),
        external: Object.keys(peers).map((name) => new RegExp(`^${name}(/|$)`)),
        // The one there is stands at the head of an entry, where it stays.
        checks: { moduleLevelDirective: false },
        preserveEntrySignatures: 'strict',
        output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: 'shared/[name].js' },
      },
    },
  });
}

function typesOf(types, file) {
  return join(types, relative(join(root, 'src'), join(root, file)).replace(/\.tsx?$/, '.d.ts'));
}

/** Types of what is inside stay inside: only those remain that an entry's interface names. */
function keepReachable(types, from) {
  const reachable = new Set();
  const visit = (file) => {
    if (reachable.has(file)) return;
    reachable.add(file);
    for (const [, name] of readFileSync(file, 'utf8').matchAll(/\bfrom '(\.[^']+)\.js'|\bimport\("(\.[^"]+)\.js"\)/g)) {
      if (name) visit(resolve(dirname(file), `${name}.d.ts`));
    }
  };
  from.forEach(visit);
  for (const entry of readdirSync(types, { recursive: true, withFileTypes: true })) {
    const file = join(entry.parentPath, entry.name);
    if (entry.isFile() && !reachable.has(file)) rmSync(file);
  }
}

function manifest() {
  const { name, version, private: isPrivate, license, type, engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const types = (file) => `./types/${relative('src', file).replace(/\.tsx?$/, '.d.ts')}`;
  const exports = Object.fromEntries(
    Object.entries(entries).map(([subpath, file]) => [`./${subpath}`, { types: types(file), default: `./${subpath}.js` }]),
  );
  exports[`./${page.name}.js`] = { types: types(page.file), default: `./${page.name}.js` };
  const description = 'Clients of the Bellwether experimentation service.';
  const optional = Object.fromEntries(Object.keys(peers).map((peer) => [peer, { optional: true }]));
  return {
    name,
    version,
    private: isPrivate,
    description,
    license,
    type,
    engines,
    sideEffects: false,
    exports,
    peerDependencies: peers,
    peerDependenciesMeta: optional,
  };
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) await buildClient(process.argv[2]);
