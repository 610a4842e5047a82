// Bundles the program for Node: npx vite build
import { fileURLToPath } from 'node:url';

/** What babel-plugin-relay does: in place of each tag stands what relay-compiler made of it. */
const relay = {
  name: 'relay',
  enforce: 'pre',
  transform(code) {
    const imports = [];
    const replaced = code.replace(/graphql`\s*(?:query|mutation|subscription|fragment) (\w+)[^`]*`/g, (_, name) => {
      imports.push(`import ${name} from './__generated__/${name}.graphql';`);
      return name;
    });
    return imports.length > 0 ? `${imports.join('\n')}\n${replaced}` : null;
  },
};

export default {
  root: fileURLToPath(new URL('.', import.meta.url)),
  logLevel: 'warn',
  plugins: [relay],
  // One copy of Relay, and it is no module.
  ssr: { noExternal: ['relay-runtime'] },
  build: { ssr: 'src/way.ts', target: 'node20' },
};
