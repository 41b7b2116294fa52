import { existsSync } from 'node:fs';
import { open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readStreams } from '../../../../../electron/cli/push/streamed-images.ts';
import { PushboatError } from '../../../../../shared/errors.ts';
import { makeTempDir } from '../../../../fixtures/temp-dir.ts';
import { makeIo } from '../terminal.ts';

describe('an archive on standard input', () => {
  it('is a file until the push has ended', async () => {
    const { io } = makeIo('bytes');
    let path = '';
    {
      await using given = await readStreams(['web', 'docker-archive:-:acme/web:1'], io);
      path = /^docker-archive:(.+):acme\/web:1$/.exec(given.images[1] ?? '')?.[1] ?? '';
      expect(given.images[0]).toBe('web');
      expect(await readFile(path, 'utf8')).toBe('bytes');
    }
    expect(existsSync(path)).toBe(false);
  });

  it('is told as what was typed, for its file is gone then', async () => {
    await using given = await readStreams(['-'], makeIo('bytes').io);
    const [path = ''] = given.images;
    const candidates = [`docker-archive:${path}:acme/web:1`];
    const error = new PushboatError('IMAGE_AMBIGUOUS', `${path} has 2 images: ${candidates[0]}.`, { path, candidates });
    expect(given.told(error)).toMatchObject({
      message: 'standard input has 2 images: docker-archive:-:acme/web:1.',
      facts: { candidates: ['docker-archive:-:acme/web:1'] },
    });
  });

  it('that cannot be kept is told with the folder for temporary files', async () => {
    const { io } = makeIo('bytes');
    const temporaryDir = '/dev/null/tmp';
    const at = { ...io, environment: { ...io.environment, temporaryDir } };
    await expect(readStreams(['-'], at)).rejects.toMatchObject({
      code: 'SOURCE_UNREADABLE',
      message: `The folder for temporary files, ${temporaryDir}, cannot be written to: not a directory (ENOTDIR).`,
      hint: 'choose-temporary-folder',
    });
  });

  it('may come through a pipe of the shell, next to it', async () => {
    await using folder = await makeTempDir('streamed');
    await writeFile(join(folder.path, 'archive'), 'piped');
    await using file = await open(join(folder.path, 'archive'));
    const pipe = `/dev/fd/${file.fd}`;
    await using given = await readStreams([`oci-archive:${pipe}:1`, 'web', '-'], makeIo('bytes').io);
    const [, path = ''] = /^oci-archive:(.+):1$/.exec(given.images[0] ?? '') ?? [];
    expect(await readFile(path, 'utf8')).toBe('piped');
    expect(await readFile(given.images[2] ?? '', 'utf8')).toBe('bytes');
    expect(given.told(new PushboatError('ARCHIVE_INVALID', `${path} is not a usable archive.`)).message).toBe(
      `${pipe} is not a usable archive.`,
    );
  });

  it('that is empty is told by its name', async () => {
    await expect(readStreams(['-'], makeIo().io)).rejects.toThrow(/^Nothing came on standard input/);
    await expect(readStreams(['/dev/fd/987654'], makeIo().io)).rejects.toMatchObject({ code: 'SOURCE_UNREADABLE' });
  });
});
