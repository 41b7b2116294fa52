import { expect, test } from 'vitest';
import { settingsPatchSchema } from '../../../shared/settings.ts';

test('a change names what it changes, and nothing else', () => {
  expect(settingsPatchSchema.parse({})).toEqual({});
  expect(settingsPatchSchema.parse({ drafts: { web: ['ghcr.io/acme/web:1'] } })).toEqual({
    drafts: { web: ['ghcr.io/acme/web:1'] },
  });
  expect(settingsPatchSchema.parse({ bandwidthLimit: 5 })).toEqual({ bandwidthLimit: 5 });
});

test('a change is held to the bounds of the settings', () => {
  expect(() => settingsPatchSchema.parse({ bandwidthLimit: -1 })).toThrow();
  expect(() => settingsPatchSchema.parse({ historyDays: 1e9 })).toThrow();
});
