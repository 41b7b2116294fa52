import { constants } from 'node:fs';
import { access, readdir } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

const PROGRAM = /^docker-credential-([A-Za-z0-9._-]+?)(?:\.exe)?$/;

/** Names of the credential helpers on PATH (`docker-credential-NAME`), sorted. A folder that cannot be read has none. */
export async function installedHelpers(env: NodeJS.ProcessEnv): Promise<string[]> {
  const folders = [...new Set((env['PATH'] ?? '').split(delimiter).filter(Boolean))];
  const found = await Promise.all(folders.map(helpersIn));
  return [...new Set(found.flat())].toSorted();
}

async function helpersIn(folder: string): Promise<string[]> {
  const files = await readdir(folder).catch((): string[] => []);
  const helpers = await Promise.all(
    files.map(async (file) => {
      const name = PROGRAM.exec(file)?.[1];
      return name !== undefined && (await isExecutable(join(folder, file))) ? [name] : [];
    }),
  );
  return helpers.flat();
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
