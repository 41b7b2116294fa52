import { type FSWatcher, statSync, watch } from 'node:fs';
import { join } from 'node:path';
import { isAbsent } from '../../files/system-errors.ts';

/** Watches that all sources share: a system has few of them (inotify), and one catalog must not take them all. */
export class WatchBudget {
  #left: number;

  constructor(limit = 2048) {
    this.#left = limit;
  }

  take(): boolean {
    if (this.#left <= 0) return false;
    this.#left--;
    return true;
  }

  giveBack(): void {
    this.#left++;
  }
}

/**
 * Watches one folder and, as far as the budget goes, its subfolders, for entries that come, go or are replaced. Where the
 * system cannot watch, `isComplete` is false and the owner polls.
 */
export class FolderWatcher {
  readonly #location: string;
  readonly #budget: WatchBudget;
  readonly #onChange: () => void;
  readonly #onProblem: (error: unknown) => void;
  /** By path. The inode tells whether a folder was replaced by another of the same name. */
  readonly #watchers = new Map<string, { watcher: FSWatcher; inode: number }>();
  #complete = false;

  constructor(location: string, budget: WatchBudget, onChange: () => void, onProblem: (error: unknown) => void) {
    this.#location = location;
    this.#budget = budget;
    this.#onChange = onChange;
    this.#onProblem = onProblem;
  }

  /** False when something that should be watched is not. */
  get isComplete(): boolean {
    return this.#complete;
  }

  /** Watches the folder and these subfolders, and no others any more. Returns whether there is a watch that was not there before. */
  update(subfolders: readonly string[]): boolean {
    const before = new Set(this.#watchers.values());
    const wanted = [this.#location, ...subfolders.map((name) => join(this.#location, name))];
    const keep = new Set(wanted);
    for (const path of this.#watchers.keys()) if (!keep.has(path)) this.#drop(path);
    this.#complete = true;
    for (const path of wanted) {
      if (this.#watch(path)) continue;
      this.#complete = false;
      break;
    }
    return [...this.#watchers.values()].some((watcher) => !before.has(watcher));
  }

  close(): void {
    for (const path of this.#watchers.keys()) this.#drop(path);
    this.#complete = false;
  }

  #watch(path: string): boolean {
    try {
      const inode = statSync(path).ino;
      if (this.#watchers.get(path)?.inode === inode) return true;
      this.#drop(path);
      if (!this.#budget.take()) return false;
      return this.#open(path, inode);
    } catch (error) {
      // A folder that has just gone will be noticed through its parent.
      return isAbsent(error);
    }
  }

  #open(path: string, inode: number): boolean {
    try {
      const watcher = watch(path, { persistent: false });
      watcher.on('change', this.#onChange);
      watcher.on('error', (error) => this.#failed(path, error));
      this.#watchers.set(path, { watcher, inode });
      return true;
    } catch (error) {
      this.#budget.giveBack();
      if (!isAbsent(error)) this.#onProblem(error);
      return false;
    }
  }

  #failed(path: string, error: unknown): void {
    this.#drop(path);
    this.#complete = false;
    // Windows reports EPERM when a watched folder is deleted.
    if (!isAbsent(error)) this.#onProblem(error);
    this.#onChange();
  }

  #drop(path: string): void {
    const known = this.#watchers.get(path);
    if (!known) return;
    this.#watchers.delete(path);
    known.watcher.close();
    this.#budget.giveBack();
  }
}
