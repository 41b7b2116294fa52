// @vitest-environment happy-dom
import { act, screen, waitFor, within } from '@testing-library/react';
import { describe, expect, test, vi } from 'vitest';
import { useDrafts } from '../../../../renderer/stores/drafts.ts';
import { selectImage } from '../../../../renderer/stores/view.ts';
import { briefDigest, type Digest } from '../../../../shared/digest.ts';
import { PushboatError } from '../../../../shared/errors.ts';
import { DEFAULT_SETTINGS } from '../../../../shared/settings.ts';
import { createFakeApi, type FakeApi } from '../fake-api.ts';
import { detailsOf, digestOf, image, STORE } from '../samples.ts';
import { openWindow } from '../setup.tsx';

const WEB = image({ id: 'web', name: 'acme/web:1.2', references: ['ghcr.io/acme/web:1.2'] });

function api(): FakeApi {
  return createFakeApi({
    'sources.list': () => [STORE],
    'images.list': () => [WEB],
    'images.details': () => detailsOf(WEB),
    'registries.info': (registry) => ({
      registry,
      apiHost: registry,
      login:
        registry === 'ghcr.io'
          ? { registry, username: 'ci-pusher', origin: { kind: 'file', path: '/home/ana/.docker/config.json' } }
          : null,
      plainHttp: registry.startsWith('localhost') ? 'allowed' : 'no',
      verify: true,
    }),
  });
}

async function selectWeb(fake: FakeApi) {
  const user = await openWindow(fake);
  await user.click(await screen.findByRole('row', { name: /acme\/web:1\.2/ }));
  const target = await screen.findByRole('combobox', { name: 'Push to' });
  return { user, target };
}

const pushes = (fake: FakeApi) =>
  fake.calls.filter(({ channel }) => channel === 'push.start').map(({ input }) => input);

test('the target is prefilled from the image and pushed with one more click', async () => {
  const fake = api();
  const { user, target } = await selectWeb(fake);
  expect(target).toHaveProperty('value', 'ghcr.io/acme/web:1.2');
  await user.click(screen.getByRole('button', { name: 'Push' }));
  expect(pushes(fake)).toEqual([{ imageId: 'web', targets: ['ghcr.io/acme/web:1.2'], options: {} }]);
});

test('the compression that is chosen goes with the push', async () => {
  const fake = api();
  const { user } = await selectWeb(fake);
  await user.click(screen.getByRole('button', { name: 'Options' }));
  await user.click(screen.getByRole('button', { name: /Compress plain layers/ }));
  await user.click(await screen.findByRole('option', { name: 'zstd' }));
  await user.click(screen.getByRole('button', { name: 'Push' }));
  expect(pushes(fake)).toMatchObject([{ options: { compression: { format: 'zstd' } } }]);
});

test('the manifest format that is chosen goes with the push, and can be taken back', async () => {
  const fake = api();
  const { user } = await selectWeb(fake);
  await user.click(screen.getByRole('button', { name: 'Options' }));
  await user.click(screen.getByRole('button', { name: /Manifest format/ }));
  await user.click(await screen.findByRole('option', { name: 'Docker v2 schema 2' }));
  await user.click(screen.getByRole('button', { name: 'Push' }));
  await user.click(screen.getByRole('button', { name: /Manifest format/ }));
  await user.click(await screen.findByRole('option', { name: 'As it is' }));
  await user.click(screen.getByRole('button', { name: 'Push' }));
  expect(pushes(fake)).toMatchObject([{ options: { format: 'v2s2' } }, { options: {} }]);
  expect(pushes(fake)[1]).toHaveProperty('options', {});
});

