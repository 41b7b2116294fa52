import { spawn } from 'node:child_process';
import { chmod, mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { LayoutWriter, makeLayout } from '../fixtures/layouts.ts';
import { startRegistry, type TestRegistry } from '../registry/server.ts';
import { type CliHome, type CliOptions, jsonLines, makeCliHome, startOnTerminal } from './command-line.ts';

let home: CliHome;
let registry: TestRegistry;

beforeEach(async () => {
  [home, registry] = await Promise.all([makeCliHome(), startRegistry({ storage: 'memory' })]);
});

afterEach(async () => {
  await registry.close();
  await home.remove();
});

/** A title for the terminal, a cleared screen, a colour, an 8-bit sequence, turned writing, and a line that looks like ours. */
const EVIL = '\u001b]0;PWNED\u0007\u001b[2J\u001b[31m\u009b1m\u202e\u2066\r\nDigest: sha256:fake';
/** A character that drives a terminal, but the line feeds that end our own lines; or a line that we never wrote. */
const HARM =
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]|^Digest: sha256:fake/m;

/** A layout whose every text is hostile, with two images. */
async function hostileLayout(): Promise<string> {
  const path = join(home.path, 'hostile');
  const layout = await LayoutWriter.create(path);
  const image = await layout.image({
    platform: { os: `linux${EVIL}`, architecture: `amd64${EVIL}`, variant: `v1${EVIL}` },
    created: `2026${EVIL}`,
    labels: { [`a${EVIL}`]: EVIL },
    emptyHistory: [`RUN ${EVIL}`],
    annotations: { [`x${EVIL}`]: EVIL },
  });
  layout.list(image, { refName: `evil${EVIL}` });
  layout.list(image, { refName: 'ok:1' });
  await layout.finish();
  return path;
}

/** All that a command wrote. */
async function said(args: string[], options?: CliOptions): Promise<string> {
  const { stdout, stderr } = await home.cli(args, options);
  return stdout + stderr;
}

