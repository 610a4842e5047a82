import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { build, type Rolldown } from 'vite';
import type { PageSetting } from './react-page.js';

/** A site of its own origin, whose pages a test makes. */
export async function startSite() {
  const script = await bundlePage();
  const pages = new Map<string, string>();
  const server = createServer((request, response) => {
    const text = request.url === '/page.js' ? script : pages.get(request.url ?? '');
    response.setHeader('content-type', request.url === '/page.js' ? 'text/javascript' : 'text/html; charset=utf-8');
    // Browsers ask for an icon by themselves.
    response.writeHead(text === undefined ? 204 : 200).end(text);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  return {
    origin: `http://127.0.0.1:${port}`,
    /** @param html what the server has rendered; '' when it has not */
    put(path: string, setting: PageSetting, html = ''): void {
      pages.set(path, pageOf(setting, html));
    },
    async close(): Promise<void> {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function pageOf(setting: PageSetting, html: string): string {
  return `<!doctype html><title>shop</title><body><div id="root">${html}</div>
<script>
  globalThis.setting = ${JSON.stringify(setting).replaceAll('<', '\\u003c')};
  const root = document.getElementById('root');
  globalThis.texts = root.textContent ? [root.textContent] : [];
  new MutationObserver(() => { if (texts.at(-1) !== root.innerText) texts.push(root.innerText); })
    .observe(root, { childList: true, subtree: true, characterData: true, attributes: true });
</script>
<script type="module" src="/page.js"></script>`;
}

async function bundlePage(): Promise<string> {
  const { output } = (await build({
    root: process.cwd(),
    configFile: false,
    logLevel: 'warn',
    publicDir: false,
    // React tells of hydration that fails in words only here.
    mode: 'development',
    build: {
      write: false,
      modulePreload: false,
      rolldownOptions: { input: 'test/sdk/react-page.ts', checks: { moduleLevelDirective: false }, output: { format: 'es' } },
    },
  })) as Rolldown.RolldownOutput;
  return output[0].code;
}
