import { formatName } from './media-types.ts';

/** Parts of an image that another format has no place for: annotations; attestations and other artifacts of an index. */
export type ConversionLoss = 'annotations' | 'attachments';

/** A layout without the file that says so; a saved layout that contradicts the config, so that `manifest.json` next to it was used. */
export type StoreOddity = 'contradicted' | 'unmarked';

/** How what is at the target differs from the image in its store; of several images in one export, whose it is. */
export type JobNote = Difference & { image?: string };

type Difference =
  /** `asked` by the person; `refused` by the registry as it was; otherwise the destination has a format of its own, or the format names it. */
  | { kind: 'converted'; from: string; to: string; because: 'asked' | 'refused' | 'target' }
  | { kind: 'lost'; what: ConversionLoss; to: string }
  /** Layers that stay at their own address. */
  | { kind: 'foreign'; count: number }
  /** Signatures of the index that were left out, as was asked. */
  | { kind: 'signatures'; count: number }
  /** Attestations and artifacts of an index of which some platforms were chosen. */
  | { kind: 'attachments'; count: number }
  /** Attestations that the index names and the store lacks, left out with a choice of platforms. */
  | { kind: 'absent'; count: number }
  /** The only platform of an index that the store has; so many others are missing. */
  | { kind: 'alone'; platform: string; count: number }
  /** What an index lists besides its one image, where the destination holds no index. */
  | { kind: 'noIndex'; count: number }
  /** Layers that were compressed already, which their media type did not say: it says so at the target. */
  | { kind: 'retyped'; count: number }
  /** The same, where the image was left as it is. */
  | { kind: 'mistyped'; count: number }
  /** A manifest has more or fewer layers than its config names. */
  | { kind: 'layerCount'; manifest: string; layers: number; diffIds: number }
  /** A plain layer is not the one that the config names at its place. */
  | { kind: 'layerDigest'; manifest: string; at: number; layer: string; diffId: string }
  /** Sigstore signatures that skopeo and podman do not look for, as registries.d is. */
  | { kind: 'unread'; registry: string }
  /** How its store is not as it should be. */
  | { kind: StoreOddity }
  /** Signatures and artifacts about the image that its store keeps next to it. */
  | { kind: 'behind'; count: number };

/** In English, one sentence or two: the command line prints it, the window has its own texts by the same kinds. */
export function noteText(note: JobNote): string {
  return note.image === undefined ? sentence(note) : `${note.image}: ${sentence(note)}`;
}

function sentence(note: JobNote): string {
  switch (note.kind) {
    case 'converted':
      return convertedText(note);
    case 'lost':
      return note.what === 'annotations'
        ? `${formatName(note.to)} has no place for annotations: they were left out.`
        : `${formatName(note.to)} has no place for the index’s attestations and artifacts: they were left out.`;
    case 'foreign':
      return `${counted(note.count, 'layer', 'layers')} may not be distributed and stayed at the address that the manifest names.`;
    case 'signatures':
      return `${counted(note.count, 'signature', 'signatures')} of the index left out, as requested.`;
    case 'attachments':
      return `${counted(note.count, 'attestation or artifact', 'attestations and artifacts')} of the index left out with the platforms that were not chosen.`;
    case 'absent':
      return `${counted(note.count, 'attestation', 'attestations')} of the index not in the store and left out.`;
    case 'alone':
      return `Of the index’s platforms the store has ${note.platform} only: that image was taken alone, and ${counted(note.count, 'platform', 'platforms')} left out.`;
    case 'noIndex':
      return `The destination holds one image without its index: ${counted(note.count, 'attestation or artifact', 'attestations and artifacts')} left out.`;
    case 'retyped':
      return `${counted(note.count, 'layer', 'layers')} already compressed: given the matching media type.`;
    case 'mistyped':
      return `${counted(note.count, 'layer', 'layers')} compressed, although the media type says otherwise: left as in the store.`;
    case 'layerCount':
      return `The manifest ${note.manifest} has ${note.layers} layers, and its config names ${note.diffIds} (rootfs.diff_ids): runtimes may refuse the image.`;
    case 'layerDigest':
      return `The plain layer ${note.layer} of the manifest ${note.manifest} is not what its config names (rootfs.diff_ids[${note.at}] is ${JSON.stringify(note.diffId)}): runtimes may refuse the image.`;
    case 'unread':
      return `skopeo and podman read the sigstore signatures of ${note.registry} only where registries.d has “use-sigstore-attachments: true” for it.`;
    case 'contradicted':
      return 'The layout in the archive contradicts the image’s config. The archive’s manifest.json was used instead.';
    case 'unmarked':
      return 'The layout has no oci-layout file. Its index.json alone was used.';
    case 'behind':
      return `${counted(note.count, 'signature or artifact', 'signatures and artifacts')} about the image left in its store.`;
  }
}

function convertedText({ from, to, because }: JobNote & { kind: 'converted' }): string {
  const [before, now] = [formatName(from), formatName(to)];
  if (because === 'refused')
    return `The registry does not accept ${before}. The image was pushed as ${now}, so its digest differs from the one in its store.`;
  if (before === now) return `The manifest was rewritten, because ${now} contains the name of its target.`;
  return `The manifest was converted from ${before} to ${now}${because === 'asked' ? ', as requested' : ''}.`;
}

function counted(count: number, one: string, several: string): string {
  return `${count} ${count === 1 ? one : several}`;
}
