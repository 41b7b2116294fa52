import type { ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { registryErrors, responseDetail } from '../../../../../electron/registry/answers/answer-words.ts';
import { wholeText } from '../../../../../electron/registry/http/redact.ts';
import { AS_ANN, api, askForLogin, clientFor, failure, json, refuse, type Script, serve } from '../scripted-server.ts';

/** Answers whoever has logged in. */
const needsLogin =
  (answer: (response: ServerResponse) => void): Script =>
  ({ headers }, response) =>
    headers.authorization ? answer(response) : askForLogin(response, 'Basic realm="test"');

const answer = (body: unknown) => ({
  status: 400,
  headers: {},
  body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
  truncated: false,
  method: 'PUT',
  url: new URL('https://registry.test/v2/'),
});
const entry = (detail: unknown, message = 'blob upload invalid') =>
  registryErrors(answer({ errors: [{ code: 'X', message, detail }] }))[0]?.message;

describe('the reason of a registry', () => {
  it.each<[string, unknown, string]>([
    [
      'a text',
      'Repository does not allow updating assets',
      'blob upload invalid: Repository does not allow updating assets',
    ],
    ['an object with a message', { message: 'quota of 5 GiB' }, 'blob upload invalid: quota of 5 GiB'],
    ['an object with a reason', { Reason: 'signed images only' }, 'blob upload invalid: signed images only'],
    ['anything else, as it is', { digest: 'sha256:1', size: 7 }, 'blob upload invalid: {"digest":"sha256:1","size":7}'],
    ['several texts', ['one', { message: 'two' }], 'blob upload invalid: one; two'],
    ['the message again', 'blob upload invalid', 'blob upload invalid'],
    ['nothing', {}, 'blob upload invalid'],
    ['null', null, 'blob upload invalid'],
    [
      'the rights that were asked for',
      [{ Type: 'repository', Class: '', Name: 'a', Action: 'pull' }],
      'blob upload invalid',
    ],
  ])('has its detail: %s', (_, detail, expected) => {
    expect(entry(detail)).toBe(expected);
  });

  it.each<[unknown, string | undefined]>([
    [{ errors: ['no room'] }, 'no room'],
    [{ errors: { message: 'one entry' } }, 'one entry'],
    [{ status: 403, error: 'Forbidden', message: 'blocked by policy', path: '/v2/' }, 'Forbidden: blocked by policy'],
    [{ error: 'invalid_grant', error_description: 'expired' }, 'invalid_grant: expired'],
    [{ detail: 'account locked' }, 'account locked'],
    [{ code: 17 }, '{"code":17}'],
    [
      '<?xml version="1.0"?><Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>',
      'Request has expired',
    ],
    ['first line\nand the second', 'first line and the second'],
    ['true', undefined],
  ])('is found in other bodies: %j', (body, expected) => {
    expect(responseDetail(answer(body))).toBe(expected);
  });

  it.each([
    ['charset=GBK in its type', 'text/html; charset=GBK', ''],
    ['a meta element', 'text/html', '<meta charset="gb2312">'],
    ['the older meta element', 'text/html', '<meta http-equiv="Content-Type" content="text/html; charset=gbk">'],
  ])('is read in the character set of the answer: %s', (_, type, meta) => {
    // 访问被拒绝
    const words = Buffer.from('b7c3cecab1bbbedcbef8', 'hex');
    const body = Buffer.concat([Buffer.from(`<html>${meta}<title>`), words, Buffer.from('</title></html>')]);
    expect(responseDetail({ ...answer(''), headers: { 'content-type': type }, body })).toBe('访问被拒绝');
  });

  it.each([
    [401, 'UNAUTHORIZED', 'project nope not found: project nope not found'],
    [404, 'NOT_FOUND', 'project nope not found'],
    [403, 'DENIED', 'The repository team/app does not exist'],
  ])('tells of a repository that is not there, whatever the status (%i)', async (status, code, message) => {
    await using server = await serve(needsLogin((response) => refuse(response, status, code, message)));
    await using client = clientFor(server.host, AS_ANN);
    expect(await failure(client.startUpload('team/app'))).toMatchObject({
      code: 'REPOSITORY_UNKNOWN',
      hint: 'create-repository',
      facts: { detail: expect.stringContaining(message) },
    });
  });

  it('that leaves open whether the repository is there is one about the account', async () => {
    const message =
      'Permission "upload" denied on repository "a" (or the repository does not exist: it may be private)';
    await using server = await serve(needsLogin((response) => refuse(response, 403, 'DENIED', message)));
    await using client = clientFor(server.host, AS_ANN);
    expect(await failure(client.startUpload('team/app'))).toMatchObject({ code: 'DENIED' });
  });

  it.each([400, 403])('of a password that has ended asks for another login (%i)', async (status) => {
    const message = 'Your authorization token has expired. Reauthenticate and try again.';
    await using server = await serve(needsLogin((response) => refuse(response, status, 'DENIED', message)));
    await using client = clientFor(server.host, AS_ANN);
    expect(await failure(client.startUpload('team/app'))).toMatchObject({
      code: 'UNAUTHORIZED',
      hint: 'use-another-login',
      facts: { login: { username: 'ann' }, detail: expect.stringContaining('Reauthenticate') },
    });
  });

  it.each([
    [
      'a detail that is nested without end',
      `{"errors":[{"code":"X","message":"m","detail":${'['.repeat(30_000)}${']'.repeat(30_000)}}]}`,
    ],
    ['fields that are', `${'{"detail":'.repeat(6000)}"x"${'}'.repeat(6000)}`],
    ['fields of other names that are', `${'{"zz":'.repeat(9000)}"x"${'}'.repeat(9000)}`],
    ['elements that are never closed', `<html>${'<style'.repeat(10_000)}`],
    ['titles that are never closed', `<html>${'<title'.repeat(10_000)}`],
    ['brackets only', `<html>${'<'.repeat(60_000)}`],
  ])('takes no time where an answer was made to take much: %s', (_, body) => {
    const started = process.cpuUsage();
    expect(responseDetail(answer(body))?.length ?? 0).toBeLessThanOrEqual(64 * 1024);
    expect(process.cpuUsage(started).user / 1000).toBeLessThan(1000);
  });

  it('is kept whole in the facts, and shortened in the sentence only', async () => {
    const reason = `${'The image has findings. '.repeat(400)}The end.`;
    await using server = await serve(
      api((_, response) => json(response, 412, { errors: [{ code: 'PROJECTPOLICYVIOLATION', message: reason }] })),
    );
    await using client = clientFor(server.host);
    const error = await failure(client.startUpload('team/app'));
    expect(error.facts.registryErrors?.[0]?.message).toBe(reason);
    expect(error.facts.detail).toContain('The end.');
    expect(error.message.length).toBeLessThan(700);
  });

  it('loses its secrets however long it is', () => {
    const shown = wholeText(
      `${'x '.repeat(10_000)}https://ann:pw@h/p?sig=abc password=hunter2 ${'://a'.repeat(10_000)}`,
    );
    expect(shown).toContain('https://h/p?…');
    expect(shown).not.toContain('hunter2');
  });
});
