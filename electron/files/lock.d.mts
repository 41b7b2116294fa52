/** Milliseconds. */
export interface LockOptions {
  /** How long a lock whose owner cannot be asked for must stay unchanged before it is taken over. */
  patience?: number;
  /** How long to wait for an owner that lives. */
  longestWait?: number;
}

export function withLock<T>(path: string, work: () => Promise<T>, options?: LockOptions): Promise<T>;
