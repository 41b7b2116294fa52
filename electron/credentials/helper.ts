import { spawn } from 'node:child_process';
import { z } from 'zod';
import { PushboatError } from '../../shared/errors.ts';
import type { Secret } from './auth-file.ts';

/** Milliseconds; a helper may ask the person to unlock a keychain. */
const HELPER_TIMEOUT = 30_000;
/** Far more than any login; keeps a broken helper from filling the memory. */
const MAX_OUTPUT = 1024 * 1024;

const answerSchema = z.object({ Username: z.string(), Secret: z.string() });

/**
 * Asks `docker-credential-<name> get` for a server (docker-credential-helpers' protocol: the server on stdin, JSON on stdout).
 * Undefined when the helper has nothing for it.
 * @throws PushboatError CREDENTIALS_UNREADABLE when the helper is missing, fails, or answers nonsense.
 */
export async function askHelper(name: string, server: string, env: NodeJS.ProcessEnv): Promise<Secret | undefined> {
  if (!/^[A-Za-z0-9._-]+$/.test(name)) throw helperError(name, 'its name is not valid');
  const { status, output } = await runHelper(`docker-credential-${name}`, server, env);
  if (status !== 0) {
    if (/credentials not found/i.test(output)) return undefined;
    throw helperError(name, output.trim().split('\n', 1)[0]?.slice(0, 200) || `it ended with status ${status}`);
  }
  const answer = parseAnswer(output);
  if (!answer) throw helperError(name, 'its answer is not valid');
  if (answer.Secret === '') return undefined;
  if (answer.Username === '<token>') return { username: '<token>', password: '', identityToken: answer.Secret };
  return { username: answer.Username, password: answer.Secret };
}

function runHelper(command: string, server: string, env: NodeJS.ProcessEnv): Promise<{ status: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, ['get'], { env, stdio: ['pipe', 'pipe', 'ignore'], timeout: HELPER_TIMEOUT, windowsHide: true });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
      if (output.length > MAX_OUTPUT) child.kill();
    });
    child.once('error', (error) => {
      const missing = 'code' in error && error.code === 'ENOENT';
      reject(helperError(command, missing ? 'the program is not installed' : error.message));
    });
    child.once('close', (status) => resolve({ status, output }));
    // A helper that ends without reading closes the pipe: its status says why.
    child.stdin.on('error', () => undefined);
    child.stdin.end(server);
  });
}

function parseAnswer(output: string): z.output<typeof answerSchema> | undefined {
  try {
    return answerSchema.safeParse(JSON.parse(output)).data;
  } catch {
    return undefined;
  }
}

function helperError(name: string, why: string): PushboatError {
  const program = name.startsWith('docker-credential-') ? name : `docker-credential-${name}`;
  return new PushboatError('CREDENTIALS_UNREADABLE', `The credential helper ${program} cannot be used: ${why}.`, { detail: why });
}
