import { currentWindow } from './electron/current-window.ts';
import { powerMonitor } from './electron/desktop.ts';
import { type HostRecord, preparedAnswers, recorded } from './host-state.ts';

/** What a test may ask of the host, over the process's IPC channel. */
export interface HostControls {
  /** The button (index) that the next message box gets. */
  answerMessageBox(button: number): void;
  /** The folders that the next folder dialog gives. */
  answerOpenDialog(paths: string[]): void;
  record(): HostRecord;
  /** As a click on the window's close button. */
  closeWindow(): void;
  crashPage(): void;
  /** As when the lid is closed, and opened. */
  sleep(): void;
  wake(): void;
}

export type ControlRequest = { id: number; method: keyof HostControls; input: unknown };
export type ControlReply = { id: number; value?: unknown };
/** Sent by itself once: where the browser can be connected to. */
export interface BrowserEvent {
  event: 'browser';
  endpoint: string;
}

const controls: { [M in keyof HostControls]: (input: never) => ReturnType<HostControls[M]> } = {
  answerMessageBox: (button: number) => void preparedAnswers.messageBoxes.push(button),
  answerOpenDialog: (paths: string[]) => void preparedAnswers.openDialogs.push(paths),
  record: () => recorded,
  closeWindow: () => currentWindow()?.close(),
  sleep: () => void powerMonitor.emit('suspend'),
  wake: () => void powerMonitor.emit('resume'),
  crashPage: () => currentWindow()?.webContents.forcefullyCrashRenderer(),
};

export function answerControls(): void {
  process.on('message', ({ id, method, input }: ControlRequest) => {
    const value = controls[method](input as never);
    process.send?.({ id, value } satisfies ControlReply);
  });
}