test('of an index platforms are chosen, the last of which cannot be taken away', async () => {
  const platforms = [
    { os: 'linux', architecture: 'amd64' },
    { os: 'linux', architecture: 'arm64', variant: 'v8' },
  ];
  const index = image({ ...WEB, kind: 'index', platforms });
  const fake = createFakeApi({
    'sources.list': () => [STORE],
    'images.list': () => [index],
    'images.details': () => detailsOf(index),
  });
  const { user } = await selectWeb(fake);
  await user.click(screen.getByRole('button', { name: 'Options' }));
  const group = await screen.findByRole('group', { name: 'Platforms' });
  await user.click(within(group).getByRole('checkbox', { name: 'amd64' }));
  await user.click(screen.getByRole('button', { name: 'Push' }));
  expect(within(group).getByRole('checkbox', { name: 'arm64/v8' })).toHaveProperty('disabled', true);
  within(group).getByText(/pushed alone, without the index/);
  await user.click(within(group).getByRole('checkbox', { name: 'amd64' }));
  await user.click(screen.getByRole('button', { name: 'Push' }));
  expect(pushes(fake)).toMatchObject([{ options: { platforms: ['linux/arm64/v8'] } }, {}]);
  expect(pushes(fake)[1]).toHaveProperty('options', {});
});

test('an image of one platform offers no choice of platforms', async () => {
  const { user } = await selectWeb(api());
  await user.click(screen.getByRole('button', { name: 'Options' }));
  screen.getByRole('button', { name: /Manifest format/ });
  expect(screen.queryByRole('group', { name: 'Platforms' })).toBeNull();
});

test('the parts of the target and the account are shown while typing', async () => {
  const { user, target } = await selectWeb(api());
  const meaning = await screen.findByRole('group', { name: 'Where it goes' });
  expect(meaning.textContent).toBe('Registry: ghcr.ioRepository: acme/webTag: 1.2');
  await screen.findByText('as ci-pusher · Docker login');
  await user.clear(target);
  await user.type(target, 'localhost:5000/web');
  await waitFor(() =>
    expect(screen.getByRole('group', { name: 'Where it goes' }).textContent).toContain('localhost:5000'),
  );
  screen.getByText('No tag given: latest is used');
  await screen.findByText(/plain HTTP is used if HTTPS does not answer/);
  await screen.findByText(/No login yet/);
});

test('a wrong target says what and where, and cannot be pushed', async () => {
  const fake = api();
  const { user, target } = await selectWeb(fake);
  await user.clear(target);
  await user.type(target, 'ghcr.io/acme/Web');
  expect(screen.getByRole('alert').textContent).toBe('Repositories use lower-case letters: “W” at character 14.');
  expect(screen.getByRole('button', { name: 'Push' })).toHaveProperty('disabled', true);
  await user.keyboard('{Control>}{Enter}{/Control}');
  expect(pushes(fake)).toEqual([]);
});

test('a digest as target is refused with the reason', async () => {
  const { user, target } = await selectWeb(api());
  await user.clear(target);
  await user.click(target);
  await user.paste(`ghcr.io/acme/web@sha256:${'a'.repeat(64)}`);
  expect(screen.getByRole('alert').textContent).toContain('Give a tag instead');
  expect(screen.getByRole('button', { name: 'Push' })).toHaveProperty('disabled', true);
});

test('several destinations go in one push, and the same one twice does not', async () => {
  const fake = api();
  const { user } = await selectWeb(fake);
  await user.click(screen.getByRole('button', { name: 'Another destination' }));
  const second = screen.getByRole('combobox', { name: 'Destination 2' });
  await user.type(second, 'ghcr.io/acme/web:1.2');
  screen.getAllByText('This destination is listed twice');
  await user.type(second, '.3');
  await user.click(screen.getByRole('button', { name: 'Push to 2 destinations' }));
  expect(pushes(fake)).toEqual([
    { imageId: 'web', targets: ['ghcr.io/acme/web:1.2', 'ghcr.io/acme/web:1.2.3'], options: {} },
  ]);
});

test('Ctrl+Enter pushes from the target field, and closes the list that hides what becomes of it', async () => {
  const fake = api();
  const { user, target } = await selectWeb(fake);
  await user.click(target);
  await user.keyboard('{ArrowDown}');
  expect(target.getAttribute('aria-expanded')).toBe('true');
  await user.keyboard('{Control>}{Enter}{/Control}');
  expect(pushes(fake)).toHaveLength(1);
  expect(target.getAttribute('aria-expanded')).toBe('false');
});

