import { type PushboatError, toPushboatError } from '../../shared/errors.ts';
import { originText } from '../../shared/logins.ts';
import {
  canonicalReference,
  familiarReference,
  parseReference,
  registryApiHost,
  withDefaultTag,
} from '../../shared/reference.ts';
import type { Services } from '../services.ts';
import { requireOneRegistry } from './arguments.ts';
import { errorObject, printError } from './errors.ts';
import { ExitStatus, exitStatusOf } from './exit-status.ts';
import { checkAuthFile } from './files.ts';
import { type CommandIo, printJson, printLine } from './io.ts';
import { type CommonOptions, openSession, useCreds } from './session.ts';

/**
 * `resolve REF…`: what each reference means and which login would be used. Asks no registry.
 * @returns the exit status: of the first reference that could not be resolved; the others are resolved all the same.
 */
export async function resolveCommand(
  references: string[],
  options: CommonOptions & { json?: boolean },
  io: CommandIo,
): Promise<number> {
  await checkAuthFile(options.authfile, 'must be there');
  if (options.creds !== undefined) requireOneRegistry(references.flatMap(registryNamed));
  await using services = await openSession(options, io);
  await useCreds(services, options.creds, io);
  let status: number = ExitStatus.done;
  for (const input of references) {
    try {
      const resolved = await resolveReference(input, services);
      if (options.json) printJson(io, resolved);
      else printResolved(resolved, io);
    } catch (thrown) {
      const error = toPushboatError(thrown);
      if (status === ExitStatus.done) status = exitStatusOf(error.code);
      printInvalid(input, error, options, io);
    }
  }
  return status;
}

/** Empty for what is no reference, of which is told later. */
function registryNamed(input: string): string[] {
  try {
    return [parseReference(bareReference(input)).registry];
  } catch {
    return [];
  }
}

function bareReference(input: string): string {
  return input.replace(/^docker:\/\//, '');
}

type Resolved = Awaited<ReturnType<typeof resolveReference>>;

async function resolveReference(input: string, services: Services) {
  const reference = parseReference(bareReference(input));
  const login = await services.credentials.find(reference.registry, reference.repository);
  return {
    input,
    registry: reference.registry,
    apiHost: registryApiHost(reference.registry),
    repository: reference.repository,
    tag: reference.tag ?? null,
    digest: reference.digest ?? null,
    familiar: familiarReference(reference),
    canonical: canonicalReference(reference),
    canonicalWithTag: canonicalReference(withDefaultTag(reference)),
    login: login ? { username: login.username, origin: originText(login.origin), key: login.origin.key ?? null } : null,
  };
}

function printResolved(resolved: Resolved, io: CommandIo): void {
  const { input, login, ...facts } = resolved;
  printLine(io, input);
  for (const [name, value] of Object.entries(facts))
    if (value !== null) printLine(io, `  ${`${name}:`.padEnd(18)}${value}`);
  printLine(io, `  ${'login:'.padEnd(18)}${login ? `${login.username} (from ${login.origin})` : 'none'}`);
}

function printInvalid(input: string, error: PushboatError, options: { json?: boolean }, io: CommandIo): void {
  if (!options.json) {
    printError(io, error);
    return;
  }
  const { type: _type, ...facts } = errorObject(error);
  printJson(io, { input, error: facts });
}
