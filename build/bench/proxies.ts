import { startDante, startSquid, startTinyproxy } from '../../test/fixtures/proxies.ts';
import { run } from '../../test/fixtures/tools.ts';
import { CLI, OURS, ours } from './pushers.ts';
import type { TimedResult } from './results.ts';
import type { Pusher, PushInput } from './types.ts';

const LOGIN = { user: 'me', password: 'proxy-7' };

/** Ours, directly and through each proxy, as if they were different pushers. */
export interface ProxyWays extends AsyncDisposable {
  readonly pushers: readonly Pusher[];
}

/** Proxies that others wrote, on this computer; the line, where there is one, is between them and the registry. */
export async function openProxyWays(env: Record<string, string>): Promise<ProxyWays> {
  await using stack = new AsyncDisposableStack();
  const squid = stack.use(await startSquid(LOGIN, 0));
  const tinyproxy = stack.use(await startTinyproxy(LOGIN));
  const dante = stack.use(await startDante(LOGIN));
  const direct = await ours();
  const through = (name: string, proxy: string): Pusher => ({
    ...direct,
    name,
    prepare: (input) => setProxy(input, proxy, env),
  });
  const at = (scheme: string, host: string): string => `${scheme}://${LOGIN.user}@${host}`;
  const held = stack.move();
  return {
    pushers: [
      through(OURS, 'direct'),
      through('through squid', at('http', squid.host)),
      through('through tinyproxy', at('http', tinyproxy.host)),
      through('through dante', at('socks5', dante.host)),
    ],
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
}

/** The environment's proxy would not be for this computer. */
async function setProxy({ target }: PushInput, proxy: string, env: Record<string, string>): Promise<AsyncDisposable> {
  const [host = ''] = target.split('/');
  const registry = (...args: string[]) => [CLI, 'registry', ...args];
  await run(process.execPath, registry('set', host, '--proxy', proxy), { env });
  if (proxy !== 'direct') {
    const input = `${LOGIN.password}\n`;
    await run(process.execPath, registry('set', host, '--proxy-password-stdin'), { env, input });
  }
  return {
    [Symbol.asyncDispose]: async () => {
      await run(process.execPath, registry('remove', host), { env });
    },
  };
}

/** What each proxy costs, by the medians. */
export function judgeProxies(result: TimedResult): TimedResult {
  const { goal, results } = result;
  const direct = results.find(({ pusher }) => pusher === OURS)?.wall?.median;
  const verdicts = results
    .filter(({ pusher }) => pusher !== OURS)
    .map(({ pusher, wall }) => {
      const reached = direct === undefined || wall === undefined ? 0 : direct / wall.median;
      const least = goal.proxied ?? 0;
      return { text: `directly / ${pusher} ${reached.toFixed(2)}, goal ≥ ${least}`, met: reached >= least };
    });
  const { fastestPeer: _peer, ratio: _ratio, cpuRatio: _cpu, ...others } = result;
  return { ...others, verdicts, met: verdicts.every(({ met }) => met) };
}
