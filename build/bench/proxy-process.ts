// A process of its own, so that the delay is not lengthened by what the benchmark does meanwhile.
// Arguments: HOST:PORT of the registry, milliseconds of the round trip. Prints its own HOST:PORT; ends with its standard input.
import { startProxy } from '../../test/registry/proxy.ts';

const [target, roundTrip] = process.argv.slice(2);
if (!target || !roundTrip) throw new Error('usage: proxy-process.ts HOST:PORT MILLISECONDS');
const proxy = await startProxy({ target, roundTripMs: Number(roundTrip) });
process.stdout.write(`${proxy.host}\n`);
process.stdin.resume().once('end', () => void proxy.close());
