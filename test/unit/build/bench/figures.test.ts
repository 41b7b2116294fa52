import { expect, test } from 'vitest';
import { AccessLog, OWN_USER_AGENT } from '../../../../build/bench/access-log.ts';
import { spreadOf } from '../../../../build/bench/results.ts';

test('the median of an odd number of values is the middle one, of an even number the mean of the middle two', () => {
  expect(spreadOf([3, 10, 2])).toEqual({ median: 3, min: 2, max: 10 });
  expect(spreadOf([4, 1, 2, 9])).toEqual({ median: 3, min: 1, max: 9 });
  expect(() => spreadOf([])).toThrow('no values');
});

test('the access log counts requests and finished uploads, wherever its lines are cut, but not the benchmark’s own', () => {
  const log = new AccessLog();
  const line = (request: string, status: number, agent = 'crane') =>
    `127.0.0.1 - - [22/Nov/2026:05:00:00 +0000] "${request} HTTP/1.1" ${status} 0 "" "${agent}"\n`;
  const text = [
    line('HEAD /v2/a/blobs/sha256:01', 404),
    line('POST /v2/a/blobs/uploads/?mount=sha256%3A01&from=b', 201),
    line('PUT /v2/a/blobs/uploads/1?_state=x&digest=sha256%3A02', 201),
    line('PUT /v2/a/blobs/uploads/2?digest=sha256%3A03', 500),
    line('PUT /v2/a/manifests/latest', 201),
    line('HEAD /v2/a/manifests/latest', 200, OWN_USER_AGENT),
    'time="2026-11-22" level=error msg="no request"\n',
  ].join('');
  for (let at = 0; at < text.length; at += 7) log.add(text.slice(at, at + 7));
  expect(log.take()).toEqual({ requests: 5, methods: { HEAD: 1, POST: 1, PUT: 3 }, uploaded: ['sha256:02'] });
  expect(log.take().requests).toBe(0);
});
