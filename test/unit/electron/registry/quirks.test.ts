import { describe, expect, it } from 'vitest';
import { uploadQuirks } from '../../../../electron/registry/quirks.ts';

const MIB = 1024 * 1024;

describe('what is known of a registry by its host', () => {
  it.each([
    ['ghcr.io', { chunks: true, mostChunk: 4 * MIB }],
    ['europe-docker.pkg.dev', { chunks: false }],
    ['gcr.io:443', { chunks: false }],
    ['123456789012.dkr.ecr.eu-west-1.amazonaws.com', { chunks: true, leastChunk: 5 * MIB, staleRange: true }],
    ['registry.example.com', { chunks: true }],
    ['ghcr.io.example.com', { chunks: true }],
  ])('%s', (host, quirks) => {
    expect(uploadQuirks(host)).toEqual(quirks);
  });
});
