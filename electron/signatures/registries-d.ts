import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { messageOf, PushboatError } from '../../shared/errors.ts';
import { lazySchema } from '../../shared/lazy-schema.ts';
import { canonicalReference, type Reference } from '../../shared/reference.ts';
import type { LocalEnvironment } from '../files/environment.ts';
import { exists } from '../files/plain-file.ts';
import { isAbsent, unreadable } from '../files/system-errors.ts';
import { readTextIfThere } from '../files/text-file.ts';

const SYSTEM_FOLDER = '/etc/containers/registries.d';
const SYSTEM_STORE = '/var/lib/containers/sigstore';

const sectionSchema = lazySchema(() =>
  z
    .object({
      lookaside: z.string().optional(),
      'lookaside-staging': z.string().optional(),
      /** The old names of both. */
      sigstore: z.string().optional(),
      'sigstore-staging': z.string().optional(),
      'use-sigstore-attachments': z.boolean().optional(),
    })
    .transform((raw) => ({
      read: raw.lookaside || raw.sigstore,
      write: raw['lookaside-staging'] || raw['sigstore-staging'] || raw.lookaside || raw.sigstore,
      usesAttachments: raw['use-sigstore-attachments'],
    })),
);
type Section = z.output<typeof sectionSchema>;

const fileSchema = lazySchema(() =>
  z.object({
    'default-docker': sectionSchema.nullish(),
    docker: z.record(z.string(), sectionSchema.nullable()).nullish(),
  }),
);

/** Where signatures of images in registries are kept on this computer (containers-registries.d.5). */
export class SignatureLookaside {
  readonly #sections: ReadonlyMap<string, Section>;
  readonly #environment: LocalEnvironment;

  /** @param sections by scope; that of `default-docker` under the empty one. */
  constructor(sections: ReadonlyMap<string, Section>, environment: LocalEnvironment) {
    this.#sections = sections;
    this.#environment = environment;
  }

  /**
   * Folder in which signatures of an image are written or read, without the part that names the image.
   * @throws PushboatError SIGNATURE_STORE_INVALID for an address that is no `file://`.
   */
  folder(reference: Reference, access: 'read' | 'write'): string {
    const address = this.#first(reference, (section) => section[access]);
    if (address === undefined) return this.#defaultFolder();
    if (address.startsWith('file://')) return fileURLToPath(address);
    const detail = `${address} is not a file:// address`;
    throw new PushboatError(
      'SIGNATURE_STORE_INVALID',
      `Signatures of ${reference.registry} cannot be ${access === 'read' ? 'read from' : 'written to'} its lookaside: ${detail}.`,
      { registry: reference.registry, detail, hint: 'check-registries-d' },
    );
  }

  /** Whether containers/image looks for sigstore signatures next to images of this name. */
  usesAttachments(reference: Reference): boolean {
    return this.#first(reference, (section) => section.usesAttachments) ?? false;
  }

  /** Of the most precise scope that says it. */
  #first<T>(reference: Reference, pick: (section: Section) => T | undefined): T | undefined {
    for (const scope of [...scopesOf(reference), '']) {
      const section = this.#sections.get(scope);
      const value = section && pick(section);
      if (value !== undefined) return value;
    }
    return undefined;
  }

  #defaultFolder(): string {
    const { uid, homeDir } = this.#environment;
    return uid === 0 ? SYSTEM_STORE : join(homeDir, '.local/share/containers/sigstore');
  }
}

/**
 * Reads `registries.d`: that of the user where there is one, else the system's.
 * @throws PushboatError SIGNATURE_STORE_INVALID for a file that is not valid, and a scope that two of them have.
 */
export async function readLookaside(
  environment: LocalEnvironment,
  systemFolder = SYSTEM_FOLDER,
): Promise<SignatureLookaside> {
  const own = join(environment.homeDir, '.config/containers/registries.d');
  const folder = (await exists(own)) ? own : systemFolder;
  const sections = new Map<string, Section>();
  const definedIn = new Map<string, string>();
  for (const path of await yamlFiles(folder)) {
    for (const [scope, section] of await sectionsOf(path)) {
      const before = definedIn.get(scope);
      if (before !== undefined) throw invalid(path, `${before} has a section for ${scope || 'default-docker'}, too`);
      definedIn.set(scope, path);
      sections.set(scope, section);
    }
  }
  return new SignatureLookaside(sections, environment);
}

/** From the whole name down to the host, and then its domains as `*.example.com` (containers-policy.json.5, "docker:"). */
export function scopesOf(reference: Reference): string[] {
  const { registry, repository } = reference;
  const scopes = [canonicalReference(reference)];
  const parts = [registry, ...repository.split('/')];
  for (let length = parts.length; length > 0; length--) scopes.push(parts.slice(0, length).join('/'));
  const [host = ''] = registry.split(':');
  const labels = host.split('.');
  for (let at = 1; at < labels.length; at++) scopes.push(`*.${labels.slice(at).join('.')}`);
  return [...new Set(scopes)];
}

async function yamlFiles(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder))
      .filter((name) => name.endsWith('.yaml'))
      .toSorted()
      .map((name) => join(folder, name));
  } catch (error) {
    if (isAbsent(error)) return [];
    throw unreadable(folder, error);
  }
}

async function sectionsOf(path: string): Promise<[string, Section][]> {
  const text = await readTextIfThere(path).catch((error: unknown) => {
    throw unreadable(path, error);
  });
  // Few computers have such files: the others need not load what reads them.
  const { parse } = await import('yaml');
  let value: unknown;
  try {
    value = parse(text ?? '', { maxAliasCount: 10 });
  } catch (error) {
    throw invalid(path, messageOf(error).split('\n', 1)[0] ?? '', error);
  }
  const parsed = fileSchema.safeParse(value ?? {});
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw invalid(path, `${issue?.path.join('.') || 'the file'}: ${issue?.message}`);
  }
  const { 'default-docker': byDefault, docker } = parsed.data;
  const named = Object.entries(docker ?? {}).flatMap(([scope, section]): [string, Section][] =>
    section ? [[scope, section]] : [],
  );
  return byDefault ? [['', byDefault], ...named] : named;
}

function invalid(path: string, detail: string, cause?: unknown): PushboatError {
  const why = detail.replace(/\.$/, '');
  return new PushboatError('SIGNATURE_STORE_INVALID', `${path} cannot be used: ${why}.`, {
    path,
    detail: why,
    hint: 'check-registries-d',
    cause,
  });
}
