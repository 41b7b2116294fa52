import { parseReference } from '../../shared/reference.ts';
import { checkAuthFile } from './files.ts';
import { formatSize } from './format.ts';
import { type CommandIo, printJson, printLine } from './io.ts';
import { speechTo } from './language/language.ts';
import { type CommonOptions, openSession, useCreds } from './session.ts';

/** `verify REF`. @throws PushboatError VERIFICATION_FAILED or POLICY_REFUSED with the reason, and what hinders looking. */
export async function verifyCommand(text: string, options: CommonOptions, io: CommandIo): Promise<void> {
  const reference = parseReference(text);
  await checkAuthFile(options.authfile, 'must be there');
  await using services = await openSession(options, io);
  await useCreds(services, options.creds, io);
  const verified = await services.verify(reference);
  if (options.json) return printJson(io, { type: 'verified', ...verified });
  const { manifests, blobs, size, digest, policy } = verified;
  const { say, said } = speechTo(io);
  const [of, parts, bytes] = [counted(manifests, 'manifest'), counted(blobs, 'blob'), formatSize(size)];
  printLine(io, say`${verified.reference} is whole: ${said(of)}, ${said(parts)}, ${bytes}`);
  printLine(
    io,
    policy === undefined ? say`Signatures: no policy asks for any` : say`Signatures: as ${policy} wants them`,
  );
  printLine(io, say`Digest: ${digest}`);
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
