import { connect } from 'node:net';
import type { ErrorCode } from '../../shared/error-codes.ts';
import type { CertificateFacts } from '../../shared/error-data.ts';
import { messageOf, PushboatError, toPushboatError } from '../../shared/errors.ts';
import { withoutBrackets } from '../../shared/host-names.ts';
import type { Login } from '../../shared/logins.ts';
import { CONNECTION_STEPS, type ConnectionStep, type RegistryAccess } from '../../shared/registry-access.ts';
import { askToPush } from '../registry/open-upload.ts';
import type { RegistryClient } from '../registry/types.ts';

/** Milliseconds that a step may take: the person is waiting. */
const PATIENCE = 10_000;

export interface ConnectionTestOptions {
  access: RegistryAccess;
  /** Of this test alone: what an earlier request has found must not count. */
  client: RegistryClient;
  login: Login | undefined;
  /** A repository that was pushed to before; whether one may push can only be asked of one. */
  repository: string | undefined;
  certificate: () => Promise<CertificateFacts>;
}

type Step = ConnectionStep['step'];
type Found = Omit<ConnectionStep, 'step' | 'state' | 'ms' | 'error'>;

/**
 * Walks the way of a push to a registry, step by step, and stops at the first failure. Nothing is left on the registry: an upload that is
 * opened to see whether one may push is closed again.
 */
export async function testConnection(options: ConnectionTestOptions): Promise<ConnectionStep[]> {
  const steps: ConnectionStep[] = [];
  for (const step of CONNECTION_STEPS) {
    if (step === 'proxy' && options.access.proxy.kind === 'direct') continue;
    if (steps.some(({ state }) => state === 'failed')) {
      steps.push({ step, state: 'notReached' });
      continue;
    }
    const started = performance.now();
    const ms = (): number => Math.round(performance.now() - started);
    try {
      const found = await withPatience(options, (signal) => STEPS[step](options, signal));
      steps.push({ step, state: found.note === undefined ? 'passed' : 'noted', ...found, ms: ms() });
    } catch (thrown) {
      const error = toPushboatError(thrown);
      const blamed = blamedStep(step, error.code, options);
      // The request that speaks to the registry also connects: what fails there is told where it belongs.
      const at = steps.findIndex((each) => each.step === blamed);
      if (at === -1) steps.push({ step: blamed, state: 'failed', ms: ms(), error: error.toData() });
      else steps.splice(at, steps.length, { step: blamed, state: 'failed', ms: ms(), error: error.toData() });
    }
  }
  return withRest(steps, options);
}

/** After a failure was told of an earlier step, those behind it were not reached. */
function withRest(steps: ConnectionStep[], { access }: ConnectionTestOptions): ConnectionStep[] {
  const wanted = CONNECTION_STEPS.filter((step) => step !== 'proxy' || access.proxy.kind === 'proxy');
  return wanted.map((step) => steps.find((each) => each.step === step) ?? { step, state: 'notReached' });
}

const BLAMED: Partial<Record<ErrorCode, Step>> = {
  DNS_FAILED: 'address',
  PROXY_FAILED: 'proxy',
  PROXY_INVALID: 'proxy',
  PROXY_UNAUTHORIZED: 'proxy',
  HOST_UNREACHABLE: 'connect',
  TLS_FAILED: 'tls',
  TLS_UNTRUSTED: 'tls',
  PLAIN_HTTP_REFUSED: 'tls',
};

function blamedStep(step: Step, code: ErrorCode, { access }: ConnectionTestOptions): Step {
  const blamed = BLAMED[code] ?? step;
  return blamed === 'proxy' && access.proxy.kind === 'direct' ? 'address' : blamed;
}

