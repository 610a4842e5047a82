/**
 * Runs in the browser: sends operations with the headers of the headers tab, subscriptions over WebSocket with their key.
 * The page's own way keeps that key from the socket, for a browser cannot set headers there.
 */
const browserScript = `
function operationKind(params, options) {
  const operations = (options?.documentAST?.definitions ?? []).filter((node) => node.kind === 'OperationDefinition');
  const chosen = operations.find((node) => node.name?.value === params.operationName) ?? operations[0];
  return chosen?.operation;
}
async function send(params, headers) {
  const response = await fetch('/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/graphql-response+json, application/json', ...headers },
    body: JSON.stringify(params),
  });
  return response.json();
}
function listen(params, headers) {
  return {
    subscribe(observer) {
      const authorization = Object.entries(headers).find(([name]) => name.toLowerCase() === 'authorization')?.[1];
      const socket = new WebSocket(location.origin.replace(/^http/, 'ws') + '/graphql', 'graphql-transport-ws');
      const say = (message) => socket.send(JSON.stringify(message));
      let isOver = false;
      const end = (how, value) => { if (!isOver) { isOver = true; observer[how](value); socket.close(); } };
      socket.onopen = () => say({ type: 'connection_init', payload: authorization ? { authorization } : {} });
      socket.onmessage = (event) => {
        const message = JSON.parse(event.data);
        if (message.type === 'connection_ack') say({ id: '1', type: 'subscribe', payload: params });
        if (message.type === 'ping') say({ type: 'pong' });
        if (message.type === 'next') observer.next(message.payload);
        if (message.type === 'error') { observer.next({ errors: message.payload }); end('complete'); }
        if (message.type === 'complete') end('complete');
      };
      socket.onclose = (event) => end('error', new Error('The socket was closed: ' + event.code + ' ' + event.reason));
      return { unsubscribe() { isOver = true; socket.close(); } };
    },
  };
}
YogaGraphiQL.renderYogaGraphiQL(document.querySelector('#root'), {
  title: 'Bellwether',
  defaultQuery: '# Put your key into the Headers tab below: { "authorization": "Bearer KEY" }\\n\\n{\\n  viewer {\\n    name\\n    scope\\n  }\\n}\\n',
  defaultHeaders: '{ "authorization": "Bearer " }',
  shouldPersistHeaders: false,
  fetcher: (params, options) => {
    const headers = options?.headers ?? {};
    return operationKind(params, options) === 'subscription' ? listen(params, headers) : send(params, headers);
  },
});
`;

async function render(): Promise<string> {
  // Not before somebody wants it: the package holds 30 MB in memory.
  const { renderGraphiQL } = await import('@graphql-yoga/render-graphiql');
  const rendered = renderGraphiQL({ title: 'Bellwether' });
  const start = rendered.lastIndexOf('YogaGraphiQL.renderYogaGraphiQL(');
  const end = rendered.lastIndexOf('</script>');
  if (start === -1 || end < start) throw new Error('the GraphiQL page has changed its form');
  return rendered.slice(0, start) + browserScript + rendered.slice(end);
}

let page: Promise<string> | undefined;

/** The GraphiQL page, whole: 9 MB that ask for nothing from elsewhere. Made at the first call. */
export function graphiqlPage(): Promise<string> {
  page ??= render();
  return page;
}