test('dropped paths select the first good image, put the cursor in its target, and list the bad ones with reasons', async () => {
  const fake = api();
  fake.answer({
    'sources.add': (paths) =>
      paths.map((path) =>
        path === '/bad'
          ? {
              path,
              imageIds: [],
              error: {
                code: 'LAYOUT_INVALID',
                message: '/bad is not a layout.',
                detail: 'index.json is missing',
                path,
              },
            }
          : { path, imageIds: ['web'] },
      ),
  });
  await openWindow(fake);
  fake.emit('open-paths', ['/good', '/bad']);
  const target = await screen.findByRole('combobox', { name: 'Push to' });
  await waitFor(() => expect(document.activeElement).toBe(target));
  const message = await screen.findByRole('alert');
  within(message).getByText('1 item could not be added');
  within(message).getByText('/bad');
  within(message).getByText('index.json is missing');
});

describe('the list of what can be taken', () => {
  const rows = () => within(screen.getByRole('listbox', { name: 'Suggestions' })).getAllByRole('option');
  const options = () => rows().map((option) => option.getAttribute('aria-label'));
  const descriptions = () =>
    rows()
      .map((option) => option.getAttribute('aria-describedby'))
      .map((id) => id && document.getElementById(id)?.textContent);

  test('leads from registry to repository to tag, each taken with a key', async () => {
    const fake = api();
    fake.answer({
      'logins.list': () => [{ registry: 'quay.io', username: 'ana', origin: { kind: 'vault' } }],
      'registries.repositories': () => ({ names: ['acme/cli', 'acme/web'], hasMore: false }),
      'registries.tags': () => ({ names: ['1.0', '1.1'], hasMore: false }),
    });
    const { user, target } = await selectWeb(fake);
    await user.clear(target);
    await user.type(target, 'qu');
    expect(options()).toEqual(['quay.io ana']);
    await user.keyboard('{Tab}');
    expect(target).toHaveProperty('value', 'quay.io/');
    expect(document.activeElement).toBe(target);
    await waitFor(() => expect(options()).toEqual(['acme/web:1.2', 'acme/cli']));
    await user.keyboard('{ArrowDown}{Enter}');
    expect(target).toHaveProperty('value', 'quay.io/acme/cli:');
    await waitFor(() => expect(options()).toEqual(['1.2 this image’s tag', '1.1', '1.0']));
    await user.keyboard('{ArrowDown}{Enter}');
    expect(target).toHaveProperty('value', 'quay.io/acme/cli:1.1');
    expect(screen.queryByRole('listbox')).toBeNull();
  });

  test('says when tags were pushed from here', async () => {
    const fake = api();
    const pushed = (target: string, hours: number, state: 'done' | 'failed' = 'done') => ({
      id: `${target} ${hours}`,
      kind: 'push' as const,
      imageName: 'acme/web',
      target,
      state,
      bytesSent: 1,
      bytesSaved: 0,
      finishedAt: Date.now() - hours * 3600_000 - 1000,
    });
    fake.answer({
      'registries.tags': () => ({ names: ['1.1', '1.0'], hasMore: false }),
      'history.list': () => [
        pushed('ghcr.io/acme/web:1.0', 1, 'failed'),
        pushed('ghcr.io/acme/web:1.0', 2),
        pushed('ghcr.io/acme/web:1.0', 5),
        pushed('ghcr.io/acme/web:1.2', 3),
        pushed('ghcr.io/acme/webshop:1.1', 1),
      ],
    });
    const { user, target } = await selectWeb(fake);
    await user.clear(target);
    await user.type(target, 'ghcr.io/acme/web:1');
    await waitFor(() => expect(options()).toEqual(['1.2 this image’s tag · 3 hr. ago', '1.1', '1.0 2 hr. ago']));
    expect(descriptions()).toEqual(['pushed 3 hr. ago', null, 'pushed 2 hr. ago']);
  });

  describe('tags that others have pushed', () => {
    const DAYS = (days: number) => new Date(Date.now() - days * 86_400_000 - 1000).toISOString();
    const DIGESTS = { '1.2': WEB.digest, '1.1': digestOf(11), '1.0': digestOf(10) };

    function withTags(fake: FakeApi) {
      fake.answer({
        'registries.tags': () => ({ names: Object.keys(DIGESTS), hasMore: false }),
        'registries.tag': (target) => ({ digest: DIGESTS[target.slice(-3) as keyof typeof DIGESTS] }),
        'registries.created': (name) => DAYS(name.endsWith(digestOf(11)) ? 2 : 12),
      });
      const asked = () =>
        fake.calls.flatMap(({ channel, input }) => (/^registries\.(tag|created)$/.test(channel) ? String(input) : []));
      return asked;
    }

    test('say which image they are and since when, and which of them is this image', async () => {
      const fake = api();
      const asked = withTags(fake);
      const { user, target } = await selectWeb(fake);
      await user.type(target, '{Backspace}{Backspace}{Backspace}');
      const shown = [
        `1.2 same image · 12 days ago · ${briefDigest(WEB.digest ?? digestOf(0))}`,
        `1.1 2 days ago · ${briefDigest(digestOf(11))}`,
        `1.0 12 days ago · ${briefDigest(digestOf(10))}`,
      ];
      await waitFor(() => expect(options()).toEqual(shown));
      screen.getByText('New tag: keep typing');
      expect(descriptions()).toEqual(['created 12 days ago', 'created 2 days ago', 'created 12 days ago']);
      expect(new Set(asked()).size).toBe(asked().length);
    });

    test('are asked about where they can be seen, and no longer than the list is open', async () => {
      const fake = api();
      const asked = withTags(fake);
      class FirstInSight extends IntersectionObserver {
        override observe(row: Element): void {
          if (row.getAttribute('data-tag')?.endsWith(':1.1')) super.observe(row);
        }
      }
      vi.stubGlobal('IntersectionObserver', FirstInSight);
      const { user, target } = await selectWeb(fake);
      await user.type(target, '{Backspace}{Backspace}{Backspace}');
      await waitFor(() => expect(options()[1]).toContain('2 days ago'));
      await user.keyboard('{Escape}');
      vi.unstubAllGlobals();
      expect(asked().filter((about) => about.includes('1.0') || about.endsWith(digestOf(10)))).toEqual([]);
    });

    test('are not asked about any more when the registry has had enough', async () => {
      const fake = api();
      const asked = withTags(fake);
      fake.answer({
        'registries.created': () => {
          throw new PushboatError('RATE_LIMITED', 'enough');
        },
      });
      const { user, target } = await selectWeb(fake);
      await user.type(target, '{Backspace}{Backspace}{Backspace}');
      await waitFor(() => expect(asked()).toContain(`ghcr.io/acme/web@${WEB.digest}`));
      await act(() => new Promise((resolve) => setTimeout(resolve, 400)));
      expect(asked().filter((about) => /:1\.[01]$/.test(about))).toEqual([]);
      expect(descriptions()).toEqual([null, null, null]);
    });
  });

  test('stays closed on focus, opens with the arrow key, and Escape closes it and nothing else', async () => {
    const { user, target } = await selectWeb(api());
    await user.click(target);
    expect(screen.queryByRole('listbox')).toBeNull();
    await user.keyboard('{ArrowDown}');
    expect(options()).toEqual(['1.2 this image’s tag']);
    await user.keyboard('{Escape}');
    expect(screen.queryByRole('listbox')).toBeNull();
    screen.getByRole('combobox', { name: 'Push to' });
  });

  test('Tab leaves the field where there is nothing to take', async () => {
    const { user, target } = await selectWeb(api());
    await user.type(target, '{ArrowDown}');
    await user.keyboard('{Tab}');
    expect(document.activeElement).not.toBe(target);
    expect(target).toHaveProperty('value', 'ghcr.io/acme/web:1.2');
  });

  test('says that a registry lists no repositories, and offers the image’s name', async () => {
    const fake = api();
    fake.answer({
      'registries.repositories': () => {
        throw new PushboatError('DENIED', 'no catalog');
      },
    });
    const { user, target } = await selectWeb(fake);
    await user.clear(target);
    await user.type(target, 'ghcr.io/');
    await screen.findByText(/ghcr\.io does not list its repositories/);
    expect(options()).toEqual(['acme/web:1.2']);
    expect(screen.queryByRole('dialog')).toBeNull();
  });
});

