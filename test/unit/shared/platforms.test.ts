import { expect, it } from 'vitest';
import { matchesPlatform, parsePlatform, platformName } from '../../../shared/platforms.ts';

it.each([
  ['linux/amd64', 'linux/amd64'],
  ['Linux/ARM64/V8', 'linux/arm64/v8'],
  ['linux/x86_64', 'linux/amd64'],
  ['linux/aarch64', 'linux/arm64'],
  ['linux/armhf', 'linux/arm/v7'],
  ['arm64', 'linux/arm64'],
  ['AMD64', 'linux/amd64'],
  ['armv7', 'linux/arm/v7'],
])('reads %s as %s', (text, name) => {
  const platform = parsePlatform(text);
  expect(platform && platformName(platform)).toBe(name);
});

it.each(['linux', 'constructor', '', 'linux/', '/amd64', 'a/b/c/d', 'linux/am d64', 'linux/amd64\n'])(
  'reads %j as no platform',
  (text) => {
    expect(parsePlatform(text)).toBeUndefined();
  },
);

it.each([
  ['linux/arm/v7', 'linux/arm', true],
  ['linux/arm/v7', 'linux/arm/v6', false],
  ['linux/arm64', 'linux/arm64/v8', true],
  ['linux/arm64/v8', 'linux/arm64', true],
  ['linux/arm64/v9', 'linux/arm64/v8', false],
  ['linux/arm', 'linux/arm/v8', false],
  ['windows/amd64', 'linux/amd64', false],
])('an image for %s is one of those for %s: %s', (has, wanted, expected) => {
  const [one, other] = [parsePlatform(has), parsePlatform(wanted)];
  expect(one && other && matchesPlatform(one, other)).toBe(expected);
});
