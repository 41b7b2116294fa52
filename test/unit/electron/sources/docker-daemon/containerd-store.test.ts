import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EngineSource } from '../../../../../electron/sources/docker-daemon/engine-source.ts';
import { prepareTree } from '../../../../../electron/transfers/content/prepare-tree.ts';
import type { ImageSummary } from '../../../../../shared/images.ts';
import { MediaType } from '../../../../../shared/media-types.ts';
import { testEnvironment } from '../../../../fixtures/environment.ts';
import { LayoutWriter, type Listed, type WrittenImage } from '../../../../fixtures/layouts.ts';
import {
  type EngineAnswer,
  jsonAnswer,
  type ScriptedEngine,
  startScriptedEngine,
} from '../../../../fixtures/scripted-engine.ts';
import { run } from '../../../../fixtures/tools.ts';

const [INDEX, AMD, ARM, ATTESTATION, DIFF_ID] = ['1', '2', '3', '4', '5'].map((hex) => `sha256:${hex.repeat(64)}`);

/** As Docker 28 answers of an index. */
const DESCRIPTOR = { mediaType: MediaType.ociIndex, digest: INDEX, size: 1609 };
const ROW = { Id: INDEX, RepoTags: ['acme/web:1'], Created: 1_767_323_045, Size: 6_086_393, Descriptor: DESCRIPTOR };

function inspected(architecture: string) {
  return {
    Id: INDEX,
    RepoTags: ['acme/web:1'],
    Created: '2026-01-02T03:04:05Z',
    Os: 'linux',
    Architecture: architecture,
    Size: 2655,
    Descriptor: DESCRIPTOR,
    RootFS: { Type: 'layers', Layers: [DIFF_ID] },
    Config: { Cmd: [`/${architecture}`] },
  };
}

function manifest(digest: string | undefined, architecture: string, isThere: boolean) {
  const descriptor = { mediaType: MediaType.ociManifest, digest, size: 1046, platform: { architecture, os: 'linux' } };
  return { ID: digest, Descriptor: descriptor, Available: isThere, Kind: 'image' };
}

const ATTACHED = {
  ID: ATTESTATION,
  Descriptor: {
    mediaType: MediaType.ociManifest,
    digest: ATTESTATION,
    size: 565,
    platform: { architecture: 'unknown', os: 'unknown' },
  },
  Available: true,
  Kind: 'attestation',
};

let answers: Map<string, EngineAnswer>;
let engine: ScriptedEngine;
let source: EngineSource;

beforeEach(async () => {
  answers = new Map([
    ['/images/json', jsonAnswer([ROW])],
    [`/images/${INDEX}/json`, jsonAnswer(inspected('amd64'))],
    [`/images/${INDEX}/history`, jsonAnswer([{ CreatedBy: 'COPY amd64 /', Size: 7 }])],
  ]);
  engine = await startScriptedEngine((path) => answers.get(decodeURIComponent(path)));
  source = new EngineSource('Docker', { kind: 'socket', path: engine.socket }, testEnvironment());
});

afterEach(async () => {
  source.close();
  await engine.stop();
});

/** What the engine answers when it is asked for the images of the index. */
function has(...manifests: object[]): void {
  answers.set(`/images/${INDEX}/json?manifests=1`, jsonAnswer({ ...inspected('amd64'), Manifests: manifests }));
}

async function only(): Promise<ImageSummary> {
  const [row] = await Array.fromAsync(source.list());
  if (row) return row;
  throw new Error('no image');
}

describe('an index in containerd’s store of an engine', () => {
  it('is listed with its digest and the platforms that are there', async () => {
    has(manifest(AMD, 'amd64', true), manifest(ARM, 'arm64', true), manifest(DIFF_ID, 's390x', false), ATTACHED);
    expect(await only()).toMatchObject({
      kind: 'index',
      digest: INDEX,
      mediaType: MediaType.ociIndex,
      platforms: [
        { os: 'linux', architecture: 'amd64' },
        { os: 'linux', architecture: 'arm64' },
      ],
    });
  });

  it('is listed by each of its names once', async () => {
    has(manifest(AMD, 'amd64', true));
    answers.set('/images/json', jsonAnswer([{ ...ROW, RepoTags: ['idx', 'acme/web:1', 'idx'] }]));
    expect((await only()).references).toEqual(['idx', 'acme/web:1']);
  });

  it('is listed anew when another of its platforms was pulled', async () => {
    has(manifest(AMD, 'amd64', true), manifest(ARM, 'arm64', false));
    expect((await only()).platforms).toHaveLength(1);
    has(manifest(AMD, 'amd64', true), manifest(ARM, 'arm64', true));
    answers.set('/images/json', jsonAnswer([{ ...ROW, Size: 2 * ROW.Size }]));
    expect((await only()).platforms).toHaveLength(2);
  });

  it('is described by the image of each platform that is there', async () => {
    has(manifest(AMD, 'amd64', true), manifest(ARM, 'arm64', true), ATTACHED);
    for (const architecture of ['amd64', 'arm64']) {
      const query = `?platform={"os":"linux","architecture":"${architecture}"}`;
      answers.set(`/images/${INDEX}/json${query}`, jsonAnswer(inspected(architecture)));
      answers.set(`/images/${INDEX}/history${query}`, jsonAnswer([{ CreatedBy: `COPY ${architecture} /`, Size: 7 }]));
    }
    const { manifests } = await source.details((await only()).id);
    expect(manifests).toMatchObject([
      { digest: AMD, mediaType: MediaType.ociManifest, cmd: ['/amd64'], layers: [{ createdBy: 'COPY amd64 /' }] },
      { digest: ARM, mediaType: MediaType.ociManifest, cmd: ['/arm64'], layers: [{ createdBy: 'COPY arm64 /' }] },
    ]);
  });

  it('is the image of the engine’s own platform to an engine that tells of no other', async () => {
    answers.set(`/images/${INDEX}/json?manifests=1`, jsonAnswer(inspected('amd64')));
    expect(await only()).toMatchObject({ platforms: [{ os: 'linux', architecture: 'amd64' }] });
    const { manifests } = await source.details((await only()).id);
    expect(manifests).toMatchObject([{ digest: INDEX, mediaType: MediaType.ociIndex, cmd: ['/amd64'] }]);
  });
});

