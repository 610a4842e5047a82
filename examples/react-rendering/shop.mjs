// What is shown, on the server and in the page alike. (Plain createElement: so it runs in Node without a compiler.)
import { BellwetherProvider, useBellwether, useExperiment } from 'bellwether/react';
import { createElement as h, useState } from 'react';

export function Shop({ client, bootstrap }) {
  return h(BellwetherProvider, { client, bootstrap }, h(Checkout));
}

function Checkout() {
  const { variant, payload } = useExperiment('checkout', 'control');
  const { track } = useBellwether();
  const [isBought, setBought] = useState(false);
  const buy = () => {
    track('purchase', { value: 49.9 });
    setBought(true);
  };
  return h(
    'main',
    { 'data-variant': variant },
    h('h1', null, payload?.title ?? 'Your basket'),
    isBought ? h('p', null, 'Thank you') : h('button', { type: 'button', onClick: buy }, 'Buy'),
  );
}