describe('what becomes of the tag is said before the push', () => {
  const line = () => screen.findAllByTestId('tag-line').then((lines) => lines.at(-1)?.textContent);
  const other = `sha256:${'b'.repeat(64)}` as Digest;

  test.each([
    ['a new one', null, '1.2 is new in acme/web'],
    ['the same image', { digest: WEB.digest }, 'Already this image: nothing to send'],
    ['a moved one', { digest: other }, '1.2 moves from bbbbbbbb to '],
  ])('%s', async (_, found, words) => {
    const fake = api();
    fake.answer({ 'registries.tag': () => found });
    await selectWeb(fake);
    await waitFor(async () => expect(await line()).toContain(words));
  });

  test('a tag that moves says since when it was the other image', async () => {
    const fake = api();
    fake.answer({
      'registries.tag': () => ({ digest: other }),
      'registries.created': () => new Date(Date.now() - 3 * 86_400_000 - 1000).toISOString(),
    });
    const { user } = await selectWeb(fake);
    const words = `1.2 moves from bbbbbbbb (created 3 days ago) to ${briefDigest(WEB.digest ?? other)}`;
    await waitFor(async () => expect(await line()).toBe(words));
    await user.click(screen.getByRole('combobox', { name: 'Push to' }));
    await user.keyboard('{ArrowDown}');
    const said = screen.getAllByTestId('tag-line').map(({ textContent }) => textContent);
    expect(said).toEqual([words, words]);
  });

  test('a silent registry does not keep anybody from pushing, and can be asked again', async () => {
    const fake = api();
    fake.answer({
      'registries.tag': () => {
        throw new PushboatError('TIMEOUT', 'silence');
      },
    });
    const { user } = await selectWeb(fake);
    const again = await screen.findByRole('button', { name: 'Ask again' });
    expect(screen.getByRole('button', { name: 'Push' })).toHaveProperty('disabled', false);
    fake.answer({ 'registries.tag': () => null });
    await user.click(again);
    await waitFor(async () => expect(await line()).toContain('is new'));
  });

  test.each(['app:1', 'acme/app:1', 'docker.io/library/app:1'])(
    'Docker Hub is not asked about %s before a person wants that: the name may be private',
    async (name) => {
      const fake = api();
      fake.answer({
        'images.list': () => [image({ id: 'app', name, references: [name] })],
        'registries.tag': () => null,
      });
      const user = await openWindow(fake);
      await user.click(await screen.findByRole('row'));
      await user.click(await screen.findByRole('combobox', { name: 'Push to' }));
      await user.keyboard('{ArrowDown}');
      await user.keyboard('{Escape}');
      const asked = () => fake.calls.filter(({ channel }) => /^registries\.(?:tags?|repositories)$/.test(channel));
      expect(await line()).toContain('Docker Hub is not told this name before you choose it.');
      expect(asked()).toEqual([]);
      expect(screen.getByRole('button', { name: 'Push' })).toHaveProperty('disabled', false);
      await user.click(screen.getByRole('button', { name: 'Check now' }));
      await waitFor(async () => expect(await line()).toContain('1 is new in'));
      expect(asked()).toHaveLength(1);
    },
  );

  test('Docker Hub is asked about what is typed where it is named, or was used before', async () => {
    const fake = api();
    fake.answer({ 'registries.tag': () => null });
    const { user, target } = await selectWeb(fake);
    const type = async (text: string) => {
      await user.clear(target);
      target.focus();
      await user.paste(text);
      await user.keyboard('{Escape}');
    };
    await type('secret/app:1');
    await waitFor(async () => expect(await line()).toContain('Not checked yet'));
    await type('docker.io/acme/app:1');
    await waitFor(async () => expect(await line()).toContain('1 is new in acme/app'));
    act(() => fake.emit('settings', { ...DEFAULT_SETTINGS, recentTargets: ['docker.io/acme/other:1'] }));
    await type('acme/app:2');
    await waitFor(async () => expect(await line()).toContain('2 is new in acme/app'));
    const tags = fake.calls.filter(({ channel }) => channel === 'registries.tag').map(({ input }) => input);
    expect(tags.filter((tag) => String(tag).startsWith('docker.io/'))).toEqual([
      'docker.io/acme/app:1',
      'docker.io/acme/app:2',
    ]);
  });

  test('with “Only if new” it says that the tag stays, and that can be taken back', async () => {
    const fake = api();
    fake.answer({ 'registries.tag': () => ({ digest: other }) });
    const { user } = await selectWeb(fake);
    await user.click(screen.getByRole('button', { name: 'Options' }));
    await user.click(screen.getByRole('checkbox', { name: 'Only if new' }));
    await waitFor(async () => expect(await line()).toContain('exists and stays as it is'));
    await user.click(screen.getByRole('button', { name: 'Push' }));
    expect(pushes(fake)).toMatchObject([{ options: { onlyNew: true } }]);
    await user.click(screen.getByRole('button', { name: 'Move it' }));
    expect(screen.getByRole('checkbox', { name: 'Only if new' })).toHaveProperty('checked', false);
  });
});

