import { describe, expect, it } from 'vitest';
import { identitySchema, matchesIdentity } from '../../../../electron/policy/identity.ts';
import { parseReference } from '../../../../shared/reference.ts';

const digest = `sha256:${'a'.repeat(64)}`;
const mirror = { type: 'remapIdentity', prefix: 'mirror.example/acme', signedPrefix: 'vendor.example' };

describe('the name in a signature', () => {
  it.each<[string | object, string, string | undefined, boolean]>([
    ['matchExact', 'a.example/web:1', 'a.example/web:1', true],
    ['matchExact', 'a.example/web:1', 'a.example/web:2', false],
    ['matchExact', 'a.example/web:1', `a.example/web@${digest}`, false],
    ['matchExact', 'a.example/web', 'a.example/web:1', false],
    ['matchRepoDigestOrExact', 'a.example/web:1', 'a.example/web:1', true],
    ['matchRepoDigestOrExact', 'a.example/web:1', `a.example/web@${digest}`, true],
    ['matchRepoDigestOrExact', 'a.example/web', `a.example/web@${digest}`, false],
    ['matchRepoDigestOrExact', 'a.example/web:1', undefined, false],
    ['matchRepository', 'a.example/web', 'a.example/web:1', true],
    ['matchRepository', 'busybox:1', 'docker.io/library/busybox:2', true],
    ['matchRepository', 'a.example/other:1', 'a.example/web:1', false],
    [{ type: 'exactReference', dockerReference: 'a.example/web:1' }, 'a.example/web:1', undefined, true],
    [{ type: 'exactReference', dockerReference: 'a.example/web:1' }, 'a.example/web:2', undefined, false],
    [{ type: 'exactRepository', dockerRepository: 'a.example/web' }, 'a.example/web:7', undefined, true],
    [{ type: 'exactRepository', dockerRepository: 'a.example/web' }, 'a.example/web2:7', undefined, false],
    [mirror, 'vendor.example/web:1', 'mirror.example/acme/web:1', true],
    [mirror, 'vendor.example/web:2', 'mirror.example/acme/web:1', false],
    [mirror, 'mirror.example/acme2/web:1', 'mirror.example/acme2/web:1', true],
    ['matchExact', 'UPPER/x y', 'a.example/web:1', false],
  ])('by %j: %s for %s is %s', (match, signed, image, expected) => {
    const identity = identitySchema.parse(typeof match === 'string' ? { type: match } : match);
    expect(matchesIdentity(identity, signed, image === undefined ? undefined : parseReference(image))).toBe(expected);
  });
});
