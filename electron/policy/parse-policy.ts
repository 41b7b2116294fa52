import { z } from 'zod';
import { messageOf, PushboatError } from '../../shared/errors.ts';
import { lazySchema } from '../../shared/lazy-schema.ts';
import { parseStrictJson } from '../signatures/strict-json.ts';
import { type IdentityMatch, identitySchema } from './identity.ts';
import { scopeFault } from './scopes.ts';

/** Where the keys of a requirement are: files, or the content of one. */
export interface KeySources {
  paths: readonly string[];
  contents: readonly Uint8Array[];
}

export type Requirement =
  | { readonly type: 'insecureAcceptAnything' | 'reject' }
  | { readonly type: 'signedBy' | 'sigstoreSigned'; readonly keys: KeySources; readonly identity: IdentityMatch }
  /** Right as a policy, but nothing that Pushboat can check: it is never fulfilled. */
  | { readonly type: 'signedBy' | 'sigstoreSigned' | 'signedBaseLayer'; readonly unsupported: string };

/** Which signatures images need, by where they come from (containers-policy.json.5). */
export interface SignaturePolicy {
  /** For messages. */
  readonly path: string;
  readonly byDefault: readonly Requirement[];
  /** By transport and scope; the scope of a whole transport is the empty one. */
  readonly transports: ReadonlyMap<string, ReadonlyMap<string, readonly Requirement[]>>;
}

const KEY_TYPES = ['GPGKeys', 'signedByGPGKeys', 'X509Certificates', 'signedByX509CAs'] as const;

const base64 = lazySchema(() => z.base64().transform((text) => Buffer.from(text, 'base64')));
const keyFields = () => ({
  keyPath: z.string().min(1).optional(),
  keyPaths: z.array(z.string().min(1)).min(1).optional(),
  keyData: base64.optional(),
});
const anything = lazySchema(() => z.unknown().optional());

const signedBySchema = lazySchema(() =>
  z
    .strictObject({
      type: z.literal('signedBy'),
      keyType: z.enum(KEY_TYPES),
      ...keyFields(),
      signedIdentity: identitySchema,
    })
    .superRefine(oneOf(['keyPath', 'keyPaths', 'keyData']))
    .transform(({ keyType, keyPath, keyPaths, keyData, signedIdentity }): Requirement => {
      if (keyType !== 'GPGKeys') return { type: 'signedBy', unsupported: `keyType ${keyType}` };
      return { type: 'signedBy', keys: keysOf(keyPath, keyPaths, keyData && [keyData]), identity: signedIdentity };
    }),
);

/** What would ask a service on the network, or needs certificates. */
const SERVICES = [
  'fulcio',
  'pki',
  'rekorPublicKeyPath',
  'rekorPublicKeyPaths',
  'rekorPublicKeyData',
  'rekorPublicKeyDatas',
] as const;

const sigstoreSchema = lazySchema(() =>
  z
    .strictObject({
      type: z.literal('sigstoreSigned'),
      ...keyFields(),
      keyDatas: z.array(base64).min(1).optional(),
      fulcio: anything,
      pki: anything,
      rekorPublicKeyPath: anything,
      rekorPublicKeyPaths: anything,
      rekorPublicKeyData: anything,
      rekorPublicKeyDatas: anything,
      signedIdentity: identitySchema,
    })
    .superRefine(oneOf(['keyPath', 'keyPaths', 'keyData', 'keyDatas', 'fulcio', 'pki']))
    .transform(({ keyPath, keyPaths, keyData, keyDatas, signedIdentity, ...rest }): Requirement => {
      const service = SERVICES.find((name) => rest[name] !== undefined);
      if (service !== undefined) return { type: 'sigstoreSigned', unsupported: service };
      const contents = keyData ? [keyData] : keyDatas;
      return { type: 'sigstoreSigned', keys: keysOf(keyPath, keyPaths, contents), identity: signedIdentity };
    }),
);

const requirementSchema = lazySchema(() =>
  z.discriminatedUnion('type', [
    z.strictObject({ type: z.literal('insecureAcceptAnything') }),
    z.strictObject({ type: z.literal('reject') }),
    signedBySchema,
    sigstoreSchema,
    z
      .strictObject({ type: z.literal('signedBaseLayer'), baseLayerIdentity: anything })
      .transform((): Requirement => ({ type: 'signedBaseLayer', unsupported: 'signedBaseLayer' })),
  ]),
);

const requirementsSchema = lazySchema(() => z.array(requirementSchema).min(1, 'must not be empty'));
const policySchema = lazySchema(() =>
  z.strictObject({
    default: requirementsSchema,
    transports: z
      .record(z.string(), z.record(z.string(), requirementsSchema))
      .superRefine((transports, context) => {
        for (const [transport, scopes] of Object.entries(transports)) {
          for (const scope of Object.keys(scopes)) {
            const message = scopeFault(transport, scope);
            if (message !== undefined) context.addIssue({ code: 'custom', path: [transport, scope], message });
          }
        }
      })
      .optional(),
  }),
);

/**
 * Parses a policy as strictly as containers/image does: a field that nobody knows, or that is there twice, makes the whole file invalid.
 * @param path for messages.
 * @throws PushboatError POLICY_INVALID naming the place.
 */
export function parsePolicy(text: string, path: string): SignaturePolicy {
  let value: unknown;
  try {
    value = parseStrictJson(text);
  } catch (error) {
    throw invalid(path, messageOf(error));
  }
  const parsed = policySchema.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw invalid(path, `${issue?.path.map(String).join('.') || 'the file'}: ${issue?.message}`);
  }
  const { default: byDefault, transports = {} } = parsed.data;
  const entries = Object.entries(transports).map(([name, scopes]) => [name, new Map(Object.entries(scopes))] as const);
  return { path, byDefault, transports: new Map(entries) };
}

function keysOf(path?: string, paths?: readonly string[], contents: readonly Uint8Array[] = []): KeySources {
  return { paths: path === undefined ? (paths ?? []) : [path], contents };
}

function oneOf(names: readonly string[]) {
  return (value: object, context: z.RefinementCtx): void => {
    const given = Object.entries(value).filter(([name, each]) => names.includes(name) && each !== undefined);
    if (given.length !== 1) context.addIssue({ code: 'custom', message: `needs exactly one of ${names.join(', ')}` });
  };
}

function invalid(path: string, detail: string): PushboatError {
  const why = detail.replace(/\.$/, '');
  return new PushboatError('POLICY_INVALID', `The policy of signatures ${path} is not valid: ${why}.`, {
    path,
    detail: why,
    hint: 'check-policy-file',
  });
}
