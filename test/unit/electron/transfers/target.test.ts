import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { targetPlace } from '../../../../electron/transfers/target.ts';
import { memoryDestination } from './memory-destination.ts';

test('jobs that write one file share a place, however its path is written and whatever the image is called there', () => {
  const placeOf = (text: string) => targetPlace({ kind: 'destination', destination: memoryDestination({ text }) });
  expect(placeOf('oci:out:1')).toBe(`destination ${resolve('out')}`);
  expect(placeOf(`oci:${resolve('out')}:2`)).toBe(placeOf('oci:out:1'));
});
