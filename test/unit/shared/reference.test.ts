import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PushboatError } from '../../../shared/errors.ts';
import {
  canonicalReference,
  familiarReference,
  parseReference,
  referenceOfName,
  registryApiHost,
  withDefaultTag,
} from '../../../shared/reference.ts';
import vectors from '../../fixtures/vectors/references.json' with { type: 'json' };

function failureOf(input: string): PushboatError {
  try {
    parseReference(input);
  } catch (error) {
    if (error instanceof PushboatError) return error;
    throw error;
  }
  throw new Error(`${input} was accepted`);
}

describe('the shared vectors', () => {
  it.each(vectors.names)('normalises $input', ({ input, registry, repository, familiar, canonical }) => {
    const reference = parseReference(input);
    expect(reference).toMatchObject({ registry, repository });
    expect(familiarReference(reference)).toBe(familiar);
    expect(canonicalReference(reference)).toBe(canonical);
  });

  it.each(vectors.tagged)('adds latest only without tag and digest: $input', ({ input, canonicalWithTag }) => {
    expect(canonicalReference(withDefaultTag(parseReference(input)))).toBe(canonicalWithTag);
  });

  it.each(vectors.parsed)('takes $input apart', ({ input, ...parts }) => {
    expect(parseReference(input)).toEqual(parts);
  });

  it.each(vectors.valid)('accepts %s', (input) => {
    expect(() => parseReference(input)).not.toThrow();
  });

  it.each(vectors.invalid)('refuses %j with REF_INVALID, a part and a position', (input) => {
    const { code, facts } = failureOf(input);
    expect(code).toBe('REF_INVALID');
    expect(facts.part).toBeDefined();
    expect(facts.position).toBeGreaterThanOrEqual(0);
    expect(facts.position).toBeLessThanOrEqual(input.length);
  });
});

describe('what is wrong with a reference', () => {
  it.each([
    ['', 'reference', 0],
    ['https://ghcr.io/acme/web', 'registry', 0],
    ['ghcr.io/Acme/web', 'repository', 8],
    ['ghcr.io/acme//web', 'repository', 13],
    ['ghcr.io/acme/web_', 'repository', 16],
    ['dock..er/docker', 'registry', 5],
    ['reg.io:port/name', 'registry', 7],
    ['::1:5000/name', 'registry', 0],
    ['acme/we b', 'repository', 7],
    ['acme/web:', 'tag', 9],
    ['acme/web:-1', 'tag', 9],
    [`acme/web:${'a'.repeat(129)}`, 'tag', 137],
    ['acme/web@md5:00', 'digest', 9],
    ['acme/web@sha256:XY', 'digest', 16],
    [`acme/web@sha256:${'a'.repeat(63)}`, 'digest', 79],
  ])('in %j is its %s at %i', (input, part, position) => {
    expect(failureOf(input).facts).toMatchObject({ part, position });
  });
});

describe('parseReference', () => {
  it('gives back the same reference from its own canonical and familiar forms', () => {
    const component = fc.stringMatching(/^[a-z0-9]{1,8}((\.|_|__|-)[a-z0-9]{1,8})?$/);
    const registry = fc.constantFrom('', 'docker.io/', 'ghcr.io/', 'localhost:5000/', '[::1]:5000/', 'UPPER/');
    const tag = fc.option(fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,20}$/), { nil: undefined });
    fc.assert(
      fc.property(registry, fc.array(component, { minLength: 1, maxLength: 4 }), tag, (host, path, version) => {
        const reference = parseReference(host + path.join('/') + (version === undefined ? '' : `:${version}`));
        expect(parseReference(canonicalReference(reference))).toEqual(reference);
        expect(parseReference(familiarReference(reference))).toEqual(reference);
      }),
    );
  });

  it('throws nothing but REF_INVALID with a position inside the text', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.string({ unit: fc.constantFrom('a', 'A', '0', ':', '/', '@', '.', '-', '_', '[', ']') }),
        ),
        (input) => {
          try {
            parseReference(input);
          } catch (error) {
            expect(error).toBeInstanceOf(PushboatError);
            const { code, facts } = error as PushboatError;
            expect(code).toBe('REF_INVALID');
            expect(facts.position).toBeLessThanOrEqual(input.length);
          }
        },
      ),
    );
  });
});

describe('referenceOfName', () => {
  it.each(['latest', '1.2', 'v1.2.3-rc.1', 'not valid/'])('does not take %j for a reference', (name) => {
    expect(referenceOfName(name)).toBeUndefined();
  });

  it('reads a whole reference', () => {
    expect(referenceOfName('ghcr.io/acme/web:1.2')).toEqual({
      registry: 'ghcr.io',
      repository: 'acme/web',
      tag: '1.2',
    });
  });
});

it('serves Docker Hub from its API host', () => {
  expect(registryApiHost('docker.io')).toBe('registry-1.docker.io');
  expect(registryApiHost('ghcr.io')).toBe('ghcr.io');
});