test('a target that was typed stays with its image while the window is open', async () => {
  const { user, target } = await selectWeb(api());
  await user.clear(target);
  await user.paste('ghcr.io/acme/draft:1');
  act(() => selectImage(null));
  act(() => selectImage('web'));
  expect(await screen.findByRole('combobox', { name: 'Push to' })).toHaveProperty('value', 'ghcr.io/acme/draft:1');
});

test('a repository in upper case can be written in lower case with one click', async () => {
  const { user, target } = await selectWeb(api());
  await user.clear(target);
  await user.type(target, 'ghcr.io/Acme/web:1');
  await user.click(screen.getByRole('button', { name: 'Write ghcr.io/acme/web:1' }));
  expect(target).toHaveProperty('value', 'ghcr.io/acme/web:1');
});

test('tags are not looked for where there can be no such repository: what is wrong is said instead', async () => {
  const { user, target } = await selectWeb(api());
  await user.clear(target);
  await user.type(target, 'ghcr.io/Acme/web:');
  expect(target.getAttribute('aria-expanded')).toBe('false');
  await user.clear(target);
  await user.type(target, 'ghcr.io/acme/web:');
  expect(target.getAttribute('aria-expanded')).toBe('true');
});

test('a target that was typed is kept for the next start, and one that is the image’s own again is forgotten', async () => {
  const fake = api();
  const drafts = () => fake.calls.filter(({ channel }) => channel === 'settings.update').map(({ input }) => input);
  const { user, target } = await selectWeb(fake);
  await user.clear(target);
  await user.paste('ghcr.io/acme/draft:1');
  act(() => selectImage(null));
  expect(drafts()).toEqual([{ drafts: { web: ['ghcr.io/acme/draft:1'] } }]);
  act(() => fake.emit('settings', { ...DEFAULT_SETTINGS, drafts: { web: ['ghcr.io/acme/draft:2'] } }));
  useDrafts.setState({}, true);
  act(() => selectImage('web'));
  const next = await screen.findByRole('combobox', { name: 'Push to' });
  expect(next).toHaveProperty('value', 'ghcr.io/acme/draft:2');
  await user.click(screen.getByRole('button', { name: 'Use the image’s own name' }));
  expect(next).toHaveProperty('value', 'ghcr.io/acme/web:1.2');
  expect(document.activeElement).toBe(next);
  act(() => selectImage(null));
  expect(drafts().at(-1)).toEqual({ drafts: {} });
});

test('the open list names its keys, and the way back where there is a part before', async () => {
  const { user, target } = await selectWeb(api());
  await user.clear(target);
  await user.type(target, 'gh');
  screen.getByText('take');
  expect(screen.queryByText('back')).toBeNull();
  await user.type(target, 'cr.io/acme/web:');
  expect(screen.getByText('back').textContent).toBe('⇧ Tab back');
});
