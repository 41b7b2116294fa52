// @vitest-environment happy-dom
import { act, screen, waitFor } from '@testing-library/react';
import { afterEach, expect, test } from 'vitest';
import { usePractice } from '../../../../renderer/stores/practice.ts';
import { type ErrorData, PushboatError } from '../../../../shared/errors.ts';
import type { LookedFor, SourceInfo } from '../../../../shared/images.ts';
import { createFakeApi } from '../fake-api.ts';
import { ADDED, detailsOf, image, STORE } from '../samples.ts';
import { openWindow } from '../setup.tsx';

afterEach(() => usePractice.setState({ info: null }));

test('Try it says that it was heard while the sample is made', async () => {
  const started = Promise.withResolvers<never>();
  const user = await openWindow(createFakeApi({ 'practice.start': () => started.promise }));
  await user.click(screen.getByRole('button', { name: 'Try it' }));
  expect(document.activeElement).toBe(screen.getByRole('button', { name: 'Starting…' }));
  await act(async () => started.reject(new PushboatError('INTERNAL', 'No port is free.')));
  await screen.findByRole('alert');
  expect(screen.getAllByRole('button', { name: 'Try it' })).toHaveLength(1);
});

test('Try it shows the sample with its target, and what to sign in with, until it is ended', async () => {
  const sample = image({ id: 'hello', references: ['localhost:41000/practice/hello:1.0'], sourceId: ADDED.id });
  const api = createFakeApi({ 'images.details': () => detailsOf(sample) });
  const user = await openWindow(api);
  screen.getByRole('heading', { name: 'Push your first image' });
  await user.click(screen.getByRole('button', { name: 'Try it' }));
  act(() => {
    api.emit('sources', [ADDED]);
    api.emit('images', { sourceId: ADDED.id, upserted: [sample], removed: [] });
  });
  await waitFor(() =>
    expect(screen.getByRole('combobox')).toHaveProperty('value', 'localhost:41000/practice/hello:1.0'),
  );
  screen.getByText(/Practice registry localhost:41000: push the sample, and sign in as practice/);
  await user.click(screen.getByRole('button', { name: 'End it' }));
  await waitFor(() => expect(screen.queryByText(/Practice registry/)).toBeNull());
  expect(api.calls.map(({ channel }) => channel)).toContain('practice.end');
});

test('says where images were looked for, what is there, and looks again', async () => {
  const places: LookedFor[] = [
    { ...STORE, state: 'absent' },
    {
      ...STORE,
      id: 'docker',
      transport: 'docker-daemon',
      label: 'Docker',
      location: '/run/docker.sock',
      state: 'absent',
    },
    { ...STORE, id: 'podman', transport: 'docker-daemon', label: 'Podman', location: '/run/podman.sock' },
  ];
  const api = createFakeApi({ 'sources.lookedFor': () => places });
  const user = await openWindow(api);
  const said = () => screen.findAllByTestId('looked-for').then((rows) => rows.map(({ textContent }) => textContent));
  expect(await said()).toEqual([
    'Image store/var/lib/ar/imagesThis folder does not existChange…',
    'Docker/run/docker.sockNot runningHow to start it',
    'Podman/run/podman.sockReady, no images yet',
  ]);
  await user.click(screen.getByRole('button', { name: 'Look again' }));
  expect(api.calls.map(({ channel }) => channel)).toContain('sources.rescan');
  places[1] = { ...STORE, id: 'docker', transport: 'docker-daemon', label: 'Docker', location: '/run/docker.sock' };
  act(() => api.emit('sources', []));
  await waitFor(async () => expect((await said())[1]).toContain('Ready, no images yet'));
});

test('says how an engine that does not run is started, with the command to copy', async () => {
  const docker: LookedFor = {
    ...STORE,
    id: 'docker',
    transport: 'docker-daemon',
    label: 'Docker',
    location: '/var/run/docker.sock',
    state: 'absent',
  };
  const api = createFakeApi({ 'sources.lookedFor': () => [docker] });
  const user = await openWindow(api);
  const toggle = await screen.findByRole('button', { name: 'How to start it: Docker' });
  expect(screen.queryByText('sudo systemctl enable --now docker')).toBeNull();
  toggle.focus();
  await user.keyboard('{Enter}');
  screen.getByText('sudo systemctl enable --now docker');
  await user.click(screen.getByRole('button', { name: 'Copy the command: sudo systemctl enable --now docker' }));
  expect(api.calls).toContainEqual({ channel: 'app.copy', input: 'sudo systemctl enable --now docker' });
  await user.click(screen.getAllByRole('button', { name: 'Look again' }).at(-1) ?? expect.fail('no button'));
  expect(api.calls.map(({ channel }) => channel)).toContain('sources.rescan');
});

test('an engine that has stopped says in the list of sources, too, how it is started', async () => {
  const error: ErrorData = {
    code: 'ENGINE_FAILED',
    message: 'Docker at /var/run/docker.sock does not answer: connection refused.',
    detail: 'connection refused',
    path: '/var/run/docker.sock',
    hint: 'start-engine',
  };
  const stopped: SourceInfo = {
    ...STORE,
    id: 'docker',
    transport: 'docker-daemon',
    label: 'Docker',
    location: '/var/run/docker.sock',
    state: 'unreachable',
    error,
  };
  const user = await openWindow(createFakeApi({ 'sources.list': () => [stopped] }));
  await user.click(screen.getByRole('button', { name: /^Docker/ }));
  screen.getByRole('heading', { name: 'How to start it' });
  expect(screen.getByText('sudo systemctl enable --now docker').tagName).toBe('CODE');
});
