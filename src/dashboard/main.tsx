import '@mantine/core/styles.css';
import '@mantine/notifications/styles.css';
import './theme/global.css';
import './theme/tables.css';
import { MantineProvider } from '@mantine/core';
import { ModalsProvider } from '@mantine/modals';
import { Notifications } from '@mantine/notifications';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app.js';
import { Gate } from './session/gate.js';
import { theme } from './theme/theme.js';

/** The server lets in styles that scripts add by this alone; dialogs that keep the page from scrolling find it under the second name. */
const nonce = document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? '';
Object.assign(window, { __webpack_nonce__: nonce });

const root = document.getElementById('root');
if (!root) throw new Error('the page has no #root');
createRoot(root).render(
  <StrictMode>
    <MantineProvider theme={theme} defaultColorScheme="auto" getStyleNonce={() => nonce}>
      <Notifications position="bottom-right" />
      <Gate>
        {(signOut) => (
          // Inside the gate: dialogs act with the key that is signed in, and close with it.
          <ModalsProvider>
            <App onSignOut={signOut} />
          </ModalsProvider>
        )}
      </Gate>
    </MantineProvider>
  </StrictMode>,
);
