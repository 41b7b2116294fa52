import { join } from 'node:path';
import { PushboatError } from '../../shared/errors.ts';
import type { LocalEnvironment } from '../files/environment.ts';
import { systemReason } from '../files/system-errors.ts';
import { readTextIfThere } from '../files/text-file.ts';
import { parsePolicy, type SignaturePolicy } from './parse-policy.ts';

const SYSTEM_FILE = '/etc/containers/policy.json';

/**
 * The policy that counts: the file that was named, else the user's, else the system's. Undefined where there is none: then every image is
 * accepted.
 * @throws PushboatError POLICY_INVALID
 */
export async function readPolicy(
  named: string | undefined,
  { homeDir }: Pick<LocalEnvironment, 'homeDir'>,
  systemFile = SYSTEM_FILE,
): Promise<SignaturePolicy | undefined> {
  const paths = named === undefined ? [join(homeDir, '.config/containers/policy.json'), systemFile] : [named];
  for (const path of paths) {
    const text = await textOf(path, named !== undefined);
    if (text !== undefined) return parsePolicy(text, path);
  }
  return undefined;
}

async function textOf(path: string, mustExist: boolean): Promise<string | undefined> {
  let detail = 'it does not exist';
  try {
    const text = await readTextIfThere(path);
    if (text !== undefined || !mustExist) return text;
  } catch (error) {
    detail = systemReason(error);
  }
  throw new PushboatError('POLICY_INVALID', `The policy of signatures ${path} cannot be read: ${detail}.`, {
    path,
    detail,
    hint: 'check-policy-file',
  });
}
