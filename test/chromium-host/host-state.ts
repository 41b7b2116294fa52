/** What one run of the host was asked for; set by run.ts before the application's bundle is loaded. */
export interface HostOptions {
  /** A person sits in front of it: dialogs are shown. Otherwise a test answers them. */
  interactive: boolean;
  /** Offer a stand-in for the operating system's key store, so that the vault can be used. */
  keyring: boolean;
  /** Language of the system, BCP 47. */
  locale: string;
  chromium: string;
}

export const hostOptions: HostOptions = { interactive: true, keyring: false, locale: 'en-US', chromium: '' };

/** What the application did to its surroundings, for tests to look at. */
export interface HostRecord {
  clipboard: string;
  openedUrls: string[];
  /** Files and folders that were shown in the file manager. */
  shownPaths: string[];
  notifications: { title: string; body: string }[];
  /** Dialogs that were shown: their messages. */
  dialogs: { message: string; detail: string; buttons: string[] }[];
  /** Last value of setProgressBar. */
  progress: number;
  /** Active powerSaveBlockers. */
  awake: number;
}

export const recorded: HostRecord = {
  clipboard: '',
  openedUrls: [],
  shownPaths: [],
  notifications: [],
  dialogs: [],
  progress: -1,
  awake: 0,
};

/** Answers that a test has prepared, taken in order. */
export const preparedAnswers: { messageBoxes: number[]; openDialogs: string[][] } = {
  messageBoxes: [],
  openDialogs: [],
};
