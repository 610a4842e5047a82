// Goes on in the page where the server stopped: the same answers, no question, no change on the screen.
import { createClient } from 'bellwether/sdk';
import { createElement } from 'react';
import { hydrateRoot } from 'react-dom/client';
import { Shop } from './shop.mjs';

const { url, key, bootstrap } = JSON.parse(document.getElementById('page').textContent);
const client = createClient({ url, key, bootstrap });
hydrateRoot(document.getElementById('root'), createElement(Shop, { client, bootstrap }));
