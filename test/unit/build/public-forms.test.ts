import { readFile } from 'node:fs/promises';
import { describe, expect, it, test } from 'vitest';
import { parse } from 'yaml';
import packageJson from '../../../package.json' with { type: 'json' };

const read = async (path: string): Promise<unknown> =>
  parse(await readFile(new URL(`../../../.github/${path}`, import.meta.url), 'utf8'));

// A form that is not valid is not shown, and nobody is told.
describe('a form for issues', () => {
  it.each(['idea', 'problem'])('%s can be read, and asks something', async (name) => {
    expect(await read(`ISSUE_TEMPLATE/${name}.yml`)).toMatchObject({
      name: expect.any(String),
      description: expect.any(String),
      body: expect.arrayContaining([
        {
          type: 'textarea',
          attributes: expect.objectContaining({ label: expect.any(String) }),
          validations: { required: true },
        },
      ]),
    });
  });
});

test('the workflow of a public CI runs commands that are there', async () => {
  const { jobs } = (await read('workflows/ci.yml')) as { jobs: Record<string, { steps: { run?: string }[] }> };
  const commands = Object.values(jobs).flatMap(({ steps }) => steps.flatMap(({ run }) => run ?? []));
  expect(commands).toContain('bash .ci/run');
  const scripts = commands.flatMap((command) => /^npm run (\S+)/.exec(command)?.[1] ?? []);
  expect(Object.keys(packageJson.scripts)).toEqual(expect.arrayContaining(scripts));
});
