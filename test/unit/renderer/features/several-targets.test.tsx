// @vitest-environment happy-dom
import { act, screen, waitFor, within } from '@testing-library/react';
import { expect, test } from 'vitest';
import { chooseImages, selectImage } from '../../../../renderer/stores/view.ts';
import { PushboatError } from '../../../../shared/errors.ts';
import type { SourceInfo } from '../../../../shared/images.ts';
import type { RequestOutputs } from '../../../../shared/ipc.ts';
import { MediaType } from '../../../../shared/media-types.ts';
import { DEFAULT_SETTINGS, type Settings } from '../../../../shared/settings.ts';
import { createFakeApi } from '../fake-api.ts';
import { digestOf, image, job, STORE } from '../samples.ts';
import { openWindow } from '../setup.tsx';

const AMD = { os: 'linux', architecture: 'amd64' };
const ARM = { os: 'linux', architecture: 'arm64' };
const IMAGES = [
  image({ id: 'api:1', references: ['quay.io/acme/api:1'], digest: digestOf(1) }),
  image({ id: 'web:1', references: ['quay.io/acme/web:1'], digest: digestOf(2) }),
  image({ id: 'all:1', references: ['quay.io/acme/all:1'], kind: 'index', platforms: [AMD, ARM], digest: digestOf(3) }),
];
const TAGS: Record<string, RequestOutputs['registries.tag']> = {
  'harbor.example/acme/api:1': { digest: digestOf(1) },
  'harbor.example/acme/web:1': { digest: digestOf(77) },
};

async function openSeveral(
  settings: Partial<Settings> = {},
  tag = (target: string) => TAGS[target] ?? null,
  sources: SourceInfo[] = [STORE],
) {
  const api = createFakeApi({
    'sources.list': () => sources,
    'images.list': () => IMAGES,
    'registries.tag': tag,
    'settings.get': () => ({ ...DEFAULT_SETTINGS, ...settings }),
  });
  const user = await openWindow(api);
  act(() => chooseImages(['api:1', 'web:1', 'all:1'], 'api:1'));
  const inputsOf = (channel: string) => api.calls.filter((call) => call.channel === channel).map(({ input }) => input);
  const target = (id: string) => screen.getByRole<HTMLInputElement>('textbox', { name: `Target of ${id}` });
  const states = () => screen.getAllByTestId('target-row').map(({ dataset }) => dataset['state']);
  const type = async (label: string, text: string) => {
    const field = screen.getByRole('textbox', { name: label });
    await user.clear(field);
    field.focus();
    await user.paste(text);
  };
  return { api, user, inputsOf, target, states, type };
}

test('each row says what becomes of its tag before anything is pushed', async () => {
  const { states, type, user } = await openSeveral();
  await type('Registry and prefix', 'harbor.example');
  await waitFor(() => expect(states()).toEqual(['same', 'moves', 'new']));
  screen.getByText(`Tag moves from ${digestOf(77).slice(7, 19)}`);
  screen.getByText('3 of 3 will be pushed · 1 tag moves · 1 already there');
  await user.click(screen.getByRole('button', { name: 'Options' }));
  await user.click(screen.getByRole('checkbox', { name: 'Only if new' }));
  expect(states()).toEqual(['same', 'kept', 'new']);
});

test('a registry that does not answer is asked once, not for every row', async () => {
  const silent = () => {
    throw new PushboatError('TIMEOUT', 'harbor.example did not answer.', {});
  };
  const { states, type, inputsOf } = await openSeveral({}, silent);
  await type('Registry and prefix', 'harbor.example');
  await waitFor(() => expect(states()).toEqual(['silent', 'notChecked', 'notChecked']));
  expect(inputsOf('registries.tag').filter((target) => String(target).startsWith('harbor.example'))).toHaveLength(1);
});

test('what registries said counts until it is set anew how one is reached, whatever else of the settings changes', async () => {
  const { api, states, type, inputsOf } = await openSeveral();
  await type('Registry and prefix', 'harbor.example');
  await waitFor(() => expect(states()).toEqual(['same', 'moves', 'new']));
  const asked = inputsOf('registries.tag').length;
  act(() =>
    api.emit('settings', { ...DEFAULT_SETTINGS, registries: {}, recentTargets: ['harbor.example/acme/web:1'] }),
  );
  expect(states()).toEqual(['same', 'moves', 'new']);
  act(() => api.emit('settings', { ...DEFAULT_SETTINGS, registries: { 'harbor.example': { tls: 'plain-http' } } }));
  await waitFor(() => expect(inputsOf('registries.tag')).toHaveLength(asked + 3));
});

