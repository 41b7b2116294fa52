import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import { TextsProvider } from './i18n/texts-provider.tsx';
import { startSubscriptions } from './subscriptions.ts';

const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no #root');

const endSubscriptions = startSubscriptions();
window.addEventListener('pagehide', endSubscriptions, { once: true });

createRoot(root).render(
  <StrictMode>
    <TextsProvider>
      <App />
    </TextsProvider>
  </StrictMode>,
);
