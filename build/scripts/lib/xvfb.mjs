import { spawn } from 'node:child_process';

/**
 * Starts a display of our own, so that tests neither need a screen nor take the person's.
 *
 * @returns {Promise<{ display: string, stop: () => void }>}
 */
export async function startXvfb() {
  const args = ['-displayfd', '3', '-screen', '0', '1600x1000x24', '-nolisten', 'tcp'];
  const server = spawn('Xvfb', args, { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] });
  const number = await new Promise((resolve, reject) => {
    server.once('error', (error) => reject(new Error('cannot start Xvfb', { cause: error })));
    server.once('exit', (code) => reject(new Error(`Xvfb ended with status ${code} before it was ready`)));
    server.stdio[3].setEncoding('utf8').once('data', (text) => resolve(text.trim()));
  });
  return { display: `:${number}`, stop: () => server.kill() };
}