test('a rule with a suffix makes the targets, and what was typed for a row is kept until it is undone', async () => {
  const { target, type, user } = await openSeveral({ recentTargets: ['harbor.example/team/x:1'] });
  await type('Registry and prefix', 'harbor.example/team');
  await type('Target of web:1', 'ghcr.io/me/web:next');
  await type('Suffix of each tag', '-rc1');
  expect(target('api:1').value).toBe('harbor.example/team/acme/api:1-rc1');
  expect(target('web:1').value).toBe('ghcr.io/me/web:next');
  act(() => selectImage('api:1'));
  act(() => chooseImages(['api:1', 'web:1'], 'api:1'));
  expect(target('web:1').value).toBe('ghcr.io/me/web:next');
  await user.click(screen.getByRole('button', { name: 'Back to the rule: web:1' }));
  expect(target('web:1').value).toBe('harbor.example/team/acme/web:1-rc1');
  await user.click(screen.getByRole('button', { name: 'Use each image’s own name' }));
  expect(target('web:1').value).toBe('quay.io/acme/web:1-rc1');
});

test('options of the settings are taken, and platforms only by images that have them', async () => {
  const { user, inputsOf } = await openSeveral({
    companions: 'always',
    pushDefaults: { onlyNew: true, platforms: ['linux/arm64/v8'] },
  });
  await user.click(screen.getByRole('button', { name: 'Push 3' }));
  await waitFor(() =>
    expect(inputsOf('push.startMany')).toEqual([
      {
        pushes: [
          { imageId: 'api:1', target: 'quay.io/acme/api:1' },
          { imageId: 'web:1', target: 'quay.io/acme/web:1' },
          { imageId: 'all:1', target: 'quay.io/acme/all:1', platforms: ['linux/arm64'] },
        ],
        options: { onlyNew: true, referrers: true },
      },
    ]),
  );
});

test('a larger sheet has the same rows, and is gone after the push', async () => {
  const { user, inputsOf } = await openSeveral();
  await user.click(screen.getByRole('button', { name: 'Edit in a larger sheet' }));
  const sheet = within(await screen.findByRole('dialog', { name: 'Push 3 images' }));
  await user.clear(sheet.getByRole('textbox', { name: 'Target of web:1' }));
  await user.paste('ghcr.io/me/web:2');
  await user.click(sheet.getByRole('button', { name: 'Push 3' }));
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  expect(inputsOf('push.startMany')).toMatchObject([{ pushes: [{}, { target: 'ghcr.io/me/web:2' }, {}] }]);
});

/** Two archives of one name, as those of two platforms are. */
async function openTwins(platforms = [AMD, ARM]) {
  const opened = await openSeveral();
  const label = (at: number) => `acme-web-${platforms[at]?.architecture}.tar`;
  const archives = [0, 1].map(
    (at): SourceInfo => ({ ...STORE, id: `${at}`, label: label(at), transport: 'docker-archive', automatic: false }),
  );
  const twins = platforms.map((platform, at) =>
    image({ id: `twin-${at}`, references: ['quay.io/acme/twin:1'], platforms: [platform], sourceId: `${at}` }),
  );
  act(() => {
    opened.api.emit('sources', [STORE, ...archives]);
    for (const twin of twins) opened.api.emit('images', { sourceId: twin.sourceId, upserted: [twin], removed: [] });
    chooseImages(['twin-0', 'twin-1', 'api:1'], 'twin-0');
  });
  const bar = (place: Pick<typeof screen, 'getByRole'> = screen) =>
    within(place.getByRole('group', { name: 'Several images go to quay.io/acme/twin:1' }));
  const nameOf = (at: number) => twins[at]?.name ?? '';
  return { ...opened, bar, nameOf };
}

