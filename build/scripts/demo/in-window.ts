import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { runNode } from './run-node.ts';
import type { DemoScene } from './sample.ts';
import { say, step } from './speech.ts';
import { verifyPushed } from './verify.ts';

const START = fileURLToPath(new URL('../start.mjs', import.meta.url));
const LOOK_EVERY_MS = 300;

/** The main job in the window, which a person does; what arrives is checked as soon as it is there. */
export async function showInWindow(scene: DemoScene): Promise<number> {
  step('Your turn, in the window');
  say('The image is picked, and its target filled in:');
  say(`   ${scene.target}`);
  say('Press Push. When the registry asks, sign in:');
  say(`   user name ${scene.login.username}, password ${scene.login.password}`);
  say('Close the window to end.');

  const closed = new AbortController();
  const watching = verifyWhenPushed(scene, AbortSignal.any([closed.signal, scene.signal]));
  // Looked at when the window is closed, and not before.
  watching.catch(() => undefined);
  const status = await runNode([START, scene.layout.path], scene).finally(() => closed.abort());
  const pushed = await watching;
  if (status !== 0) return status;
  if (!pushed) say('The window was closed before anything was pushed.');
  return pushed ? 0 : 1;
}

/** @returns false when the signal ended before the tag was there. */
async function verifyWhenPushed(scene: DemoScene, signal: AbortSignal): Promise<boolean> {
  while (!scene.registry.tags('demo/hello').has('1.0')) {
    if (signal.aborted) return false;
    await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
  step('It arrived: reading everything back from the registry');
  const blobs = await verifyPushed(scene);
  say(`The manifest and its ${blobs} blobs have the bytes of the layout.`);
  say(`Digest: ${scene.layout.digest}`);
  return true;
}
