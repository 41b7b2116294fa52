import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import type { BrowserEvent, ControlReply, ControlRequest, HostControls } from './controls.ts';

/** Entry of the host. */
export const runFile = fileURLToPath(new URL('./run.ts', import.meta.url));

/** Starting Node, Chromium and the page, on a busy machine. Milliseconds. */
const START_WITHIN_MS = 60_000;
const END_WITHIN_MS = 10_000;

export interface LaunchOptions {
  env: NodeJS.ProcessEnv;
  /** Command-line paths. */
  paths?: string[];
  keyring?: boolean;
  /** BCP 47; `en-US` when absent. */
  locale?: string;
  /** Folder of the built bundles; the repository's own when absent. */
  bundles?: string;
}

/** The application on the Chromium host, in a process of its own. */
export interface HostedApp {
  readonly page: Page;
  readonly context: BrowserContext;
  control<M extends keyof HostControls>(
    method: M,
    ...input: Parameters<HostControls[M]>
  ): Promise<ReturnType<HostControls[M]>>;
  /** Exit code of the process. */
  readonly exited: Promise<number | null>;
  /** Kills the process, then its browser, which has lost it. */
  kill(): Promise<void>;
  /** Ends everything that the launch started. */
  close(): Promise<void>;
}

export async function launch({
  env,
  paths = [],
  keyring = false,
  locale = 'en-US',
  bundles,
}: LaunchOptions): Promise<HostedApp> {
  const options = [
    '--controlled',
    '--locale',
    locale,
    ...(keyring ? ['--keyring'] : []),
    ...(bundles ? ['--bundles', bundles] : []),
  ];
  // No inherited execArgv: a test runner's own loaders must not run in the application.
  const child = fork(runFile, [...options, ...paths], { env, execArgv: [], stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
  const output = collectOutput(child);
  const exited = once(child, 'exit').then(([code]) => code as number | null);
  try {
    const endpoint = await browserEndpoint(child, exited, output);
    const browser = await chromium.connectOverCDP(endpoint);
    const { context, page } = await appPage(browser);
    return {
      page,
      context,
      control: controlsOf(child),
      exited,
      kill: async () => {
        child.kill('SIGKILL');
        await exited;
        await end(child, exited, browser);
      },
      close: () => end(child, exited, browser),
    };
  } catch (thrown) {
    await end(child, exited, undefined);
    throw thrown;
  }
}

function collectOutput(child: ChildProcess): () => string {
  const chunks: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => chunks.push(chunk.toString()));
  return () => chunks.join('').slice(-4000);
}

async function browserEndpoint(
  child: ChildProcess,
  exited: Promise<number | null>,
  output: () => string,
): Promise<string> {
  const started = new Promise<string>((resolve) => {
    child.on('message', (message: BrowserEvent | ControlReply) => {
      if ('event' in message) resolve(message.endpoint);
    });
  });
  const early = exited.then((code) => {
    throw new Error(`The application ended with status ${code} before its window was there:\n${output()}`);
  });
  const timeout = new AbortController();
  const late = delay(START_WITHIN_MS, undefined, { signal: timeout.signal, ref: false }).then(() => {
    throw new Error(`No window after ${START_WITHIN_MS} ms:\n${output()}`);
  });
  late.catch(() => undefined);
  early.catch(() => undefined);
  try {
    return await Promise.race([started, early, late]);
  } finally {
    timeout.abort();
  }
}

async function appPage(browser: Browser): Promise<{ context: BrowserContext; page: Page }> {
  const context = browser.contexts()[0];
  const page = context?.pages()[0] ?? (await context?.waitForEvent('page'));
  if (context === undefined || page === undefined) throw new Error('The browser shows no page');
  await page.waitForURL(/index\.html/);
  await page.waitForLoadState('load');
  return { context, page };
}

function controlsOf(child: ChildProcess): HostedApp['control'] {
  let last = 0;
  return (method, ...input) => {
    const id = ++last;
    const reply = new Promise<never>((resolve) => {
      const receive = (message: ControlReply | BrowserEvent): void => {
        if (!('id' in message) || message.id !== id) return;
        child.off('message', receive);
        resolve(message.value as never);
      };
      child.on('message', receive);
    });
    child.send({ id, method, input: input[0] } satisfies ControlRequest);
    return reply;
  };
}

async function end(child: ChildProcess, exited: Promise<unknown>, browser: Browser | undefined): Promise<void> {
  // A page in an endless loop would keep this from ever ending.
  await Promise.race([browser?.close().catch(() => undefined), delay(2000, undefined, { ref: false })]);
  // Without its test the application ends at once, whatever it does.
  if (child.connected) child.disconnect();
  const timeout = new AbortController();
  const late = delay(END_WITHIN_MS, 'late', { signal: timeout.signal }).catch(() => undefined);
  if ((await Promise.race([exited, late])) === 'late') child.kill('SIGKILL');
  timeout.abort();
  await exited;
}
