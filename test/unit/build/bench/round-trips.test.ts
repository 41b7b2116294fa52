import { expect, test } from 'vitest';
import { RoundTripCounter } from '../../../../build/bench/round-trips.ts';

/** Lets the time of the counter be set. */
function counterAt() {
  const time = { now: 0 };
  return { time, counter: new RoundTripCounter(50, () => time.now) };
}

test('a request over a new TLS connection is the third round trip, and the next one the fourth', () => {
  const { time, counter } = counterAt();
  const connection = counter.opened();
  connection.sent();
  time.now = 100;
  connection.received();
  connection.sent();
  // The rest of what is said.
  time.now = 120;
  connection.sent();
  time.now = 150;
  connection.received();
  connection.sent();
  time.now = 200;
  connection.received();
  expect(counter.take()).toEqual({ connections: 1, roundTrips: 4 });
  expect(counter.take()).toEqual({ connections: 0, roundTrips: 0 });
});

test('what is said side by side counts once, and a message that waited for another connection comes after it', () => {
  const { time, counter } = counterAt();
  const both = [counter.opened(), counter.opened()];
  for (const connection of both) connection.sent();
  time.now = 100;
  for (const connection of both) connection.received();
  both[0]?.sent();
  time.now = 150;
  both[0]?.received();
  // Over the other connection, whose own last message was long ago.
  time.now = 151;
  both[1]?.sent();
  time.now = 201;
  both[1]?.received();
  expect(counter.take()).toEqual({ connections: 2, roundTrips: 4 });
});

test('an answer is not taken for one to a message that cannot have reached the other side yet', () => {
  const { time, counter } = counterAt();
  const connection = counter.opened();
  connection.sent();
  time.now = 100;
  connection.received();
  connection.sent();
  time.now = 150;
  connection.received();
  connection.sent();
  // The rest of the same answer.
  time.now = 152;
  connection.received();
  connection.sent();
  time.now = 202;
  connection.received();
  expect(counter.take().roundTrips).toBe(4);
});
