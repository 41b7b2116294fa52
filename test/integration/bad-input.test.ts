import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { describeError, exitStatusOf } from '../../electron/cli/errors.ts';
import { OciLayoutSource } from '../../electron/sources/oci-layout/layout-listing.ts';
import type { PushRequest } from '../../electron/transfers/types.ts';
import { PushboatError } from '../../shared/errors.ts';
import { parseReference } from '../../shared/reference.ts';
import { jsonLines } from './command-line.ts';
import { Scene } from './scene.ts';
import { CONNECTION } from './troubles/connection.ts';
import { LOCAL } from './troubles/local.ts';
import { REFUSALS } from './troubles/refusals.ts';
import type { Trouble } from './troubles/trouble.ts';
import { VANISHING } from './troubles/vanishing.ts';

describe.each([
  ['a local fault is named, and the push continues when it is mended', LOCAL],
  ['trouble with the connection is named, and the push continues when it is over', CONNECTION],
  ['a refusal is told in the registry’s words, and the push continues when it is lifted', REFUSALS],
  ['a disk that vanishes in the middle is named, and the push continues when it is back', VANISHING],
])('%s', (_, troubles) => {
  test.each(troubles.map((trouble): [string, Trouble] => [trouble.what, trouble]))('%s', async (__, trouble) => {
    expect(await pushInto(trouble)).toBe(trouble.stays ? 'failed' : 'done');
  });
});

/** Pushes into the trouble, by the built command line and as a job; puts it right; the same job continues. Returns its last state. */
async function pushInto(trouble: Trouble): Promise<string> {
  const { layerSize = 2_000, code, says, next, status = 1, commandLine = true, stays = false } = trouble;
  await using scene = await Scene.create(layerSize);
  const target = trouble.target ?? `${scene.host}/team/app:1`;
  const request = await requestFor(scene.layout, target);
  const mend = await trouble.cause(scene);
  if (commandLine) await expectOnCommandLine(scene, target, { code, status });
  const id = scene.service.start(request);
  const failed = await scene.service.settled(id);
  expect(failed.job.state).toMatch(/^(failed|needs-login|needs-trust)$/);
  const error = PushboatError.fromData(failed.job.error ?? { code: 'INTERNAL', message: 'it did not fail' });
  const text = describeError(error);
  expect({ code: error.code, status: exitStatusOf(error.code), text }).toEqual({ code, status, text });
  expect(text).toMatch(says);
  expect(text).toMatch(next);
  expect(text).not.toMatch(/undefined|\[object|\n\s*\n/);
  await mend();
  scene.service.resume(id);
  const after = await scene.service.settled(id);
  if (stays) return after.job.state;
  expect(after.job).toMatchObject({ state: 'done', result: { digest: scene.image.digest } });
  expect(scene.registry.tags('team/app').get('1')).toBe(scene.image.digest);
  return after.job.state;
}

async function expectOnCommandLine(scene: Scene, target: string, expected: { code: string; status: number }) {
  const { login } = scene;
  const creds = login ? ['--creds', `${login.username}:${login.password}`] : [];
  const ca = join(scene.home.path, 'ca.crt');
  await writeFile(ca, scene.certificates.ca.cert);
  const { status, stdout, stderr } = await scene.home.cli(['push', scene.layout, target, '--json', ...creds], {
    env: { PUSHBOAT_DATA_DIR: scene.dataDir, NODE_EXTRA_CA_CERTS: ca },
  });
  const last = jsonLines(stdout).at(-1);
  expect({ status, stderr, last }).toMatchObject({ status: expected.status, stderr: '', last: { type: 'error' } });
  expect(last).toMatchObject({ code: expected.code, message: expect.stringMatching(/\S/) as string });
}

/** The image as a person chose it, before anything was wrong. */
async function requestFor(layout: string, target: string): Promise<PushRequest> {
  const source = new OciLayoutSource(layout);
  const [image] = await Array.fromAsync(source.list());
  if (!image) throw new Error(`no image in ${layout}`);
  const { id, name } = image;
  const openImage = () => source.open(id);
  return { imageId: id, imageName: name, openImage, target: parseReference(target), options: {} };
}