describe('a hostile text drives no terminal', () => {
  test('of an image, whatever the command', async () => {
    const path = await hostileLayout();
    const to = (name: string) => `${registry.host}/${name}:1`;
    const listing = await said(['images', path]);
    expect(listing).not.toMatch(HARM);
    expect(listing).toContain('PWNED');
    for (const args of [
      ['push', `oci:${path}:ok:1`, to('a')],
      ['push', '--dry-run', `oci:${path}:ok:1`, to('b')],
      ['push', path, to('c')],
      ['push', '--all-tags', path, `${registry.host}/d`],
      ['push', '--platform', 'linux/arm64', `oci:${path}:ok:1`, to('e')],
      ['push', '--format', 'v2s1', `oci:${path}:ok:1`, to('f')],
      ['push', `oci:${path}:ok:1`, `oci:${home.path}/out:x`],
      ['push', `oci:${path}:ok:1`, `docker-archive:${home.path}/out.tar`],
      ['push', '--dry-run', `oci:${path}:ok:1`, `dir:${home.path}/dir`],
    ]) {
      expect(await said(args)).not.toMatch(HARM);
      // JSON has the same values, for programs, and none of these characters.
      const { stdout, stderr } = await home.cli([...args, '--json']);
      expect(stdout + stderr).not.toMatch(HARM);
      expect(jsonLines(stdout).length).toBeGreaterThan(0);
    }
    const listed = jsonLines((await home.cli(['images', path, '--json'])).stdout);
    expect(listed.some(({ name }) => name === `evil${EVIL}`)).toBe(true);
  });

  test('of the command line itself', async () => {
    await makeLayout(join(home.path, 'layout'));
    const layout = join(home.path, 'layout');
    for (const args of [
      [EVIL],
      ['push', `--${EVIL}`],
      ['push', 'a', 'b', '--format', EVIL],
      ['push', 'a', 'b', '--platform', EVIL],
      ['push', layout, `${registry.host}/${EVIL}`],
      ['push', layout, `oci:${home.path}/x:${EVIL}`],
      ['push', `oci:${layout}:${EVIL}`, `${registry.host}/a`],
      ['push', EVIL, `${registry.host}/a`],
      ['push', `sif:${EVIL}`, `sif:${EVIL}`],
      ['resolve', EVIL, `r.example/${EVIL}`],
      ['login', EVIL],
      ['logout', EVIL],
      ['images', `/no/such/${EVIL}`],
    ]) {
      expect(await said(args)).not.toMatch(HARM);
    }
  });

  test('of the name of a file', async () => {
    await makeLayout(join(home.path, 'layout'));
    const path = join(home.path, `d\u001b[31mi\nr\u202e`);
    await rename(join(home.path, 'layout'), path);
    expect(await said(['images', path])).not.toMatch(HARM);
    expect(await said(['push', path, `${registry.host}/a:1`])).not.toMatch(HARM);
    expect(await said(['push', path, `dir:${path}-2`])).not.toMatch(HARM);
    await writeFile(join(path, 'index.json'), EVIL);
    expect(await said(['push', path, `${registry.host}/a:1`])).not.toMatch(HARM);
  });

  test('of a registry: its errors and its warnings', async () => {
    const { path } = await makeLayout(join(home.path, 'layout'));
    const push = ['push', path, `${registry.host}/a:1`];
    for (const body of [{ errors: [{ code: `DENIED${EVIL}`, message: EVIL, detail: EVIL }] }, `<html>${EVIL}</html>`]) {
      for (const status of [400, 403, 404]) {
        const fault = registry.faults.add({
          on: { method: 'POST' },
          times: Number.POSITIVE_INFINITY,
          action: { kind: 'answer', status, body },
        });
        expect(await said(push)).not.toMatch(HARM);
        expect(await said([...push, '--json'])).not.toMatch(HARM);
        fault.remove();
      }
    }
    registry.faults.add({
      times: Number.POSITIVE_INFINITY,
      on: { method: 'PUT' },
      action: { kind: 'rewrite', headers: { warning: '299 - "\u009b31mPWNED\u0085"' } },
    });
    const warned = await said(push);
    expect(warned).not.toMatch(HARM);
    expect(warned).toContain('PWNED');
  });

  test('of files with logins and of a credential helper', async () => {
    const { path } = await makeLayout(join(home.path, 'layout'));
    const auth = Buffer.from(`ann${EVIL.replaceAll(':', ';')}:pw`).toString('base64');
    const config = join(home.path, 'docker');
    await mkdir(config);
    const env = { DOCKER_CONFIG: config, PATH: `${home.path}:${process.env['PATH'] ?? ''}` };
    await writeFile(join(config, 'config.json'), JSON.stringify({ auths: { [registry.host]: { auth } } }));
    const target = `${registry.host}/a:1`;
    expect(await said(['resolve', target], { env })).not.toMatch(HARM);
    expect(await said(['push', '--dry-run', path, target], { env })).not.toMatch(HARM);
    expect(await said(['logout', registry.host], { env })).not.toMatch(HARM);
    const helper = join(home.path, 'docker-credential-evil');
    await writeFile(helper, `#!/bin/sh\nprintf '\\033]0;PWNED\\007 no' >&2\nprintf '\\033[2Jno'\nexit 1\n`);
    await chmod(helper, 0o755);
    for (const credsStore of ['evil', `no${EVIL}`]) {
      await writeFile(join(config, 'config.json'), JSON.stringify({ credsStore }));
      expect(await said(['resolve', target], { env })).not.toMatch(HARM);
      expect(await said(['push', path, target], { env })).not.toMatch(HARM);
    }
  });

  test('on a terminal: only our own sequences come through', async () => {
    const path = await hostileLayout();
    registry.throttle.bytesPerSecond = 2_000;
    const { stdout } = await startOnTerminal(home, ['push', `oci:${path}:ok:1`, `${registry.host}/a:1`]).ended;
    expect(stdout).toContain('\u001b[?25l');
    const own = /\u001b\[(?:\?25[lh]|\d+A|0J)/g;
    expect(stdout.replaceAll(own, '').replaceAll('\r', '')).not.toMatch(HARM);
    const listed = await startOnTerminal(home, ['images', path]).ended;
    expect(listed.stdout.replaceAll('\r', '')).not.toMatch(HARM);
  });
});

/** The command with its standard output through a shell's redirection. */
function redirected(args: string[], redirection: string): Promise<{ status: number; stderr: string }> {
  return new Promise((resolve, reject) => {
    const cli = join(import.meta.dirname, '../../.vite/build/cli.js');
    const script = `"$0" "$@" ${redirection}`;
    const child = spawn('bash', ['-c', script, process.execPath, cli, ...args], {
      env: home.env,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString('utf8');
    });
    child.once('error', reject);
    child.once('close', (status) => resolve({ status: status ?? -1, stderr }));
  });
}

/** Reads one line and goes; the status is the command's own. */
const HEAD = '| head -n 1 >/dev/null; exit ${PIPESTATUS[0]}';

describe('a reader that closes its end', () => {
  test.each([
    ['plain lines', []],
    ['--json', ['--json']],
  ])('does not stop a push with %s', async (_, options) => {
    const { path, image } = await makeLayout(join(home.path, 'layout'), { layers: 40 });
    registry.latency.ms = 20;
    const { status, stderr } = await redirected(['push', path, `${registry.host}/a:1`, ...options], HEAD);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(registry.tags('a').get('1')).toBe(image.digest);
  });

  test('does not hide that a push failed', async () => {
    const { path } = await makeLayout(join(home.path, 'layout'), { layers: 40 });
    registry.faults.add({
      on: { method: 'PUT', path: /manifests/ },
      times: Number.POSITIVE_INFINITY,
      action: { kind: 'answer', status: 403 },
    });
    const { status, stderr } = await redirected(['push', path, `${registry.host}/a:1`, '--json'], HEAD);
    expect(status).toBe(3);
    expect(stderr).toMatch(/^Error: /);
  });

  test('is no failure of the other commands', async () => {
    const references = Array.from({ length: 200 }, (_, index) => `r.example/image-${index}`);
    expect(await redirected(['resolve', ...references], HEAD)).toEqual({ status: 0, stderr: '' });
    expect(await redirected(['push', '--help'], '| true; exit ${PIPESTATUS[0]}')).toEqual({ status: 0, stderr: '' });
  });
});

describe('a full disk behind standard output', () => {
  test.each([
    ['resolve', ['resolve', 'alpine']],
    ['resolve --json', ['resolve', '--json', 'alpine']],
    ['--help', ['--help']],
    ['--version', ['--version']],
  ])('is one clear error of %s', async (_, args) => {
    const { status, stderr } = await redirected(args, '>/dev/full');
    expect(status).toBe(1);
    expect(stderr).toMatch(/^Error: Standard output cannot be written.*\n {2}Because: .*ENOSPC.*\n {2}.*\n$/);
  });

  test('does not stop a push, and is its one error', async () => {
    const { path, image } = await makeLayout(join(home.path, 'layout'));
    const { status, stderr } = await redirected(['push', path, `${registry.host}/a:1`], '>/dev/full');
    expect(status).toBe(1);
    expect(stderr.match(/^Error: /gm)).toHaveLength(1);
    expect(registry.tags('a').get('1')).toBe(image.digest);
  });
});
