import { fileURLToPath } from 'node:url';
import { runNode } from './run-node.ts';
import type { DemoScene } from './sample.ts';
import { say, sayCommand, step } from './speech.ts';
import { verifyPushed } from './verify.ts';

const CLI = fileURLToPath(new URL('../../../.vite/build/cli.js', import.meta.url));
/** The command line's exit status when a login is missing. */
const LOGIN_NEEDED = 3;

/** The main job on the command line: refused, signed in, pushed with a bar per layer, checked. */
export async function showInTerminal(scene: DemoScene): Promise<number> {
  const { layout, target, registry, login } = scene;
  const push = ['push', layout.path, target];

  step('Pushing without a login is refused');
  sayCommand(`pushboat push hello ${target}`);
  // Without a terminal at its standard input it does not ask, as in a script.
  const refused = await pushboat(scene, push);
  if (refused !== LOGIN_NEEDED)
    throw new Error(`The registry should have asked for a login, but the push ended with ${refused}.`);

  step('Signing in');
  sayCommand(`pushboat login ${registry.host} -u ${login.username} --password-stdin`);
  const signIn = ['login', registry.host, '-u', login.username, '--password-stdin'];
  await expectDone(pushboat(scene, signIn, login.password), 'The login');

  step('The same push again');
  sayCommand(`pushboat push hello ${target}`);
  await expectDone(pushboat(scene, push), 'The push');

  step('Reading everything back from the registry');
  const blobs = await verifyPushed(scene);
  say(`The manifest and its ${blobs} blobs have the bytes of the layout.`);
  say(`Digest: ${layout.digest}`);
  return 0;
}

/** Runs the built command line with settings and logins of its own. @returns its exit status. */
function pushboat(scene: DemoScene, args: string[], input?: string): Promise<number> {
  return runNode([CLI, ...args], scene, input);
}

async function expectDone(status: Promise<number>, what: string): Promise<void> {
  const code = await status;
  if (code !== 0) throw new Error(`${what} ended with status ${code}.`);
}
