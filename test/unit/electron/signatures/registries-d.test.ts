import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { readLookaside, scopesOf } from '../../../../electron/signatures/registries-d.ts';
import { toPushboatError } from '../../../../shared/errors.ts';
import { parseReference } from '../../../../shared/reference.ts';
import { makeTempDir } from '../../../fixtures/temp-dir.ts';

const folder = await makeTempDir('registries-d');
let count = 0;
let homeDir: string;
let system: string;
beforeEach(() => {
  homeDir = join(folder.path, `home-${count}`);
  system = join(folder.path, `system-${count++}`);
  mkdirSync(homeDir);
  mkdirSync(system);
});
afterAll(() => folder.remove());

const read = (uid = 1000) =>
  readLookaside({ env: {}, homeDir, platform: 'linux', uid, temporaryDir: folder.path }, system);
const write = (name: string, text: string) => writeFileSync(join(system, name), text);
const web = parseReference('registry.example.com:5000/acme/web:1');

describe('registries.d', () => {
  it('says nothing where there is none: the usual folder of the user, or of the system', async () => {
    expect((await read()).folder(web, 'write')).toBe(join(homeDir, '.local/share/containers/sigstore'));
    expect((await read(0)).folder(web, 'write')).toBe('/var/lib/containers/sigstore');
    expect((await read()).usesAttachments(web)).toBe(false);
  });

  it('prefers the staging place for writing, and takes the old names', async () => {
    write('a.yaml', 'default-docker:\n  lookaside: file:///read\n  lookaside-staging: file:///write\n');
    write('b.yaml', 'docker:\n  docker.io:\n    sigstore: file:///old\n');
    write('c.yml', 'nonsense: [');
    const lookaside = await read();
    expect([lookaside.folder(web, 'read'), lookaside.folder(web, 'write')]).toEqual(['/read', '/write']);
    expect(lookaside.folder(parseReference('busybox'), 'write')).toBe('/old');
  });

  it('takes each setting from the most precise scope that has it', async () => {
    write(
      'a.yaml',
      `docker:
  registry.example.com:5000/acme/web:1: {lookaside: "file:///exact"}
  registry.example.com:5000/acme: {lookaside: "file:///acme", use-sigstore-attachments: true}
  "*.example.com": {lookaside: "file:///domain"}
`,
    );
    const lookaside = await read();
    const of = (text: string) => lookaside.folder(parseReference(text), 'write');
    expect(of('registry.example.com:5000/acme/web:1')).toBe('/exact');
    expect(of('registry.example.com:5000/acme/web:2')).toBe('/acme');
    expect(of('registry.example.com:5000/other/web:1')).toBe('/domain');
    expect(lookaside.usesAttachments(web)).toBe(true);
  });

  it('of the user counts instead of the system’s', async () => {
    write('a.yaml', 'default-docker: {lookaside: "file:///system"}');
    const own = join(homeDir, '.config/containers/registries.d');
    mkdirSync(own, { recursive: true });
    expect((await read()).folder(web, 'read')).toBe(join(homeDir, '.local/share/containers/sigstore'));
    writeFileSync(join(own, 'x.yaml'), 'default-docker: {lookaside: "file:///own"}');
    expect((await read()).folder(web, 'read')).toBe('/own');
  });

  it.each([
    ['is not YAML', { 'a.yaml': 'docker: [' }, 'a.yaml'],
    ['has a list where a section belongs', { 'a.yaml': 'docker:\n  x: [1]\n' }, 'docker.x'],
    ['says again what another says', { 'a.yaml': 'docker: {x: {}}', 'b.yaml': 'docker: {x: {}}' }, 'for x, too'],
  ])('that %s is refused with its name', async (_what, files, words) => {
    for (const [name, text] of Object.entries(files)) write(name, text);
    const failure = await read().then(() => undefined, toPushboatError);
    expect(failure).toMatchObject({ code: 'SIGNATURE_STORE_INVALID', message: expect.stringContaining(words) });
  });

  it('with an address on the network cannot be written to', async () => {
    write('a.yaml', 'default-docker: {lookaside: "https://sig.example.com"}');
    const lookaside = await read();
    expect(() => lookaside.folder(web, 'write')).toThrow('https://sig.example.com is not a file:// address');
  });
});

describe('the scopes of a reference', () => {
  it('go from the whole name to the host and its domains', () => {
    expect(scopesOf(web)).toEqual([
      'registry.example.com:5000/acme/web:1',
      'registry.example.com:5000/acme/web',
      'registry.example.com:5000/acme',
      'registry.example.com:5000',
      '*.example.com',
      '*.com',
    ]);
  });
});