test('two rows of one target say where they are from, and the bar below them tells them apart', async () => {
  const { bar, user, states, target, nameOf } = await openTwins();
  expect(states().slice(0, 2)).toEqual(['conflict', 'conflict']);
  screen.getByText('Same target as the next row');
  screen.getByText('Same target as the row above');
  for (const name of ['acme-web-amd64.tar', 'acme-web-arm64.tar']) {
    within(screen.getByRole('list', { name: 'Where each image goes' })).getByText(name);
  }
  bar().getByText('Two images go to quay.io/acme/twin:1.');
  bar().getByText('The second would replace the first.');
  await user.click(bar().getByRole('button', { name: 'Add platform to the tags' }));
  expect([target(nameOf(0)).value, target(nameOf(1)).value]).toEqual([
    'quay.io/acme/twin:1-amd64',
    'quay.io/acme/twin:1-arm64',
  ]);
  expect(document.activeElement).toBe(target(nameOf(1)));
  await user.click(screen.getByRole('button', { name: `Back to the rule: ${nameOf(1)}` }));
  expect(target(nameOf(1)).value).toBe('quay.io/acme/twin:1');
});

test('the key that pushes does so from the sheet, too, or goes to the conflict there', async () => {
  const { user, inputsOf, bar } = await openTwins();
  await user.click(screen.getByRole('button', { name: 'Edit in a larger sheet' }));
  const dialog = await screen.findByRole('dialog', { name: 'Push 3 images' });
  within(dialog).getByRole('textbox', { name: 'Suffix of each tag' }).focus();
  await user.keyboard('{Control>}{Enter}{/Control}');
  expect(document.activeElement?.closest('[data-state=conflict]')).not.toBeNull();
  expect(dialog.contains(document.activeElement)).toBe(true);
  await user.click(bar(within(dialog)).getByRole('button', { name: 'Add platform to the tags' }));
  await user.keyboard('{Control>}{Enter}{/Control}');
  await waitFor(() => expect(inputsOf('push.startMany')).toMatchObject([{ pushes: { length: 3 } }]));
  expect(screen.queryByRole('dialog')).toBeNull();
});

test('in the sheet the second is left out, stays with an empty box, and can be taken in again', async () => {
  const { user, inputsOf, bar, nameOf } = await openTwins([AMD, AMD]);
  await user.click(screen.getByRole('button', { name: 'Edit in a larger sheet' }));
  const sheet = within(await screen.findByRole('dialog', { name: 'Push 3 images' }));
  const states = () => sheet.getAllByTestId('target-row').map(({ dataset }) => dataset['state']);
  const box = () => sheet.getByRole('checkbox', { name: `Push ${nameOf(1)}` });
  expect(bar(sheet).queryByRole('button', { name: 'Add platform to the tags' })).toBeNull();
  await user.click(bar(sheet).getByRole('button', { name: 'Leave the second out' }));
  expect(states()[1]).toBe('leftOut');
  expect(document.activeElement).toBe(box());
  sheet.getByText(/^2 of 3 will be pushed/);
  await user.click(box());
  expect(states().slice(0, 2)).toEqual(['conflict', 'conflict']);
  await user.click(box());
  await user.click(sheet.getByRole('checkbox', { name: 'Push api:1' }));
  await user.click(sheet.getByRole('button', { name: 'Push 1' }));
  await waitFor(() => expect(inputsOf('push.startMany')).toMatchObject([{ pushes: [{ imageId: 'twin-0' }] }]));
  expect(screen.queryByRole('dialog')).toBeNull();
});

test('where all but the first are left out, the keyboard stays in the list', async () => {
  const { user, type, states } = await openTwins();
  act(() => chooseImages(['twin-0', 'api:1', 'web:1', 'all:1'], 'twin-0'));
  for (const id of ['api:1', 'web:1', 'all:1']) await type(`Target of ${id}`, 'quay.io/acme/one:1');
  expect(states().slice(1)).toEqual(['conflict', 'conflict', 'conflict']);
  const bar = within(screen.getByRole('group', { name: 'Several images go to quay.io/acme/one:1' }));
  await user.click(bar.getByRole('button', { name: 'Leave out all but the first' }));
  expect(states()).toHaveLength(2);
  expect(document.activeElement?.closest('[data-testid=target-row]')?.textContent).toMatch(/^api:1/);
});

