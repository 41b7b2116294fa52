import type { DestinationTransport } from '../../../shared/images.ts';

/** What is asked of the person for a kind of destination. */
export interface ExportKind {
  transport: DestinationTransport;
  /** Where it is written; null: an engine takes it. */
  place: 'folder' | 'archive' | null;
  /** Whether it has a name there: it may, it must, or it has none. */
  name: 'optional' | 'required' | 'none';
  /** Signatures, SBOMs and the like have a place in it. */
  keepsCompanions?: true;
}

const ASKED: Record<DestinationTransport, Omit<ExportKind, 'transport'>> = {
  'oci-archive': { place: 'archive', name: 'optional', keepsCompanions: true },
  oci: { place: 'folder', name: 'optional', keepsCompanions: true },
  'docker-archive': { place: 'archive', name: 'optional' },
  dir: { place: 'folder', name: 'none' },
  'docker-daemon': { place: null, name: 'required' },
  'containers-storage': { place: null, name: 'required' },
};

export function exportKind(transport: DestinationTransport): ExportKind {
  return { transport, ...ASKED[transport] };
}

/** The destination as it is written on the command line; undefined while something is missing. */
export function destinationText(kind: ExportKind, typedPath: string, typedName: string): string | undefined {
  const path = typedPath.trim();
  const name = typedName.trim();
  if (kind.place === null) return name === '' ? undefined : `${kind.transport}:${name}`;
  if (path === '') return undefined;
  return kind.name === 'none' || name === '' ? `${kind.transport}:${path}` : `${kind.transport}:${path}:${name}`;
}

/** A name for the file or folder, made of the image's: `ghcr.io/acme/web:1.2` becomes `web-1.2`. */
export function proposedFileName(imageName: string, { place }: ExportKind): string {
  const last = imageName.split('@', 1)[0]?.split('/').at(-1) ?? '';
  const safe = last.replace(/[^A-Za-z0-9._-]+/g, '-').replace(/^[-.]+|[-.]+$/g, '');
  const base = (safe === '' ? 'image' : safe).slice(0, 100);
  return place === 'archive' ? `${base}.tar` : base;
}
