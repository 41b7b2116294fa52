import { type BrowserWindow, dialog } from 'electron';
import type { ClosingAnswer, SendEvent } from '../ipc/types.ts';
import type { DesktopText } from './text.ts';

/** How long the window may take to show the question before the system's own dialog asks. Milliseconds. */
const SHOWN_WITHIN_MS = 3000;

/** The system dialog's buttons, in order. */
const ANSWERS: readonly ClosingAnswer[] = ['keep-running', 'pause-and-quit', 'cancel-and-quit'];
const BUTTONS = {
  'keep-running': 'keepRunning',
  'pause-and-quit': 'pauseAndQuit',
  'cancel-and-quit': 'cancelAndQuit',
} as const satisfies Record<ClosingAnswer, string>;

export interface CloseGuardOptions {
  window: BrowserWindow;
  runningCount: () => number;
  send: SendEvent;
  text: DesktopText;
  /** Ends the application; called once, when nothing runs or the person agreed. Running transfers are paused, or cancelled. */
  quit: (cancelRunning: boolean) => void;
}

/**
 * Closing while transfers run asks first: in the window (event `closing`, answered by `app.close`), or with the system's
 * dialog when the page has crashed, hangs, or is not listening.
 */
export class CloseGuard {
  readonly #options: CloseGuardOptions;
  #allowed = false;
  #fallback: NodeJS.Timeout | undefined;
  #asking = false;

  constructor(options: CloseGuardOptions) {
    this.#options = options;
    options.window.on('close', (event) => {
      if (this.#allowed) return;
      event.preventDefault();
      this.#requested();
    });
    options.window.once('closed', () => this.#clearFallback());
  }

  /** The page shows the question; from now on the person may take all the time. */
  shown(): void {
    this.#clearFallback();
  }

  answer(answer: ClosingAnswer): void {
    this.#clearFallback();
    this.#asking = false;
    switch (answer) {
      case 'keep-running':
        return;
      case 'pause-and-quit':
      case 'cancel-and-quit':
        this.#allow(answer === 'cancel-and-quit');
        return;
    }
  }

  /** The page is gone or new: a question that it showed is gone with it. */
  reset(): void {
    this.#clearFallback();
    this.#asking = false;
  }

  #requested(): void {
    const running = this.#options.runningCount();
    if (running === 0) {
      this.#allow(false);
      return;
    }
    // A second click on the close button while the question stands repeats the event, in case the page lost it.
    if (this.#asking && this.#fallback !== undefined) return;
    this.#asking = true;
    const { window, send } = this.#options;
    if (window.webContents.isCrashed()) {
      void this.#askByDialog(running);
      return;
    }
    send('closing', { running });
    this.#fallback = setTimeout(() => void this.#askByDialog(running), SHOWN_WITHIN_MS);
  }

  async #askByDialog(running: number): Promise<void> {
    this.#clearFallback();
    const words = this.#options.text();
    const { response } = await dialog.showMessageBox(this.#options.window, {
      type: 'warning',
      title: words.quitTitle,
      message: words.quitMessage(running),
      detail: words.quitDetail,
      buttons: ANSWERS.map((answer) => words[BUTTONS[answer]]),
      defaultId: 0,
      cancelId: 0,
    });
    this.answer(ANSWERS[response] ?? 'keep-running');
  }

  #allow(cancelRunning: boolean): void {
    if (this.#allowed) return;
    this.#allowed = true;
    this.#options.quit(cancelRunning);
  }

  #clearFallback(): void {
    clearTimeout(this.#fallback);
    this.#fallback = undefined;
  }
}
