import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import type { ExportPreview, PushPreview } from '../../shared/transfer-events.ts';
import { DEFAULT_RETRY } from '../registry/defaults.ts';
import { LayerCompressor } from './content/layer-compressor.ts';
import { ExportWork } from './export/export-work.ts';
import { previewExport } from './export/preview.ts';
import type { Journal } from './journal/journal.ts';
import { Bandwidth } from './push/bandwidth.ts';
import { BlobLocations } from './push/blob-locations.ts';
import { Lines } from './push/line.ts';
import { previewPush } from './push/preview.ts';
import { type PushContext, PushWork } from './push/push-work.ts';
import {
  type ExportRequest,
  isExport,
  type JobRequest,
  type PushRequest,
  type TransferServiceOptions,
} from './types.ts';
import type { JobWork } from './work.ts';

async function makeSigningKey(): Promise<KeyObject> {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
}

/** Makes what jobs do, and previews of it, from what all jobs of a queue share: the lines, their limit, the journal, the compressor. */
export class JobWorks {
  readonly bandwidth: Bandwidth;
  readonly lines: Lines;
  readonly #context: PushContext;

  constructor(options: TransferServiceOptions, journal: Journal) {
    this.bandwidth = new Bandwidth();
    this.lines = new Lines();
    this.#context = {
      clientFor: options.clientFor,
      locations: new BlobLocations(journal),
      journal,
      bandwidth: this.bandwidth,
      lines: this.lines,
      compressor: new LayerCompressor(journal, options.temporaryDir, options.blobCache),
      signingKey: options.signingKey ?? makeSigningKey,
      gate: options.gate,
      signer: options.signer,
      retry: { ...DEFAULT_RETRY, ...options.retry },
    };
  }

  of(request: JobRequest): JobWork {
    const { compressor, signingKey, gate } = this.#context;
    return isExport(request)
      ? new ExportWork(request, compressor, signingKey, gate)
      : new PushWork(request, this.#context);
  }

  previewPush(request: PushRequest, signal: AbortSignal = new AbortController().signal): Promise<PushPreview> {
    const { clientFor, locations, compressor, signingKey, gate, journal } = this.#context;
    const { registry, repository } = request.target;
    const rate = this.bandwidth.limited(journal.traits.pace(registry));
    const client = clientFor(registry, repository);
    return previewPush({ request, client, locations, compressor, signingKey, gate, rate, signal });
  }

  previewExport(request: ExportRequest, signal: AbortSignal = new AbortController().signal): Promise<ExportPreview> {
    const { compressor, signingKey, gate } = this.#context;
    return previewExport(request, { compressor, signingKey, gate, signal });
  }

  async close(): Promise<void> {
    await this.#context.compressor.close();
  }
}
