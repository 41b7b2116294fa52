import type { Page } from 'playwright-core';

/** What a test can do with the application besides using its page; the same on Electron and on the Chromium host. */
export interface RunningApp {
  readonly page: Page;
  /** As a click on the window's close button. */
  requestClose(): Promise<void>;
  /** Prepares the button (by index) that the next message box of the system gets. */
  answerMessageBox(button: number): Promise<void>;
  /** Prepares what the next file or folder dialog of the system gives. */
  answerOpenDialog(paths: string[]): Promise<void>;
  /** Messages of the system's dialogs so far. */
  dialogs(): Promise<string[]>;
  clipboard(): Promise<string>;
  /** Crashes the page and returns the one that takes its place, loaded. */
  crashPage(): Promise<Page>;
  /** Starts the application once more with the same data folder. Resolves with the exit status of that second start. */
  startAgain(paths: string[]): Promise<number | null>;
  /** As when the lid is closed, and opened again. */
  sleep(): Promise<void>;
  wake(): Promise<void>;
  /** Ends the application's process as a power cut would: nothing of it gets a chance to tidy up. */
  kill(): Promise<void>;
  /** Exit status of the process. */
  readonly exited: Promise<number | null>;
  close(): Promise<void>;
}

export interface LaunchInput {
  env: NodeJS.ProcessEnv;
  paths: string[];
  locale: string;
  keyring: boolean;
}