describe('an index in containerd’s store that lacks the engine’s own platform', () => {
  /** Docker 28 and 29 refuse to save such an index. */
  const refused = jsonAnswer(
    { message: `unable to create manifests file: NotFound: content digest ${AMD}: not found` },
    404,
  );
  const platform = (architecture: string) => `platform={"os":"linux","architecture":"${architecture}"}`;
  let layout: LayoutWriter;
  let image: WrittenImage;

  beforeEach(async () => {
    layout = await LayoutWriter.create(join(engine.folder, 'layout'));
    image = await layout.image({ platform: { os: 'linux', architecture: 'arm64' } });
    answers.set(`/images/${INDEX}/get`, refused);
  });

  async function savedAs(root: Listed, from = layout): Promise<EngineAnswer> {
    await from.list(root).finish();
    const path = join(engine.folder, 'saved.tar');
    await run('tar', ['--create', '--file', path, '--directory', from.path, '.']);
    const bytes = await readFile(path);
    return (response) => response.end(bytes);
  }

  it('is pushed as the one image that is there, which is said', async () => {
    has(manifest(AMD, 'amd64', false), manifest(image.digest, 'arm64', true), ATTACHED);
    answers.set(`/images/${INDEX}/get?${platform('arm64')}`, await savedAs(image));
    const opened = await source.open((await only()).id);
    expect(opened.root.digest).toBe(image.digest);
    const { tree, notes } = await prepareTree(opened, {}, undefined);
    expect(tree.root.digest).toBe(image.digest);
    expect(notes).toEqual([{ kind: 'alone', platform: 'linux/arm64', count: 1 }]);
    expect((await prepareTree(opened, { platforms: ['linux/arm64'] }, undefined)).notes).toEqual([]);
  });

  it('is saved with those that are there where they are several', async () => {
    const index = await layout.index([image, await layout.image({ seed: 'other' })]);
    has(manifest(AMD, 'amd64', false), manifest(image.digest, 'arm64', true), manifest(ARM, 's390x', true));
    answers.set(`/images/${INDEX}/get?${platform('arm64')}&${platform('s390x')}`, await savedAs(index));
    expect((await source.open((await only()).id)).root.digest).toBe(index.digest);
  });

  it('is saved anew when more of it was pulled', async () => {
    has(manifest(AMD, 'amd64', false), manifest(image.digest, 'arm64', true));
    answers.set(`/images/${INDEX}/get?${platform('arm64')}`, await savedAs(image));
    const { id } = await only();
    expect((await source.open(id)).alone).toEqual({ platform: { os: 'linux', architecture: 'arm64' }, missing: 1 });
    const more = await LayoutWriter.create(join(engine.folder, 'more'));
    const other = await more.image();
    has(manifest(other.digest, 'amd64', true), manifest(image.digest, 'arm64', true));
    answers.set(`/images/${INDEX}/get`, await savedAs(other, more));
    const again = await source.open(id);
    expect([again.root.digest, again.alone]).toEqual([other.digest, undefined]);
  });

  it('is told in the engine’s words where it saves no platform by itself', async () => {
    has();
    const { id } = await only();
    await expect(source.open(id)).rejects.toMatchObject({ code: 'ENGINE_FAILED', hint: 'copy-whole-image' });
    has(manifest(image.digest, 'arm64', true), manifest(ARM, 's390x', true));
    const tooMany = { message: 'multiple platform parameters not supported' };
    answers.set(`/images/${INDEX}/get?${platform('arm64')}&${platform('s390x')}`, jsonAnswer(tooMany, 400));
    await expect(source.open(id)).rejects.toMatchObject({ code: 'ENGINE_FAILED', hint: 'copy-whole-image' });
  });
});