test('a sheet whose images are all gone is closed', async () => {
  const { api, user } = await openSeveral();
  await user.click(screen.getByRole('button', { name: 'Edit in a larger sheet' }));
  await screen.findByRole('dialog', { name: 'Push 3 images' });
  const others = ['one', 'two'].map((name) => image({ id: name, references: [`quay.io/acme/${name}:1`] }));
  act(() => {
    api.emit('images', { sourceId: STORE.id, upserted: others, removed: IMAGES.map(({ id }) => id) });
  });
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  act(() => chooseImages(['one', 'two'], 'one'));
  screen.getByRole('heading', { name: '2 images' });
  act(() => api.emit('images', { sourceId: STORE.id, upserted: IMAGES, removed: [] }));
  expect(screen.queryByRole('dialog')).toBeNull();
  screen.getByRole('heading', { name: '2 images' });
});

const ARCHIVE = { ...STORE, transport: 'docker-archive' as const };
const PUSHED_WEB = job({
  id: 'j',
  imageId: 'web:1',
  target: 'harbor.example/acme/web:1',
  state: 'done',
  result: {
    reference: 'harbor.example/acme/web:1',
    digest: digestOf(50),
    mediaType: MediaType.ociManifest,
    bytesSent: 1,
    bytesSaved: 0,
    durationMs: 1,
    unchanged: false,
    notes: [],
    warnings: [],
  },
});

test('what was pushed is known to be there, although its layers were compressed on the way', async () => {
  const { api, states, type, inputsOf } = await openSeveral({}, (target) => TAGS[target] ?? null, [ARCHIVE]);
  await type('Registry and prefix', 'harbor.example');
  // Nobody knows what its push would make of it.
  await waitFor(() => expect(states()).toEqual(['moves', 'moves', 'new']));
  const asked = inputsOf('registries.tag').length;
  act(() => api.emit('transfers', [{ type: 'job', job: { ...PUSHED_WEB, state: 'running', result: undefined } }]));
  act(() => api.emit('transfers', [{ type: 'job', job: PUSHED_WEB }]));
  expect(states()).toEqual(['moves', 'same', 'new']);
  expect(inputsOf('registries.tag')).toHaveLength(asked);
  expect(inputsOf('settings.update')).toEqual([{ sentDigests: { [digestOf(2)]: [digestOf(50)] } }]);
});

test('what an earlier start pushed is known to be there', async () => {
  const sentDigests = { [digestOf(2)]: [digestOf(77)] };
  const { states, type } = await openSeveral({ sentDigests }, (target) => TAGS[target] ?? null, [ARCHIVE]);
  await type('Registry and prefix', 'harbor.example');
  await waitFor(() => expect(states()).toEqual(['moves', 'same', 'new']));
});

test('what a push with options made of an image says nothing about one without', async () => {
  const { api, states, type, inputsOf } = await openSeveral({}, (target) => TAGS[target] ?? null, [ARCHIVE]);
  await type('Registry and prefix', 'harbor.example');
  await waitFor(() => expect(states()).toEqual(['moves', 'moves', 'new']));
  const conversion = { from: MediaType.ociManifest, to: MediaType.dockerManifest, lost: [] };
  const result = PUSHED_WEB.result && { ...PUSHED_WEB.result, conversion };
  act(() => api.emit('transfers', [{ type: 'job', job: { ...PUSHED_WEB, result } }]));
  expect(states()).toEqual(['moves', 'moves', 'new']);
  expect(inputsOf('settings.update')).toEqual([]);
});

test('Docker Hub is not asked about names of images that nobody has given a target', async () => {
  const { api, states, inputsOf, type } = await openSeveral();
  const names = ['one', 'two'].map((id) => image({ id, references: [`acme/${id}:1`], digest: digestOf(id.length) }));
  act(() => {
    api.emit('images', { sourceId: STORE.id, upserted: names, removed: [] });
    chooseImages(['one', 'two'], 'one');
  });
  expect(states()).toEqual(['unasked', 'unasked']);
  await type('Registry and prefix', 'harbor.example');
  await waitFor(() => expect(states()).toEqual(['new', 'new']));
  expect(inputsOf('registries.tag')).toEqual(['harbor.example/acme/one:1', 'harbor.example/acme/two:1']);
});
