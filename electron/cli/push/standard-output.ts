import { usageError } from '../errors.ts';
import type { CommandIo } from '../io.ts';

/** An archive that goes to standard output, under any of its names. */
const STANDARD_OUTPUT = /^(?:docker-archive|oci-archive):(?:-|\/dev\/stdout|\/dev\/fd\/1|\/proc\/self\/fd\/1)(?:$|:)/;

/**
 * The streams of a push to these destinations: where one of them is standard output, what is said goes to standard error, for within the
 * archive it would damage it.
 * @throws PushboatError USAGE when two are standard output, or a person would see the archive
 */
export function streamsFor(destinations: readonly string[], io: CommandIo): CommandIo {
  const written = destinations.filter((text) => STANDARD_OUTPUT.test(text.trim()));
  if (written.length === 0) return io;
  if (written.length > 1) throw usageError('Standard output takes one archive: name it once.');
  if (io.stdout.isTTY)
    throw usageError('An archive is not written to a terminal: redirect standard output to a file or another program.');
  return { ...io, stdout: io.stderr };
}
