import { z } from 'zod';
import { MAX_REQUESTS, MAX_UPLOADS, MOST_RETRY_SECONDS } from './choices.ts';
import { lazySchema } from './lazy-schema.ts';

/** 100 ms to an hour. */
const timeout = lazySchema(() => z.number().int().min(100).max(3_600_000));

/**
 * How to talk to one registry, as a person set it. `registry` keys are as in references (`host[:port]`).
 * Absent fields mean the defaults: HTTPS with verification, chunks by size of the blob and speed of the line, default parallelism.
 */
export const registryPolicySchema = lazySchema(() =>
  z.object({
    /** `verify`: system and custom CAs; `pinned`: exactly `fingerprint256`; `no-verify`: any certificate; `plain-http`: no TLS. */
    tls: z.enum(['verify', 'pinned', 'no-verify', 'plain-http']).optional(),
    /** SHA-256 fingerprint of the certificate to trust, `AA:BB:…`, with `tls: 'pinned'`. */
    fingerprint256: z.string().optional(),
    /** PEM file of an additional CA. */
    caFile: z.string().optional(),
    /** PEM files of a client certificate and its key; both or none. */
    clientCertificate: z.object({ certificate: z.string().min(1), key: z.string().min(1) }).optional(),
    /** `[http|https|socks5://][user@]host[:port]`, without a password; `direct`: none, whatever environment and system say. */
    proxy: z.string().min(1).max(2048).optional(),
    /** Upload in chunks of this many bytes (PATCH); absent: chunks follow the line, and what it takes in a moment goes in one PUT. */
    chunkSize: z.number().int().positive().optional(),
    /** Milliseconds to wait for a connection, for an answer, and for the next byte. */
    timeouts: z.object({ connect: timeout, headers: timeout, idle: timeout }).partial().optional(),
    /** Seconds that it is waited for when it stops answering; 0: not at all. */
    retryForSeconds: z.number().int().min(0).max(MOST_RETRY_SECONDS).optional(),
    /** Large bodies at once. */
    maxUploads: z.number().int().min(1).max(MAX_UPLOADS).optional(),
    /** Small requests at once. */
    maxRequests: z.number().int().min(1).max(MAX_REQUESTS).optional(),
  }),
);
export type RegistryPolicy = z.infer<typeof registryPolicySchema>;

/** True for hosts that may fall back from HTTPS to HTTP by themselves, as Docker allows: localhost, 127.0.0.0/8 and ::1. */
export function isLoopbackRegistry(registry: string): boolean {
  const host = registry.replace(/:\d+$/, '').toLowerCase();
  return (
    host === 'localhost' ||
    host.endsWith('.localhost') ||
    /^\[(?:0*:)+0*1\]$/.test(host) ||
    /^127(?:\.\d{1,3}){3}$/.test(host)
  );
}

/** How a registry is talked to: what is known without asking anybody. `tlsVerify` is the command line's `--tls-verify`. */
export function connectionOf(
  registry: string,
  { tls }: RegistryPolicy,
  tlsVerify?: boolean,
): { plainHttp: 'no' | 'allowed' | 'set'; verify: boolean } {
  const mayFallBack = tls === undefined && (isLoopbackRegistry(registry) || tlsVerify === false);
  return {
    plainHttp: tls === 'plain-http' ? 'set' : mayFallBack ? 'allowed' : 'no',
    verify: tls !== 'no-verify' && tls !== 'plain-http' && tlsVerify !== false,
  };
}
