import type { TransferOptions } from '../../shared/ipc.ts';
import { usageError } from './errors.ts';

export interface CompressionOptions {
  disableCompression?: boolean;
  compressionFormat?: 'gzip' | 'zstd' | 'none';
  compressionLevel?: number;
}

/** What the options say of layers that are plain tars. @throws PushboatError USAGE for options that contradict each other. */
export function compressionOptions(options: CompressionOptions): TransferOptions {
  const { disableCompression, compressionFormat, compressionLevel: level } = options;
  if (disableCompression && compressionFormat !== undefined && compressionFormat !== 'none') {
    throw usageError('--disable-compression and --compression-format contradict each other.');
  }
  const format = disableCompression ? 'none' : compressionFormat;
  if (level === undefined) return format === undefined ? {} : { compression: { format } };
  if (format === 'none') throw usageError('--compression-level needs a compression.');
  const [least, most] = format === 'zstd' ? [1, 22] : [0, 9];
  if (level < least || level > most) {
    throw usageError(`--compression-level of ${format ?? 'gzip'} is a number from ${least} to ${most}.`);
  }
  return { compression: { level, format } };
}
