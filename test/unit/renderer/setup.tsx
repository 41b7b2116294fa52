import { act, cleanup, configure, render } from '@testing-library/react';
import { type UserEvent, userEvent } from '@testing-library/user-event';
import { afterEach, vi } from 'vitest';
import { App } from '../../../renderer/app.tsx';
import { forgetRegistryNames } from '../../../renderer/features/picker/registry-answers.ts';
import { useUpdates } from '../../../renderer/features/settings/look-for-updates.ts';
import { showLanguage } from '../../../renderer/i18n/i18n.ts';
import { TextsProvider } from '../../../renderer/i18n/texts-provider.tsx';
import { useConnectionTests } from '../../../renderer/stores/connection-tests.ts';
import { useDrafts } from '../../../renderer/stores/drafts.ts';
import { setImages, setSources } from '../../../renderer/stores/images.ts';
import { useLogin } from '../../../renderer/stores/login.ts';
import { useMessages } from '../../../renderer/stores/messages.ts';
import { useSentDigests } from '../../../renderer/stores/sent-digests.ts';
import { changeSeveral } from '../../../renderer/stores/several.ts';
import { setTransfers } from '../../../renderer/stores/transfers.ts';
import { useTrust } from '../../../renderer/stores/trust.ts';
import { selectImage, useView } from '../../../renderer/stores/view.ts';
import { startSubscriptions } from '../../../renderer/subscriptions.ts';
import type { FakeApi } from './fake-api.ts';

// A whole window in a simulated DOM is slow where several test files share two cores.
vi.setConfig({ testTimeout: 30_000 });
configure({ asyncUtilTimeout: 20_000 });

/**
 * Queries by role ask for the style of every element and its ancestors, and for each name of what stands before and behind it. happy-dom works
 * each out from all style sheets; the window's are not loaded here, so an element's own style says the same.
 */
window.getComputedStyle = (element, pseudo) => (pseudo || !(element instanceof HTMLElement) ? NO_STYLE : element.style);
const NO_STYLE = document.createElement('i').style;

/** happy-dom has no layout and calls no observer: what is looked at is in sight. */
class AllInSight extends IntersectionObserver {
  readonly #callback: IntersectionObserverCallback;

  constructor(callback: IntersectionObserverCallback) {
    super(callback);
    this.#callback = callback;
  }

  override observe(target: Element): void {
    const entry = { target, isIntersecting: true } as IntersectionObserverEntry;
    queueMicrotask(() => act(() => this.#callback([entry], this)));
  }
}
window.IntersectionObserver = AllInSight;

const ends: (() => void)[] = [];

afterEach(async () => {
  cleanup();
  for (const end of ends.splice(0)) end();
  selectImage(null);
  useView.setState({ view: 'images', sourceId: null, search: '', targetFocus: 0, searchFocus: 0, showsKeys: false });
  useLogin.setState({ dismissed: [], wanted: null, names: {} });
  useTrust.setState({ dismissed: [] });
  useDrafts.setState({}, true);
  useSentDigests.setState({}, true);
  changeSeveral();
  forgetRegistryNames();
  useConnectionTests.setState({}, true);
  useMessages.setState({ messages: [] });
  useUpdates.setState({ found: null, notice: null });
  setSources([]);
  setImages([]);
  setTransfers([]);
  await showLanguage('en');
});

/** The whole window over a fake main process. happy-dom has no layout: everything has this size, so that rows are shown. */
export async function openWindow(api: FakeApi): Promise<UserEvent> {
  for (const name of ['clientWidth', 'clientHeight', 'offsetWidth', 'offsetHeight'] as const) {
    Object.defineProperty(HTMLElement.prototype, name, { configurable: true, get: () => 1000 });
  }
  window.pushboat = api;
  ends.push(startSubscriptions());
  render(
    <TextsProvider>
      <App />
    </TextsProvider>,
  );
  // The first lists must have arrived: what a test sends afterwards must not be replaced by them.
  await act(() => new Promise((resolve) => setTimeout(resolve, 0)));
  return userEvent.setup({ pointerEventsCheck: 0, delay: null });
}
