/** What is pushed, and where to. */
export interface PushInput {
  layout: string;
  tag: string;
  isIndex: boolean;
  /** `host:port/repository:tag` */
  target: string;
  tls: boolean;
}

export interface CommandLine {
  command: string;
  args: string[];
}

export interface Pusher {
  name: string;
  version: string;
  /** Whether the command's own CPU time is all that it costs. */
  cpu: boolean;
  push(input: PushInput): CommandLine;
  /** Untimed work before a push; what it brings along is released at the end. */
  prepare?(input: PushInput): Promise<AsyncDisposable>;
  /** Untimed work at the end of the run. */
  release?(): Promise<void>;
}

export interface Missing {
  name: string;
  how: string;
}
