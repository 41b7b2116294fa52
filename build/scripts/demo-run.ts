import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startRegistry } from '../../test/registry/server.ts';
import { showInTerminal } from './demo/in-terminal.ts';
import { showInWindow } from './demo/in-window.ts';
import { type DemoScene, makeSample } from './demo/sample.ts';
import { say, step } from './demo/speech.ts';

/** Slow enough that the bars are seen, fast enough that nobody waits: the sample takes about six seconds. */
const BYTES_PER_SECOND = 16_000_000;

/**
 * Makes a sample image, starts a registry that asks for a login, pushes and checks what arrived.
 * @returns the exit status: 0 when the image arrived whole.
 */
export async function runDemo({ inWindow }: { inWindow: boolean }): Promise<number> {
  const interrupt = new AbortController();
  const onSignal = () => interrupt.abort();
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal).on('SIGHUP', onSignal);
  const folder = await mkdtemp(join(tmpdir(), 'pushboat-demo-'));
  try {
    const login = { username: 'demo', password: randomBytes(6).toString('hex') };
    await using registry = await startRegistry({
      auth: { kind: 'basic', realm: 'Demo registry', users: { [login.username]: login.password } },
      bytesPerSecond: BYTES_PER_SECOND,
    });
    const target = `${registry.host}/demo/hello:1.0`;
    step('A sample image, and a registry that asks for a login');
    const layout = await makeSample(join(folder, 'hello'), target);
    say(`OCI layout  ${layout.path} (${layout.layers} layers, ${Math.round(layout.bytes / 1e6)} MB)`);
    say(`Registry    ${registry.url}, only while this runs`);
    say(`Login       ${login.username} / ${login.password}`);
    const scene: DemoScene = { folder, layout, registry, target, login, signal: interrupt.signal };
    return await (inWindow ? showInWindow(scene) : showInTerminal(scene));
  } catch (thrown) {
    if (!interrupt.signal.aborted) throw thrown;
    return 130;
  } finally {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal).off('SIGHUP', onSignal);
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}
