import type { ImageSummary } from '../../shared/images.ts';
import type { AppInfo, EventPayloads, FileKind, RequestInput, RequestOutputs } from '../../shared/ipc.ts';
import type { EventChannel, RequestChannel } from '../../shared/ipc-channels.ts';
import type { ReceiptFormat } from '../../shared/receipt.ts';

/** What of Electron's `IpcMainInvokeEvent` the sender check needs. */
export interface InvokeEvent {
  /** Null when the frame has navigated or is gone. */
  readonly senderFrame: { readonly url: string; readonly parent: unknown } | null;
}

/** What of Electron's `ipcMain` the wrapper needs; the desktop passes the real one. */
export interface IpcHost {
  handle(channel: string, listener: (event: InvokeEvent, input: unknown) => Promise<unknown>): void;
  removeHandler(channel: string): void;
}

/** Sends an event of the contract to the window; nothing happens when there is no window. */
export type SendEvent = <E extends EventChannel>(event: E, payload: EventPayloads[E]) => void;

/** One function per request of the contract; input has been parsed, what is thrown becomes an error reply. */
export type Handlers = {
  readonly [C in RequestChannel]: (input: RequestInput<C>) => RequestOutputs[C] | Promise<RequestOutputs[C]>;
};

/** The handlers of one domain: those whose channel begins with `<domain>.`. */
export type HandlersOf<Domain extends string> = Pick<Handlers, Extract<RequestChannel, `${Domain}.${string}`>>;

export type ClosingAnswer = RequestInput<'app.close'>;

/** What the handlers ask of the desktop. `electron/desktop` implements it, so that this folder runs on plain Node. */
export interface DesktopActions {
  info(): AppInfo;
  copy(text: string): Promise<void>;
  /** The last lines of the log; empty when there is none. */
  logTail(): Promise<string>;
  /** Opens the browser after asking; hosts that are not on the list are refused. */
  openExternal(url: string): Promise<void>;
  /** The window shows the question about running transfers. */
  closingShown(): void;
  answerClosing(answer: ClosingAnswer): void;
  /** The system's dialog for folders or for archive files; empty when cancelled. */
  choosePaths(kind: 'folders' | 'archives'): Promise<string[]>;
  /** The system's dialog for a file to write, with `name` proposed; null when cancelled. */
  chooseNewArchive(name: string): Promise<string | null>;
  /** The same for a receipt. */
  chooseReceiptFile(name: string, format: ReceiptFormat): Promise<string | null>;
  /** The system's dialog for a folder to write to; null when cancelled. */
  chooseTargetFolder(): Promise<string | null>;
  /** Rows of the list that follow an answer, in messages that do not hold up the window. */
  sendImages(images: readonly ImageSummary[]): void;
  /** Shows a file or folder in the system's file manager. */
  showInFolder(path: string): void;
  /** The system's file dialog for a file to read; null when cancelled. */
  chooseFile(kind: FileKind): Promise<string | null>;
}