const STEPS: Record<Step, (options: ConnectionTestOptions, signal: AbortSignal) => Promise<Found>> = {
  address: async ({ access }) => {
    const [problem] = access.problems;
    if (problem) throw PushboatError.fromData(problem);
    if (access.proxy.kind === 'proxy') return { note: 'byProxy' };
    const { hostname } = new URL(`https://${access.apiHost}`);
    const { lookup } = await import('node:dns/promises');
    try {
      const found = await lookup(withoutBrackets(hostname), { all: true });
      return { found: [...new Set(found.map(({ address }) => address))].join(', ') };
    } catch (cause) {
      throw new PushboatError('DNS_FAILED', `The name ${hostname} cannot be found.`, {
        registry: access.registry,
        detail: messageOf(cause),
        hint: 'check-address',
        cause,
      });
    }
  },
  proxy: async ({ access }, signal) => {
    if (access.proxy.kind === 'direct') return {};
    const url = new URL(access.proxy.url);
    const ports: Record<string, number> = { 'http:': 80, 'https:': 443 };
    try {
      await reach(url.hostname, Number(url.port || (ports[url.protocol] ?? 1080)), signal);
    } catch (cause) {
      throw new PushboatError('PROXY_FAILED', `The proxy ${url.host} cannot be reached.`, {
        detail: messageOf(cause),
        hint: 'check-proxy',
        cause,
      });
    }
    return { found: access.proxy.username === undefined ? url.host : `${access.proxy.username}@${url.host}` };
  },
  connect: async ({ access }, signal) => {
    if (access.proxy.kind === 'proxy') return { note: 'byProxy' };
    const url = new URL(`${access.tls.kind === 'none' ? 'http' : 'https'}://${access.apiHost}`);
    const port = Number(url.port || (url.protocol === 'http:' ? 80 : 443));
    try {
      await reach(url.hostname, port, signal);
    } catch (cause) {
      throw new PushboatError('HOST_UNREACHABLE', `${access.apiHost} cannot be reached.`, {
        registry: access.registry,
        detail: messageOf(cause),
        hint: 'check-network',
        cause,
      });
    }
    return { found: `${url.hostname}:${port}` };
  },
  tls: async ({ access, client, certificate }, signal) => {
    const { scheme } = await client.checkApi({ signal });
    if (scheme === 'http') return { note: 'plainHttp' };
    const { issuer, validTo } = await certificate();
    const found = `${issuer} · ${validTo.slice(0, 10)}`;
    return access.tls.kind === 'unverified' ? { found, note: 'unverified' } : { found };
  },
  api: async ({ client }, signal) => {
    const { scheme } = await client.checkApi({ signal });
    return { found: `${scheme.toUpperCase()} /v2/` };
  },
  login: async ({ client, login }, signal) => {
    if (!login) return { note: 'noLogin' };
    await client.checkLogin(login, { signal });
    return { found: login.username };
  },
  push: async ({ client, repository }, signal) => {
    if (repository === undefined) return { note: 'neverPushed' };
    try {
      await askToPush(client, repository, { signal });
      return { found: repository };
    } catch (thrown) {
      const { code } = toPushboatError(thrown);
      if (code !== 'UNAUTHORIZED' && code !== 'DENIED') throw thrown;
      return { found: repository, note: 'mayNotPush' };
    }
  },
  catalog: async ({ client }, signal) => {
    try {
      const { names, hasMore } = await client.listRepositories({ signal });
      return names.length === 0 ? { note: 'noCatalog' } : { found: `${names.length}${hasMore ? '+' : ''}` };
    } catch (thrown) {
      signal.throwIfAborted();
      const { code } = toPushboatError(thrown);
      if (code === 'CANCELLED') throw thrown;
      return { note: 'noCatalog' };
    }
  },
};

/** Opens a connection and closes it again. */
function reach(hostname: string, port: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: withoutBrackets(hostname), port, signal });
    socket.once('connect', () => (socket.destroy(), resolve()));
    socket.once('error', reject);
  });
}

async function withPatience<T>(
  { access }: ConnectionTestOptions,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const limit = new AbortController();
  const seconds = Math.round(PATIENCE / 1000);
  const late = new PushboatError('TIMEOUT', `${access.registry} did not answer within ${seconds} s.`, {
    registry: access.registry,
    hint: 'check-network',
  });
  const timer = setTimeout(() => limit.abort(late), PATIENCE);
  try {
    return await work(limit.signal);
  } finally {
    clearTimeout(timer);
  }
}
