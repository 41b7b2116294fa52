import { createHash } from 'node:crypto';
import type { DemoScene } from './sample.ts';

interface Descriptor {
  digest: string;
  size: number;
}

/**
 * Reads the manifest and every blob back from the registry as any client would, and hashes them.
 * @returns the number of blobs. @throws Error that says what does not fit.
 */
export async function verifyPushed(scene: DemoScene): Promise<number> {
  const manifestDigest = scene.layout.digest;
  const { bytes, hash } = await fetchHashed(scene, 'manifests/1.0', true);
  if (hash !== manifestDigest) throw new Error(`The manifest is ${hash}, not ${manifestDigest}.`);
  const manifest = JSON.parse(bytes.toString('utf8')) as { config: Descriptor; layers: Descriptor[] };
  const blobs = [manifest.config, ...manifest.layers];
  for (const { digest, size } of blobs) {
    const blob = await fetchHashed(scene, `blobs/${digest}`, false);
    if (blob.hash !== digest || blob.size !== size) {
      throw new Error(`The blob ${digest} came back as ${blob.hash} with ${blob.size} of ${size} bytes.`);
    }
  }
  return blobs.length;
}

async function fetchHashed(
  { registry, login, signal }: DemoScene,
  path: string,
  keep: boolean,
): Promise<{ bytes: Buffer; hash: string; size: number }> {
  const credentials = Buffer.from(`${login.username}:${login.password}`).toString('base64');
  const headers = { authorization: `Basic ${credentials}` };
  const response = await fetch(`${registry.url}/v2/demo/hello/${path}`, { headers, signal });
  if (!response.ok || !response.body) throw new Error(`GET ${path} was answered with ${response.status}.`);
  const hash = createHash('sha256');
  const kept: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    hash.update(chunk);
    size += chunk.length;
    if (keep) kept.push(chunk);
  }
  return { bytes: Buffer.concat(kept), hash: `sha256:${hash.digest('hex')}`, size };
}
