import { EventEmitter } from 'node:events';
import { mkdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { hostOptions } from '../host-state.ts';
import { handOver, lockInstance, releaseInstance } from '../instance-lock.ts';

const packageFile = fileURLToPath(new URL('../../../package.json', import.meta.url));

class App extends EventEmitter {
  readonly name = 'Pushboat';
  readonly #paths = new Map([['temp', tmpdir()]]);
  readonly #ready = Promise.withResolvers<void>();
  /** What must be over before the process ends: the browser's end. */
  readonly atExit: (() => Promise<void>)[] = [];
  /** Set while there is a window. */
  closeWindow: (() => void) | undefined;
  #ending = false;

  /** Called by the host when the application's module has been evaluated, as Electron does. */
  becomeReady(): void {
    this.emit('ready');
    this.#ready.resolve();
  }

  whenReady(): Promise<void> {
    return this.#ready.promise;
  }

  getVersion(): string {
    const { version } = JSON.parse(readFileSync(packageFile, 'utf8')) as { version: string };
    return version;
  }

  getLocale(): string {
    return hostOptions.locale;
  }

  setPath(name: string, path: string): void {
    mkdirSync(path, { recursive: true });
    this.#paths.set(name, path);
  }

  getPath(name: string): string {
    const path = this.#paths.get(name);
    if (path === undefined) throw new Error(`The Chromium host has no path ${name}`);
    return path;
  }

  requestSingleInstanceLock(data: unknown): boolean {
    const folder = this.getPath('userData');
    const isFirst = lockInstance(folder, (other) => {
      this.emit('second-instance', {}, other.argv, other.cwd, other.data);
    });
    if (!isFirst) handOver(folder, { argv: process.argv, cwd: process.cwd(), data });
    return isFirst;
  }

  focus(): void {}

  /** Closes the window, which may prevent it, and ends when there is none. */
  quit(): void {
    this.emit('before-quit', {});
    if (this.closeWindow === undefined) this.exit(0);
    else this.closeWindow();
  }

  /** Ends the process after the browser has gone, in at most a few seconds. */
  exit(code = 0): void {
    if (this.#ending) return;
    this.#ending = true;
    const ended = Promise.allSettled(this.atExit.map((end) => end()));
    void Promise.race([ended, delay(5000)]).then(() => {
      releaseInstance();
      process.exit(code);
    });
  }
}

export const app = new App();
