// A process of its own, so that the delay is not lengthened by what the benchmark does meanwhile.
// Arguments: milliseconds of the round trip, bytes per second (0: no limit), and `slow-connections` where a connection costs a round trip, too.
// For each line HOST:PORT of its
// standard input it opens a way there and prints that one's own HOST:PORT; for `take` it prints as JSON what it has counted since the
// last one; `near` takes the delay away, and `far` brings it back. Ends with its standard input.
import { createInterface } from 'node:readline';
import { startProxy, type TcpProxy } from '../../test/registry/proxy.ts';
import { RoundTripCounter } from './round-trips.ts';

const [roundTrip, bytesPerSecond, kind] = process.argv.slice(2);
if (!roundTrip) throw new Error('usage: proxy-process.ts MILLISECONDS BYTES [slow-connections]');
const counter = new RoundTripCounter(Number(roundTrip));
const proxies: TcpProxy[] = [];
for await (const line of createInterface(process.stdin)) {
  if (line === 'take') process.stdout.write(`${JSON.stringify(counter.take())}\n`);
  else if (line === 'near' || line === 'far') {
    for (const proxy of proxies) proxy.roundTripMs = line === 'near' ? 0 : Number(roundTrip);
    process.stdout.write(`${line}\n`);
  } else {
    const proxy = await startProxy({
      target: line,
      roundTripMs: Number(roundTrip),
      bytesPerSecond: Number(bytesPerSecond),
      delaysConnections: kind === 'slow-connections',
      watch: counter.opened,
    });
    proxies.push(proxy);
    process.stdout.write(`${proxy.host}\n`);
  }
}
await Promise.all(proxies.map((proxy) => proxy.close()));
