import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { I18nextProvider } from 'react-i18next';
import { App } from './app.tsx';
import { texts } from './i18n/i18n.ts';
import { startSubscriptions } from './subscriptions.ts';

const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no #root');

const endSubscriptions = startSubscriptions();
window.addEventListener('pagehide', endSubscriptions, { once: true });

createRoot(root).render(
  <StrictMode>
    <I18nextProvider i18n={texts}>
      <App />
    </I18nextProvider>
  </StrictMode>,
);
