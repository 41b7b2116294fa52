import { release } from 'node:os';
import type { AppInfo } from '../../shared/ipc.ts';
import { redact } from '../registry/http/redact.ts';
import type { Services } from '../services.ts';

/**
 * What a report of a bug needs: versions, settings, the states of stores and transfers, problems, and the end of the log. Names of images,
 * paths and registries are in it, secrets are not.
 */
export function diagnosticsText(
  { settings, catalog, transfers, problems }: Pick<Services, 'problems' | 'catalog' | 'transfers' | 'settings'>,
  { version, electron, locale, dataFolder }: AppInfo,
  logTail: string,
): string {
  const { language, theme, maxJobs, bandwidthLimit, registries } = settings.get();
  const parts = [
    `Pushboat ${version}`,
    `${process.platform} ${release()} ${process.arch}, Node ${process.versions.node}, Electron ${electron || 'none'}, ${locale}`,
    `Data folder: ${dataFolder}`,
    `Settings: ${JSON.stringify({ language, theme, maxJobs, bandwidthLimit, registries })}`,
    section(
      'Stores',
      catalog.sources().map((source) => {
        const why = source.error === undefined ? '' : `: ${source.error.message}`;
        return `${source.transport} ${source.location}, ${source.state}, ${source.imageCount} images${why}`;
      }),
    ),
    section(
      'Transfers',
      transfers.list().map(({ job }) => {
        const why = job.error === undefined ? '' : `: ${job.error.code} ${job.error.message}`;
        return `${job.imageName} -> ${job.target}, ${job.state}${why}`;
      }),
    ),
    section(
      'Problems',
      problems.list().map(({ code, message }) => `${code} ${message}`),
    ),
    section('Log', logTail.trimEnd().split('\n').filter(Boolean)),
  ];
  return `${redact(parts.join('\n'))}\n`;
}

function section(title: string, lines: readonly string[]): string {
  return [`${title}:`, ...(lines.length === 0 ? ['none'] : lines).map((line) => `  ${line}`)].join('\n');
}
